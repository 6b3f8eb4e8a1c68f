//! What loggers, handlers and formatters make together: warnings on the whole plan.

use std::collections::HashSet;
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::plan::{HandlerKind, Plan};
use crate::problems::{Form, Problems};

impl Problems<'_> {
    /// A handler that stands at a logger and at one of its parents writes each record twice. `place`
    /// tells where a logger stands.
    pub(crate) fn reached_twice(&mut self, plan: &Plan, place: &dyn Fn(&str) -> Range<usize>) {
        for logger in &plan.loggers {
            let mut seen = logger.handlers.clone();
            for above in plan.chain(&logger.name).into_iter().skip(1) {
                for handler in &above.handlers {
                    if !seen.contains(handler) {
                        seen.push(*handler);
                        continue;
                    }
                    let Some(handler) = plan.handlers.get(*handler) else { continue };
                    let (name, above) = (&logger.name, &above.name);
                    let what = format!("records of `{name}` reach `{}` twice", handler.name);
                    let stop = match self.form {
                        Form::Ini => "propagate = 0",
                        Form::Dict => "propagate: false",
                    };
                    self.report(
                        Diagnostic::warning("handler-twice", what)
                            .at(place(name), format!("`{above}` has this handler too"))
                            .help(format!("write {stop}, or take the handler from one of the two")),
                    );
                }
            }
        }
    }

    /// Handlers and formatters that nothing uses. `place` tells where one of a kind and name stands.
    pub(crate) fn unused_parts(&mut self, plan: &Plan, place: &dyn Fn(&str, &str) -> Range<usize>) {
        // a logger or handler with an error may be the one that uses it
        if self.any_error() {
            return;
        }
        let loggers = plan.loggers.iter().chain([&plan.root]);
        let mut used = loggers.flat_map(|logger| logger.handlers.clone()).collect::<HashSet<_>>();
        for handler in &plan.handlers {
            match &handler.kind {
                HandlerKind::Memory { target: Some(target), .. } => drop(used.insert(*target)),
                HandlerKind::Queue { handlers, .. } => used.extend(handlers),
                _ => {}
            }
        }
        for (index, handler) in plan.handlers.iter().enumerate() {
            if !used.contains(&index) {
                let opened = handler.kind.file().is_some_and(|file| !file.delay);
                let label = if opened { "its file is made all the same" } else { "" };
                let what = format!("the handler `{}` is not used", handler.name);
                self.report(
                    Diagnostic::warning("unused", what)
                        .at(place("handler", &handler.name), label)
                        .help("name it in a logger's handlers"),
                );
            }
        }
        let formatters =
            plan.handlers.iter().filter_map(|handler| handler.formatter).collect::<HashSet<_>>();
        for (index, formatter) in plan.formatters.iter().enumerate() {
            if !formatters.contains(&index) {
                let what = format!("the formatter `{}` is not used", formatter.name);
                self.report(
                    Diagnostic::warning("unused", what)
                        .at(place("formatter", &formatter.name), "")
                        .help("name it in a handler's formatter"),
                );
            }
        }
    }
}
