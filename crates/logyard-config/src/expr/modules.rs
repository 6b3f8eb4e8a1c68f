//! The names that expressions can use: `vars(logging)`, builtins and a few modules.

use std::ops::Range;

use super::{ExprError, Kind, Object};
use crate::level;
use crate::suggest::nearest;

/// A bare name.
pub(super) fn global(name: &str, at: &Range<usize>) -> Result<Kind, ExprError> {
    if let Some(level) = level::by_name(name) {
        return Ok(Kind::Int(level));
    }
    Ok(match name {
        "os" => module("os"),
        "sys" => module("sys"),
        "handlers" => module("logging.handlers"),
        "logging" => module("logging"),
        "datetime" => module("datetime"),
        "raiseExceptions" => Kind::Bool(true),
        "BASIC_FORMAT" => Kind::Str("%(levelname)s:%(name)s:%(message)s".to_owned()),
        "str" => function("str"),
        "int" => function("int"),
        "dict" => function("dict"),
        "tuple" => function("tuple"),
        "list" => function("list"),
        "__import__" => function("__import__"),
        "__file__" => {
            return Err(ExprError::unsupported(
                "`__file__`, here the file of logging itself,",
                at.clone(),
            )
            .help(
                "write '%(__file__)s' for this configuration's path, '%(here)s' for its folder",
            ));
        }
        _ => match class(name) {
            Some(class) => Kind::Object(Object::Class(class)),
            None if KNOWN.contains(&name) => {
                return Err(ExprError::unsupported(format_args!("`{name}`"), at.clone()));
            }
            None => return Err(undefined(name, at)),
        },
    })
}

fn undefined(name: &str, at: &Range<usize>) -> ExprError {
    let error = ExprError::raises("NameError", format!("name '{name}' is not defined"), at.clone());
    let names = ["os", "sys", "handlers", "None", "True", "False"];
    let levels = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "NOTSET"];
    match (name, nearest(name, names.into_iter().chain(levels))) {
        ("true" | "false" | "none", _) => {
            let mut word = name.to_owned();
            if let Some(first) = word.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            error.help(format!("write {word}"))
        }
        ("stdout" | "stderr", _) => error.help(format!("write sys.{name}")),
        (_, Some(known)) => error.help(format!("did you mean {known}?")),
        _ => error.help(format!("put it in quotes if it is text: '{name}'")),
    }
}

fn module(name: &'static str) -> Kind {
    Kind::Object(Object::Module(name))
}

fn function(name: &'static str) -> Kind {
    Kind::Object(Object::Function(name))
}

/// Classes of `vars(logging)` that a configuration can name.
fn class(name: &str) -> Option<&'static str> {
    let names = ["StreamHandler", "FileHandler", "NullHandler", "Handler", "Formatter", "Filter"];
    names.into_iter().find(|known| *known == name)
}

/// Other names that Python would find: builtins and what `logging` imports.
const KNOWN: [&str; 46] = [
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "chr",
    "enumerate",
    "eval",
    "exec",
    "filter",
    "float",
    "format",
    "getattr",
    "hex",
    "input",
    "len",
    "map",
    "max",
    "min",
    "oct",
    "open",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "sum",
    "type",
    "vars",
    "zip",
    "globals",
    "time",
    "re",
    "io",
    "threading",
    "traceback",
    "warnings",
    "weakref",
    "collections",
    "Template",
    "config",
    "getLogger",
    "getLevelName",
];

/// An attribute of a module.
pub(super) fn attribute(
    module_name: &str,
    name: &str,
    at: &Range<usize>,
) -> Result<Kind, ExprError> {
    let text = |text: &str| Ok(Kind::Str(text.to_owned()));
    match (module_name, name) {
        ("os", "path") => Ok(module("os.path")),
        ("os", "environ") => Ok(Kind::Object(Object::Environ)),
        ("os", "sep") | ("os.path", "sep") => text("/"),
        ("os", "pathsep") => text(":"),
        ("os", "curdir") | ("os.path", "curdir") => text("."),
        ("os", "pardir") | ("os.path", "pardir") => text(".."),
        ("os", "linesep") => text("\n"),
        ("os", "name") => text("posix"),
        ("os", "devnull") => text("/dev/null"),
        ("os", "getenv") => Ok(function("os.getenv")),
        ("os", "getcwd") => Ok(function("os.getcwd")),
        ("os", "fspath") => Ok(function("os.fspath")),
        ("os", "getpid" | "getppid") => {
            Err(ExprError::unsupported(format_args!("`os.{name}`"), at.clone())
                .help(
                    "the server writes for all processes: leave the process out of the file's name",
                )
                .help("to see it in each line, put %(process)d into the formatter's format"))
        }
        ("os.path", _) => match PATH_FUNCTIONS.iter().find(|(known, _)| *known == name) {
            Some((_, full)) => Ok(function(full)),
            None => {
                Err(missing("os.path", name, at, PATH_FUNCTIONS.iter().map(|(known, _)| *known)))
            }
        },
        ("sys", "stdout" | "__stdout__") => Ok(Kind::Object(Object::Stdout)),
        ("sys", "stderr" | "__stderr__") => Ok(Kind::Object(Object::Stderr)),
        ("datetime", "time") => Ok(function("datetime.time")),
        ("logging.handlers", "logging") => Ok(module("logging")),
        ("logging", "handlers") => Ok(module("logging.handlers")),
        ("logging.handlers", "DEFAULT_TCP_LOGGING_PORT") => Ok(Kind::Int(9020)),
        ("logging.handlers", "DEFAULT_UDP_LOGGING_PORT") => Ok(Kind::Int(9021)),
        ("logging.handlers", "DEFAULT_HTTP_LOGGING_PORT") => Ok(Kind::Int(9022)),
        ("logging.handlers", "DEFAULT_SOAP_LOGGING_PORT") => Ok(Kind::Int(9023)),
        ("logging.handlers", "SYSLOG_UDP_PORT" | "SYSLOG_TCP_PORT") => Ok(Kind::Int(514)),
        ("logging.handlers", "SysLogHandler") => Ok(Kind::Object(Object::Class("SysLogHandler"))),
        ("logging", "os" | "sys" | "raiseExceptions" | "BASIC_FORMAT") => global(name, at),
        ("logging", _) => match (level::by_name(name), class(name)) {
            (Some(level), _) => Ok(Kind::Int(level)),
            (_, Some(class)) => Ok(Kind::Object(Object::Class(class))),
            _ => Err(missing(module_name, name, at, level::NAMES.into_iter())),
        },
        ("sys", _) => Err(missing(module_name, name, at, ["stdout", "stderr"].into_iter())),
        _ => {
            let known = ["path", "environ", "getenv", "getcwd", "sep", "pathsep"];
            Err(missing(module_name, name, at, known.into_iter()))
        }
    }
}

/// `ext://`: what an import and its attributes give.
pub(crate) fn import(dotted: &str, at: &Range<usize>) -> Result<Kind, ExprError> {
    if let Some(code) = code(dotted) {
        return Ok(code);
    }
    let (first, rest) = dotted.split_once('.').unwrap_or((dotted, ""));
    let mut found = match first {
        "sys" => module("sys"),
        "os" => module("os"),
        "logging" => module("logging"),
        "datetime" => module("datetime"),
        _ => return Err(ExprError::unsupported(format_args!("`{dotted}`"), at.clone())),
    };
    for name in rest.split('.').filter(|_| !rest.is_empty()) {
        found = match found {
            Kind::Object(Object::Module(module)) => attribute(module, name, at)?,
            Kind::Object(Object::Class(class)) => class_attribute(class, name, at)?,
            _ => return Err(ExprError::unsupported(format_args!("`{dotted}`"), at.clone())),
        };
    }
    Ok(found)
}

/// Functions and classes that are only handed on: arguments of formatters that write JSON.
fn code(dotted: &str) -> Option<Kind> {
    Some(match dotted {
        "builtins.str" => function("str"),
        "json.dumps" => function("json.dumps"),
        // stands for `wsgi.errors` of the request at hand; outside of one, as here, it is sys.stderr
        "flask.logging.wsgi_errors_stream" => Kind::Object(Object::Stderr),
        "json.JSONEncoder" | "json.encoder.JSONEncoder" => {
            Kind::Object(Object::Class("json.JSONEncoder"))
        }
        "pythonjsonlogger.json.JsonEncoder" | "pythonjsonlogger.jsonlogger.JsonEncoder" => {
            Kind::Object(Object::Class("pythonjsonlogger.json.JsonEncoder"))
        }
        "pythonjsonlogger.orjson.orjson_default" => {
            function("pythonjsonlogger.orjson.orjson_default")
        }
        "pythonjsonlogger.msgspec.msgspec_default" => {
            function("pythonjsonlogger.msgspec.msgspec_default")
        }
        _ => return None,
    })
}

/// Whether Python has such an attribute isn't known here, so this is no claim about Python.
fn missing<'n>(
    module: &str,
    name: &str,
    at: &Range<usize>,
    known: impl Iterator<Item = &'n str>,
) -> ExprError {
    let error = ExprError::unsupported(format_args!("`{module}.{name}`"), at.clone());
    match nearest(name, known) {
        Some(known) => error.help(format!("did you mean {module}.{known}?")),
        None => error.help("write the value itself, or hand it in with --define and %(name)s"),
    }
}

/// The functions of `os.path` that are known.
const PATH_FUNCTIONS: [(&str, &str); 9] = [
    ("join", "os.path.join"),
    ("dirname", "os.path.dirname"),
    ("basename", "os.path.basename"),
    ("abspath", "os.path.abspath"),
    ("normpath", "os.path.normpath"),
    ("realpath", "os.path.realpath"),
    ("expanduser", "os.path.expanduser"),
    ("expandvars", "os.path.expandvars"),
    ("exists", "os.path.exists"),
];

/// `SysLogHandler.LOG_*`.
pub(super) fn class_attribute(
    class: &str,
    name: &str,
    at: &Range<usize>,
) -> Result<Kind, ExprError> {
    const SEVERITIES: [&str; 8] = [
        "LOG_EMERG",
        "LOG_ALERT",
        "LOG_CRIT",
        "LOG_ERR",
        "LOG_WARNING",
        "LOG_NOTICE",
        "LOG_INFO",
        "LOG_DEBUG",
    ];
    const FACILITIES: [&str; 15] = [
        "LOG_KERN",
        "LOG_USER",
        "LOG_MAIL",
        "LOG_DAEMON",
        "LOG_AUTH",
        "LOG_SYSLOG",
        "LOG_LPR",
        "LOG_NEWS",
        "LOG_UUCP",
        "LOG_CRON",
        "LOG_AUTHPRIV",
        "LOG_FTP",
        "LOG_NTP",
        "LOG_SECURITY",
        "LOG_CONSOLE",
    ];
    const LOCALS: [&str; 8] = [
        "LOG_LOCAL0",
        "LOG_LOCAL1",
        "LOG_LOCAL2",
        "LOG_LOCAL3",
        "LOG_LOCAL4",
        "LOG_LOCAL5",
        "LOG_LOCAL6",
        "LOG_LOCAL7",
    ];
    let position = |names: &[&str]| names.iter().position(|known| *known == name);
    let number = position(&SEVERITIES)
        .or_else(|| position(&FACILITIES))
        .or_else(|| position(&LOCALS).map(|number| number + 16));
    match number {
        Some(number) if class == "SysLogHandler" => Ok(Kind::Int(number as i64)),
        _ => Err(ExprError::unsupported(format_args!("`{class}.{name}`"), at.clone())),
    }
}
