//! The attributes that every LogRecord has.

/// An attribute that `LogRecord.__init__` sets, so that each record has it.
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
        // a match on byte strings compares lengths first: no hashing, few comparisons
        Some(match key {
            b"name" => Attr::Name,
            b"msg" => Attr::Msg,
            b"args" => Attr::Args,
            b"levelname" => Attr::LevelName,
            b"levelno" => Attr::LevelNo,
            b"pathname" => Attr::PathName,
            b"filename" => Attr::FileName,
            b"module" => Attr::Module,
            b"exc_info" => Attr::ExcInfo,
            b"exc_text" => Attr::ExcText,
            b"stack_info" => Attr::StackInfo,
            b"lineno" => Attr::LineNo,
            b"funcName" => Attr::FuncName,
            b"created" => Attr::Created,
            b"msecs" => Attr::Msecs,
            b"relativeCreated" => Attr::RelativeCreated,
            b"thread" => Attr::Thread,
            b"threadName" => Attr::ThreadName,
            b"processName" => Attr::ProcessName,
            b"process" => Attr::Process,
            b"taskName" => Attr::TaskName,
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
            assert_eq!(Attr::from_key(attr.key().as_bytes()), Some(attr));
        }
        assert_eq!(Attr::from_key(b"message"), None);
        assert_eq!(Attr::from_key(b""), None);
    }
}
