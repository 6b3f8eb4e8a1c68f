//! `logyard` at the top of a dict. CPython passes over keys that it doesn't know there; in a handler's
//! own dict they would be arguments.

use super::access::Dict;
use super::{Names, Reader};
use crate::construct::{Given, Setting};
use crate::diagnostic::Diagnostic;
use crate::expr::Kind;
use crate::plan::Plan;

impl Reader<'_> {
    pub(super) fn extras(&mut self, config: &Dict, plan: &mut Plan, handlers: &Names) {
        let Ok(parts) = self.items(config, "logyard") else { return };
        let pairs = parts.iter().map(|item| {
            let key =
                crate::expr::Value { kind: Kind::Str(item.name.clone()), at: item.at.clone() };
            (key, item.value.clone())
        });
        let dict = Dict { pairs: pairs.collect(), at: config.key("logyard") };
        for item in parts.iter().filter(|item| item.name != "handlers") {
            let what = format!("`logyard` has no part `{}`", item.name);
            self.problems.report(
                Diagnostic::error("unknown-setting", what)
                    .at(item.at.clone(), "")
                    .help("it has `handlers`, and in it the handlers' names with their settings"),
            );
        }
        for item in self.items(&dict, "handlers").unwrap_or_default() {
            let Some(index) = handlers.get(&item.key) else {
                let key = crate::expr::Value { kind: Kind::Str(item.name.clone()), at: item.at };
                self.unknown("unknown-handler", "handler", &key, handlers.keys());
                continue;
            };
            let Ok(of) = self.entry("entry", &item) else { continue };
            let mut settings = Vec::new();
            for (key, value) in &of.pairs {
                let Ok(value) = self.convert(value) else { continue };
                settings.push(Setting {
                    name: key.to_text().unwrap_or_else(|| key.a_type()),
                    at: key.at.clone(),
                    value: Given::new(value),
                });
            }
            self.problems.extras(plan, *index, settings);
        }
    }
}
