//! The functions that can be called by name: `os.path`, the environment, `datetime.time` and a few types.

use super::eval::Arguments;
use super::{ExprError, Kind, Object, Value, operators};
use crate::plan::AtTime;
use crate::source::Options;

/// Calls a function by its full name.
pub(super) fn call(options: &Options, name: &str, call: &Arguments) -> Result<Kind, ExprError> {
    match name {
        "os.getenv" => getenv(options, call),
        "os.getcwd" => {
            call.bind::<0>(name, [], 0)?;
            Ok(Kind::Str(options.cwd.to_string_lossy().into_owned()))
        }
        "os.path.join" => join(call),
        "datetime.time" => time(call),
        "__import__" => import(call),
        "str" if call.args.len() + call.kwargs.len() > 1 => {
            Err(ExprError::unsupported("str() with an encoding", call.at.clone()))
        }
        "str" => match call.bind(name, ["object"], 0)? {
            [None] => Ok(Kind::Str(String::new())),
            [Some(value)] => match value.to_text() {
                Some(text) => Ok(Kind::Str(text)),
                None => {
                    let what = format!("str() of a {}", value.type_name());
                    Err(ExprError::unsupported(what, call.at.clone()))
                }
            },
        },
        "int" => int(call),
        "dict" => dict(call),
        "tuple" | "list" => {
            let items = match call.bind(name, [""], 0)? {
                [None] => Vec::new(),
                [Some(value)] => operators::iterate(value)?,
            };
            Ok(if name == "tuple" { Kind::Tuple(items) } else { Kind::List(items) })
        }
        _ => {
            let parameter = if name == "os.path.realpath" { "filename" } else { "path" };
            let [path] = call.bind(name, [parameter], 1)?;
            let path = match path.map(|value| &value.kind) {
                Some(Kind::Str(text)) => text.as_str(),
                _ => return Err(not_a_path(call)),
            };
            if name == "os.path.exists" {
                let found = options.files.kind(&options.cwd.join(path));
                return Ok(Kind::Bool(matches!(found, Ok(Some(_)))));
            }
            path_function(options, name, path, call).map(Kind::Str)
        }
    }
}

fn path_function(
    options: &Options,
    name: &str,
    path: &str,
    call: &Arguments,
) -> Result<String, ExprError> {
    Ok(match name {
        "os.fspath" => path.to_owned(),
        "os.path.dirname" => dirname(path).to_owned(),
        "os.path.basename" => path.rsplit('/').next().unwrap_or_default().to_owned(),
        "os.path.normpath" => normpath(path),
        "os.path.abspath" => abspath(options, path),
        "os.path.realpath" => {
            let real = options.files.realpath(abspath(options, path).as_ref());
            real.to_string_lossy().into_owned()
        }
        "os.path.expanduser" => expanduser(options, path, call)?,
        "os.path.expandvars" => expandvars(options, path),
        _ => return Err(ExprError::unsupported(format_args!("`{name}`"), call.at.clone())),
    })
}

fn not_a_path(call: &Arguments) -> ExprError {
    let given = call.args.first().or(call.kwargs.first().map(|(.., value)| value));
    let at = given.map_or(call.at.clone(), |value| value.at.clone());
    match given.map(|value| &value.kind) {
        Some(Kind::Bytes(_)) => ExprError::unsupported("a path of bytes", at),
        _ => ExprError::type_error("the path is not a string", at),
    }
}

/// `os.getenv` and `os.environ.get`.
pub(super) fn getenv(options: &Options, call: &Arguments) -> Result<Kind, ExprError> {
    let [key, default] = call.bind("getenv", ["key", "default"], 1)?;
    let Some(name) = key.and_then(Value::as_str) else {
        return Err(ExprError::type_error("str expected", call.at.clone()));
    };
    Ok(match (options.env.get(name), default) {
        (Some(text), _) => Kind::Str(text.clone()),
        (None, Some(value)) => value.kind.clone(),
        (None, None) => Kind::None,
    })
}

/// `posixpath.join`: an absolute part throws away what stands before it.
fn join(call: &Arguments) -> Result<Kind, ExprError> {
    let mut joined = String::new();
    if call.args.is_empty() || !call.kwargs.is_empty() {
        return Err(ExprError::type_error("join() needs at least one path", call.at.clone()));
    }
    for (index, part) in call.args.iter().enumerate() {
        let Some(text) = part.as_str() else {
            if matches!(part.kind, Kind::Bytes(_)) {
                return Err(ExprError::unsupported("a path of bytes", part.at.clone()));
            }
            let what = format!("join() argument must be str, not '{}'", part.type_name());
            let error = ExprError::type_error(what, part.at.clone());
            let none = matches!(part.kind, Kind::None);
            return Err(if none {
                error.help("a variable that is not set gives None: os.getenv('NAME', 'default')")
            } else {
                error
            });
        };
        if index == 0 || text.starts_with('/') {
            joined.clear();
        } else if !joined.is_empty() && !joined.ends_with('/') {
            joined.push('/');
        }
        joined.push_str(text);
    }
    Ok(Kind::Str(joined))
}

/// `posixpath.dirname`.
fn dirname(path: &str) -> &str {
    let head = path.get(..path.rfind('/').map_or(0, |slash| slash + 1)).unwrap_or_default();
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

/// `posixpath.abspath`.
pub(crate) fn abspath(options: &Options, path: &str) -> String {
    if path.starts_with('/') {
        return normpath(path);
    }
    let cwd = options.cwd.to_string_lossy();
    normpath(&format!("{}/{path}", cwd.strip_suffix('/').unwrap_or(&cwd)))
}

/// `posixpath.normpath`: purely by the text.
fn normpath(path: &str) -> String {
    let slashes = path.bytes().take_while(|b| *b == b'/').count();
    // two leading slashes stay two, as POSIX allows; three are one
    let root = match slashes {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let joined = format!("{root}{}", parts.join("/"));
    if joined.is_empty() { ".".to_owned() } else { joined }
}

/// `posixpath.expanduser`.
fn expanduser(options: &Options, path: &str, call: &Arguments) -> Result<String, ExprError> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(ExprError::unsupported("another user's home folder", call.at.clone())
            .help("write the folder itself"));
    }
    let Some(home) = options.env.get("HOME") else {
        return Err(ExprError::unsupported("the home folder without $HOME", call.at.clone())
            .help("set HOME for the server, or write the folder itself"));
    };
    let expanded = format!("{}{rest}", home.trim_end_matches('/'));
    Ok(if expanded.is_empty() { "/".to_owned() } else { expanded })
}

/// `posixpath.expandvars`: unknown variables stay as they are.
fn expandvars(options: &Options, path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(dollar) = rest.find('$') {
        let (before, after) = rest.split_at(dollar);
        out.push_str(before);
        let after = after.get(1..).unwrap_or_default();
        let (name, len) = match after.strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) => (inner.get(..end).unwrap_or_default(), end + 2),
                None => ("", 0),
            },
            None => {
                let end = after.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
                let end = end.unwrap_or(after.len());
                (after.get(..end).unwrap_or_default(), end)
            }
        };
        match options.env.get(name) {
            Some(value) => out.push_str(value),
            None => {
                out.push('$');
                out.push_str(after.get(..len).unwrap_or_default());
            }
        }
        rest = after.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// `datetime.time(hour=0, minute=0, second=0, microsecond=0)`.
fn time(call: &Arguments) -> Result<Kind, ExprError> {
    let names = ["hour", "minute", "second", "microsecond", "tzinfo"];
    let parts = call.bind("time", names, 0)?;
    if parts.last().is_some_and(|tz| tz.is_some_and(|tz| tz.kind != Kind::None)) {
        return Err(ExprError::unsupported("a time with a time zone", call.at.clone())
            .help("leave tzinfo out: the rollover goes by local time, or by UTC with utc=True"));
    }
    let limits = [23, 59, 59, 999_999];
    let mut numbers = [0u32; 4];
    for ((number, part), (name, limit)) in
        numbers.iter_mut().zip(parts).zip(names.into_iter().zip(limits))
    {
        let Some(part) = part else { continue };
        let Some(given) = part.as_int() else {
            let what = format!("'{}' object can't be interpreted as an integer", part.type_name());
            return Err(ExprError::type_error(what, part.at.clone()));
        };
        *number = u32::try_from(given).ok().filter(|n| *n <= limit).ok_or_else(|| {
            let what = format!("{name} must be in 0..{limit}");
            ExprError::raises("ValueError", what, part.at.clone())
        })?;
    }
    let [hour, minute, second, microsecond] = numbers;
    Ok(Kind::Object(Object::Time(AtTime {
        hour: hour as u8,
        minute: minute as u8,
        second: second as u8,
        microsecond,
    })))
}

/// `__import__('datetime')`, which people write because `datetime` has no name there.
fn import(call: &Arguments) -> Result<Kind, ExprError> {
    let [name] = call.bind("__import__", ["name"], 1)?;
    let module = match name.and_then(Value::as_str) {
        Some("datetime") => "datetime",
        Some("os" | "os.path") => "os",
        Some("sys") => "sys",
        Some("logging" | "logging.handlers") => "logging",
        _ => return Err(ExprError::unsupported("this import", call.at.clone())),
    };
    Ok(Kind::Object(Object::Module(module)))
}

fn int(call: &Arguments) -> Result<Kind, ExprError> {
    if call.args.len() + call.kwargs.len() > 1 {
        return Err(ExprError::unsupported("int() with a base", call.at.clone()));
    }
    let [value] = call.bind("int", [""], 0)?;
    let Some(value) = value else { return Ok(Kind::Int(0)) };
    let wrong = |name, what: String| Err(ExprError::raises(name, what, value.at.clone()));
    match &value.kind {
        Kind::Str(text) => match crate::number::parse_int(text) {
            Some(number) => Ok(Kind::Int(number)),
            None if text.chars().any(|c| !c.is_ascii() && c.is_numeric()) || text.len() > 18 => {
                Err(ExprError::unsupported("this int()", value.at.clone()))
            }
            None => wrong("ValueError", format!("invalid literal for int(): '{text}'")),
        },
        Kind::Float(f) if f.is_finite() && f.abs() < 9e18 => Ok(Kind::Int(f.trunc() as i64)),
        Kind::Float(f) if f.is_nan() => wrong("ValueError", "nan has no whole number".to_owned()),
        Kind::Float(f) if f.is_infinite() => {
            wrong("OverflowError", "infinity has no whole number".to_owned())
        }
        Kind::Float(_) => Err(ExprError::limit("the number is too large", value.at.clone())),
        Kind::Bytes(_) => Err(ExprError::unsupported("int() of bytes", value.at.clone())),
        _ => match value.as_int() {
            Some(number) => Ok(Kind::Int(number)),
            None => wrong("TypeError", format!("int() can't take a {}", value.type_name())),
        },
    }
}

fn dict(call: &Arguments) -> Result<Kind, ExprError> {
    if !call.args.is_empty() {
        return Err(ExprError::unsupported("dict() of another value", call.at.clone())
            .help("write {'name': value}"));
    }
    let pair = |(name, at, value): &(String, std::ops::Range<usize>, Value)| {
        (Value { kind: Kind::Str(name.clone()), at: at.clone() }, value.clone())
    };
    Ok(Kind::Dict(call.kwargs.iter().map(pair).collect()))
}
