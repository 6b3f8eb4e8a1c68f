//! JSON-log-formatter's formatters.

use logyard_format::Class;
use logyard_format::classes::json_log_formatter::Variant;

use super::{Written, logging};
use crate::construct::{Bound, Signature};
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

pub(super) const JSON: Signature = Signature { name: "JSONFormatter", ..logging::FORMATTER };
pub(super) const VERBOSE: Signature =
    Signature { name: "VerboseJSONFormatter", ..logging::FORMATTER };
pub(super) const FLAT: Signature = Signature { name: "FlatJSONFormatter", ..logging::FORMATTER };

impl Problems<'_> {
    /// `logging.Formatter.__init__`: they have none of their own.
    pub(super) fn json_log_formatter(
        &mut self,
        variant: Variant,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        self.logging_formatter(formatter, bound, written)?;
        formatter.class = Class::JsonLogFormatter(variant);
        Ok(())
    }
}
