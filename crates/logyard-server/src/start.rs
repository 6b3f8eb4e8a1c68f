use logyard_config::FormatProblem;
use logyard_handlers::encoding::CodecError;
use logyard_libc::ZoneError;

/// A plan can't be put to work.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `check` finds it, too, with its place in the file.
    #[error("a formatter can't be used: {0}")]
    Format(String),
    /// The handler's encoding or way with errors.
    #[error("handler `{handler}`: {error}")]
    Codec {
        /// The handler's name.
        handler: String,
        /// What is wrong.
        error: CodecError,
    },
    /// A handler's `tz`; `check` finds it, too.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// Handlers are numbered with 16 bits.
    #[error("the configuration has {0} handlers; 65,535 is the most that can be")]
    TooManyHandlers(usize),
    /// The system gives no thread.
    #[error("a thread could not be started: {0}")]
    Thread(std::io::Error),
}

impl From<FormatProblem> for StartError {
    fn from(problem: FormatProblem) -> Self {
        StartError::Format(problem.message)
    }
}
