//! `copy` and `copytruncate`: the live file stays, and its content is copied.
//!
//! While others append, nothing may be lost, and nothing doubled. Where nobody else has the file open, a
//! lease holds them off for the moment of the truncation. Else exactly what was copied is removed from the
//! beginning of the file (`FALLOC_FL_COLLAPSE_RANGE`): whole blocks, so that less than one block and a byte
//! stays. Where the filesystem can't do that, the file is truncated as soon as nothing is left to copy.

mod range;
mod writers;

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Instant;

use logyard_libc::Lease;

use super::{Run, files};
use crate::compress::create_like;
use crate::conf::problem::why;
use crate::options::CopyTruncate;

/// Why a copy was not made, or the log not emptied. There is no copy then.
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
    #[error(
        "{0} is left alone: its filesystem can't remove the beginning of a file, another program has it open, and what \
         that writes could be lost (--strict)"
    )]
    Strict(String),
    #[error(
        "{0} is left alone: it has no more than one block, which can't be taken from a file that is open"
    )]
    Small(String),
}

/// How a log can be taken from under its writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// All of it: nobody else has it open.
    Whole,
    /// Whole blocks of that many bytes, but for the last byte.
    Blocks(u64),
    /// Only by truncation.
    Truncation,
}

/// How `log` can be taken now. Nothing is changed.
pub(super) fn way(log: &Path) -> Result<Way, CopyError> {
    let file = open(log)?;
    if Lease::write(&file).is_ok() {
        return Ok(Way::Whole);
    }
    Ok(if range::can_collapse(&file) { Way::Blocks(range::block(&file)) } else { Way::Truncation })
}

/// Copies all of `from` to the new file `to`, with its mode and owner, and has it on the disk.
pub(super) fn copy(run: &Run, from: &Path, to: &Path) -> Result<File, CopyError> {
    // enough for `copy`, and for a log that may only be read
    let input = open(from)
        .or_else(|_| files::open(from, false).map_err(|error| open_error(from, &error)))?;
    let output = create(run, &input, to)?;
    let copied = size(&input)
        .and_then(|end| range::copy(&input, &output, 0, end))
        // it may have grown
        .and_then(|end| range::copy(&input, &output, end, u64::MAX))
        .and_then(|_| range::sync(&output, to));
    match copied {
        Ok(()) => Ok(input),
        Err(error) => Err(give_up(from, to, &error)),
    }
}

/// Copies `log` to the new file `to`, and takes what was copied out of it.
pub(super) fn take(run: &Run, log: &Path, to: &Path) -> Result<(), CopyError> {
    if run.options.copy_truncate == CopyTruncate::Classic {
        let file = copy(run, log, to)?;
        return truncate(log, &file);
    }
    let input = open(log)?;
    let output = create(run, &input, to)?;
    let failed = |error: io::Error| give_up(log, to, &error);
    let block = range::block(&input);
    let head = size(&input).map_err(failed)?.saturating_sub(1) / block * block;
    range::copy(&input, &output, 0, head).and_then(|_| range::sync(&output, to)).map_err(failed)?;
    if let Ok(lease) = Lease::write(&input) {
        // nobody can write now, and nobody waits for long: the most of it is copied
        range::copy(&input, &output, head, u64::MAX)
            .and_then(|_| output.sync_all())
            .map_err(failed)?;
        let done = truncate(log, &input);
        drop(lease);
        return done;
    }
    for writer in writers::without_append(&input) {
        run.told.warning(&format!(
            "{writer} writes to {} without O_APPEND: there will be a hole where its beginning was",
            log.display()
        ));
    }
    if head > 0 && range::collapse(&input, head).is_ok() {
        run.told.debug(&format!("{head} bytes taken from {}, which is open\n", log.display()));
        return Ok(());
    }
    let discard = |error: CopyError| {
        let _ = std::fs::remove_file(to); // the log has it all
        error
    };
    if head == 0 && range::can_collapse(&input) {
        return Err(discard(CopyError::Small(log.display().to_string())));
    }
    if run.options.copy_truncate == CopyTruncate::Strict {
        return Err(discard(CopyError::Strict(log.display().to_string())));
    }
    truncate_last(run, log, &input, &output, head).map_err(failed)
}

/// Rounds of copying what came in the meantime: a writer that is faster than that wins.
const ROUNDS: usize = 1000;

/// Copies the rest until nothing is left, and truncates at once.
fn truncate_last(run: &Run, log: &Path, input: &File, output: &File, head: u64) -> io::Result<()> {
    if size(input)? < head {
        return Err(io::Error::other("another program truncated it"));
    }
    let start = Instant::now();
    let mut at = range::copy(input, output, head, u64::MAX)?;
    output.sync_all()?;
    let mut last_look = Instant::now();
    for _ in 0..ROUNDS {
        last_look = Instant::now();
        let end = range::copy(input, output, at, u64::MAX)?;
        if end == at {
            break;
        }
        at = end;
    }
    input.set_len(0)?;
    let window = last_look.elapsed().as_secs_f64();
    output.sync_all()?;
    // as much as came in a time as long, while the copy was made
    let rate = (at - head) as f64 / start.elapsed().as_secs_f64().max(f64::EPSILON);
    run.told.warning(&format!(
        "the filesystem of {} can't remove the beginning of a file: what was written in the {:.0} microseconds before \
         the truncation is lost, about {:.0} bytes",
        log.display(),
        window * 1e6,
        (rate * window).ceil()
    ));
    Ok(())
}

/// Empties a log without a copy: `rotate 0`.
pub(super) fn empty(log: &Path) -> Result<(), CopyError> {
    truncate(log, &open(log)?)
}

/// Empties a log. What was written to it since the copy is lost.
fn truncate(log: &Path, file: &File) -> Result<(), CopyError> {
    file.set_len(0).map_err(|error| CopyError::Truncate(log.display().to_string(), why(&error)))
}

fn open(log: &Path) -> Result<File, CopyError> {
    files::open(log, true).map_err(|error| open_error(log, &error))
}

fn open_error(log: &Path, error: &io::Error) -> CopyError {
    CopyError::Open(log.display().to_string(), why(error))
}

fn create(run: &Run, input: &File, to: &Path) -> Result<File, CopyError> {
    let created =
        input.metadata().and_then(|about| create_like(to, &about, 0o7777, &run.now, run.told));
    created.map_err(|error| CopyError::Create(to.display().to_string(), why(&error)))
}

fn give_up(log: &Path, to: &Path, error: &io::Error) -> CopyError {
    let _ = std::fs::remove_file(to); // the log has it all
    CopyError::Copy(log.display().to_string(), to.display().to_string(), why(error))
}

fn size(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}
