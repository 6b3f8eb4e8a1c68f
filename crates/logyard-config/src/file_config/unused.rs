//! What CPython passes over in silence and is surely a mistake.

use std::collections::HashSet;

use super::Reader;
use crate::diagnostic::Diagnostic;
use crate::ini::Section;
use crate::plan::{HandlerKind, Plan};

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
        self.unused_parts(plan);
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

    fn unused_parts(&mut self, plan: &Plan) {
        let loggers = plan.loggers.iter().chain([&plan.root]);
        let mut used = loggers.flat_map(|logger| logger.handlers.clone()).collect::<HashSet<_>>();
        for handler in &plan.handlers {
            if let HandlerKind::Memory { target: Some(target), .. } = handler.kind {
                used.insert(target);
            }
        }
        // a logger or handler with an error may be the one that uses it
        if self.problems.any_error() {
            return;
        }
        for (index, handler) in plan.handlers.iter().enumerate() {
            if !used.contains(&index) {
                let opened = handler.kind.file().is_some_and(|file| !file.delay);
                let label = if opened { "its file is made all the same" } else { "" };
                self.unused_part("handler", &handler.name, label, "name it in a logger's handlers");
            }
        }
        let formatters =
            plan.handlers.iter().filter_map(|handler| handler.formatter).collect::<HashSet<_>>();
        for (index, formatter) in plan.formatters.iter().enumerate() {
            if !formatters.contains(&index) {
                self.unused_part(
                    "formatter",
                    &formatter.name,
                    "",
                    "name it in a handler's formatter",
                );
            }
        }
    }

    fn unused_part(&mut self, kind: &str, name: &str, label: &str, help: &str) {
        let section = self.document.section(&format!("{kind}_{name}"));
        let at = section.map_or(0..0, |section| section.at.clone());
        self.problems.report(
            Diagnostic::warning("unused", format!("the {kind} `{name}` is not used"))
                .at(at, label)
                .help(help),
        );
    }
}

/// The names in `%(name)s`, in lower case.
fn references(value: &str) -> impl Iterator<Item = String> {
    let rest = value.split("%(").skip(1);
    rest.filter_map(|part| part.split_once(')')).map(|(name, _)| name.to_lowercase())
}
