//! Who keeps what: the decisions, without any text.

use std::collections::HashMap;

use super::model::{Handler, Logger, Model, Role};

/// What the user wants otherwise.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Handlers for the server that would stay: such as a console, or one whose filter only adds to the
    /// records.
    pub to_server: Vec<String>,
    /// Handlers for the workers that would go.
    pub to_workers: Vec<String>,
}

/// Where a handler goes, and why, in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) server: bool,
    pub(super) reason: String,
}

/// All decisions.
#[derive(Debug, Clone, Default)]
pub(super) struct Decisions {
    /// For each handler by name.
    pub(super) handlers: HashMap<String, Verdict>,
    /// The loggers that get the SocketHandler.
    pub(super) sockets: Vec<String>,
    /// The QueueHandlers that get it behind them instead.
    pub(super) behind: Vec<String>,
    /// The level of the SocketHandler: the lowest of what it replaces.
    pub(super) level: i64,
    /// The filters of the SocketHandler, by name.
    pub(super) filters: Vec<String>,
    /// The loggers of the server.
    pub(super) loggers: Vec<String>,
}

/// Filters that only add to the records and let all of them pass, by package.
const ADDING: [&str; 3] = ["asgi_correlation_id", "django_guid", "log_request_id"];

pub(super) fn decide(model: &Model, wishes: &Wishes) -> Decisions {
    let mut decisions = Decisions::default();
    for handler in &model.handlers {
        decisions.handlers.insert(handler.name.clone(), first_look(handler, wishes));
    }
    let mut pinned = pinned(model, wishes);
    follow_targets(model, &mut pinned, &mut decisions);
    filters(model, wishes, &mut pinned, &mut decisions);
    follow_targets(model, &mut pinned, &mut decisions);
    filters_of_socket(model, &mut decisions);
    places(model, &mut decisions);
    decisions
}

impl Decisions {
    /// Whether the server runs the handler. A QueueHandler is also in the workers' half.
    pub(super) fn server(&self, handler: &str) -> bool {
        self.handlers.get(handler).is_some_and(|verdict| verdict.server)
    }

    pub(super) fn reason(&self, handler: &str) -> &str {
        self.handlers.get(handler).map_or("", |verdict| &verdict.reason)
    }

    /// The handlers of a list that the server runs.
    pub(super) fn for_server(&self, handlers: &[String]) -> Vec<String> {
        handlers.iter().filter(|name| self.server(name)).cloned().collect()
    }

    /// What a logger of the workers has: its handlers that stay, and `socket` in the place of the first
    /// that went.
    pub(super) fn for_workers(&self, model: &Model, logger: &Logger, socket: &str) -> Vec<String> {
        let queues = |name: &String| match model.handler(name).map(|handler| &handler.role) {
            // an empty queue would fill up
            Some(Role::Queue(behind)) => {
                self.behind.contains(name) || behind.iter().any(|name| !self.server(name))
            }
            _ => false,
        };
        let sends = self.sockets.contains(&logger.name);
        replaced(&logger.handlers, sends.then_some(socket), |name| {
            !self.server(name) || queues(name)
        })
    }

    /// The same for what is behind a QueueHandler.
    pub(super) fn behind_queue(&self, queue: &Handler, socket: &str) -> Vec<String> {
        let Role::Queue(behind) = &queue.role else { return Vec::new() };
        let sends = self.behind.contains(&queue.name);
        replaced(behind, sends.then_some(socket), |name| !self.server(name))
    }
}

fn replaced(names: &[String], by: Option<&str>, stays: impl Fn(&String) -> bool) -> Vec<String> {
    let mut kept = Vec::new();
    let mut by = by.map(str::to_owned);
    for name in names {
        if stays(name) {
            kept.push(name.clone());
        } else {
            kept.extend(by.take());
        }
    }
    kept.extend(by);
    kept
}

/// By class, formatter and the user's wish.
fn first_look(handler: &Handler, wishes: &Wishes) -> Verdict {
    let verdict = |server, reason: &str| Verdict { server, reason: reason.to_owned() };
    let possible = handler.blocked.is_none() && !matches!(handler.role, Role::Elsewhere(_));
    if wishes.to_workers.contains(&handler.name) {
        return verdict(false, "as you said");
    }
    if possible && wishes.to_server.contains(&handler.name) {
        return verdict(true, "as you said");
    }
    if let Some(why) = &handler.blocked {
        return verdict(false, why);
    }
    if let Some(class) = &handler.formatter {
        return verdict(false, &format!("its formatter {class} needs the worker's own state"));
    }
    match &handler.role {
        Role::File => verdict(true, "it writes a file, which one process alone has to own"),
        Role::Stream => verdict(
            false,
            "it writes to the process's own terminal or container log; with --move it goes, too",
        ),
        Role::Null => verdict(false, "it writes nothing"),
        Role::Memory(None) => verdict(false, "it has no target"),
        Role::Memory(Some(_)) | Role::Queue(_) => verdict(false, ""), // as what is behind it
        Role::Elsewhere(class) => verdict(false, &elsewhere(class)),
    }
}

fn elsewhere(class: &str) -> String {
    let last = class.rsplit('.').next().unwrap_or(class);
    match last {
        "SocketHandler" | "DatagramHandler" => {
            format!("a {last} sends from where the record is made")
        }
        "QueueHandler" => "what is behind this queue is in your code".to_owned(),
        _ if class.starts_with("logging.") => format!("a {last} works where the record is made"),
        _ => format!("{class} is code that runs in the worker"),
    }
}

/// Those that stay in the workers whatever their targets do.
fn pinned(model: &Model, wishes: &Wishes) -> Vec<String> {
    let stays = |handler: &&Handler| {
        wishes.to_workers.contains(&handler.name)
            || handler.blocked.is_some()
            || handler.formatter.is_some()
    };
    model.handlers.iter().filter(stays).map(|handler| handler.name.clone()).collect()
}

/// The filters of a handler that are code.
fn code<'m>(model: &'m Model, handler: &'m Handler) -> impl Iterator<Item = &'m String> {
    let is_code = |name: &&String| model.code.iter().any(|(code, _)| code == *name);
    handler.filters.iter().filter(is_code)
}

/// A filter that is code runs in the worker, on the SocketHandler, where it holds for every handler of the
/// server. That is right if all of them have it, or if it only adds to the records. A handler with another
/// one stays where it is.
fn filters(model: &Model, wishes: &Wishes, pinned: &mut Vec<String>, decisions: &mut Decisions) {
    let going = model.handlers.iter().filter(|handler| decisions.server(&handler.name));
    let going = going.collect::<Vec<_>>();
    let adds = |name: &str| {
        let class = model.code.iter().find(|(code, _)| code == name).map(|(_, class)| class);
        let package = class.and_then(|class| class.split('.').next()).unwrap_or_default();
        ADDING.contains(&package)
    };
    // a record comes to these from its logger; queues and memories only hand it on
    let direct = |handler: &&&Handler| {
        let named = |names: &[String]| names.contains(&handler.name);
        let queued = |other: &Handler| matches!(&other.role, Role::Queue(behind) if named(behind));
        !matches!(handler.role, Role::Queue(_))
            && (model.loggers.iter().any(|logger| named(&logger.handlers))
                || model.handlers.iter().any(queued))
    };
    let direct = going.iter().filter(direct).collect::<Vec<_>>();
    let common = |name: &String| direct.iter().all(|handler| handler.filters.contains(name));
    for handler in &going {
        let own = code(model, handler).find(|name| !common(name) && !adds(name));
        let Some(own) = own.filter(|_| !wishes.to_server.contains(&handler.name)) else { continue };
        let reason = format!(
            "its filter `{own}` is code, and on a SocketHandler it would hold for other handlers, too; if \
             it only adds to the records: --move {}",
            handler.name
        );
        pinned.push(handler.name.clone());
        decisions.handlers.insert(handler.name.clone(), Verdict { server: false, reason });
    }
}

/// What the SocketHandler has to do for those that go.
fn filters_of_socket(model: &Model, decisions: &mut Decisions) {
    let going = model.handlers.iter().filter(|handler| decisions.server(&handler.name));
    let mut filters: Vec<String> = Vec::new();
    for name in going.flat_map(|handler| code(model, handler)) {
        if !filters.contains(name) {
            filters.push(name.clone());
        }
    }
    decisions.filters = filters;
}

/// A MemoryHandler goes with its target, a QueueHandler with any handler behind it; where one of them has
/// to stay, so do its targets. A chain is as long as there are handlers, at most.
fn follow_targets(model: &Model, pinned: &mut Vec<String>, decisions: &mut Decisions) {
    for _ in &model.handlers {
        for handler in &model.handlers {
            let targets = match &handler.role {
                Role::Memory(Some(target)) => std::slice::from_ref(target),
                Role::Queue(behind) => behind.as_slice(),
                Role::Elsewhere(_) => handler.given.as_slice(),
                _ => continue,
            };
            let to = decisions.for_server(targets);
            let stays =
                matches!(handler.role, Role::Elsewhere(_)) || pinned.contains(&handler.name);
            let verdict = if stays {
                for target in to {
                    let reason =
                        format!("`{}`, which stays, hands its records to it", handler.name);
                    decisions.handlers.insert(target.clone(), Verdict { server: false, reason });
                    pinned.push(target);
                }
                continue;
            } else if to.is_empty() {
                Verdict { server: false, reason: format!("{} stays, too", targets.join(", ")) }
            } else {
                Verdict {
                    server: true,
                    reason: format!("it hands its records to {}", to.join(", ")),
                }
            };
            decisions.handlers.insert(handler.name.clone(), verdict);
        }
    }
}

/// Where the SocketHandler is put, and which loggers the server needs.
fn places(model: &Model, decisions: &mut Decisions) {
    let bearing = |logger: &Logger| !decisions.for_server(&logger.handlers).is_empty();
    // the highest logger of each chain that has handlers of the server: each record that would reach one
    // of them passes exactly one such logger
    let (mut sockets, mut loggers) = (Vec::new(), Vec::new());
    let mut below: HashMap<&str, usize> = HashMap::new();
    for logger in model.loggers.iter().filter(|logger| bearing(logger)) {
        let above = model.above(logger);
        for parent in &above {
            *below.entry(&parent.name).or_default() += 1;
        }
        if !above.iter().any(|parent| bearing(parent)) {
            sockets.push(logger.name.clone());
        }
    }
    for logger in &model.loggers {
        let stops = !logger.propagate && below.contains_key(logger.name.as_str());
        if bearing(logger) || stops || logger.name == "root" {
            loggers.push(logger.name.clone());
        }
    }
    let carries = |queue: &Handler| {
        let mut at = model.loggers.iter().filter(|logger| logger.handlers.contains(&queue.name));
        let mut used = false;
        let all = at.all(|logger| {
            used = true;
            decisions.for_server(&logger.handlers) == [queue.name.clone()]
                && sockets.contains(&logger.name)
                && !below.contains_key(logger.name.as_str())
        });
        used && all && decisions.server(&queue.name) && matches!(queue.role, Role::Queue(_))
    };
    let carriers = model.handlers.iter().filter(|handler| carries(handler));
    let behind = carriers.map(|queue| queue.name.clone()).collect::<Vec<_>>();
    sockets.retain(|logger| {
        let handlers = model.logger(logger).map(|logger| logger.handlers.as_slice());
        !handlers.unwrap_or_default().iter().any(|name| behind.contains(name))
    });
    let attached = model.loggers.iter().flat_map(|logger| decisions.for_server(&logger.handlers));
    let levels = attached.filter_map(|name| model.handler(&name)).map(|handler| handler.level);
    decisions.level = levels.min().unwrap_or(0);
    (decisions.sockets, decisions.behind, decisions.loggers) = (sockets, behind, loggers);
}
