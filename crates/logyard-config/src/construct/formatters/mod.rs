//! Formatters from their arguments: one file for each package whose classes the server has.

mod check;
mod colorlog;
mod django;
mod ecs_logging;
mod fields;
mod json_log_formatter;
mod logging;
mod logstash_async;
mod python_json_logger;
mod uvicorn;

use std::ops::Range;

use logyard_format::classes::json_log_formatter::Variant;
use python_json_logger::JsonClass;

use super::{Bound, Given, Signature, advice};
use crate::diagnostic::Diagnostic;
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

/// The formatter classes that the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormatterClass {
    Logging,
    ColorlogColored,
    ColorlogLevel,
    DjangoServer,
    PythonJsonLogger(JsonClass),
    Ecs,
    JsonLogFlat,
    JsonLogPlain,
    JsonLogVerbose,
    Logstash,
    LogstashEcs,
    UvicornAccess,
    UvicornColourized,
    UvicornDefault,
}

impl FormatterClass {
    /// By the name that Python would import.
    pub(crate) fn named(name: &str) -> Option<FormatterClass> {
        Some(match name {
            "logging.Formatter" => FormatterClass::Logging,
            "colorlog.ColoredFormatter"
            | "colorlog.TTYColoredFormatter"
            | "colorlog.formatter.ColoredFormatter"
            | "colorlog.formatter.TTYColoredFormatter" => FormatterClass::ColorlogColored,
            "colorlog.LevelFormatter" | "colorlog.formatter.LevelFormatter" => {
                FormatterClass::ColorlogLevel
            }
            "django.utils.log.ServerFormatter" => FormatterClass::DjangoServer,
            // 4.2.0 is the newest; what imports the old name may have an old release
            "pythonjsonlogger.json.JsonFormatter" | "pythonjsonlogger.jsonlogger.JsonFormatter" => {
                FormatterClass::PythonJsonLogger(JsonClass::Json)
            }
            "pythonjsonlogger.jsonlogger.JsonFormatter==2.0.7" => {
                FormatterClass::PythonJsonLogger(JsonClass::Json2)
            }
            "pythonjsonlogger.orjson.OrjsonFormatter" => {
                FormatterClass::PythonJsonLogger(JsonClass::Orjson)
            }
            "pythonjsonlogger.msgspec.MsgspecFormatter" => {
                FormatterClass::PythonJsonLogger(JsonClass::Msgspec)
            }
            "ecs_logging.StdlibFormatter" | "ecs_logging._stdlib.StdlibFormatter" => {
                FormatterClass::Ecs
            }
            "json_log_formatter.FlatJSONFormatter" => FormatterClass::JsonLogFlat,
            "json_log_formatter.JSONFormatter" => FormatterClass::JsonLogPlain,
            "json_log_formatter.VerboseJSONFormatter" => FormatterClass::JsonLogVerbose,
            "logstash_async.formatter.LogstashFormatter" => FormatterClass::Logstash,
            "logstash_async.formatter.LogstashEcsFormatter" => FormatterClass::LogstashEcs,
            "uvicorn.logging.AccessFormatter" => FormatterClass::UvicornAccess,
            "uvicorn.logging.ColourizedFormatter" => FormatterClass::UvicornColourized,
            "uvicorn.logging.DefaultFormatter" => FormatterClass::UvicornDefault,
            _ => return None,
        })
    }

    /// What its `__init__` takes.
    pub(crate) fn signature(self) -> Signature {
        match self {
            FormatterClass::Logging => logging::FORMATTER,
            FormatterClass::ColorlogColored => colorlog::COLORED,
            FormatterClass::ColorlogLevel => colorlog::LEVEL,
            FormatterClass::DjangoServer => django::SERVER,
            FormatterClass::PythonJsonLogger(class) => class.signature(),
            FormatterClass::Ecs => ecs_logging::STDLIB,
            FormatterClass::JsonLogFlat => json_log_formatter::FLAT,
            FormatterClass::JsonLogPlain => json_log_formatter::JSON,
            FormatterClass::JsonLogVerbose => json_log_formatter::VERBOSE,
            FormatterClass::Logstash => logstash_async::LOGSTASH,
            FormatterClass::LogstashEcs => logstash_async::ECS,
            FormatterClass::UvicornAccess => uvicorn::ACCESS,
            FormatterClass::UvicornColourized => uvicorn::COLOURIZED,
            FormatterClass::UvicornDefault => uvicorn::DEFAULT,
        }
    }
}

/// A place within a value as a place in the file, and what was filled in there.
type Within<'w> = dyn Fn(&Range<usize>) -> (Range<usize>, String) + 'w;

/// How the places in an argument are found in the file.
pub(crate) struct Written<'w> {
    /// A byte range of an argument that is a text.
    pub(crate) text: &'w dyn Fn(&Given, Range<usize>) -> Range<usize>,
    /// What lies within an argument's value.
    pub(crate) value: &'w Within<'w>,
}

impl Problems<'_> {
    /// The class of a formatter, if the server has it.
    pub(crate) fn formatter_class(
        &mut self,
        class: &str,
        at: Range<usize>,
    ) -> Result<FormatterClass, Reported> {
        if let Some(known) = FormatterClass::named(class) {
            return Ok(known);
        }
        // _resolve imports, so a bare name is a module's
        let diagnostic = if class.contains('.') {
            let what = format!("the server can't run the formatter class {class}");
            let mut diagnostic = Diagnostic::error("unsupported-formatter", what);
            diagnostic.help = advice::formatter(class);
            diagnostic
        } else {
            let what = format!("`{class}` is not a class with its module");
            Diagnostic::error("unknown-class", what).help("write logging.Formatter")
        };
        self.report(diagnostic.at(at, ""));
        Err(Reported)
    }

    /// Refuses a class that can't be called as `class` is, with a format, a date format and a style.
    pub(crate) fn callable_by_class(
        &mut self,
        class: FormatterClass,
        at: Range<usize>,
    ) -> Result<(), Reported> {
        if class != FormatterClass::ColorlogLevel {
            return Ok(());
        }
        let what =
            "LevelFormatter can't be named by `class`: its only argument is a dict of formats";
        self.report(
            Diagnostic::error("bad-argument", what)
                .at(at, "")
                .help("name it by `()` in a dictConfig file, with `fmt`"),
        );
        Err(Reported)
    }

    /// The class's `__init__`. `formatter` has the name and the place, the rest comes here.
    pub(crate) fn formatter(
        &mut self,
        class: FormatterClass,
        mut formatter: FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<FormatterPlan, Reported> {
        match class {
            FormatterClass::Logging => {
                self.logging_formatter(&mut formatter, bound, written)?;
            }
            FormatterClass::ColorlogColored => self.colorlog(&mut formatter, bound, written)?,
            FormatterClass::ColorlogLevel => {
                self.colorlog_levels(&mut formatter, bound, written)?;
            }
            FormatterClass::DjangoServer => self.django_server(&mut formatter, bound, written)?,
            FormatterClass::PythonJsonLogger(class) => {
                self.python_json_logger(class, &mut formatter, bound, written)?;
            }
            FormatterClass::Ecs => self.ecs_logging(&mut formatter, bound, written)?,
            FormatterClass::JsonLogFlat => {
                self.json_log_formatter(Variant::Flat, &mut formatter, bound, written)?;
            }
            FormatterClass::JsonLogPlain => {
                self.json_log_formatter(Variant::Plain, &mut formatter, bound, written)?;
            }
            FormatterClass::JsonLogVerbose => {
                self.json_log_formatter(Variant::Verbose, &mut formatter, bound, written)?;
            }
            FormatterClass::Logstash => {
                self.logstash_async(false, &mut formatter, bound, written)?;
            }
            FormatterClass::LogstashEcs => {
                self.logstash_async(true, &mut formatter, bound, written)?;
            }
            FormatterClass::UvicornAccess => {
                self.uvicorn(true, &mut formatter, bound, written)?;
            }
            FormatterClass::UvicornColourized | FormatterClass::UvicornDefault => {
                self.uvicorn(false, &mut formatter, bound, written)?;
            }
        }
        bound.complete()?;
        self.check_formatter(&formatter, bound, written)?;
        Ok(formatter)
    }
}
