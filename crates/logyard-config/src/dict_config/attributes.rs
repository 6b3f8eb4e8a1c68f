//! `()` and `.`: factories with their keyword arguments, and attributes that are set on what they make.

use std::ops::Range;

use logyard_compat::Compat;

use super::Reader;
use super::access::Dict;
use crate::construct::{Class, Given, Keyword};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::FormatterPlan;
use crate::problems::Reported;

/// What makes an object, by the name that Python would import.
pub(super) struct Factory {
    pub(super) name: String,
    pub(super) at: Range<usize>,
}

impl Reader<'_> {
    /// A key that names a class, with or without `ext://`.
    pub(super) fn factory(&mut self, dict: &Dict, key: &str) -> Result<Factory, Reported> {
        let Some(raw) = dict.raw(key) else { return Err(Reported) };
        let at = raw.at.clone();
        let imported = raw.as_str().and_then(|text| text.strip_prefix("ext://"));
        let value = match imported {
            Some(_) => raw.clone(),
            None => self.convert(raw)?,
        };
        let name = value.as_str().map(|text| text.strip_prefix("ext://").unwrap_or(text));
        match name {
            Some(name) => Ok(Factory { name: name.to_owned(), at }),
            None => {
                let what = format!("`{key}` must be the name of a class, not {}", value.a_type());
                self.problems.report(
                    Diagnostic::error("unknown-class", what)
                        .at(at, "")
                        .help("write it with its module, such as logging.StreamHandler"),
                );
                Err(Reported)
            }
        }
    }

    /// All keys as keyword arguments, apart from `.` and those that were read already.
    pub(super) fn keywords(&mut self, dict: &Dict, but: &[&str]) -> Result<Vec<Keyword>, Reported> {
        let mut named = Vec::new();
        let mut bad = false;
        for (key, value) in &dict.pairs {
            let name = key.as_str().unwrap_or_default();
            if key.as_str().is_some() && (name == "." || but.contains(&name)) {
                continue;
            }
            if !is_identifier(name) {
                let shown = key.to_text().unwrap_or_else(|| key.a_type());
                let what = format!("`{shown}` can't be the name of an argument");
                self.problems.report(
                    Diagnostic::error("bad-key", what)
                        .at(key.at.clone(), "")
                        .help("take it out: only letters, digits and _ make a name"),
                );
                bad = true;
                continue;
            }
            let given = match self.convert(value) {
                Ok(value) => Given::new(value),
                Err(Reported) => Given::lost(value.at.clone()),
            };
            let (name, at) = (name.to_owned(), key.at.clone());
            named.push(Keyword { name, at, label: String::new(), given });
        }
        if bad { Err(Reported) } else { Ok(named) }
    }

    /// The attributes under `.`, unconverted as in CPython.
    fn properties(&mut self, dict: &Dict) -> Result<Vec<(Value, Value)>, Reported> {
        let Some(value) = self.get(dict, ".")?.filter(Value::truth) else {
            return Ok(Vec::new());
        };
        match value.kind {
            Kind::Dict(pairs) => Ok(pairs),
            _ => {
                let what = format!("`.` is {}, not a dict", value.a_type());
                self.problems.report(
                    Diagnostic::error("not-a-dict", what)
                        .at(value.at, "")
                        .help("write the attributes with their values"),
                );
                Err(Reported)
            }
        }
    }

    /// Attributes that are set on an object: those in `real` would change what it does, which the server
    /// can't follow; others do nothing.
    pub(super) fn attributes(
        &mut self,
        dict: &Dict,
        class: &str,
        real: &[&str],
    ) -> Result<(), Reported> {
        let mut bad = false;
        for (key, _) in self.properties(dict)? {
            bad |= self.attribute(&key, class, real).is_err();
        }
        if bad { Err(Reported) } else { Ok(()) }
    }

    fn attribute(&mut self, key: &Value, class: &str, real: &[&str]) -> Result<(), Reported> {
        let name = key.to_text().unwrap_or_else(|| key.a_type());
        let at = key.at.clone();
        if key.as_str().is_some() && !real.contains(&name.as_str()) {
            let what = format!("{class} makes no use of an attribute `{name}`");
            let diagnostic = Diagnostic::warning("unknown-attribute", what).at(at, "");
            self.problems.report(match self.problems.near(&name, real.iter().copied()) {
                Some(close) => diagnostic.help(format!("did you mean {close}?")),
                None => diagnostic.help("take it out"),
            });
            return Ok(());
        }
        let what = format!("the attribute `{name}` of {class} can't be set here");
        self.problems.report(
            Diagnostic::error("unsupported-attribute", what)
                .at(at, "")
                .help("write it as an argument if there is one, or take it out"),
        );
        Err(Reported)
    }

    /// A handler's attributes: gives its terminator, if that is set.
    pub(super) fn handler_attributes(
        &mut self,
        dict: &Dict,
        class: Class,
    ) -> Result<Option<String>, Reported> {
        let (mut bad, mut terminator) = (false, None);
        for (key, value) in self.properties(dict)? {
            // others have no use for one
            let ends_records = !matches!(
                class,
                Class::Memory | Class::Queue | Class::Null | Class::ConcurrentTimedRotatingFile
            );
            if !ends_records || key.as_str() != Some("terminator") {
                bad |= self.attribute(&key, class.name(), class.attributes()).is_err();
                continue;
            }
            match value.as_str() {
                Some(text) => terminator = Some(text.to_owned()),
                None => {
                    let what = format!("the terminator must be a str, not {}", value.a_type());
                    self.problems.report(
                        Diagnostic::error("bad-argument", what)
                            .at(value.at, "each record would fail")
                            .help("write \"\" for none"),
                    );
                    bad = true;
                }
            }
        }
        if bad { Err(Reported) } else { Ok(terminator) }
    }

    /// A formatter's attributes: `setattr` after `__init__`. `tried_again`: its class does not take
    /// `format`, so that it was made with `fmt`.
    pub(super) fn formatter_attributes(
        &mut self,
        dict: &Dict,
        tried_again: bool,
        formatter: &mut FormatterPlan,
    ) -> Result<(), Reported> {
        if tried_again
            && dict.raw(".").is_some()
            && !self.problems.compat().keeps_attributes_with_format()
        {
            let what = "dictConfig does not set attributes beside `format`";
            self.problems.not_read_yet(what, Compat::Py311, dict.key("."));
            return Ok(());
        }
        let mut bad = false;
        for (key, value) in self.properties(dict)? {
            bad |= self.formatter_attribute(&key, &value, formatter).is_err();
        }
        if bad { Err(Reported) } else { Ok(()) }
    }

    fn formatter_attribute(
        &mut self,
        key: &Value,
        value: &Value,
        formatter: &mut FormatterPlan,
    ) -> Result<(), Reported> {
        const REAL: [&str; 9] = [
            "default_time_format",
            "default_msec_format",
            "datefmt",
            "converter",
            "_fmt",
            "_style",
            "format",
            "formatTime",
            "formatException",
        ];
        let text = value.as_str().map(str::to_owned);
        match key.as_str().unwrap_or_default() {
            "default_time_format" if text.is_some() => formatter.default_time_format = text,
            "default_msec_format"
                if !value.truth() && !self.problems.compat().may_omit_milliseconds() =>
            {
                let what = "`default_msec_format` can't be empty";
                return Err(self.problems.too_new(what, Compat::Py39, value.at.clone(), ""));
            }
            "default_msec_format" if text.is_some() || !value.truth() => {
                formatter.default_msec_format = Some(text);
            }
            "datefmt" if text.is_some() || !value.truth() => formatter.datefmt = text,
            name @ ("default_time_format" | "default_msec_format" | "datefmt") => {
                let what = format!("`{name}` must be a str, not {}", value.a_type());
                self.problems.report(
                    Diagnostic::error("bad-argument", what)
                        .at(value.at.clone(), "in CPython every record with asctime fails here")
                        .help("put it in quotes"),
                );
                return Err(Reported);
            }
            "converter" => {
                self.problems.report(
                    Diagnostic::error("unsupported-attribute", "a file can't set `converter`")
                        .at(value.at.clone(), "in CPython this is a text, which can't be called")
                        .help("for UTC, start the server with --tz UTC"),
                );
                return Err(Reported);
            }
            _ => return self.attribute(key, "Formatter", &REAL),
        }
        Ok(())
    }
}

/// `config.valid_ident`.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
