//! Handlers and formatters from their arguments, as the constructors of `logging` and `logging.handlers`
//! take them: the part that fileConfig and dictConfig share.

pub(crate) mod advice;
mod arguments;
mod classes;
mod concurrent;
mod disk;
mod extras;
mod filters;
mod formatters;
mod together;
mod values;

pub(crate) use arguments::{Bound, Given, Keyword, Signature};
pub(crate) use classes::{Class, Named, resolve_in_logging, resolve_with_module};
pub(crate) use extras::Setting;
pub(crate) use filters::FilterClass;
pub(crate) use formatters::{FormatterClass, Written};

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::plan::{FilePlan, HandlerKind, Mode};
use crate::problems::{Form, Problems, Reported};

impl Problems<'_> {
    /// The class that a name was resolved to, if the server has it.
    pub(crate) fn known_class(
        &mut self,
        written: &str,
        named: Named,
        at: Range<usize>,
    ) -> Result<Class, Reported> {
        let diagnostic = match named {
            Named::Known(class) => return Ok(class),
            Named::Elsewhere(class) => {
                let what = format!("the server can't run the handler class {class}");
                let mut diagnostic = Diagnostic::error("unsupported-handler", what);
                diagnostic.help = advice::handler(&class);
                diagnostic
            }
            Named::Missing(meant) => {
                let what = format!("Python has no class `{written}`");
                let diagnostic = Diagnostic::error("unknown-class", what);
                diagnostic.help(match (meant, self.form) {
                    (Some(class), Form::Ini) => format!("write class = {class}"),
                    (Some(class), Form::Dict) => format!("write {class}"),
                    (None, Form::Ini) => {
                        "write the class with its module, as handlers.RotatingFileHandler"
                            .to_owned()
                    }
                    (None, Form::Dict) => {
                        "write the class with its module, as logging.handlers.RotatingFileHandler"
                            .to_owned()
                    }
                })
            }
        };
        self.report(diagnostic.at(at, ""));
        Err(Reported)
    }

    /// The class's `__init__`.
    pub(crate) fn construct(
        &mut self,
        class: Class,
        bound: &Bound,
    ) -> Result<HandlerKind, Reported> {
        match class {
            Class::Null => Ok(HandlerKind::Null),
            Class::AdminEmail => {
                self.report(
                    Diagnostic::warning("no-mail", "the server sends no mail to Django's ADMINS")
                        .at(bound.at.clone(), "the handler writes nothing here")
                        .help("keep it in the workers' configuration: it needs the live request"),
                );
                Ok(HandlerKind::Null)
            }
            // its handlers are found by name
            Class::Queue => {
                Ok(HandlerKind::Queue { handlers: Vec::new(), respect_handler_level: false })
            }
            Class::Stream => Ok(HandlerKind::Stream(self.stream(bound)?)),
            Class::File => Ok(HandlerKind::File(self.file(bound)?)),
            Class::WatchedFile => Ok(HandlerKind::WatchedFile(self.file(bound)?)),
            Class::RotatingFile => self.rotating(bound),
            Class::TimedRotatingFile => self.timed(bound),
            Class::ConcurrentRotatingFile => self.concurrent(bound, false),
            Class::ConcurrentTimedRotatingFile => self.concurrent(bound, true),
            Class::Memory => {
                let capacity = self.size(bound, "capacity");
                let flush_level = self.level_argument(bound, "flushLevel", 40);
                let target = self.no_target_argument(bound);
                let flush_on_close = self.flag(bound, "flushOnClose", true);
                target?;
                Ok(HandlerKind::Memory {
                    capacity: capacity?,
                    flush_level: flush_level?,
                    target: None,
                    flush_on_close,
                })
            }
        }
    }

    fn file(&mut self, bound: &Bound) -> Result<FilePlan, Reported> {
        let mode = self.mode(bound);
        self.file_opened(bound, mode)
    }

    fn file_opened(
        &mut self,
        bound: &Bound,
        mode: Result<Mode, Reported>,
    ) -> Result<FilePlan, Reported> {
        let path = self.path(bound);
        let encoding = self.encoding(bound);
        let errors = self.errors(bound);
        let delay = self.flag(bound, "delay", false);
        Ok(FilePlan { path: path?, mode: mode?, encoding: encoding?, errors: errors?, delay })
    }

    fn rotating(&mut self, bound: &Bound) -> Result<HandlerKind, Reported> {
        let max_bytes = self.size(bound, "maxBytes");
        // CPython sets the mode, and never looks at the one that was given
        let file = match max_bytes {
            Ok(1..) => {
                self.unused_mode(bound);
                self.file_opened(bound, Ok(Mode::Append))
            }
            Ok(0) => self.file(bound),
            Err(_) => self.file_opened(bound, Ok(Mode::Append)),
        };
        let backup_count = self.backup_count(bound);
        let (file, max_bytes, backup_count) = (file?, max_bytes?, backup_count?);
        if max_bytes == 0 || backup_count == 0 {
            let name = if max_bytes == 0 { "maxBytes" } else { "backupCount" };
            let at = bound.get(name).map_or_else(|| bound.at.clone(), |given| given.at.clone());
            let what = format!("the file never rolls over, because {name} is 0");
            self.report(Diagnostic::warning("never-rolls", what).at(at, "").help(
                match self.form {
                    Form::Ini => "write both: args = ('x.log', 'a', 10000000, 5)",
                    Form::Dict => "write both, such as maxBytes 10000000 and backupCount 5",
                },
            ));
        }
        Ok(HandlerKind::RotatingFile { file, max_bytes, backup_count })
    }

    fn timed(&mut self, bound: &Bound) -> Result<HandlerKind, Reported> {
        let file = self.file(bound);
        let when = self.when(bound);
        let interval = self.interval(bound);
        let backup_count = self.backup_count(bound);
        let utc = self.flag(bound, "utc", false);
        let at_time = self.at_time(bound, when.as_ref().ok());
        Ok(HandlerKind::TimedRotatingFile {
            file: file?,
            when: when?,
            interval: interval?,
            backup_count: backup_count?,
            utc,
            at_time: at_time?,
        })
    }
}
