//! Class names, resolved as fileConfig does: `eval` in `vars(logging)`, else an import.

use super::arguments::Signature;
use crate::suggest::nearest;

/// The handler classes that the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Stream,
    File,
    WatchedFile,
    RotatingFile,
    TimedRotatingFile,
    ConcurrentRotatingFile,
    ConcurrentTimedRotatingFile,
    Memory,
    Queue,
    Null,
    AdminEmail,
}

/// Classes of the module `logging`.
const IN_LOGGING: [&str; 4] = ["StreamHandler", "FileHandler", "NullHandler", "Handler"];

/// Classes of the module `logging.handlers`.
const IN_HANDLERS: [&str; 13] = [
    "RotatingFileHandler",
    "TimedRotatingFileHandler",
    "WatchedFileHandler",
    "MemoryHandler",
    "SocketHandler",
    "DatagramHandler",
    "SysLogHandler",
    "SMTPHandler",
    "HTTPHandler",
    "QueueHandler",
    "NTEventLogHandler",
    "BufferingHandler",
    "BaseRotatingHandler",
];

/// What a `class` value names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A class that the server has.
    Known(Class),
    /// A class that Python has, or may have; the full name.
    Elsewhere(String),
    /// No such class in Python; what was meant, if that can be told.
    Missing(Option<String>),
}

/// Resolves the dotted name of a handler class.
pub(crate) fn resolve_in_logging(name: &str) -> Named {
    // what eval() finds in vars(logging), then what an import finds
    let (in_handlers, class) = match name.rsplit_once('.') {
        None | Some(("logging", _)) => (false, name.rsplit('.').next().unwrap_or(name)),
        Some(("handlers" | "logging.handlers", class)) => (true, class),
        Some(("concurrent_log_handler" | "cloghandler", last)) if concurrent(last).is_some() => {
            return concurrent(last).map_or(Named::Missing(None), Named::Known);
        }
        Some((_, last)) => {
            let handler = IN_LOGGING.iter().chain(&IN_HANDLERS).any(|known| *known == last);
            let package = name.split('.').next().unwrap_or_default();
            let near = handler && matches!(package, "handler" | "logger" | "loggings" | "Logging");
            return match near {
                true => Named::Missing(right_name(last)),
                false => elsewhere(name),
            };
        }
    };
    // these put themselves into logging.handlers when they are imported
    if let Some(class) = concurrent(class) {
        return Named::Known(class);
    }
    let known: &[&str] = if in_handlers { &IN_HANDLERS } else { &IN_LOGGING };
    if !known.contains(&class) {
        let all = IN_LOGGING.into_iter().chain(IN_HANDLERS).filter(|class| !is_base(class));
        return Named::Missing(nearest(class, all).and_then(right_name));
    }
    // a QueueHandler of fileConfig has nobody who reads its queue
    if class == "QueueHandler" { Named::Elsewhere(full_name(class)) } else { known_class(class) }
}

/// Resolves a name as dictConfig does: an import, so a class has its module.
pub(crate) fn resolve_with_module(name: &str) -> Named {
    let (module, class) = name.rsplit_once('.').unwrap_or(("", name));
    let known: &[&str] = match module {
        "logging" => &IN_LOGGING,
        "logging.handlers" => &IN_HANDLERS,
        "concurrent_log_handler" | "cloghandler" => match concurrent(class) {
            Some(class) => return Named::Known(class),
            None => return Named::Elsewhere(name.to_owned()),
        },
        // nobody has a package of these names
        "" | "handlers" | "handler" | "loggings" | "logging.handler" | "Logging" => &[],
        _ => return elsewhere(name),
    };
    if known.contains(&class) {
        return known_class(class);
    }
    // `()` takes anything that can be called
    let others = ["Formatter", "BufferingFormatter", "Filter", "LogRecord", "LoggerAdapter"];
    if (module == "logging" && others.contains(&class)) || name == "logging.handlers.QueueListener"
    {
        return Named::Elsewhere(name.to_owned());
    }
    // these put themselves into logging.handlers when they are imported
    if let Some(class) = concurrent(class) {
        return Named::Known(class);
    }
    let all = IN_LOGGING.into_iter().chain(IN_HANDLERS).filter(|class| !is_base(class));
    Named::Missing(nearest(class, all).map(full_name))
}

/// A class of another package.
fn elsewhere(name: &str) -> Named {
    match name {
        "django.utils.log.AdminEmailHandler" => Named::Known(Class::AdminEmail),
        _ => Named::Elsewhere(name.to_owned()),
    }
}

fn full_name(class: &str) -> String {
    match IN_LOGGING.contains(&class) {
        true => format!("logging.{class}"),
        false => format!("logging.handlers.{class}"),
    }
}

fn known_class(class: &str) -> Named {
    match class {
        "StreamHandler" => Named::Known(Class::Stream),
        "FileHandler" => Named::Known(Class::File),
        "NullHandler" => Named::Known(Class::Null),
        "WatchedFileHandler" => Named::Known(Class::WatchedFile),
        "RotatingFileHandler" => Named::Known(Class::RotatingFile),
        "TimedRotatingFileHandler" => Named::Known(Class::TimedRotatingFile),
        "MemoryHandler" => Named::Known(Class::Memory),
        "QueueHandler" => Named::Known(Class::Queue),
        _ => Named::Elsewhere(full_name(class)),
    }
}

/// The classes of concurrent-log-handler, whose package was called cloghandler before.
fn concurrent(class: &str) -> Option<Class> {
    match class {
        "ConcurrentRotatingFileHandler" => Some(Class::ConcurrentRotatingFile),
        "ConcurrentTimedRotatingFileHandler" => Some(Class::ConcurrentTimedRotatingFile),
        _ => None,
    }
}

/// Classes that write nothing by themselves: never what was meant.
fn is_base(class: &str) -> bool {
    matches!(class, "Handler" | "BufferingHandler" | "BaseRotatingHandler")
}

/// How a class is written in a fileConfig file.
fn right_name(class: &str) -> Option<String> {
    if is_base(class) {
        return None;
    }
    if IN_LOGGING.contains(&class) {
        return Some(class.to_owned());
    }
    IN_HANDLERS.contains(&class).then(|| format!("handlers.{class}"))
}

impl Class {
    /// The class's name in Python.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Class::Stream => "StreamHandler",
            Class::File => "FileHandler",
            Class::WatchedFile => "WatchedFileHandler",
            Class::RotatingFile => "RotatingFileHandler",
            Class::TimedRotatingFile => "TimedRotatingFileHandler",
            Class::ConcurrentRotatingFile => "ConcurrentRotatingFileHandler",
            Class::ConcurrentTimedRotatingFile => "ConcurrentTimedRotatingFileHandler",
            Class::Memory => "MemoryHandler",
            Class::Queue => "QueueHandler",
            Class::Null => "NullHandler",
            Class::AdminEmail => "AdminEmailHandler",
        }
    }

    /// What its `__init__` takes (CPython 3.13).
    pub(crate) fn signature(self) -> Signature {
        let (parameters, required): (&'static [&'static str], usize) = match self {
            Class::Stream => (&["stream"], 0),
            Class::File | Class::WatchedFile => {
                (&["filename", "mode", "encoding", "delay", "errors"], 1)
            }
            Class::RotatingFile => {
                (&["filename", "mode", "maxBytes", "backupCount", "encoding", "delay", "errors"], 1)
            }
            Class::TimedRotatingFile => (
                &[
                    "filename",
                    "when",
                    "interval",
                    "backupCount",
                    "encoding",
                    "delay",
                    "utc",
                    "atTime",
                    "errors",
                ],
                1,
            ),
            Class::ConcurrentRotatingFile => (super::concurrent::BY_SIZE, 1),
            Class::ConcurrentTimedRotatingFile => (super::concurrent::BY_TIME, 1),
            Class::Memory => (&["capacity", "flushLevel", "target", "flushOnClose"], 1),
            // `queue` and what its listener takes are read apart
            Class::Queue => (&[], 0),
            Class::Null => (&["level"], 0),
            Class::AdminEmail => (&["include_html", "email_backend", "reporter_class"], 0),
        };
        Signature { name: self.name(), parameters, required }
    }
}

impl Class {
    /// Attributes of its objects that are not what they seem when a configuration sets them.
    pub(crate) fn attributes(self) -> &'static [&'static str] {
        match self {
            Class::Null | Class::AdminEmail => &["level", "filters", "name"],
            Class::Queue => &[
                "level",
                "formatter",
                "filters",
                "name",
                "queue",
                "listener",
                "prepare",
                "enqueue",
            ],
            Class::Memory => &[
                "level",
                "formatter",
                "filters",
                "name",
                "capacity",
                "flushLevel",
                "target",
                "flushOnClose",
                "buffer",
            ],
            _ => &[
                "level",
                "formatter",
                "filters",
                "name",
                "terminator",
                "stream",
                "baseFilename",
                "mode",
                "encoding",
                "errors",
                "delay",
                "namer",
                "rotator",
                "maxBytes",
                "backupCount",
                "when",
                "interval",
                "suffix",
                "extMatch",
                "utc",
                "atTime",
                "dayOfWeek",
                "rolloverAt",
                "emit",
                "format",
                "handle",
                "handleError",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elsewhere(name: &str) -> Named {
        Named::Elsewhere(name.to_owned())
    }

    #[test]
    fn names_as_cpython_finds_them() {
        let missing = |name: &str| Named::Missing(Some(name.to_owned()));
        assert_eq!(resolve_in_logging("StreamHandler"), Named::Known(Class::Stream));
        assert_eq!(resolve_in_logging("logging.FileHandler"), Named::Known(Class::File));
        assert_eq!(resolve_in_logging("handlers.MemoryHandler"), Named::Known(Class::Memory));
        assert_eq!(
            resolve_in_logging("logging.handlers.MemoryHandler"),
            Named::Known(Class::Memory)
        );
        assert_eq!(
            resolve_in_logging("RotatingFileHandler"),
            missing("handlers.RotatingFileHandler")
        );
        assert_eq!(resolve_in_logging("logging.MemoryHandler"), missing("handlers.MemoryHandler"));
        assert_eq!(resolve_in_logging("handlers.StreamHandler"), missing("StreamHandler"));
        assert_eq!(resolve_in_logging("handler.MemoryHandler"), missing("handlers.MemoryHandler"));
        assert_eq!(resolve_in_logging("Nonsense"), Named::Missing(None));
        assert_eq!(resolve_in_logging("logging.handlers"), Named::Missing(None));
        assert_eq!(resolve_in_logging("handler.Handler"), Named::Missing(None));
        for module in ["handlers", "logging.handlers", "concurrent_log_handler", "cloghandler"] {
            let name = format!("{module}.ConcurrentRotatingFileHandler");
            assert_eq!(resolve_in_logging(&name), Named::Known(Class::ConcurrentRotatingFile));
        }
        assert_eq!(
            resolve_in_logging("myapp.logs.Handler"),
            Named::Elsewhere("myapp.logs.Handler".to_owned())
        );
        assert_eq!(
            resolve_in_logging("handlers.QueueHandler"),
            elsewhere("logging.handlers.QueueHandler")
        );
    }

    #[test]
    fn names_as_an_import_finds_them() {
        let missing = |name: &str| Named::Missing(Some(name.to_owned()));
        assert_eq!(resolve_with_module("logging.StreamHandler"), Named::Known(Class::Stream));
        assert_eq!(
            resolve_with_module("logging.handlers.QueueHandler"),
            Named::Known(Class::Queue)
        );
        assert_eq!(resolve_with_module("StreamHandler"), missing("logging.StreamHandler"));
        assert_eq!(
            resolve_with_module("logging.MemoryHandler"),
            missing("logging.handlers.MemoryHandler")
        );
        assert_eq!(
            resolve_with_module("logging.handlers.FileHandler"),
            missing("logging.FileHandler")
        );
        assert_eq!(
            resolve_with_module("logging.handlers.SMTPHandler"),
            elsewhere("logging.handlers.SMTPHandler")
        );
        assert_eq!(resolve_with_module("myapp.Handler"), elsewhere("myapp.Handler"));
        assert_eq!(resolve_with_module("logging.Filter"), elsewhere("logging.Filter"));
    }
}
