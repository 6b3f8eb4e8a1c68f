//! `[handlers]` and `[handler_X]`: `_install_handlers`.

use std::ops::Range;
use std::sync::Arc;

use super::{Names, Reader, comment};
use crate::class_map::Mapping;
use crate::construct::{Class, resolve_in_logging};
use crate::diagnostic::Diagnostic;
use crate::expr;
use crate::ini::{Section, Text};
use crate::plan::{HandlerKind, HandlerPlan, Plan};
use crate::problems::Reported;

/// A handler as its class and arguments make it.
struct Made {
    kind: HandlerKind,
    /// What to underline when its file is amiss.
    at: Range<usize>,
    own_level: i64,
    /// Its argument of that name, if its class has it.
    terminator: Option<String>,
}

impl Reader<'_> {
    pub(super) fn handlers(&mut self, plan: &mut Plan, formatters: &Names) -> Names {
        let mut names = Names::new();
        let mut targets: Vec<(usize, Text)> = Vec::new();
        let mut files: Vec<(usize, Range<usize>)> = Vec::new();
        for (name, at) in self.names("handlers").unwrap_or_default() {
            if names.contains_key(&name) {
                self.repeated("handler", &name, at);
                continue;
            }
            let section = self.section(&format!("handler_{name}"), Some(&at));
            let read = section.and_then(|section| self.handler(&name, section, formatters));
            let index = read.ok().map(|(handler, target, at)| {
                let index = plan.handlers.len();
                targets.extend(target.map(|target| (index, target)));
                if handler.kind.file().is_some() {
                    files.push((index, at));
                }
                plan.handlers.push(handler);
                index
            });
            names.insert(name, index);
        }
        for (index, target) in targets {
            self.target(plan, index, &target, &names);
        }
        self.problems.disk(plan, &files);
        names
    }

    /// One handler, the name of its target, and what to underline when its file is amiss.
    fn handler(
        &mut self,
        name: &str,
        section: &Section,
        formatters: &Names,
    ) -> Result<(HandlerPlan, Option<Text>, Range<usize>), Reported> {
        // each part is looked at, so that all problems come in one go
        let kind = self.kind(section);
        let level = self.level(section);
        let formatter = self.handler_formatter(section, formatters);
        let Made { kind, at, own_level, terminator } = kind?;
        let target = match kind {
            HandlerKind::Memory { .. } => {
                let target = self.get(section, "target")?.filter(|text| !text.as_str().is_empty());
                if target.is_none() {
                    self.problems.report(
                        Diagnostic::warning("no-target", "the MemoryHandler has no target")
                            .at(section.at.clone(), "its records go nowhere")
                            .help("write target = and the name of another handler"),
                    );
                }
                target
            }
            _ => None,
        };
        let plan = HandlerPlan {
            name: name.to_owned(),
            level: level?.unwrap_or(own_level),
            formatter: formatter?,
            kind,
            terminator: terminator.unwrap_or_else(|| "\n".to_owned()),
            at: self.problems.place(&section.at),
            ..HandlerPlan::default()
        };
        Ok((plan, target, at))
    }

    fn handler_formatter(
        &mut self,
        section: &Section,
        formatters: &Names,
    ) -> Result<Option<usize>, Reported> {
        let Some(text) = self.get(section, "formatter")?.filter(|text| !text.as_str().is_empty())
        else {
            return Ok(None);
        };
        let name = text.as_str();
        if let Some(index) = formatters.get(name) {
            return index.map(Some).ok_or(Reported);
        }
        let diagnostic =
            Diagnostic::error("unknown-formatter", format!("there is no formatter `{name}`"))
                .at(text.whole(), "");
        let mut known = formatters.keys().map(String::as_str).collect::<Vec<_>>();
        known.sort_unstable();
        self.problems.report(if let Some(help) = comment(name) {
            diagnostic.help(help)
        } else if self.document.section(&format!("formatter_{name}")).is_some() {
            diagnostic.help(format!("add `{name}` to keys in [formatters]"))
        } else if let Some(close) = self.problems.near(name, known) {
            diagnostic.help(format!("did you mean {close}?"))
        } else {
            diagnostic
                .help(format!("add it to keys in [formatters], with a section [formatter_{name}]"))
        });
        Err(Reported)
    }

    /// What it does, what to underline when its file is amiss, and the level its class was given.
    fn kind(&mut self, section: &Section) -> Result<Made, Reported> {
        let text = self.required(section, "class")?;
        let (class, mapping) = self.handler_class(&text)?;
        let bound = self.bind(section, class, mapping.as_deref(), text.whole())?;
        let at = bound.get("filename").map_or_else(|| text.whole(), |filename| filename.at.clone());
        let own_level = self.problems.level_argument(&bound, "level", 0)?;
        let terminator = self.problems.terminator(&bound);
        let kind = self.problems.construct(class, &bound)?;
        let terminator = terminator?.or(mapping.and_then(|mapping| mapping.terminator()));
        Ok(Made { kind, at, own_level, terminator })
    }

    fn handler_class(&mut self, text: &Text) -> Result<(Class, Option<Arc<Mapping>>), Reported> {
        let written = text.as_str();
        let Some(name) = expr::dotted_name(written) else {
            let diagnostic = Diagnostic::error("unknown-class", "this is not the name of a class")
                .at(text.whole(), "")
                .help("write a class such as StreamHandler or handlers.RotatingFileHandler");
            self.problems.report(diagnostic);
            return Err(Reported);
        };
        let named = resolve_in_logging(&name);
        self.problems.own_handler_class(&name, named, text.whole())
    }

    /// `h.setTarget(handlers[t])`, after all handlers are there.
    fn target(&mut self, plan: &mut Plan, index: usize, text: &Text, names: &Names) {
        let name = text.as_str();
        let Some(target) = names.get(name) else {
            let diagnostic =
                Diagnostic::error("unknown-handler", format!("there is no handler `{name}`"))
                    .at(text.whole(), "");
            let mut known = names.keys().map(String::as_str).collect::<Vec<_>>();
            known.sort_unstable();
            self.problems.report(match self.problems.near(name, known) {
                Some(close) => diagnostic.help(format!("did you mean {close}?")),
                None => diagnostic
                    .help(format!("add it to keys in [handlers], with a section [handler_{name}]")),
            });
            return;
        };
        let Some(target) = *target else { return };
        // a ring of memory handlers would hand its records round for ever
        let mut next = Some(target);
        for _ in 0..=plan.handlers.len() {
            if next == Some(index) {
                self.problems.report(
                    Diagnostic::error("target-ring", "the target leads back to this handler")
                        .at(text.whole(), "")
                        .help("let the target be a handler that writes"),
                );
                return;
            }
            next = match next.and_then(|next| plan.handlers.get(next)).map(|handler| &handler.kind)
            {
                Some(HandlerKind::Memory { target, .. }) => *target,
                _ => None,
            };
        }
        if let Some(HandlerKind::Memory { target: slot, .. }) =
            plan.handlers.get_mut(index).map(|handler| &mut handler.kind)
        {
            *slot = Some(target);
        }
    }
}
