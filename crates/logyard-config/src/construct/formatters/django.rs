//! Django's formatter.

use logyard_format::Class;
use logyard_format::classes::django::DEFAULT_TIME_FORMAT;

use super::{Written, logging};
use crate::construct::{Bound, Signature};
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

pub(super) const SERVER: Signature = Signature { name: "ServerFormatter", ..logging::FORMATTER };

impl Problems<'_> {
    /// `ServerFormatter.__init__`, which hands all on.
    pub(super) fn django_server(
        &mut self,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        self.logging_formatter(formatter, bound, written)?;
        formatter.class = Class::DjangoServer;
        formatter.default_time_format = Some(DEFAULT_TIME_FORMAT.to_owned());
        Ok(())
    }
}
