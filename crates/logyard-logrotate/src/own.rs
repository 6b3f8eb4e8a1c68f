use std::path::Path;

/// The logs that the caller writes itself, which are moved and never copied.
pub trait OwnFiles {
    /// Whether the caller writes `log`.
    fn has(&self, log: &Path) -> bool;

    /// The logs have been moved away: comes back when nothing more is written to the moved files.
    ///
    /// # Errors
    ///
    /// [`StillOpen`]: the moved files are left as they are.
    fn let_go(&self, logs: &[&Path]) -> Result<(), StillOpen>;
}

/// A log that was moved away may still be written to.
#[derive(Debug, thiserror::Error)]
#[error("{log} has not been let go of for {seconds} s; what it was moved to stays as it is")]
pub struct StillOpen {
    /// The log's name.
    pub log: String,
    /// How long was waited.
    pub seconds: u64,
}
