//! Formatters from their arguments: one file for each package whose classes the server has.

mod check;
mod fields;
mod logging;

use std::ops::Range;

use super::{Bound, Given, Signature, advice};
use crate::diagnostic::Diagnostic;
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

/// The formatter classes that the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormatterClass {
    Logging,
}

impl FormatterClass {
    /// By the name that Python would import.
    fn named(name: &str) -> Option<FormatterClass> {
        Some(match name {
            "logging.Formatter" => FormatterClass::Logging,
            _ => return None,
        })
    }

    /// What its `__init__` takes.
    pub(crate) fn signature(self) -> Signature {
        match self {
            FormatterClass::Logging => logging::FORMATTER,
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
            Diagnostic::error("unsupported-formatter", what).help(advice::formatter(class))
        } else {
            let what = format!("`{class}` is not a class with its module");
            Diagnostic::error("unknown-class", what).help("write logging.Formatter")
        };
        self.report(diagnostic.at(at, ""));
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
        }
        self.check_formatter(&formatter, bound, written)?;
        Ok(formatter)
    }
}
