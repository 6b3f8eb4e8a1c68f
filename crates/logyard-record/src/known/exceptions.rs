//! Exceptions: `BaseException.__reduce__` sends the class and `args`.
//!
//! A class outside of `builtins` is taken for an exception if its name ends as such names do. It
//! then prints as one that doesn't override `__str__`, which is most of them.

use logyard_pickle::{Class, Object, Seq, Value};

use super::{NAME_LIMIT, int_of, short_name, unicode_error};
use crate::text::{Comma, Form, Printer, Step};

/// Whether a class is an exception, as far as its name tells.
pub fn is_exception(class: Class<'_>) -> bool {
    if class.name.len() > NAME_LIMIT {
        return false;
    }
    let name = short_name(class);
    let by_ending = [&b"Error"[..], b"Exception", b"Warning", b"ExceptionGroup"]
        .iter()
        .any(|ending| name.ends_with(ending));
    let others = matches!(
        name,
        b"StopIteration"
            | b"StopAsyncIteration"
            | b"SystemExit"
            | b"KeyboardInterrupt"
            | b"GeneratorExit"
    );
    by_ending || class.module == b"builtins" && others
}

/// The name of an exception's class, without its module: `type(object).__name__`. `None` for what is
/// no exception. OSError's name is that of the subclass that its number gives.
pub fn exception_name<'a>(object: Object<'a>) -> Option<&'a [u8]> {
    let class = object.class().filter(|class| is_exception(*class))?;
    let by_number = is_os_error(class)
        .then(|| OsError::read(class, object.args()))
        .flatten()
        .and_then(|error| os_error_class(class, error.errno));
    Some(by_number.map_or(short_name(class), str::as_bytes))
}

/// Prints an exception.
pub(crate) fn print<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    if object.kwargs().is_some() || object.base().is_some() {
        return None;
    }
    let os_error = is_os_error(class).then(|| OsError::read(class, object.args())).flatten();
    if form == Form::Repr {
        print_repr(class, object.args(), os_error.as_ref(), p);
        return Some(());
    }
    if let Some(error) = os_error {
        error.print_str(p);
        return Some(());
    }
    let special = match (class.module, class.name) {
        (b"builtins", b"KeyError") if object.args_len() == 1 => {
            p.then([Step::Repr(object.arg(0)?)]);
            Some(())
        }
        (
            b"builtins",
            b"SyntaxError" | b"IndentationError" | b"TabError" | b"_IncompleteInputError",
        ) => print_syntax_error(object.args(), p),
        (b"builtins", b"UnicodeDecodeError") => unicode_error::print_decode(object.args(), p),
        (b"builtins", b"UnicodeEncodeError") => unicode_error::print_encode(object.args(), p),
        (b"builtins", b"UnicodeTranslateError") => unicode_error::print_translate(object.args(), p),
        (b"builtins", b"ExceptionGroup" | b"BaseExceptionGroup") => print_group(object.args(), p),
        _ => None,
    };
    if special.is_none() {
        print_args(object.args(), p);
    }
    Some(())
}

/// `BaseException.__str__`: nothing, the only argument, or all of them as a tuple.
fn print_args<'a>(args: Seq<'a>, p: &mut Printer<'a, '_>) {
    let mut items = args.iter();
    match (items.next(), items.next()) {
        (None, _) => {}
        (Some(only), None) => p.then([Step::Str(only)]),
        _ => p.then([Step::Text("("), Step::Items(args.iter(), Comma::No), Step::Text(")")]),
    }
}

/// `BaseException.__repr__`: `ValueError('x', 1)`.
fn print_repr<'a>(
    class: Class<'a>,
    args: Seq<'a>,
    os_error: Option<&OsError<'a>>,
    p: &mut Printer<'a, '_>,
) {
    p.then([Step::Text(")")]);
    match os_error {
        Some(OsError { errno, strerror, filename: Some(_), .. }) => {
            // with a file name, `args` is only the first two
            p.then([Step::Repr(*errno), Step::Text(", "), Step::Repr(*strerror)]);
        }
        _ => p.then([Step::Items(args.iter(), Comma::No)]),
    }
    p.then([Step::Text("(")]);
    match os_error.and_then(|error| os_error_class(class, error.errno)) {
        Some(name) => p.out.extend_from_slice(name.as_bytes()),
        None => p.class_name(class),
    }
}

/// Whether OSError's rules for arguments hold: its built-in subclasses and socket's.
fn is_os_error(class: Class<'_>) -> bool {
    matches!(
        (class.module, class.name),
        (
            b"builtins",
            b"OSError"
                | b"BlockingIOError"
                | b"BrokenPipeError"
                | b"ChildProcessError"
                | b"ConnectionAbortedError"
                | b"ConnectionError"
                | b"ConnectionRefusedError"
                | b"ConnectionResetError"
                | b"FileExistsError"
                | b"FileNotFoundError"
                | b"InterruptedError"
                | b"IsADirectoryError"
                | b"NotADirectoryError"
                | b"PermissionError"
                | b"ProcessLookupError"
                | b"TimeoutError"
        ) | (b"socket", b"gaierror" | b"herror")
    )
}

/// The subclass that calling OSError with a number gives (`errnomap`, Linux's numbers). Protocols
/// before 3 send every subclass as OSError.
fn os_error_class(class: Class<'_>, errno: Value<'_>) -> Option<&'static str> {
    if (class.module, class.name) != (b"builtins", b"OSError") {
        return None;
    }
    let errno = match errno {
        Value::Bool(truth) => i64::from(truth), // equal to the number, and so found by it
        other => int_of(other)?,
    };
    Some(match errno {
        1 | 13 => "PermissionError",
        2 => "FileNotFoundError",
        3 => "ProcessLookupError",
        4 => "InterruptedError",
        10 => "ChildProcessError",
        11 | 114 | 115 => "BlockingIOError",
        17 => "FileExistsError",
        20 => "NotADirectoryError",
        21 => "IsADirectoryError",
        32 | 108 => "BrokenPipeError",
        103 => "ConnectionAbortedError",
        104 => "ConnectionResetError",
        110 => "TimeoutError",
        111 => "ConnectionRefusedError",
        _ => return None,
    })
}

/// An OSError with two to five arguments.
struct OsError<'a> {
    errno: Value<'a>,
    strerror: Value<'a>,
    filename: Option<Value<'a>>,
    second_filename: Option<Value<'a>>,
}

impl<'a> OsError<'a> {
    fn read(class: Class<'_>, args: Seq<'a>) -> Option<Self> {
        let mut items = args.iter();
        let (errno, strerror) = (items.next()?, items.next()?);
        let mut given = || items.next().filter(|value| !matches!(value, Value::None));
        let mut filename = given();
        let is_blocking = class.name == b"BlockingIOError"
            || os_error_class(class, errno) == Some("BlockingIOError");
        // there, a number is how many characters were written, and stays in `args`
        if is_blocking && matches!(filename, Some(Value::Bool(_) | Value::Int(_))) {
            filename = None;
        }
        let _winerror = given();
        let second_filename = given();
        (args.len() <= 5).then_some(Self { errno, strerror, filename, second_filename })
    }

    /// `[Errno 2] No such file or directory: 'x'`
    fn print_str(&self, p: &mut Printer<'a, '_>) {
        if let (Some(_), Some(second)) = (self.filename, self.second_filename) {
            p.then([Step::Text(" -> "), Step::Repr(second)]);
        }
        if let Some(filename) = self.filename {
            p.then([Step::Text(": "), Step::Repr(filename)]);
        }
        p.then([
            Step::Text("[Errno "),
            Step::Str(self.errno),
            Step::Text("] "),
            Step::Str(self.strerror),
        ]);
    }
}

/// `group (2 sub-exceptions)`
fn print_group<'a>(args: Seq<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let mut items = args.iter();
    let (message, Value::List(members) | Value::Tuple(members)) = (items.next()?, items.next()?)
    else {
        return None;
    };
    let ending = if members.len() == 1 { " sub-exception)" } else { " sub-exceptions)" };
    p.then([
        Step::Str(message),
        Step::Text(" ("),
        Step::Repr(Value::Int(i64::try_from(members.len()).ok()?)),
        Step::Text(ending),
    ]);
    Some(())
}

/// `SyntaxError.__str__`: the message, with the file's name and the line if the second argument
/// tells them: `invalid syntax (app.py, line 3)`.
fn print_syntax_error<'a>(args: Seq<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let mut items = args.iter();
    let message = items.next().unwrap_or(Value::None);
    let (mut file, mut line) = (None, None);
    if args.len() == 2
        && let Some(Value::Tuple(place) | Value::List(place)) = items.next()
    {
        let mut parts = place.iter();
        if let Some(Value::Str(path)) = parts.next() {
            p.spend(path.len());
            file = path.rsplit(|&byte| byte == b'/').next();
        }
        line = match parts.next() {
            Some(Value::Int(number)) => Some(Value::Int(number)),
            // beyond C's long (PyLong_AsLongAndOverflow)
            Some(Value::BigInt(_)) => Some(Value::Int(-1)),
            _ => None,
        };
    }
    match (file, line) {
        (None, None) => p.then([Step::Str(message)]),
        (Some(file), None) => {
            p.then([Step::Str(message), Step::Text(" ("), Step::Bytes(file), Step::Text(")")]);
        }
        (None, Some(line)) => {
            p.then([Step::Str(message), Step::Text(" (line "), Step::Str(line), Step::Text(")")]);
        }
        (Some(file), Some(line)) => p.then([
            Step::Str(message),
            Step::Text(" ("),
            Step::Bytes(file),
            Step::Text(", line "),
            Step::Str(line),
            Step::Text(")"),
        ]),
    }
    Some(())
}
