//! Formatter classes: one file for each package that has some.

mod logging;

pub(crate) use logging::LoggingFormatter;

use logyard_libc::Zone;
use logyard_record::Record;

use crate::FormatSpec;
use crate::error::{FormatError, FormatSpecError};
use crate::scratch::Scratch;

/// The class of a formatter, with the arguments that no other class takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Class {
    /// `logging.Formatter`
    #[default]
    Formatter,
}

/// A formatter of any class, compiled.
#[derive(Debug)]
pub(crate) enum AnyFormatter {
    Logging(LoggingFormatter),
}

impl AnyFormatter {
    pub(crate) fn new(spec: &FormatSpec<'_>) -> Result<AnyFormatter, FormatSpecError> {
        Ok(match spec.class {
            Class::Formatter => AnyFormatter::Logging(LoggingFormatter::new(spec)?),
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
            AnyFormatter::Logging(formatter) => formatter.format(record, zone, scratch, out),
        }
    }

    /// The part that is a `logging.Formatter`, if the class has a format.
    pub(crate) fn logging(&self) -> Option<&LoggingFormatter> {
        match self {
            AnyFormatter::Logging(formatter) => Some(formatter),
        }
    }
}
