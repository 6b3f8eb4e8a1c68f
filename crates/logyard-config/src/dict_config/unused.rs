//! What CPython passes over in silence and is surely a mistake.

use std::ops::Range;

use super::Reader;
use super::access::Dict;
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::Plan;

const TOP_KEYS: [&str; 9] = [
    "version",
    "formatters",
    "filters",
    "handlers",
    "loggers",
    "root",
    "disable_existing_loggers",
    "incremental",
    "logyard",
];
const FORMATTER_KEYS: [&str; 6] = ["format", "datefmt", "style", "validate", "class", "defaults"];
const FILTER_KEYS: [&str; 1] = ["name"];
const LOGGER_KEYS: [&str; 4] = ["level", "handlers", "propagate", "filters"];

impl Reader<'_> {
    pub(super) fn unused(&mut self, config: &Dict, plan: &Plan) {
        for (key, value) in &config.pairs {
            let Some(name) = key.as_str().filter(|name| !TOP_KEYS.contains(name)) else { continue };
            // what others refer to, by cfg:// or by an anchor, is usually a name of this kind
            let kept = self.referred.contains(name) || name.starts_with(['x', '.', '_']);
            if !kept {
                let section = match value.kind {
                    Kind::Dict(_) | Kind::List(_) => "section",
                    _ => "key",
                };
                self.unknown_key(key, &format!("the {section} `{name}` does nothing"), &TOP_KEYS);
            }
        }
        self.keys_of(config, "formatters", "formatter", &FORMATTER_KEYS);
        self.keys_of(config, "filters", "filter", &FILTER_KEYS);
        self.keys_of(config, "loggers", "logger", &LOGGER_KEYS);
        if let Some(Value { kind: Kind::Dict(pairs), .. }) = config.raw("root") {
            self.keys("the root logger", pairs, &LOGGER_KEYS);
        }
        let place = |kind: &str, name: &str| -> Range<usize> {
            let section = if kind == "handler" { "handlers" } else { "formatters" };
            let Some(Value { kind: Kind::Dict(pairs), .. }) = config.raw(section) else {
                return 0..0;
            };
            let found = pairs.iter().find(|(key, _)| key.to_text().as_deref() == Some(name));
            found.map_or(0..0, |(key, _)| key.at.clone())
        };
        self.problems.unused_parts(plan, &place);
    }

    /// Keys of a section's entries; those with `()` hand all their keys on.
    fn keys_of(&mut self, config: &Dict, section: &str, kind: &str, known: &[&str]) {
        let Some(Value { kind: Kind::Dict(items), .. }) = config.raw(section) else { return };
        for (name, item) in items {
            let Kind::Dict(pairs) = &item.kind else { continue };
            if !pairs.iter().any(|(key, _)| key.as_str() == Some("()")) {
                let name = name.to_text().unwrap_or_default();
                self.keys(&format!("the {kind} `{name}`"), pairs, known);
            }
        }
    }

    fn keys(&mut self, owner: &str, pairs: &[(Value, Value)], known: &[&str]) {
        for (key, _) in pairs {
            let name = key.to_text().unwrap_or_else(|| key.a_type());
            if !key.as_str().is_some_and(|name| known.contains(&name)) {
                self.unknown_key(key, &format!("the key `{name}` does nothing in {owner}"), known);
            }
        }
    }

    fn unknown_key(&mut self, key: &Value, what: &str, known: &[&str]) {
        let name = key.to_text().unwrap_or_default();
        let diagnostic = Diagnostic::warning("unknown-key", what).at(key.at.clone(), "");
        let help = match (name.as_str(), self.problems.near(&name, known.iter().copied())) {
            ("fmt", _) if known.contains(&"format") => "write `format`".to_owned(),
            ("class", _) if known == FILTER_KEYS => {
                "a filter's class is named by `()`: this one is a plain logging.Filter".to_owned()
            }
            (".", _) if known.contains(&"format") => {
                "attributes need `()`: logging.Formatter".to_owned()
            }
            (_, Some(close)) => format!("did you mean {close}?"),
            _ => format!("known here: {}", known.join(", ")),
        };
        self.problems.report(diagnostic.help(help));
    }
}
