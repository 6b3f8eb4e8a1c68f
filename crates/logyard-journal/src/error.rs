use std::io;
use std::path::PathBuf;

/// The journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another server writes it.
    #[error("the journal {} is in use by another logyard; give this one a folder of its own with `--journal`", .0.display())]
    InUse(PathBuf),
    /// The system refuses.
    #[error("can't {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl JournalError {
    pub(crate) fn io(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| JournalError::Io { what, path, source }
    }

    /// Whether room on the disk would help.
    pub fn is_full(&self) -> bool {
        let JournalError::Io { source, .. } = self else { return false };
        matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}
