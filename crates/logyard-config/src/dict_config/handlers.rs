//! `configure_handler`, in CPython's order.

use std::collections::HashSet;
use std::ops::Range;

use logyard_compat::Compat;

use super::access::{Dict, Item};
use super::convert::handler_named;
use super::{Filters, Names, Reader};
use crate::class_map::{ClassMap, Mapping};
use crate::construct::{Class, Keyword, Named, resolve_with_module};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::{HandlerKind, HandlerPlan, Plan};
use crate::problems::Reported;
use crate::tree::Key;

/// What a handler may refer to.
pub(super) struct Known<'k> {
    pub(super) formatters: &'k Names,
    pub(super) filters: &'k Filters,
    /// Those that are configured.
    pub(super) handlers: &'k Names,
    /// All of the file.
    pub(super) all: &'k HashSet<Key>,
}

impl Reader<'_> {
    /// By name; those whose targets come later are tried once more at the end.
    pub(super) fn handlers(
        &mut self,
        config: &Dict,
        plan: &mut Plan,
        formatters: &Names,
        filters: &Filters,
    ) -> Names {
        let mut items = self.items(config, "handlers").unwrap_or_default();
        if !self.sort(&mut items) {
            return items.into_iter().map(|item| (item.key, None)).collect();
        }
        let all = items.iter().map(|item| item.key.clone()).collect::<HashSet<_>>();
        let mut handlers = Names::new();
        let mut files: Vec<(usize, Range<usize>)> = Vec::new();
        let mut deferred = Vec::new();
        let mut rest = items;
        for last in [false, true] {
            for item in std::mem::take(&mut rest) {
                let waits = |key: &Key| all.contains(key) && !handlers.contains_key(key);
                let map = &self.problems.options.settings.map;
                if !last && targets(&item, map).iter().any(waits) {
                    deferred.push(item);
                    continue;
                }
                let known = Known { formatters, filters, handlers: &handlers, all: &all };
                let read = self.handler(&item, plan, &known);
                let index = read.ok().map(|(handler, at)| {
                    if handler.kind.file().is_some() {
                        files.push((plan.handlers.len(), at));
                    }
                    plan.handlers.push(handler);
                    plan.handlers.len() - 1
                });
                self.made.insert(("handlers", item.key.clone()));
                handlers.insert(item.key, index);
            }
            rest = std::mem::take(&mut deferred);
        }
        self.problems.disk(plan, &files);
        handlers
    }

    /// `sorted(handlers)`; false where Python can't compare the names.
    fn sort(&mut self, items: &mut [Item]) -> bool {
        let odd = match items.first().map(|item| &item.key) {
            Some(Key::Str(_)) => items.iter().find(|item| !matches!(item.key, Key::Str(_))),
            Some(Key::Int(_)) => items.iter().find(|item| !matches!(item.key, Key::Int(_))),
            Some(Key::Other(_)) if items.len() > 1 => items.first(),
            _ => None,
        };
        if let Some(item) = odd {
            let what = "the names of handlers can't be brought into an order";
            self.problems.report(
                Diagnostic::error("bad-key", what)
                    .at(item.at.clone(), "this one is no text like the others")
                    .help("write all names as texts"),
            );
            return false;
        }
        items.sort_by(|a, b| match (&a.key, &b.key) {
            (Key::Int(a), Key::Int(b)) => a.cmp(b),
            _ => a.name.cmp(&b.name),
        });
        true
    }

    /// One handler, and what to underline when its file is amiss.
    fn handler(
        &mut self,
        item: &Item,
        plan: &Plan,
        known: &Known,
    ) -> Result<(HandlerPlan, Range<usize>), Reported> {
        let dict = &self.entry("handler", item)?;
        // each part is looked at, so that all problems come in one go
        let formatter = self.handler_formatter(dict, known.formatters);
        let level = self.level(dict, "level");
        let filters = self.named_filters(dict, known.filters);
        let (kind, at, terminator) = self.kind(dict, plan, known)?;
        let level = level?.unwrap_or(0);
        let handler = HandlerPlan {
            name: item.name.clone(),
            level,
            formatter: formatter?,
            filters: filters?,
            kind,
            terminator: terminator.unwrap_or_else(|| "\n".to_owned()),
            at: self.problems.place(&item.at),
            ..HandlerPlan::default()
        };
        Ok((handler, at))
    }

    fn handler_formatter(
        &mut self,
        dict: &Dict,
        formatters: &Names,
    ) -> Result<Option<usize>, Reported> {
        let Some(name) = self.get(dict, "formatter")?.filter(Value::truth) else {
            return Ok(None);
        };
        match Key::of(&name).and_then(|key| formatters.get(&key)) {
            Some(Some(index)) => Ok(Some(*index)),
            Some(None) => Err(Reported),
            None => Err(self.unknown("unknown-formatter", "formatter", &name, formatters.keys())),
        }
    }

    /// What it is, what to underline when its file is amiss, and its terminator, if it is set.
    fn kind(
        &mut self,
        dict: &Dict,
        plan: &Plan,
        known: &Known,
    ) -> Result<(HandlerKind, Range<usize>, Option<String>), Reported> {
        let by_factory = dict.raw("()").is_some();
        let key = if by_factory { "()" } else { "class" };
        if dict.raw(key).is_none() {
            let diagnostic = Diagnostic::error("missing-key", "the handler has no `class`");
            let names = dict.pairs.iter().filter_map(|(key, _)| key.as_str());
            let close = self.problems.near("class", names).map(str::to_owned);
            self.problems.report(match close {
                Some(close) => diagnostic
                    .at(dict.key(&close), "")
                    .help(format!("write `class` instead of `{close}`")),
                None => diagnostic
                    .at(dict.at.clone(), "")
                    .help("add `class`, such as logging.StreamHandler"),
            });
            return Err(Reported);
        }
        let named = self.factory(dict, key)?;
        let imported = dict.raw("class").and_then(Value::as_str);
        if imported.is_some_and(|text| text.starts_with("ext://"))
            && !by_factory
            && !self.problems.compat().handler_class_may_be_object()
        {
            let what = "`class` must be a name, not the class itself";
            return Err(self.problems.too_new(what, Compat::Py312, named.at, ""));
        }
        let class = resolve_with_module(&named.name);
        let (class, mapping) =
            self.problems.own_handler_class(&named.name, class, named.at.clone())?;
        let mapping = mapping.as_deref();
        let attributes = self.handler_attributes(dict, class);
        let read = ["formatter", "level", "filters", key];
        let mut terminator = mapping.and_then(Mapping::terminator);
        let (kind, at) = match (class, by_factory) {
            (Class::Memory, false) => (self.memory(dict, plan, known, mapping)?, named.at),
            (Class::Memory, true) if self.is_made(dict.raw("target"), known) => {
                (self.memory_by_factory(dict, plan, known, mapping, named.at.clone())?, named.at)
            }
            (Class::Queue, false) => (self.queue(dict, plan, known, named.at.clone())?, named.at),
            (Class::Queue, true) => {
                self.problems.report(
                    Diagnostic::error("unsupported-handler", "nobody would read this queue")
                        .at(named.at, "")
                        .help("name the class by `class`, and list the handlers behind it"),
                );
                return Err(Reported);
            }
            _ => {
                let keywords = self.keywords(dict, &read)?;
                let signature = class.signature();
                let at = named.at.clone();
                let bound =
                    self.problems.bind_mapped(mapping, signature, at, Vec::new(), keywords)?;
                let at = bound.get("filename").map_or(named.at, |filename| filename.at.clone());
                let given = self.problems.terminator(&bound);
                let kind = self.problems.construct(class, &bound);
                bound.complete()?;
                let kind = kind?;
                terminator = given?.or(terminator);
                (kind, at)
            }
        };
        // what `.` sets is set last
        Ok((kind, at, attributes?.or(terminator)))
    }

    /// `MemoryHandler`, whose target is another handler.
    fn memory(
        &mut self,
        dict: &Dict,
        plan: &Plan,
        known: &Known,
        mapping: Option<&Mapping>,
    ) -> Result<HandlerKind, Reported> {
        let at = dict.key("class");
        let target = match self.get(dict, "target")? {
            Some(name) => self.target(&name, plan, known).map(Some),
            None => {
                self.problems.report(
                    Diagnostic::warning("no-target", "the MemoryHandler has no target")
                        .at(dict.at.clone(), "its records go nowhere")
                        .help("write `target` with the name of another handler"),
                );
                Ok(None)
            }
        };
        let read = ["formatter", "level", "filters", "class", "target"];
        let mut keywords = self.keywords(dict, &read)?;
        for keyword in keywords.iter_mut().filter(|keyword| keyword.name == "flushLevel") {
            if keyword.given.is_lost {
                continue;
            }
            let value = &mut keyword.given.value;
            if value.as_str().is_some() && !self.problems.compat().flush_level_may_be_name() {
                let what = "`flushLevel` must be a number";
                return Err(self.problems.too_new(what, Compat::Py313, value.at.clone(), ""));
            }
            value.kind = Kind::Int(self.check_level(value)?);
        }
        self.memory_of(mapping, at, keywords, target)
    }

    /// Whether a value is `cfg://handlers.NAME` of a handler that CPython has made by now: then it is that
    /// handler, and not its dict.
    fn is_made(&self, value: Option<&Value>, known: &Known) -> bool {
        self.made_handler(value)
            .is_some_and(|name| Key::of(&name).is_some_and(|key| known.handlers.contains_key(&key)))
    }

    fn made_handler(&self, value: Option<&Value>) -> Option<Value> {
        let value = value?;
        let kind = handler_named(value.as_str()?, self.problems.compat())?;
        Some(Value { kind, at: value.at.clone() })
    }

    /// `MemoryHandler` by `()`, where a target by its name would be a text, and a level, too.
    fn memory_by_factory(
        &mut self,
        dict: &Dict,
        plan: &Plan,
        known: &Known,
        mapping: Option<&Mapping>,
        at: Range<usize>,
    ) -> Result<HandlerKind, Reported> {
        let target = match self.made_handler(dict.raw("target")) {
            Some(name) => self.target(&name, plan, known).map(Some),
            None => Ok(None),
        };
        let keywords = self.keywords(dict, &["formatter", "level", "filters", "()", "target"])?;
        self.memory_of(mapping, at, keywords, target)
    }

    fn memory_of(
        &mut self,
        mapping: Option<&Mapping>,
        at: Range<usize>,
        keywords: Vec<Keyword>,
        target: Result<Option<usize>, Reported>,
    ) -> Result<HandlerKind, Reported> {
        let signature = Class::Memory.signature();
        let bound = self.problems.bind_mapped(mapping, signature, at, Vec::new(), keywords)?;
        let kind = self.problems.construct(Class::Memory, &bound);
        bound.complete()?;
        let mut kind = kind?;
        if let HandlerKind::Memory { target: slot, .. } = &mut kind {
            *slot = target?;
        }
        Ok(kind)
    }

    fn target(&mut self, name: &Value, plan: &Plan, known: &Known) -> Result<usize, Reported> {
        let index = self.configured(name, known)?;
        let Some(target) = plan.handlers.get(index) else { return Err(Reported) };
        let (what, help) = if matches!(target.kind, HandlerKind::Queue { .. }) {
            (
                format!("the target `{}` is a QueueHandler", target.name),
                "name a handler behind the queue as the target",
            )
        } else if !target.filters.is_empty() {
            (
                format!("the target `{}` has filters, which come after the memory", target.name),
                "move the filters to the MemoryHandler",
            )
        } else {
            return Ok(index);
        };
        self.problems.report(
            Diagnostic::error("unsupported-target", what).at(name.at.clone(), "").help(help),
        );
        Err(Reported)
    }

    /// A handler that another one refers to: CPython must have made it by then.
    pub(super) fn configured(&mut self, name: &Value, known: &Known) -> Result<usize, Reported> {
        let key = Key::of(name);
        if let Some(found) = key.as_ref().and_then(|key| known.handlers.get(key)) {
            return found.ok_or(Reported);
        }
        if !key.is_some_and(|key| known.all.contains(&key)) {
            return Err(self.unknown("unknown-handler", "handler", name, known.all.iter()));
        }
        let shown = name.to_text().unwrap_or_default();
        self.problems.report(
            Diagnostic::error("target-order", format!("`{shown}` is made after this handler"))
                .at(name.at.clone(), "")
                .help("CPython makes handlers in the order of their names, and puts one off only once")
                .help("let the target be a handler that writes, or rename the two"),
        );
        Err(Reported)
    }
}

/// The handlers that must be there before this one.
fn targets(item: &Item, map: &ClassMap) -> Vec<Key> {
    let Kind::Dict(pairs) = &item.value.kind else { return Vec::new() };
    let find = |name: &str| pairs.iter().find(|(key, _)| key.as_str() == Some(name));
    let class = find("class").and_then(|(_, value)| value.as_str()).unwrap_or_default();
    let name = class.strip_prefix("ext://").unwrap_or(class);
    let class = map.handler(name).map_or_else(|| resolve_with_module(name), Named::Known);
    match class {
        _ if find("()").is_some() => Vec::new(),
        Named::Known(Class::Memory) => {
            find("target").and_then(|(_, value)| Key::of(value)).into_iter().collect()
        }
        Named::Known(Class::Queue) => match find("handlers").map(|(_, value)| &value.kind) {
            Some(Kind::List(items)) => items.iter().filter_map(Key::of).collect(),
            Some(Kind::Dict(pairs)) => pairs.iter().filter_map(|(key, _)| Key::of(key)).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
