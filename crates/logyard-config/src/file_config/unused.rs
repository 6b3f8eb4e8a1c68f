//! What CPython passes over in silence and is surely a mistake.

use std::collections::HashSet;

use super::Reader;
use crate::diagnostic::Diagnostic;
use crate::ini::Section;
use crate::plan::Plan;

const FORMATTER_KEYS: [&str; 5] = ["format", "datefmt", "style", "class", "defaults"];
const HANDLER_KEYS: [&str; 6] = ["class", "args", "kwargs", "level", "formatter", "target"];
const LOGGER_KEYS: [&str; 4] = ["level", "handlers", "qualname", "propagate"];

/// Keys of Python 2's documentation that never did anything and stand in many files.
const OLD_KEYS: [&str; 2] = ["channel", "parent"];

impl Reader<'_> {
    pub(super) fn unused(&mut self, plan: &Plan) {
        let document = self.document;
        let listed = |kind: &str, section: &str| {
            let keys = document.section(section).and_then(|section| document.raw(section, "keys"));
            let names = keys.map(|entry| super::split(&entry.value)).unwrap_or_default();
            let full = names.into_iter().map(|(name, _)| format!("{kind}_{name}"));
            full.collect::<HashSet<_>>()
        };
        for (kind, group, keys) in [
            ("formatter", "formatters", &FORMATTER_KEYS[..]),
            ("handler", "handlers", &HANDLER_KEYS),
            ("logger", "loggers", &LOGGER_KEYS),
        ] {
            let names = listed(kind, group);
            let raw = document.section(group).and_then(|section| document.raw(section, "keys"));
            // names that are filled in are not known here
            let certain = raw.is_some_and(|entry| !entry.value.as_str().contains('%'));
            for section in document.sections() {
                let Some(name) = section.name.strip_prefix(&format!("{kind}_")) else { continue };
                if names.contains(&section.name) {
                    self.unknown_keys(section, keys);
                } else if certain {
                    let what = format!("the section [{}] is not used", section.name);
                    self.problems.report(
                        Diagnostic::warning("unlisted-section", what)
                            .at(section.at.clone(), "")
                            .help(format!("add `{name}` to keys in [{group}]")),
                    );
                }
            }
        }
        let place = |kind: &str, name: &str| {
            let section = document.section(&format!("{kind}_{name}"));
            section.map_or(0..0, |section| section.at.clone())
        };
        self.problems.unused_parts(plan, &place);
    }

    fn unknown_keys(&mut self, section: &Section, known: &[&str]) {
        let others = section.entries.iter().chain(&self.document.default_section().entries);
        let referred =
            others.flat_map(|entry| references(entry.value.as_str())).collect::<HashSet<_>>();
        for entry in &section.entries {
            let key = entry.key.as_str();
            if key.is_empty() || known.contains(&key) || OLD_KEYS.contains(&key) {
                continue;
            }
            // a key may be there for others to refer to
            if referred.contains(key) {
                continue;
            }
            let what = format!("the key `{key}` does nothing in [{}]", section.name);
            let diagnostic = Diagnostic::warning("unknown-key", what).at(entry.at.clone(), "");
            self.problems.report(match self.problems.near(key, known.iter().copied()) {
                Some(close) => diagnostic.help(format!("did you mean {close}?")),
                None => match known.contains(&"args") {
                    true => {
                        diagnostic.help(format!("write kwargs = {{'{key}': ...}} for an argument"))
                    }
                    false => diagnostic.help(format!("known here: {}", known.join(", "))),
                },
            });
        }
    }
}

/// The names in `%(name)s`, in lower case.
fn references(value: &str) -> impl Iterator<Item = String> {
    let rest = value.split("%(").skip(1);
    rest.filter_map(|part| part.split_once(')')).map(|(name, _)| name.to_lowercase())
}
