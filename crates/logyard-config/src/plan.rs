//! The plan: the checked, complete description of what will run. Nothing in it is opened yet.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use logyard_compat::Compat;
use logyard_format::{Class, Plain};
pub use logyard_rotate::{Repairs, Rules, When};

use crate::extras::{Extras, Owner};

/// Everything that one configuration describes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The formatters, in the order of the file.
    pub formatters: Vec<FormatterPlan>,
    /// The handlers, in the order of the file (CPython opens them in this order).
    pub handlers: Vec<HandlerPlan>,
    /// The loggers apart from the root, each name once, in the order of the file.
    pub loggers: Vec<LoggerPlan>,
    /// The root logger; its name is `root`.
    pub root: LoggerPlan,
    /// Whose rules hold.
    pub compat: Compat,
    /// What is repaired of them.
    pub repairs: Repairs,
}

impl Plan {
    /// Whether `getLogger(name)` is the root logger.
    pub fn is_root(&self, name: &str) -> bool {
        name.is_empty() || (name == "root" && self.compat.root_has_a_name())
    }

    /// The rules of rollovers.
    pub fn rules(&self) -> Rules {
        Rules { compat: self.compat, repairs: self.repairs }
    }

    /// The configured loggers that a record of this name passes, nearest first: `Logger.callHandlers`.
    /// Empty names and `root` are the root logger.
    pub fn chain(&self, name: &str) -> Vec<&LoggerPlan> {
        let mut chain = Vec::new();
        let mut rest = if self.is_root(name) { "" } else { name };
        while !rest.is_empty() {
            if let Some(logger) = self.loggers.iter().find(|logger| logger.name == rest) {
                chain.push(logger);
                if !logger.propagate {
                    return chain;
                }
            }
            rest = rest.rsplit_once('.').map_or("", |(parent, _)| parent);
        }
        chain.push(&self.root);
        chain
    }
}

/// Where something stands in the user's file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// The line, from 1; 0 when the thing has no place in a file.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One formatter.
#[derive(Debug, Clone, PartialEq)]
pub struct FormatterPlan {
    /// The name that handlers use.
    pub name: String,
    /// Its class, with the arguments that only that class takes.
    pub class: Class,
    /// The format; `None` or empty text is the style's default (`%(message)s`).
    pub fmt: Option<String>,
    /// The date format for strftime; `None` or empty text is Python's default with milliseconds.
    pub datefmt: Option<String>,
    /// `Formatter.default_time_format`; `None` is Python's own.
    pub default_time_format: Option<String>,
    /// `Formatter.default_msec_format`, which may be `None` in Python; `None` here is Python's own.
    pub default_msec_format: Option<Option<String>>,
    /// `Formatter.converter` is `time.gmtime`.
    pub utc: bool,
    /// `%`, `{` or `$`.
    pub style: char,
    /// Whether the format is to be checked as `Formatter(validate=True)` does.
    pub validate: bool,
    /// `Formatter(defaults=...)`: attributes for records that lack them.
    pub defaults: Vec<(String, Plain)>,
    /// The formatter's section.
    pub at: Place,
}

impl Default for FormatterPlan {
    /// `logging.Formatter()`
    fn default() -> Self {
        FormatterPlan {
            name: String::new(),
            class: Class::Formatter,
            fmt: None,
            datefmt: None,
            default_time_format: None,
            default_msec_format: None,
            utc: false,
            style: '%',
            validate: true,
            defaults: Vec::new(),
            at: Place::default(),
        }
    }
}

/// One handler.
#[derive(Debug, Clone, PartialEq)]
pub struct HandlerPlan {
    /// The handler's name in the configuration.
    pub name: String,
    /// The lowest level it takes; 0 is `NOTSET`.
    pub level: i64,
    /// Index into [`Plan::formatters`]; `None` is `logging._defaultFormatter` (the bare message).
    pub formatter: Option<usize>,
    /// Every one must let a record pass (`Handler.handle`).
    pub filters: Vec<FilterPlan>,
    /// What it does.
    pub kind: HandlerKind,
    /// What ends each record: `StreamHandler.terminator`.
    pub terminator: String,
    /// What logyard does besides, as the configuration's own part for it says.
    pub extras: Extras,
    /// The handler's section.
    pub at: Place,
}

impl Default for HandlerPlan {
    /// A nameless handler that keeps nothing.
    fn default() -> Self {
        HandlerPlan {
            name: String::new(),
            level: 0,
            formatter: None,
            filters: Vec::new(),
            kind: HandlerKind::Null,
            terminator: "\n".to_owned(),
            extras: Extras::default(),
            at: Place::default(),
        }
    }
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterPlan {
    /// Its name in the configuration.
    pub name: String,
    /// What it lets pass.
    pub rule: FilterRule,
}

/// What a filter lets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterRule {
    /// `logging.Filter(name)`: records of this logger and of those below it; empty lets all pass.
    Logger(String),
    /// The same for all records.
    Always(bool),
}

impl FilterPlan {
    /// The filter's `filter`.
    pub fn passes(&self, record_name: &[u8]) -> bool {
        match &self.rule {
            FilterRule::Logger(logger) => match record_name.strip_prefix(logger.as_bytes()) {
                Some(rest) => logger.is_empty() || matches!(rest.first(), None | Some(b'.')),
                None => false,
            },
            FilterRule::Always(passes) => *passes,
        }
    }
}

/// What a handler does with its records.
#[derive(Debug, Clone, PartialEq)]
pub enum HandlerKind {
    /// `logging.StreamHandler`.
    Stream(Stream),
    /// `logging.FileHandler`.
    File(FilePlan),
    /// `logging.handlers.WatchedFileHandler`.
    WatchedFile(FilePlan),
    /// `logging.handlers.RotatingFileHandler`.
    RotatingFile {
        /// The file; its mode is `Append` when `max_bytes` is above 0, as in CPython.
        file: FilePlan,
        /// Roll before this size in bytes is reached; 0 is never.
        max_bytes: u64,
        /// How many old files are kept; with 0 the file is closed and opened again, and goes on growing.
        backup_count: u32,
    },
    /// `logging.handlers.TimedRotatingFileHandler`.
    TimedRotatingFile {
        /// The file; always appended to.
        file: FilePlan,
        /// The unit or the moment of the rollover.
        when: When,
        /// How many units lie between two rollovers, at least 1.
        interval: u32,
        /// How many old files are kept; 0 keeps all.
        backup_count: u32,
        /// Reckon in UTC rather than in local time.
        utc: bool,
        /// The time of day for `midnight` and `W0`–`W6`; `None` is midnight.
        at_time: Option<AtTime>,
    },
    /// `ConcurrentRotatingFileHandler` or `ConcurrentTimedRotatingFileHandler` of the package
    /// concurrent-log-handler.
    Concurrent(Box<ConcurrentPlan>),
    /// `logging.handlers.MemoryHandler`.
    Memory {
        /// Flush when this many records are held (0 and 1: at every record).
        capacity: u64,
        /// Flush at a record of this level or above.
        flush_level: i64,
        /// Index into [`Plan::handlers`]; `None` keeps the records for ever in CPython.
        target: Option<usize>,
        /// Flush when the handler closes.
        flush_on_close: bool,
    },
    /// `logging.handlers.QueueHandler` with its `QueueListener`: the server has queues of its own, so the
    /// handlers behind it get the record at once, as `QueueHandler.prepare` has made it.
    Queue {
        /// Indices into [`Plan::handlers`]; none of them is a queue.
        handlers: Vec<usize>,
        /// Whether the levels of these handlers count (`respect_handler_level`); their filters always do.
        respect_handler_level: bool,
    },
    /// `logging.NullHandler`.
    Null,
}

impl HandlerKind {
    /// The file the handler writes, if it writes one.
    pub fn file(&self) -> Option<&FilePlan> {
        match self {
            HandlerKind::File(file) | HandlerKind::WatchedFile(file) => Some(file),
            HandlerKind::RotatingFile { file, .. }
            | HandlerKind::TimedRotatingFile { file, .. } => Some(file),
            HandlerKind::Concurrent(plan) => Some(&plan.file),
            HandlerKind::Stream(_)
            | HandlerKind::Memory { .. }
            | HandlerKind::Queue { .. }
            | HandlerKind::Null => None,
        }
    }

    /// Whether its file ever gets another name.
    pub fn rolls(&self) -> bool {
        match self {
            HandlerKind::RotatingFile { max_bytes, backup_count, .. } => {
                *max_bytes > 0 && *backup_count > 0
            }
            HandlerKind::TimedRotatingFile { .. } => true,
            HandlerKind::Concurrent(plan) => {
                plan.timed.is_some() || plan.max_bytes > 0 && plan.backup_count > 0
            }
            _ => false,
        }
    }

    /// The class's name in Python, without its module.
    pub fn class(&self) -> &'static str {
        match self {
            HandlerKind::Stream(_) => "StreamHandler",
            HandlerKind::File(_) => "FileHandler",
            HandlerKind::WatchedFile(_) => "WatchedFileHandler",
            HandlerKind::RotatingFile { .. } => "RotatingFileHandler",
            HandlerKind::TimedRotatingFile { .. } => "TimedRotatingFileHandler",
            HandlerKind::Concurrent(plan) => match plan.timed {
                Some(_) => "ConcurrentTimedRotatingFileHandler",
                None => "ConcurrentRotatingFileHandler",
            },
            HandlerKind::Memory { .. } => "MemoryHandler",
            HandlerKind::Queue { .. } => "QueueHandler",
            HandlerKind::Null => "NullHandler",
        }
    }
}

/// A handler of concurrent-log-handler 0.9.31.
#[derive(Debug, Clone, PartialEq)]
pub struct ConcurrentPlan {
    /// The file. Its `errors` are `unicode_error_policy`, and it is always opened late.
    pub file: FilePlan,
    /// Roll over when the file has this many bytes; 0 is never.
    pub max_bytes: u64,
    /// How many old files are kept. 0 keeps all where there is a time, else none: the file is
    /// emptied.
    pub backup_count: u32,
    /// When it rolls over by time, for the class that does.
    pub timed: Option<TimedPlan>,
    /// Old files are compressed by gzip.
    pub use_gzip: bool,
    /// Who owns the files.
    pub owner: Option<Owner>,
    /// Permission bits of the files.
    pub chmod: Option<u32>,
    /// In the place of the process's umask when files are made.
    pub umask: Option<u32>,
    /// What `\n` becomes in the file.
    pub newline: Newline,
    /// The file by which processes keep each other off, and which holds the time of the next rollover.
    pub lock_file: PathBuf,
}

/// The arguments of `TimedRotatingFileHandler` that tell when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedPlan {
    /// The unit or the moment of the rollover.
    pub when: When,
    /// How many units lie between two rollovers, at least 1.
    pub interval: u32,
    /// Reckon in UTC rather than in local time.
    pub utc: bool,
    /// The time of day for `midnight` and `W0`–`W6`; `None` is midnight.
    pub at_time: Option<AtTime>,
}

/// `newline` of Python's `open`, for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Newline {
    /// `None`, `''` and `'\n'`: as they are.
    #[default]
    Lf,
    /// `'\r'`.
    Cr,
    /// `'\r\n'`.
    CrLf,
}

/// A standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// `sys.stdout`.
    Stdout,
    /// `sys.stderr`, `StreamHandler`'s default.
    Stderr,
}

/// How a file is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlan {
    /// `os.path.abspath(filename)`: absolute, without `.` and `..`.
    pub path: PathBuf,
    /// Python's open mode.
    pub mode: Mode,
    /// The codec by Python's own name for it (`utf-8`, `iso8859-1`, `cp1252`); `None` is the default.
    pub encoding: Option<String>,
    /// Python's error handler (`strict`, `backslashreplace`, ...); `None` is `strict`.
    pub errors: Option<String>,
    /// Open at the first record rather than at the start.
    pub delay: bool,
}

/// Python's open modes that a text log can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `a`, `a+`.
    Append,
    /// `w`, `w+`: empties the file when it is opened.
    Truncate,
    /// `x`, `x+`: fails when the file exists.
    Exclusive,
}

/// `datetime.time`: a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtTime {
    /// 0–23.
    pub hour: u8,
    /// 0–59.
    pub minute: u8,
    /// 0–59.
    pub second: u8,
    /// 0–999,999; CPython's rollover ignores it.
    pub microsecond: u32,
}

/// One logger.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggerPlan {
    /// The dotted name (`qualname`); `root` for the root.
    pub name: String,
    /// The level, 0 when it has none of its own. The server does not apply it to received records.
    pub level: i64,
    /// Whether records go on to the parent's handlers.
    pub propagate: bool,
    /// A disabled logger drops what it receives; fileConfig never sets it for a logger of the file.
    pub disabled: bool,
    /// Indices into [`Plan::handlers`], in order, each once.
    pub handlers: Vec<usize>,
    /// Every one must let a record pass that names this very logger (`Logger.handle`); records of its
    /// children are not asked.
    pub filters: Vec<FilterPlan>,
    /// The logger's section.
    pub at: Place,
}

impl Default for LoggerPlan {
    /// Python's root logger before any configuration: `WARNING`, no handlers.
    fn default() -> Self {
        LoggerPlan {
            name: "root".to_owned(),
            level: 30,
            propagate: true,
            disabled: false,
            handlers: Vec::new(),
            filters: Vec::new(),
            at: Place::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_passes_a_logger_and_those_below_it() {
        let passes = |logger: &str, name: &str| {
            let rule = FilterRule::Logger(logger.to_owned());
            let filter = FilterPlan { name: String::new(), rule };
            filter.passes(name.as_bytes())
        };
        assert!(passes("a.b", "a.b") && passes("a.b", "a.b.c") && passes("a.b", "a.b."));
        assert!(!passes("a.b", "a") && !passes("a.b", "a.bb") && !passes("a.b", "x.a.b"));
        assert!(passes("", "a") && passes("", ""));
        assert!(!passes("root", "") && passes("root", "root"));
    }
}
