//! Looking into dicts, as `config.get(...)` does: each value is converted when it is read.

use std::ops::Range;

use super::{Reader, base};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::level;
use crate::problems::Reported;
use crate::tree::Key;

/// A dict of the document, and what to underline for what it lacks.
#[derive(Clone)]
pub(super) struct Dict {
    pub(super) pairs: Vec<(Value, Value)>,
    pub(super) at: Range<usize>,
}

/// One entry of a section such as `handlers`.
pub(super) struct Item {
    /// The key as text.
    pub(super) name: String,
    pub(super) key: Key,
    /// Where the key stands.
    pub(super) at: Range<usize>,
    pub(super) value: Value,
}

impl Dict {
    /// The value as it stands.
    pub(super) fn raw(&self, key: &str) -> Option<&Value> {
        self.pairs.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// Where a key stands; the dict itself when it does not.
    pub(super) fn key(&self, key: &str) -> Range<usize> {
        let found = self.pairs.iter().find(|(name, _)| name.as_str() == Some(key));
        found.map_or(self.at.clone(), |(name, _)| name.at.clone())
    }
}

impl Reader<'_> {
    /// `config.get(key)`.
    pub(super) fn get(&mut self, dict: &Dict, key: &str) -> Result<Option<Value>, Reported> {
        dict.raw(key).map(|value| self.convert(value)).transpose()
    }

    /// The entries of a section; none when it is not there.
    pub(super) fn items(&mut self, config: &Dict, key: &str) -> Result<Vec<Item>, Reported> {
        let Some(value) = self.get(config, key)? else { return Ok(Vec::new()) };
        let pairs = match value.kind {
            Kind::Dict(pairs) => pairs,
            Kind::List(items) if items.is_empty() => Vec::new(),
            Kind::Str(text) if text.is_empty() => Vec::new(),
            _ => {
                let what = format!("`{key}` is {}, not a dict", value.a_type());
                self.problems.report(
                    Diagnostic::error("not-a-dict", what).at(config.key(key), "").help(match value
                        .kind
                    {
                        Kind::None => "take the key out if there are none",
                        _ => "write each with its name as the key",
                    }),
                );
                return Err(Reported);
            }
        };
        let items = pairs.into_iter().filter_map(|(key, value)| {
            let name = key.to_text().unwrap_or_else(|| key.type_name().to_owned());
            Some(Item { name, key: Key::of(&key)?, at: key.at, value })
        });
        Ok(items.collect())
    }

    /// The dict that an entry has to be.
    pub(super) fn entry(&mut self, kind: &str, item: &Item) -> Result<Dict, Reported> {
        let value = self.convert(&item.value)?;
        match value.kind {
            Kind::Dict(pairs) => Ok(Dict { pairs, at: item.at.clone() }),
            _ => {
                let what = format!("the {kind} `{}` is {}, not a dict", item.name, value.a_type());
                let help = match value.kind {
                    Kind::None => "give it its keys, or write {}",
                    _ => "write its keys and values",
                };
                let diagnostic = Diagnostic::error("not-a-dict", what).at(item.at.clone(), "");
                self.problems.report(diagnostic.help(help));
                Err(Reported)
            }
        }
    }

    /// What iterating over a value gives, unconverted: a list's items, a text's letters, a dict's keys.
    pub(super) fn iterate(&mut self, key: &str, value: Value) -> Result<Vec<Value>, Reported> {
        match value.kind {
            Kind::List(items) | Kind::Tuple(items) => Ok(items),
            Kind::Dict(pairs) => Ok(pairs.into_iter().map(|(key, _)| key).collect()),
            Kind::Str(text) if text.chars().count() > 1 => {
                let what = format!("`{key}` is a str, not a list");
                self.problems.report(
                    Diagnostic::error("not-a-list", what)
                        .at(value.at, "Python takes each letter for a name")
                        .help(format!("write [{text}]")),
                );
                Err(Reported)
            }
            Kind::Str(_) => Ok(vec![value]),
            _ => {
                let what = format!("`{key}` is {}, not a list", value.a_type());
                self.problems.report(
                    Diagnostic::error("not-a-list", what).at(value.at, "").help("write [name]"),
                );
                Err(Reported)
            }
        }
    }

    /// `logging._checkLevel` of a key's value; a missing one and `None` set no level.
    pub(super) fn level(&mut self, dict: &Dict, key: &str) -> Result<Option<i64>, Reported> {
        match self.get(dict, key)? {
            None | Some(Value { kind: Kind::None, .. }) => Ok(None),
            Some(value) => self.check_level(&value).map(Some),
        }
    }

    /// `logging._checkLevel`.
    pub(super) fn check_level(&mut self, value: &Value) -> Result<i64, Reported> {
        if let Some(level) = value.as_int() {
            return Ok(level);
        }
        let Some(written) = value.as_str() else {
            let what = format!("a level must be a name or a whole number, not {}", value.a_type());
            self.problems.report(
                Diagnostic::error("unknown-level", what)
                    .at(value.at.clone(), "")
                    .help("write DEBUG, INFO, WARNING, ERROR, CRITICAL or NOTSET"),
            );
            return Err(Reported);
        };
        if let Some(level) = level::by_name(written) {
            return Ok(level);
        }
        let what = format!("there is no level `{written}`");
        let help = if written.trim().parse::<i64>().is_ok() {
            "write the number without quotes".to_owned()
        } else if let Some(close) = self.problems.near(written, level::NAMES) {
            format!("write {close}")
        } else {
            "write DEBUG, INFO, WARNING, ERROR, CRITICAL or NOTSET; names of your own live in the \
             workers"
                .to_owned()
        };
        self.problems
            .report(Diagnostic::error("unknown-level", what).at(value.at.clone(), "").help(help));
        Err(Reported)
    }

    /// Reports a name that stands for nothing, with the nearest that does.
    pub(super) fn unknown<'n>(
        &mut self,
        id: &'static str,
        kind: &str,
        written: &Value,
        known: impl Iterator<Item = &'n Key>,
    ) -> Reported {
        let shown = written.to_text().unwrap_or_else(|| written.a_type());
        let of_base = self.problems.options.settings.base.is_some() && written.at == (0..0);
        let label = if of_base { "the base names it" } else { "" };
        let diagnostic = Diagnostic::error(id, format!("there is no {kind} `{shown}`"))
            .at(written.at.clone(), label);
        let mut names = known
            .filter_map(|key| match key {
                Key::Str(name) => Some(name.as_str()),
                _ => None,
            })
            .collect::<Vec<_>>();
        names.sort_unstable();
        if let Some(help) = self.base_hint(&format!("{kind}s"), &shown) {
            self.problems.report(diagnostic.help(help));
            return Reported;
        }
        let close = self.problems.near(&shown, names.iter().copied());
        self.problems.report(match (close, names.as_slice()) {
            (Some(close), _) => diagnostic.help(format!("did you mean {close}?")),
            (None, []) => diagnostic.help(format!("add it under `{kind}s`")),
            (None, _) => {
                diagnostic.help(format!("add it under `{kind}s`; known are {}", listed(&names)))
            }
        });
        Reported
    }
}

impl Reader<'_> {
    /// Whether a program that has a configuration of its own would fill the section in.
    fn base_hint(&self, section: &str, name: &str) -> Option<&'static str> {
        let Kind::Dict(pairs) = &self.root.kind else { return None };
        let there = pairs.iter().any(|(key, _)| key.as_str() == Some(section));
        let base = self.problems.options.settings.base;
        if there || base.is_some() { None } else { base::hint(section, name) }
    }
}

/// The first few names.
fn listed(names: &[&str]) -> String {
    match names.get(..6) {
        Some(first) if names.len() > 6 => format!("{}, ...", first.join(", ")),
        _ => names.join(", "),
    }
}
