//! `configure_logger` and `configure_root`.

use std::collections::HashMap;
use std::ops::Range;

use super::access::Dict;
use super::{Filters, Names, Reader};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::{LoggerPlan, Plan};
use crate::problems::Reported;
use crate::tree::Key;

impl Reader<'_> {
    pub(super) fn loggers(
        &mut self,
        config: &Dict,
        plan: &mut Plan,
        handlers: &Names,
        filters: &Filters,
    ) {
        let mut places: HashMap<String, Range<usize>> = HashMap::new();
        let mut root_before = None;
        for item in self.items(config, "loggers").unwrap_or_default() {
            if !matches!(item.key, Key::Str(_)) {
                let what = format!("the logger's name `{}` is no text", item.name);
                self.problems.report(
                    Diagnostic::error("bad-key", what).at(item.at, "").help("put it in quotes"),
                );
                continue;
            }
            let Ok(dict) = self.entry("logger", &item) else { continue };
            // getLogger: "root" is the root's name since 3.9
            if self.problems.is_root(&item.name) {
                root_before = Some(item.at.clone());
                let mut root = std::mem::take(&mut plan.root);
                root.at = self.problems.place(&item.at);
                self.logger(&dict, &mut root, handlers, filters);
                plan.root = root;
                continue;
            }
            let mut logger = LoggerPlan {
                name: item.name.clone(),
                level: 0,
                at: self.problems.place(&item.at),
                ..LoggerPlan::default()
            };
            self.logger(&dict, &mut logger, handlers, filters);
            self.propagate(&dict, &mut logger);
            plan.loggers.push(logger);
            places.insert(item.name, item.at);
        }
        if let Some(dict) = self.root(config) {
            if let Some(before) = root_before {
                self.problems.report(
                    Diagnostic::warning("root-again", "the root logger is configured twice")
                        .at(dict.at.clone(), "these are its handlers")
                        .at(before, "these are not")
                        .help("take one of the two out"),
                );
            }
            let mut root = std::mem::take(&mut plan.root);
            root.at = self.problems.place(&dict.at);
            self.logger(&dict, &mut root, handlers, filters);
            plan.root = root;
        }
        let place = |name: &str| places.get(name).cloned().unwrap_or(0..0);
        self.problems.reached_twice(plan, &place);
    }

    /// Levels and `propagate` alone, of an incremental configuration.
    pub(super) fn incremental_loggers(&mut self, config: &Dict, plan: &mut Plan) {
        for item in self.items(config, "loggers").unwrap_or_default() {
            let Ok(dict) = self.entry("logger", &item) else { continue };
            let level = self.level(&dict, "level");
            if self.problems.is_root(&item.name) {
                plan.root.level = level.ok().flatten().unwrap_or(plan.root.level);
                continue;
            }
            let mut logger = LoggerPlan {
                name: item.name.clone(),
                level: level.ok().flatten().unwrap_or(0),
                at: self.problems.place(&item.at),
                ..LoggerPlan::default()
            };
            self.propagate(&dict, &mut logger);
            plan.loggers.push(logger);
        }
        if let Some(dict) = self.root(config)
            && let Ok(Some(level)) = self.level(&dict, "level")
        {
            plan.root.level = level;
        }
    }

    /// The root's own section, unless there is nothing in it.
    fn root(&mut self, config: &Dict) -> Option<Dict> {
        let value = self.get(config, "root").ok()??;
        if !value.truth() {
            return None;
        }
        let at = config.key("root");
        match value.kind {
            Kind::Dict(pairs) => Some(Dict { pairs, at }),
            _ => {
                let what = format!("`root` is {}, not a dict", value.a_type());
                self.problems.report(
                    Diagnostic::error("not-a-dict", what)
                        .at(at, "")
                        .help("write its `level` and `handlers`"),
                );
                None
            }
        }
    }

    /// `common_logger_config`.
    fn logger(
        &mut self,
        dict: &Dict,
        logger: &mut LoggerPlan,
        handlers: &Names,
        filters: &Filters,
    ) {
        if let Ok(Some(level)) = self.level(dict, "level") {
            logger.level = level;
        }
        logger.handlers.clear();
        if let Ok(named) = self.named_handlers(dict, handlers) {
            logger.handlers = named;
        }
        for filter in self.named_filters(dict, filters).unwrap_or_default() {
            if !logger.filters.contains(&filter) {
                logger.filters.push(filter);
            }
        }
    }

    fn named_handlers(&mut self, dict: &Dict, handlers: &Names) -> Result<Vec<usize>, Reported> {
        let Some(value) = self.get(dict, "handlers")?.filter(Value::truth) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for name in self.iterate("handlers", value)? {
            match Key::of(&name).and_then(|key| handlers.get(&key)) {
                Some(Some(index)) if found.contains(index) => {
                    let shown = name.to_text().unwrap_or_default();
                    let what = format!("the handler `{shown}` is listed twice");
                    self.problems.report(
                        Diagnostic::warning("listed-twice", what).at(name.at, "again here"),
                    );
                }
                Some(Some(index)) => found.push(*index),
                Some(None) => {}
                None => drop(self.unknown("unknown-handler", "handler", &name, handlers.keys())),
            }
        }
        Ok(found)
    }

    fn propagate(&mut self, dict: &Dict, logger: &mut LoggerPlan) {
        let Ok(Some(value)) = self.get(dict, "propagate") else { return };
        let word = value.as_str().unwrap_or_default().to_lowercase();
        if matches!(word.as_str(), "false" | "no" | "off" | "0" | "none") {
            let what = "`propagate` is true: any text that is not empty is";
            self.problems.report(
                Diagnostic::warning("text-is-true", what)
                    .at(value.at.clone(), "")
                    .help("write false without quotes"),
            );
        }
        if value.kind != Kind::None {
            logger.propagate = value.truth();
        }
    }
}
