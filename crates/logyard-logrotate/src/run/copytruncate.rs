//! `copy` and `copytruncate`: the live file stays, and its content is copied.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{Run, files};
use crate::compress::create_like;
use crate::conf::problem::why;

/// Why a copy was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error("error opening {0}: {1}")]
    Open(String, String),
    #[error("error creating output file {0}: {1}")]
    Create(String, String),
    #[error("error copying {0} to {1}: {2}")]
    Copy(String, String, String),
    #[error("error truncating {0}: {1}")]
    Truncate(String, String),
}

/// Copies `from` to the new file `to`, with its mode and owner, and has it on the disk.
pub(super) fn copy(run: &Run, from: &Path, to: &Path) -> Result<File, CopyError> {
    let input = files::open(from, true)
        .or_else(|_| files::open(from, false)) // enough for `copy`
        .map_err(|error| CopyError::Open(from.display().to_string(), why(&error)))?;
    let output = input
        .metadata()
        .and_then(|about| create_like(to, &about, 0o7777, &run.now, run.told))
        .map_err(|error| CopyError::Create(to.display().to_string(), why(&error)))?;
    // sparse files stay sparse where the kernel can do that; it copies by itself, or shares blocks
    let copied = io::copy(&mut &input, &mut &output).and_then(|_| output.sync_all());
    copied.map_err(|error| {
        let _ = std::fs::remove_file(to); // the log has it all
        CopyError::Copy(from.display().to_string(), to.display().to_string(), why(&error))
    })?;
    Ok(input)
}

/// Empties a log that has been copied. What was written to it since is lost: that is what logrotate's
/// manual says of `copytruncate`.
pub(super) fn truncate(log: &Path, file: &File) -> Result<(), CopyError> {
    file.set_len(0).map_err(|error| CopyError::Truncate(log.display().to_string(), why(&error)))
}
