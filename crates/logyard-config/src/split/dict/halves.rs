//! The two dicts: what is taken out of each, and what is said of it.

use super::{Pairs, get, names, section, text};
use crate::expr::{Kind, Value};
use crate::level;
use crate::split::Split;
use crate::split::decide::Decisions;
use crate::split::emit::Comments;
use crate::split::model::{Handler, Model, Role};

/// Makes the two dicts.
pub(super) struct Writer<'w> {
    pub(super) config: &'w Pairs,
    pub(super) model: &'w Model,
    pub(super) decisions: &'w Decisions,
    pub(super) split: &'w Split,
    /// The name of the SocketHandler, as it is written.
    pub(super) key: Value,
    pub(super) socket: &'w str,
}

impl Writer<'_> {
    pub(super) fn workers<'t>(&self, source: &str, text: Option<&'t str>) -> (Pairs, Comments<'t>) {
        let decisions = self.decisions;
        let (_, server) = &self.split.names;
        let mut comments = Comments::new(text);
        comments.top(&format!(
            "What the workers keep of {source}, by `logyard split`. The rest is in {server}."
        ));
        if self.split.python {
            comments.top("The values are those of this run, secrets included: put back what your code computes.");
        }
        let mut half = Pairs::new();
        for (key, value) in self.config {
            let (name, mut value) = (key.as_str().unwrap_or_default(), value.clone());
            match (&mut value.kind, name) {
                (_, "logyard") => continue,
                (Kind::Dict(items), "formatters") => items.retain(|(name, _)| {
                    let used = |server| self.uses("formatter", name, server);
                    used(false) || !used(true)
                }),
                (Kind::Dict(items), "filters") => items.retain(|(name, _)| {
                    let code = name.to_text().is_some_and(|name| decisions.filters.contains(&name));
                    let used = |server| self.uses("filters", name, server);
                    code || self.on_a_logger(name) || used(false) || !used(true)
                }),
                (Kind::Dict(items), "handlers") => self.workers_handlers(items, &mut comments),
                (Kind::Dict(items), "loggers") => {
                    for (name, value) in items.iter_mut() {
                        let name = name.to_text().unwrap_or_default();
                        // the root's own section wins
                        let wins = !root_name(&name)
                            || get(self.config, "root").is_none_or(|root| !root.truth());
                        self.workers_logger(&name, value, wins, &["loggers", &name], &mut comments);
                    }
                }
                (Kind::Dict(items), "root") if !items.is_empty() => {
                    self.workers_logger("root", &mut value, true, &["root"], &mut comments);
                }
                _ => {}
            }
            // sections that have become empty
            let empty =
                |value: &Value| matches!(&value.kind, Kind::Dict(items) if items.is_empty());
            if !empty(&value) || get(self.config, name).is_some_and(empty) {
                half.push((key.clone(), value));
            }
        }
        (half, comments)
    }

    fn workers_handlers(&self, items: &mut Pairs, comments: &mut Comments) {
        let (decisions, server) = (self.decisions, &self.split.names.1);
        let mut gone = Vec::new();
        items.retain_mut(|(name, value)| {
            let name = name.to_text().unwrap_or_default();
            let reason = decisions.reason(&name);
            let handler = self.model.handler(&name);
            let queue = handler.filter(|handler| matches!(handler.role, Role::Queue(_)));
            let goes = decisions.server(&name);
            if let (true, Some(queue), Kind::Dict(pairs)) = (goes, queue, &mut value.kind) {
                set(
                    pairs,
                    "handlers",
                    self.list("handlers", &decisions.behind_queue(queue, self.socket)),
                );
                comments.put(&["handlers", &name], &format!("{reason}, which the server has"));
                return true;
            }
            match goes {
                true => gone.push(format!("{name} is in {server}: {reason}")),
                false => comments.put(&["handlers", &name], &format!("stays: {reason}")),
            }
            !goes
        });
        let (host, port) = &self.split.address;
        let mut socket: Pairs = vec![
            (string("class"), string("logging.handlers.SocketHandler")),
            (string("host"), string(host)),
            (string("port"), port.map_or(value(Kind::None), |port| value(Kind::Int(port.into())))),
        ];
        for line in gone {
            comments.put(&["handlers", self.socket], &line);
        }
        comments.put(
            &["handlers", self.socket],
            "each record that a handler of the server wants passes this one once",
        );
        if decisions.level > 0 {
            let name = level::name(decisions.level);
            let level = match level::by_name(&name) {
                Some(_) => string(&name),
                None => value(Kind::Int(decisions.level)),
            };
            socket.push((string("level"), level));
        }
        if !decisions.filters.is_empty() {
            socket.push((string("filters"), self.list("filters", &decisions.filters)));
        }
        items.push((self.key.clone(), value(Kind::Dict(socket))));
    }

    fn workers_logger(
        &self,
        name: &str,
        value: &mut Value,
        wins: bool,
        path: &[&str],
        comments: &mut Comments,
    ) {
        let Kind::Dict(pairs) = &mut value.kind else { return };
        let name = if root_name(name) { "root" } else { name };
        let Some(logger) = self.model.logger(name) else { return };
        let written = names(pairs, "handlers");
        let kept = match wins {
            true => self.decisions.for_workers(self.model, logger, self.socket),
            false => written.iter().filter(|name| !self.decisions.server(name)).cloned().collect(),
        };
        if kept == written {
            return;
        }
        let gone = self.decisions.for_server(&written).join(", ");
        comments.put(
            path,
            &match wins && self.decisions.sockets.iter().any(|one| one == name) {
                true => format!("{} sends to the server, which has {gone} here", self.socket),
                false => format!("the server has {gone} here"),
            },
        );
        set(pairs, "handlers", self.list("handlers", &kept));
    }

    pub(super) fn server<'t>(&self, source: &str, text: Option<&'t str>) -> (Pairs, Comments<'t>) {
        let (workers, _) = &self.split.names;
        let mut comments = Comments::new(text);
        comments.top(&format!(
            "What the server runs of {source}, by `logyard split`. The rest is in {workers}."
        ));
        comments.top(
            "The levels of loggers were applied by the workers; the server leaves them alone.",
        );
        let mut half = Pairs::new();
        for (key, value) in self.config {
            let (name, mut value) = (key.as_str().unwrap_or_default(), value.clone());
            match (&mut value.kind, name) {
                (_, "version") => {}
                (Kind::Dict(parts), "logyard") => parts.retain_mut(|(_, part)| {
                    let Kind::Dict(items) = &mut part.kind else { return true };
                    items.retain(|(name, _)| {
                        name.to_text().is_some_and(|name| self.decisions.server(&name))
                    });
                    !items.is_empty()
                }),
                (Kind::Dict(items), "formatters") => {
                    items.retain(|(name, _)| self.uses("formatter", name, true));
                }
                (Kind::Dict(items), "filters") => items.retain(|(name, _)| {
                    let code = self
                        .model
                        .code
                        .iter()
                        .any(|(code, _)| name.to_text().as_ref() == Some(code));
                    !code && self.uses("filters", name, true)
                }),
                (Kind::Dict(items), "handlers") => {
                    items.retain_mut(|(name, value)| {
                        self.server_handler(name, value, &mut comments)
                    });
                }
                (Kind::Dict(items), "loggers") => {
                    let root = get(self.config, "root").is_some_and(Value::truth);
                    items.retain_mut(|(name, value)| {
                        let name = name.to_text().unwrap_or_default();
                        !(root && root_name(&name)) && self.server_logger(&name, value)
                    });
                }
                (Kind::Dict(items), "root") if !items.is_empty() => {
                    self.server_logger("root", &mut value);
                }
                _ => continue,
            }
            let empty = matches!(&value.kind, Kind::Dict(items) if items.is_empty());
            if !empty {
                half.push((key.clone(), value));
            }
        }
        (half, comments)
    }

    fn server_handler(&self, name: &Value, value: &mut Value, comments: &mut Comments) -> bool {
        let name = name.to_text().unwrap_or_default();
        let Kind::Dict(pairs) = &mut value.kind else { return false };
        if !self.decisions.server(&name) {
            return false;
        }
        comments.put(&["handlers", &name], self.decisions.reason(&name));
        let handler = self.model.handler(&name);
        if let Some(Handler { role: Role::Queue(behind), .. }) = handler {
            set(pairs, "handlers", self.list("handlers", &self.decisions.for_server(behind)));
            pairs.retain(|(key, _)| !matches!(key.as_str(), Some("queue" | "listener")));
        }
        let filters = names(pairs, "filters");
        let code = |name: &String| self.model.code.iter().any(|(code, _)| code == name);
        let kept = filters.iter().filter(|name| !code(name)).cloned().collect::<Vec<_>>();
        if kept.is_empty() {
            pairs.retain(|(key, _)| key.as_str() != Some("filters"));
        } else if kept != filters {
            set(pairs, "filters", self.list("filters", &kept));
        }
        true
    }

    fn server_logger(&self, name: &str, value: &mut Value) -> bool {
        let name = if root_name(name) { "root" } else { name };
        let Kind::Dict(pairs) = &mut value.kind else { return false };
        let Some(logger) = self.model.logger(name) else { return false };
        pairs.retain(|(key, _)| key.as_str() != Some("filters"));
        if get(pairs, "handlers").is_some() {
            let handlers = self.decisions.for_server(&logger.handlers);
            if handlers != names(pairs, "handlers") {
                set(pairs, "handlers", self.list("handlers", &handlers));
            }
        }
        self.decisions.loggers.iter().any(|kept| kept == name)
    }

    /// A list of names of a section's entries, as their keys are written: some are numbers.
    fn list(&self, section: &str, names: &[String]) -> Value {
        let keys = match get(self.config, section).map(|value| &value.kind) {
            Some(Kind::Dict(items)) => items.iter().map(|(key, _)| key).collect(),
            _ => Vec::new(),
        };
        let key = |name: &String| {
            let known = keys.iter().copied().chain([&self.key]);
            let found = known.into_iter().find(|key| key.to_text().as_ref() == Some(name));
            found.map_or_else(|| string(name), |key| value(key.kind.clone()))
        };
        value(Kind::List(names.iter().map(key).collect()))
    }

    /// Whether a handler of one side names a formatter or filter.
    fn uses(&self, key: &str, name: &Value, server: bool) -> bool {
        let Some(name) = name.to_text() else { return false };
        section(self.config, "handlers").iter().any(|(handler, pairs)| {
            let queue =
                matches!(self.model.handler(handler), Some(Handler { role: Role::Queue(_), .. }));
            let side = self.decisions.server(handler) == server || (queue && !server);
            side && (names(pairs, key).contains(&name) || text(pairs, key) == name)
        })
    }

    fn on_a_logger(&self, filter: &Value) -> bool {
        let Some(name) = filter.to_text() else { return false };
        let root = match get(self.config, "root").map(|value| &value.kind) {
            Some(Kind::Dict(pairs)) => Some(pairs),
            _ => None,
        };
        let loggers = section(self.config, "loggers").into_iter().map(|(_, pairs)| pairs);
        loggers.chain(root).any(|pairs| names(pairs, "filters").contains(&name))
    }
}

fn root_name(name: &str) -> bool {
    name.is_empty() || name == "root"
}

pub(super) fn value(kind: Kind) -> Value {
    Value { kind, at: 0..0 }
}

pub(super) fn string(text: &str) -> Value {
    value(Kind::Str(text.to_owned()))
}

fn set(pairs: &mut Pairs, key: &str, to: Value) {
    match pairs.iter_mut().find(|(name, _)| name.as_str() == Some(key)) {
        Some((_, value)) => *value = to,
        None => pairs.push((string(key), to)),
    }
}
