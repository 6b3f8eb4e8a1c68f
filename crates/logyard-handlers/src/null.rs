use crate::error::Failed;
use crate::run::Run;

/// `NullHandler`: takes everything and does nothing.
#[derive(Debug)]
pub struct NullHandler;

impl NullHandler {
    pub(crate) fn write(&self, _run: &Run) -> Result<(), Failed> {
        Ok(())
    }
}
