//! `klass(*args, **kwargs)`: which argument goes to which parameter.

use std::ops::Range;

use logyard_compat::Compat;

use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::problems::{Form, Problems, Reported};
use crate::suggest::nearest;

/// What a class can be called with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature {
    /// The class's name.
    pub(crate) name: &'static str,
    /// The parameters of its `__init__`, in order.
    pub(crate) parameters: &'static [&'static str],
    /// How many of them have no default.
    pub(crate) required: usize,
}

/// The arguments of one object, each by the name of its parameter.
pub(crate) struct Bound {
    given: Vec<(&'static str, Given)>,
    /// What to underline for what is not given: the class.
    pub(crate) at: Range<usize>,
}

/// One argument.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) value: Value,
    /// Where it stands in the file, and what it became if it was filled in.
    pub(crate) at: Range<usize>,
    pub(crate) label: String,
    /// Its value can't be had, which was reported.
    pub(crate) is_lost: bool,
}

/// An argument given by name, not yet looked up among the parameters.
pub(crate) struct Keyword {
    pub(crate) name: String,
    pub(crate) at: Range<usize>,
    pub(crate) label: String,
    pub(crate) given: Given,
}

impl Given {
    /// One that stands in the file as it is.
    pub(crate) fn new(value: Value) -> Given {
        Given { at: value.at.clone(), value, label: String::new(), is_lost: false }
    }

    /// One whose value can't be had, so that all others are looked at nevertheless.
    pub(crate) fn lost(at: Range<usize>) -> Given {
        Given { is_lost: true, ..Given::new(Value { kind: Kind::None, at }) }
    }
}

impl Bound {
    /// An error if the value of any argument can't be had.
    pub(crate) fn complete(&self) -> Result<(), Reported> {
        match self.given.iter().any(|(_, given)| given.is_lost) {
            true => Err(Reported),
            false => Ok(()),
        }
    }

    /// The argument of a parameter, if it was given; an error if its value can't be had.
    pub(crate) fn known(&self, parameter: &str) -> Result<Option<&Given>, Reported> {
        match self.given.iter().find(|(name, _)| *name == parameter) {
            Some((_, given)) if given.is_lost => Err(Reported),
            found => Ok(found.map(|(_, given)| given)),
        }
    }

    /// The same without an argument.
    pub(crate) fn without(&self, parameter: &str) -> Bound {
        let given = self.given.iter().filter(|(name, _)| *name != parameter).cloned().collect();
        Bound { given, at: self.at.clone() }
    }

    /// All arguments that were given.
    pub(crate) fn given(&self) -> impl Iterator<Item = &Given> {
        self.given.iter().map(|(_, given)| given)
    }

    /// The argument of a parameter, if it was given and its value can be had.
    pub(crate) fn get(&self, parameter: &str) -> Option<&Given> {
        self.known(parameter).ok().flatten()
    }
}

impl Problems<'_> {
    /// The first version that has a parameter, if it is above the compat level.
    fn newer_parameter(&self, class: &str, parameter: &str) -> Option<Compat> {
        let compat = self.compat();
        match (class, parameter) {
            ("Formatter", "defaults") => {
                (!compat.has_formatter_defaults()).then_some(Compat::Py310)
            }
            (
                "FileHandler"
                | "WatchedFileHandler"
                | "RotatingFileHandler"
                | "TimedRotatingFileHandler",
                "errors",
            ) => (!compat.has_errors_argument()).then_some(Compat::Py39),
            _ => None,
        }
    }

    /// Binds arguments as a call does.
    pub(crate) fn bind(
        &mut self,
        signature: Signature,
        class_at: Range<usize>,
        args: Vec<Given>,
        kwargs: Vec<Keyword>,
    ) -> Result<Bound, Reported> {
        let Signature { name: class, parameters: names, required } = signature;
        let mut bound = Bound { given: Vec::new(), at: class_at.clone() };
        let mut failed = false;
        let form = self.form;
        let takes = || match (names.len(), form) {
            (0, _) => "it takes none".to_owned(),
            (1, _) | (_, Form::Dict) => format!("it takes {}", names.join(", ")),
            _ => format!("it takes, in this order: {}", names.join(", ")),
        };
        if let Some(extra) = args.get(names.len()) {
            let (most, given) = (names.len(), args.len());
            self.report(
                Diagnostic::error(
                    "too-many-arguments",
                    format!("{class} takes at most {most} arguments, not {given}"),
                )
                .at(extra.at.clone(), extra.label.clone())
                .help(takes()),
            );
            failed = true;
        }
        bound.given.extend(names.iter().copied().zip(args));
        for Keyword { name, at, label, given } in kwargs {
            let Some(parameter) = names.iter().find(|known| **known == name) else {
                let what = format!("{class} has no argument `{name}`");
                let help = match nearest(&name, names.iter().copied()) {
                    _ if name == "logyard" && form == Form::Dict => {
                        "Python takes it for an argument: write it at the top of the file, as \
                         logyard: {handlers: {NAME: {...}}}"
                            .to_owned()
                    }
                    Some(close) => format!("did you mean {close}?"),
                    None => takes(),
                };
                let diagnostic = Diagnostic::error("unknown-argument", what);
                self.report(diagnostic.at(at, label).help(help));
                failed = true;
                continue;
            };
            if let Some((_, first)) = bound.given.iter().find(|(name, _)| name == parameter) {
                let what = format!("`{parameter}` of {class} is given twice");
                self.report(
                    Diagnostic::error("repeated-argument", what)
                        .at(given.at, "again here")
                        .at(first.at.clone(), "first here"),
                );
                failed = true;
                continue;
            }
            bound.given.push((parameter, given));
        }
        for (parameter, given) in &bound.given {
            if let Some(since) = self.newer_parameter(class, parameter) {
                let what = format!("{class} has no argument `{parameter}`");
                self.too_new(&what, since, given.at.clone(), &given.label);
                failed = true;
            }
        }
        for parameter in names.iter().take(required) {
            if matches!(bound.known(parameter), Ok(None)) {
                let what = format!("{class} needs `{parameter}`");
                let help = match (self.form, *parameter) {
                    (Form::Ini, "filename") => "write args = ('logs/name.log',)",
                    (Form::Ini, _) => "write args = (1000,)",
                    (Form::Dict, "fmt") => "add the key `fmt`, with a format for each level",
                    (Form::Dict, "filename") => "add the key `filename`, such as logs/name.log",
                    (Form::Dict, _) => "add the key `capacity`, such as 1000",
                };
                self.report(
                    Diagnostic::error("missing-argument", what).at(class_at.clone(), "").help(help),
                );
                failed = true;
            }
        }
        if failed { Err(Reported) } else { Ok(bound) }
    }
}
