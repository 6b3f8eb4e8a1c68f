/// What one directive, or one block, has wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    /// A keyword of nobody: a warning, and the line is left out.
    #[error("unknown option '{0}' -- ignoring line")]
    Unknown(String),
    /// Told, and the line is left out: exit code 0, as with logrotate.
    #[error("{0}")]
    Line(String),
    /// The block is not carried out; outside of a block, the rest of the file is not read.
    #[error("{0}")]
    Block(String),
    /// The rest of the file is not read, as what comes next is in doubt.
    #[error("{0}")]
    File(String),
}

/// Why a system call failed, in the words of strerror(3).
pub(crate) fn why(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}
