//! The attributes that every LogRecord has.

/// An attribute that `LogRecord.__init__` sets, so that each record has it. The order is that in
/// which it sets them, and so the order in which nearly every record on the wire has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Attr {
    /// `name`: the logger's name.
    Name,
    /// `msg`: the message's text, or its template where the client kept `args`.
    Msg,
    /// `args`: what `msg % args` takes; None from a stock `SocketHandler`.
    Args,
    /// `levelname`: the level's name as the client knows it.
    LevelName,
    /// `levelno`: the level's number.
    LevelNo,
    /// `pathname`: the source file of the logging call.
    PathName,
    /// `filename`: the last part of `pathname`.
    FileName,
    /// `module`: `filename` without its extension.
    Module,
    /// `exc_info`: None from a stock `SocketHandler`.
    ExcInfo,
    /// `exc_text`: the traceback's text.
    ExcText,
    /// `stack_info`: the stack's text, if asked for.
    StackInfo,
    /// `lineno`: the source line of the logging call.
    LineNo,
    /// `funcName`: the function of the logging call.
    FuncName,
    /// `created`: seconds since the epoch.
    Created,
    /// `msecs`: the milliseconds of `created`.
    Msecs,
    /// `relativeCreated`: milliseconds since the client's `logging` was imported.
    RelativeCreated,
    /// `thread`: the thread's identifier.
    Thread,
    /// `threadName`: the thread's name.
    ThreadName,
    /// `processName`: the name by `multiprocessing`.
    ProcessName,
    /// `process`: the process id.
    Process,
    /// `taskName`: the asyncio task's name (clients since 3.12).
    TaskName,
}

impl Attr {
    /// How many attributes there are.
    pub const COUNT: usize = Attr::TaskName as usize + 1;

    /// Every attribute, in the order of the variants.
    pub const ALL: [Attr; Attr::COUNT] = [
        Attr::Name,
        Attr::Msg,
        Attr::Args,
        Attr::LevelName,
        Attr::LevelNo,
        Attr::PathName,
        Attr::FileName,
        Attr::Module,
        Attr::ExcInfo,
        Attr::ExcText,
        Attr::StackInfo,
        Attr::LineNo,
        Attr::FuncName,
        Attr::Created,
        Attr::Msecs,
        Attr::RelativeCreated,
        Attr::Thread,
        Attr::ThreadName,
        Attr::ProcessName,
        Attr::Process,
        Attr::TaskName,
    ];

    /// The attribute with this name, if it is one of these.
    pub fn from_key(key: &[u8]) -> Option<Attr> {
        // by length first: most extras are told apart without comparing any text
        Some(match (key.len(), key) {
            (3, b"msg") => Attr::Msg,
            (4, b"name") => Attr::Name,
            (4, b"args") => Attr::Args,
            (5, b"msecs") => Attr::Msecs,
            (6, b"lineno") => Attr::LineNo,
            (6, b"module") => Attr::Module,
            (6, b"thread") => Attr::Thread,
            (7, b"levelno") => Attr::LevelNo,
            (7, b"created") => Attr::Created,
            (7, b"process") => Attr::Process,
            (8, b"pathname") => Attr::PathName,
            (8, b"filename") => Attr::FileName,
            (8, b"exc_info") => Attr::ExcInfo,
            (8, b"exc_text") => Attr::ExcText,
            (8, b"funcName") => Attr::FuncName,
            (8, b"taskName") => Attr::TaskName,
            (9, b"levelname") => Attr::LevelName,
            (10, b"stack_info") => Attr::StackInfo,
            (10, b"threadName") => Attr::ThreadName,
            (11, b"processName") => Attr::ProcessName,
            (15, b"relativeCreated") => Attr::RelativeCreated,
            _ => return None,
        })
    }

    /// Python's name of the attribute.
    pub fn key(self) -> &'static str {
        match self {
            Attr::Name => "name",
            Attr::Msg => "msg",
            Attr::Args => "args",
            Attr::LevelName => "levelname",
            Attr::LevelNo => "levelno",
            Attr::PathName => "pathname",
            Attr::FileName => "filename",
            Attr::Module => "module",
            Attr::ExcInfo => "exc_info",
            Attr::ExcText => "exc_text",
            Attr::StackInfo => "stack_info",
            Attr::LineNo => "lineno",
            Attr::FuncName => "funcName",
            Attr::Created => "created",
            Attr::Msecs => "msecs",
            Attr::RelativeCreated => "relativeCreated",
            Attr::Thread => "thread",
            Attr::ThreadName => "threadName",
            Attr::ProcessName => "processName",
            Attr::Process => "process",
            Attr::TaskName => "taskName",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back() {
        for (at, attr) in Attr::ALL.into_iter().enumerate() {
            assert_eq!(attr as usize, at);
            // which Record relies on
            assert_eq!(attr.key(), logyard_pickle::USUAL_KEYS[at]);
            assert_eq!(Attr::from_key(attr.key().as_bytes()), Some(attr));
        }
        assert_eq!(Attr::COUNT, logyard_pickle::USUAL_KEYS.len());
        assert_eq!(Attr::from_key(b"message"), None);
        assert_eq!(Attr::from_key(b""), None);
    }
}
