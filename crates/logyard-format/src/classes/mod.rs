//! Formatter classes: one file for each package that has some.

pub mod colorlog;
pub mod django;
pub mod ecs_logging;
mod json_lines;
pub mod json_log_formatter;
mod logging;
pub mod logstash_async;
pub mod python_json_logger;
mod traceback;
pub mod uvicorn;

pub(crate) use logging::LoggingFormatter;

use colorlog::ColorlogFormatter;
use django::ServerFormatter;
use ecs_logging::EcsFormatter;
use json_lines::JsonLines;
use json_log_formatter::JsonLogFormatter;
use logstash_async::LogstashFormatter;
use logyard_libc::Zone;
use logyard_record::Record;
use python_json_logger::JsonFormatter;

use crate::FormatSpec;
use crate::error::{FormatError, FormatSpecError};
use crate::scratch::Scratch;
use uvicorn::UvicornFormatter;

/// The class of a formatter, with the arguments that no other class takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Class {
    /// `logging.Formatter`
    #[default]
    Formatter,
    /// `colorlog.ColoredFormatter`, `colorlog.LevelFormatter`
    Colorlog(Box<colorlog::Options>),
    /// `django.utils.log.ServerFormatter`
    DjangoServer,
    /// logyard's own lines of JSON.
    Json,
    /// `ecs_logging.StdlibFormatter`
    EcsLogging(Box<ecs_logging::Options>),
    /// One of JSON-log-formatter's.
    JsonLogFormatter(json_log_formatter::Variant),
    /// `logstash_async.formatter.LogstashFormatter`, `LogstashEcsFormatter`
    Logstash(Box<logstash_async::Options>),
    /// One of python-json-logger's.
    PythonJsonLogger(Box<python_json_logger::Options>),
    /// `uvicorn.logging.DefaultFormatter`, `AccessFormatter`, `ColourizedFormatter`
    Uvicorn(uvicorn::Options),
}

impl Class {
    /// The class's name in Python, with its module; those that are one class have one name.
    pub fn name(&self) -> &'static str {
        match self {
            Class::Colorlog(options) if options.levels.is_some() => "colorlog.LevelFormatter",
            Class::Colorlog(_) => "colorlog.ColoredFormatter",
            Class::DjangoServer => "django.utils.log.ServerFormatter",
            Class::EcsLogging(_) => "ecs_logging.StdlibFormatter",
            Class::Formatter => "logging.Formatter",
            Class::Json => "logyard's own JSON",
            Class::Logstash(options) if options.ecs => {
                "logstash_async.formatter.LogstashEcsFormatter"
            }
            Class::Logstash(_) => "logstash_async.formatter.LogstashFormatter",
            Class::JsonLogFormatter(variant) => match variant {
                json_log_formatter::Variant::Plain => "json_log_formatter.JSONFormatter",
                json_log_formatter::Variant::Verbose => "json_log_formatter.VerboseJSONFormatter",
                json_log_formatter::Variant::Flat => "json_log_formatter.FlatJSONFormatter",
            },
            Class::PythonJsonLogger(options) => match options.encoder {
                python_json_logger::Encoder::Json { .. } => "pythonjsonlogger.json.JsonFormatter",
                python_json_logger::Encoder::Orjson { .. } => {
                    "pythonjsonlogger.orjson.OrjsonFormatter"
                }
                python_json_logger::Encoder::Msgspec => "pythonjsonlogger.msgspec.MsgspecFormatter",
            },
            Class::Uvicorn(options) if options.access => "uvicorn.logging.AccessFormatter",
            Class::Uvicorn(_) => "uvicorn.logging.DefaultFormatter",
        }
    }

    /// Whether it has colours where the text goes to a terminal, and only there.
    pub fn asks_for_terminal(&self) -> bool {
        match self {
            Class::Colorlog(options) => options.when == colorlog::When::Terminal,
            Class::Uvicorn(options) => options.use_colors.is_none(),
            Class::DjangoServer
            | Class::EcsLogging(_)
            | Class::Formatter
            | Class::Json
            | Class::JsonLogFormatter(_)
            | Class::Logstash(_)
            | Class::PythonJsonLogger(_) => false,
        }
    }
}

/// A formatter of any class, compiled.
#[derive(Debug)]
pub(crate) enum AnyFormatter {
    Colorlog(ColorlogFormatter),
    DjangoServer(ServerFormatter),
    Json(JsonLines),
    EcsLogging(Box<EcsFormatter>),
    JsonLogFormatter(JsonLogFormatter),
    Logging(LoggingFormatter),
    Logstash(Box<LogstashFormatter>),
    PythonJsonLogger(Box<JsonFormatter>),
    Uvicorn(UvicornFormatter),
}

impl AnyFormatter {
    pub(crate) fn new(spec: &FormatSpec<'_>) -> Result<AnyFormatter, FormatSpecError> {
        Ok(match spec.class {
            Class::Colorlog(options) => {
                AnyFormatter::Colorlog(ColorlogFormatter::new(options, spec)?)
            }
            Class::DjangoServer => AnyFormatter::DjangoServer(ServerFormatter::new(spec)?),
            Class::Json => AnyFormatter::Json(JsonLines::new()),
            Class::Formatter => AnyFormatter::Logging(LoggingFormatter::new(spec)?),
            Class::EcsLogging(options) => {
                AnyFormatter::EcsLogging(Box::new(EcsFormatter::new(options, spec)?))
            }
            Class::JsonLogFormatter(variant) => {
                AnyFormatter::JsonLogFormatter(JsonLogFormatter::new(*variant, spec)?)
            }
            Class::Logstash(options) => {
                AnyFormatter::Logstash(Box::new(LogstashFormatter::new(options)?))
            }
            Class::PythonJsonLogger(options) => {
                AnyFormatter::PythonJsonLogger(Box::new(JsonFormatter::new(spec, options)?))
            }
            Class::Uvicorn(options) => AnyFormatter::Uvicorn(UvicornFormatter::new(options, spec)?),
        })
    }

    /// Appends the record's text; on an error `out` may hold a part of it.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        match self {
            AnyFormatter::Colorlog(formatter) => formatter.format(record, zone, scratch, out),
            AnyFormatter::DjangoServer(formatter) => formatter.format(record, zone, scratch, out),
            AnyFormatter::Json(formatter) => formatter.format(record, zone, scratch, out),
            AnyFormatter::Logging(formatter) => formatter.format(record, zone, scratch, out),
            AnyFormatter::EcsLogging(formatter) => formatter.format(record, zone, scratch, out),
            AnyFormatter::JsonLogFormatter(formatter) => {
                formatter.format(record, zone, scratch, out)
            }
            AnyFormatter::Logstash(formatter) => formatter.format(record, zone, scratch, out),
            AnyFormatter::PythonJsonLogger(formatter) => {
                formatter.format(record, zone, scratch, out)
            }
            AnyFormatter::Uvicorn(formatter) => formatter.format(record, zone, scratch, out),
        }
    }

    /// The part that is a `logging.Formatter`, if the class has a format.
    pub(crate) fn logging(&self) -> Option<&LoggingFormatter> {
        match self {
            AnyFormatter::Colorlog(formatter) => formatter.logging(),
            AnyFormatter::DjangoServer(formatter) => Some(formatter.logging()),
            AnyFormatter::Logging(formatter) => Some(formatter),
            AnyFormatter::EcsLogging(_)
            | AnyFormatter::Json(_)
            | AnyFormatter::JsonLogFormatter(_)
            | AnyFormatter::Logstash(_)
            | AnyFormatter::PythonJsonLogger(_) => None,
            AnyFormatter::Uvicorn(formatter) => Some(formatter.logging()),
        }
    }
}
