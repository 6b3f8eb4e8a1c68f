use std::io;
use std::path::PathBuf;

/// What a handler could not do.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The file could not be opened.
    #[error("can't open log file `{}`: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file's folder is missing and could not be made.
    #[error("can't make the folder `{}` for a log file: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A write did not go through.
    #[error("can't write to `{name}`: {source}")]
    Write {
        /// The file's path, `<stdout>` or `<stderr>`.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// After the server was killed, the file holds something else than what it was writing.
    #[error("`{}` holds something else than what was being written when the server ended; from there on, records may be in it twice", path.display())]
    Differs {
        /// The file.
        path: PathBuf,
    },
    /// The rollover could not give a file its new name.
    #[error("can't rename `{}` to `{}` for the rollover: {source}", from.display(), to.display())]
    Rename {
        /// The file.
        from: PathBuf,
        /// Its new name.
        to: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The rollover could not remove an old file.
    #[error("can't remove the old log file `{}`: {source}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The rollover could not list the folder of the file.
    #[error("can't list the folder `{}` for the rollover: {source}", path.display())]
    List {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A rolled file could not be compressed; it stays as it is.
    #[error("can't compress the old log file `{}`: {source}", path.display())]
    Compress {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was written may not survive a power cut.
    #[error("can't sync `{}` with the disk: {source}", path.display())]
    Sync {
        /// The file, or the folder that holds its name.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The lock that processes share for a log file.
    #[error("can't use the lock file `{}`: {source}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file keeps its permissions.
    #[error("can't set the mode of log file `{}`: {source}", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file keeps its owner.
    #[error("can't set the owner of log file `{}`: {source}; only root may give files away", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The handler is closed, and its mode `w` would empty the file if it were opened again.
    #[error("log file `{}` is closed and can't be opened again with mode `w`", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
    },
}

/// A write that stopped before the end of the run.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failed {
    /// Bytes of `run.text` from its beginning that need no more care: they are in the file, or
    /// were reported as bad lines. To go on, write the same run with `done` set to this, also if it
    /// is all of it: bytes of the last character may be left. To give the rest up, just write the
    /// next run: a line that was begun is ended first.
    pub written: usize,
    /// Why it stopped.
    #[source]
    pub error: HandlerError,
}
