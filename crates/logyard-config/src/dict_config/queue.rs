//! `QueueHandler` with its listener: the server has queues of its own, so the handlers behind it are run
//! directly, with the record that `QueueHandler.prepare` makes.

use std::ops::Range;

use logyard_compat::Compat;

use super::Reader;
use super::access::Dict;
use super::handlers::Known;
use crate::construct::{Class, Named, Signature, resolve_with_module};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Object, Value};
use crate::plan::{HandlerKind, Plan};
use crate::problems::Reported;

impl Reader<'_> {
    pub(super) fn queue(
        &mut self,
        dict: &Dict,
        plan: &Plan,
        known: &Known,
        class: Range<usize>,
    ) -> Result<HandlerKind, Reported> {
        let compat = self.problems.compat();
        if !compat.configures_queue_handlers() {
            let what = "dictConfig makes no listener for a QueueHandler";
            return Err(self.problems.too_new(what, Compat::Py312, class, ""));
        }
        let queue = self.specifier(dict, "queue");
        let listener = self.specifier(dict, "listener");
        let respect = self.get(dict, "respect_handler_level")?;
        let respect_handler_level = respect.is_some_and(|value| value.truth());
        let mut handlers = Vec::new();
        let mut bad = queue.is_err() || listener.is_err();
        match self.get(dict, "handlers")? {
            Some(names) => {
                for name in self.iterate("handlers", names)? {
                    match self.behind(&name, plan, known) {
                        Ok(index) => handlers.push(index),
                        Err(Reported) => bad = true,
                    }
                }
            }
            None if compat.queue_handler_needs_handlers() => {
                let what = "a QueueHandler needs `handlers`";
                return Err(self.problems.too_new(what, Compat::Py313, class, ""));
            }
            None => self.problems.report(
                Diagnostic::warning("no-target", "no handlers are behind the QueueHandler")
                    .at(dict.at.clone(), "its records go nowhere")
                    .help("write `handlers` with the names of other handlers"),
            ),
        }
        if self.get(dict, "formatter")?.is_some_and(|value| value.truth()) {
            self.problems.report(
                Diagnostic::warning("formatted-twice", "the records are formatted twice")
                    .at(
                        dict.key("formatter"),
                        "what it makes is the message for the handlers behind it",
                    )
                    .help("take it out if theirs is enough"),
            );
        }
        let read = [
            "formatter",
            "level",
            "filters",
            "class",
            "queue",
            "listener",
            "handlers",
            "respect_handler_level",
        ];
        let mut keywords = self.keywords(dict, &read)?;
        if compat.queue_handler_needs_handlers() {
            for keyword in std::mem::take(&mut keywords) {
                let what = format!("QueueHandler has no argument `{}`", keyword.name);
                self.problems.report(
                    Diagnostic::warning("unknown-argument", what)
                        .at(keyword.at, "Python 3.12 leaves it lying, newer ones refuse it")
                        .help("take it out"),
                );
            }
        }
        self.problems.bind(Class::Queue.signature(), class, Vec::new(), keywords)?;
        match bad {
            false => Ok(HandlerKind::Queue { handlers, respect_handler_level }),
            true => Err(Reported),
        }
    }

    /// One of the handlers behind the queue.
    fn behind(&mut self, name: &Value, plan: &Plan, known: &Known) -> Result<usize, Reported> {
        let index = self.configured(name, known)?;
        let kind = plan.handlers.get(index).map(|handler| &handler.kind);
        if !matches!(kind, Some(HandlerKind::Queue { .. })) {
            return Ok(index);
        }
        self.problems.report(
            Diagnostic::error("unsupported-target", "a QueueHandler behind a QueueHandler")
                .at(name.at.clone(), "")
                .help("list the handlers behind that one here"),
        );
        Err(Reported)
    }

    /// What makes the queue or the listener: a name or a dict with `()`. It is not run, but must be one
    /// that CPython takes.
    fn specifier(&mut self, dict: &Dict, key: &str) -> Result<(), Reported> {
        let Some(raw) = dict.raw(key) else { return Ok(()) };
        if raw.as_str().is_some_and(|text| text.starts_with("ext://")) {
            let named = self.factory(dict, key)?;
            return self.made_by(key, &named.name, named.at);
        }
        let value = self.convert(raw)?;
        match &value.kind {
            Kind::Str(name) => self.made_by(key, name, value.at.clone()),
            Kind::Object(Object::Class(name)) => {
                self.made_by(key, &format!("logging.handlers.{name}"), value.at.clone())
            }
            Kind::Dict(pairs) if pairs.iter().any(|(key, _)| key.as_str() == Some("()")) => {
                let pairs = pairs.clone();
                self.factory_of(key, &Dict { pairs, at: dict.key(key) }, &value)
            }
            _ => Err(self.invalid(key, &value)),
        }
    }

    /// A dict with `()`: the queues of Python's own module are called as they can be.
    fn factory_of(&mut self, key: &str, dict: &Dict, value: &Value) -> Result<(), Reported> {
        let made = self.factory(dict, "()")?;
        let parameters: &[&str] = match (key, made.name.as_str()) {
            // a listener wants its queue, and the listener itself can't be called
            ("listener", "logging.handlers.QueueListener") => return Err(self.invalid(key, value)),
            ("queue", "queue.Queue" | "queue.LifoQueue" | "queue.PriorityQueue") => &["maxsize"],
            ("queue", "queue.SimpleQueue") => &[],
            ("queue", name) if name.starts_with("queue.") => {
                return self.made_by(key, name, made.at);
            }
            _ => return Ok(()),
        };
        let keywords = self.keywords(dict, &["()"])?;
        let signature = Signature { name: "Queue", parameters, required: 0 };
        self.problems.bind(signature, made.at, Vec::new(), keywords).map(|_| ())
    }

    fn made_by(&mut self, key: &str, name: &str, at: Range<usize>) -> Result<(), Reported> {
        let known = match (key, name.rsplit_once('.')) {
            (_, None) => false,
            ("queue", Some(("queue", class))) => {
                matches!(class, "Queue" | "LifoQueue" | "PriorityQueue" | "SimpleQueue")
            }
            ("queue", _) => {
                !matches!(resolve_with_module(name), Named::Known(_) | Named::Missing(_))
            }
            (_, Some(("logging.handlers", class))) => class == "QueueListener",
            (_, Some(("logging" | "queue", _))) => false,
            _ => true,
        };
        if known {
            return Ok(());
        }
        let value = Value { kind: Kind::Str(name.to_owned()), at };
        Err(self.invalid(key, &value))
    }

    fn invalid(&mut self, key: &str, value: &Value) -> Reported {
        let shown = value.to_text().unwrap_or_else(|| value.a_type());
        let what = format!("`{shown}` makes no {key}");
        let help = match key {
            "queue" => "write queue.Queue, or leave it out",
            _ => "write logging.handlers.QueueListener, or leave it out",
        };
        self.problems
            .report(Diagnostic::error("bad-argument", what).at(value.at.clone(), "").help(help));
        Reported
    }
}
