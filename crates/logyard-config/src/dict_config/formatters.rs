//! `configure_formatter`.

use std::ops::Range;

use super::access::Dict;
use super::{Names, Reader};
use crate::construct::formatter_defaults;
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::{FormatterPlan, Plan};
use crate::problems::Reported;

/// What `Formatter.__init__` is given.
#[derive(Default)]
struct Arguments {
    fmt: Option<Value>,
    datefmt: Option<Value>,
    style: Option<Value>,
    validate: Option<Value>,
    defaults: Option<Value>,
}

impl Reader<'_> {
    pub(super) fn formatters(&mut self, config: &Dict, plan: &mut Plan) -> Names {
        let mut names = Names::new();
        for item in self.items(config, "formatters").unwrap_or_default() {
            let dict = self.entry("formatter", &item);
            let formatter = dict.and_then(|dict| self.formatter(&item.name, &dict));
            let index = formatter.ok().map(|formatter| {
                plan.formatters.push(formatter);
                plan.formatters.len() - 1
            });
            self.made.insert(("formatters", item.key.clone()));
            names.insert(item.key, index);
        }
        names
    }

    fn formatter(&mut self, name: &str, dict: &Dict) -> Result<FormatterPlan, Reported> {
        let mut formatter = FormatterPlan {
            name: name.to_owned(),
            fmt: None,
            datefmt: None,
            style: '%',
            validate: true,
            defaults: Vec::new(),
            at: self.problems.place(&dict.at),
        };
        let custom = dict.raw("()").is_some();
        let given = if custom { self.custom(dict)? } else { self.plain(dict)? };
        let fmt = self.text("format", given.fmt.as_ref());
        let datefmt = self.text("datefmt", given.datefmt.as_ref());
        if let Some(style) = &given.style {
            let text = style.as_str().map_or_else(|| style.a_type(), str::to_owned);
            formatter.style = self.problems.style(&text, style.at.clone())?;
        }
        (formatter.fmt, formatter.datefmt) = (fmt?, datefmt?);
        formatter.validate = given.validate.is_none_or(|value| value.truth());
        if let Some(defaults) = given.defaults {
            let within = |at: &Range<usize>| (at.clone(), String::new());
            formatter.defaults = formatter_defaults(defaults, &within).map_err(|problem| {
                self.problems.report(problem.help("write the names with their values"));
                Reported
            })?;
        }
        if custom {
            self.formatter_attributes(dict, &mut formatter)?;
        }
        let (fmt, datefmt) = (given.fmt, given.datefmt);
        let source = self.problems.source;
        let part = |in_datefmt, range: Option<Range<usize>>| {
            let value = if in_datefmt { &datefmt } else { &fmt };
            match (value, range) {
                (Some(value), Some(range)) => within_text(&source.text, value, range),
                (Some(value), None) => value.at.clone(),
                (None, _) => dict.at.clone(),
            }
        };
        self.problems.check_formatter(&formatter, &part)?;
        Ok(formatter)
    }

    /// With `format`, `datefmt` and the others, and perhaps a class.
    fn plain(&mut self, dict: &Dict) -> Result<Arguments, Reported> {
        let class = self.get(dict, "class").and_then(|class| match class {
            Some(class) if class.truth() => {
                let name = class.as_str().map_or_else(|| class.a_type(), str::to_owned);
                self.problems.formatter_class(&name, class.at)
            }
            _ => Ok(()),
        });
        let mut given = Arguments {
            fmt: self.get(dict, "format")?,
            datefmt: self.get(dict, "datefmt")?,
            style: self.get(dict, "style")?,
            validate: self.get(dict, "validate")?,
            defaults: self.get(dict, "defaults")?,
        };
        // it is handed on only when it is something
        given.defaults = given.defaults.filter(|value| value.kind != Kind::None);
        class.map(|()| given)
    }

    /// `()`: a factory with keyword arguments; `format` is `fmt` to `logging.Formatter`.
    fn custom(&mut self, dict: &Dict) -> Result<Arguments, Reported> {
        let factory = self.factory(dict, "()")?;
        self.problems.formatter_class(&factory.name, factory.at)?;
        let mut given = Arguments::default();
        let mut bad = false;
        for argument in self.keywords(dict, &["()"])? {
            let value = Some(argument.given.value);
            match argument.name.as_str() {
                "fmt" if dict.raw("format").is_some() => {}
                "fmt" | "format" => given.fmt = value,
                "datefmt" => given.datefmt = value,
                "style" => given.style = value,
                "validate" => given.validate = value,
                "defaults" => given.defaults = value,
                name => {
                    let known = ["fmt", "datefmt", "style", "validate", "defaults"];
                    let help = match self.problems.near(name, known) {
                        Some(close) => format!("did you mean {close}?"),
                        None => format!("it takes {}", known.join(", ")),
                    };
                    let what = format!("Formatter has no argument `{name}`");
                    let diagnostic = Diagnostic::error("unknown-argument", what);
                    self.problems.report(diagnostic.at(argument.at, "").help(help));
                    bad = true;
                }
            }
        }
        if bad { Err(Reported) } else { Ok(given) }
    }

    /// A text; what is false to Python is none.
    fn text(&mut self, name: &str, value: Option<&Value>) -> Result<Option<String>, Reported> {
        let Some(value) = value.filter(|value| value.truth()) else { return Ok(None) };
        if let Some(text) = value.as_str() {
            return Ok(Some(text.to_owned()));
        }
        let what = format!("`{name}` must be a str, not {}", value.a_type());
        let diagnostic = Diagnostic::error("bad-argument", what).at(value.at.clone(), "");
        self.problems.report(diagnostic.help("put it in quotes"));
        Err(Reported)
    }
}

/// A part of a text in the file; all of it where escapes or folded lines stand between.
fn within_text(source: &str, value: &Value, range: Range<usize>) -> Range<usize> {
    let written = source.get(value.at.clone()).unwrap_or_default();
    let start = usize::from(written.starts_with(['"', '\'']));
    let text = value.as_str().unwrap_or_default();
    match written.get(start..).is_some_and(|rest| rest.starts_with(text)) {
        true => value.at.start + start + range.start..value.at.start + start + range.end,
        false => value.at.clone(),
    }
}
