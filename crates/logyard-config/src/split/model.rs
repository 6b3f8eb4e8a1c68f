//! What matters of a configuration for its split, however it is written.

/// The handlers and loggers of one configuration.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) handlers: Vec<Handler>,
    /// The root, named `root`, is among them, if it is configured.
    pub(super) loggers: Vec<Logger>,
    /// The names of filters that are code, with the class of each.
    pub(super) code: Vec<(String, String)>,
    /// The names of filters that ask for Django's `DEBUG`.
    pub(super) debug: Vec<String>,
}

/// One handler.
#[derive(Debug, Clone)]
pub(super) struct Handler {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) level: i64,
    pub(super) filters: Vec<String>,
    /// The handlers that its class, which the server does not have, gets as arguments.
    pub(super) given: Vec<String>,
    /// Its formatter's class, if that one has to run in the worker.
    pub(super) formatter: Option<String>,
    /// Why the server can't have it, though its class would do.
    pub(super) blocked: Option<String>,
}

/// What a handler does with its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// Writes a file.
    File,
    /// Writes to a standard stream.
    Stream,
    /// `NullHandler`.
    Null,
    /// `MemoryHandler` with the name of its target.
    Memory(Option<String>),
    /// `QueueHandler` with the names of the handlers behind it.
    Queue(Vec<String>),
    /// A class that the server does not have, by its name.
    Elsewhere(String),
}

/// One logger, as it is when the whole configuration has been read.
#[derive(Debug, Clone)]
pub(super) struct Logger {
    /// The dotted name; `root` for the root.
    pub(super) name: String,
    pub(super) handlers: Vec<String>,
    pub(super) propagate: bool,
}

impl Model {
    pub(super) fn handler(&self, name: &str) -> Option<&Handler> {
        self.handlers.iter().find(|handler| handler.name == name)
    }

    pub(super) fn logger(&self, name: &str) -> Option<&Logger> {
        self.loggers.iter().find(|logger| logger.name == name)
    }

    /// The configured loggers above one, nearest first, whose handlers its records reach.
    pub(super) fn above<'m>(&'m self, logger: &'m Logger) -> Vec<&'m Logger> {
        let mut above = Vec::new();
        let (mut rest, mut last) = (logger.name.as_str(), logger);
        while last.propagate && rest != "root" {
            rest = rest.rsplit_once('.').map_or("root", |(parent, _)| parent);
            if let Some(found) = self.logger(rest) {
                above.push(found);
                last = found;
            }
        }
        above
    }
}
