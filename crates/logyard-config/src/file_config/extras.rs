//! `[logyard:HANDLER]`, which no part of Python's fileConfig looks at.

use super::{Names, Reader};
use crate::construct::{Given, Setting};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::ini::Section;
use crate::plan::Plan;

impl Reader<'_> {
    pub(super) fn extras(&mut self, plan: &mut Plan, handlers: &Names) {
        for section in self.document.sections() {
            let Some(name) = section.name.strip_prefix("logyard:") else {
                self.not_quite(section);
                continue;
            };
            let Some(index) = handlers.get(name) else {
                let mut known = handlers.keys().map(String::as_str).collect::<Vec<_>>();
                known.sort_unstable();
                let close = self.problems.near(name, known).map(str::to_owned);
                let what = format!("there is no handler `{name}`");
                let diagnostic =
                    Diagnostic::error("unknown-section", what).at(section.at.clone(), "");
                self.problems.report(match close {
                    Some(close) => diagnostic.help(format!("did you mean [logyard:{close}]?")),
                    None => diagnostic.help("name one of keys in [handlers]"),
                });
                continue;
            };
            let settings = self.settings(section);
            self.problems.extras(plan, *index, settings);
        }
    }

    fn settings(&mut self, section: &Section) -> Vec<Setting> {
        let mut settings = Vec::new();
        for entry in section.entries.iter().filter(|entry| !entry.key.is_empty()) {
            // what is no setting is not filled in
            let text = match Setting::is_known(&entry.key) {
                true => self.get(section, &entry.key),
                false => Ok(Some(entry.value.clone())),
            };
            let Ok(Some(text)) = text else { continue };
            let whole = 0..text.as_str().len();
            let (at, label) = self.within(&text, &whole);
            let value = Value { kind: Kind::Str(text.as_str().to_owned()), at: at.clone() };
            settings.push(Setting {
                name: entry.key.clone(),
                at: entry.at.clone(),
                value: Given { value, at, label, is_lost: false },
            });
        }
        settings
    }

    /// `[logyard_x]` and the like were meant for this, and would do nothing.
    fn not_quite(&mut self, section: &Section) {
        let Some(rest) = section.name.strip_prefix("logyard") else { return };
        let name = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let what = format!("the section [{}] does nothing", section.name);
        self.problems.report(
            Diagnostic::error("unknown-section", what).at(section.at.clone(), "").help(format!(
                "write [logyard:{}]",
                if name.is_empty() { "HANDLER" } else { name }
            )),
        );
    }
}
