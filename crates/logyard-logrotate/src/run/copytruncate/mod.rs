//! `copy` and `copytruncate`: the live file stays, and its content is copied.
//!
//! While others append, nothing may be lost, and nothing doubled. Where nobody else has the file open, a
//! lease holds them off for the moment of the truncation. Else exactly what was copied is removed from the
//! beginning of the file (`FALLOC_FL_COLLAPSE_RANGE`): whole blocks, so that less than one block and a byte
//! stays. Where the filesystem can't do that, the file is truncated as soon as nothing is left to copy.
//!
//! A copy has a name of its own until the log is cut. A run that is killed in between leaves it, and what the log
//! begins with tells whether the cut was made.

mod evidence;
mod range;
mod writers;

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use logyard_libc::Lease;

use super::prepare::Job;
use super::underway::{Cut, Note};
use super::{Run, files};
use crate::compress::create_like;
use crate::conf::problem::why;
use crate::names;
use crate::options::CopyTruncate;
use crate::progress::Progress;

pub(super) use evidence::was_cut;

/// What is done with a log here.
const COPYING: &str = "copying";

/// Why a copy was not made, or the log not emptied.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error("error opening {0}: {1}")]
    Open(String, String),
    #[error("error creating output file {0}: {1}")]
    Create(String, String),
    #[error("error copying {0} to {1}: {2}")]
    Copy(String, String, String),
    #[error("error copying {0} to {1}: No space left on device")]
    Full(String, String),
    #[error("error renaming the copy of {0} from {1} to {2}: {3}")]
    Place(String, String, String, String),
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

/// Whether the filesystem of `log` can remove the beginning of a file, and who writes to it now. Nothing is
/// changed.
pub(super) fn prospects(log: &Path) -> io::Result<(bool, Vec<String>)> {
    let file = files::open(log, true).or_else(|_| files::open(log, false))?;
    Ok((range::can_collapse(&file), writers::all(&file)))
}

/// The name of a copy until it is finished.
pub(super) fn temporary(to: &Path) -> PathBuf {
    names::temporary(to, "copy")
}

/// Copies all of `from` to the new file `to`, with its mode and owner, and has it on the disk.
pub(super) fn copy(run: &Run, from: &Path, to: &Path) -> Result<(), CopyError> {
    // enough for `copy`, and for a log that may only be read
    let input = open(from)
        .or_else(|_| files::open(from, false).map_err(|error| open_error(from, &error)))?;
    let output = create(run, &input, to)?;
    copy_all(run, &input, &output, from, to)
        .and_then(|()| put_in_place(from, to))
        .map_err(|error| clean_up(run, &input, to, error))
}

/// Copies the log to the new file that it goes to, and takes what was copied out of it.
pub(super) fn take(run: &Run, job: &Job) -> Result<(), CopyError> {
    let input = open(job.log)?;
    let output = create(run, &input, &job.rotated)?;
    let taken = match run.options.copy_truncate {
        CopyTruncate::Classic => take_classic(run, job, &input, &output),
        CopyTruncate::LossFree | CopyTruncate::Strict => take_all(run, job, &input, &output),
    };
    taken
        .and_then(|()| put_in_place(job.log, &job.rotated))
        .map_err(|error| clean_up(run, &input, &job.rotated, error))
}

fn take_classic(run: &Run, job: &Job, input: &File, output: &File) -> Result<(), CopyError> {
    copy_all(run, input, output, job.log, &job.rotated)?;
    note_cut(run, job, input).map_err(|error| copy_error(job.log, &job.rotated, &error))?;
    truncate(job.log, input)
}

fn take_all(run: &Run, job: &Job, input: &File, output: &File) -> Result<(), CopyError> {
    let (log, to) = (job.log, job.rotated.as_path());
    let failed = |error: io::Error| copy_error(log, to, &error);
    let block = range::block(input);
    let all = size(input).map_err(failed)?;
    let head = all.saturating_sub(1) / block * block;
    let progress = Progress::new(run.told, COPYING, log, all);
    range::copy(input, output, 0, head, &progress)
        .and_then(|_| range::sync(output, to))
        .map_err(failed)?;
    if let Ok(lease) = Lease::write(input) {
        // nobody can write now, and nobody waits for long: the most of it is copied
        range::copy(input, output, head, u64::MAX, &progress)
            .and_then(|_| output.sync_all())
            .and_then(|()| unchanged(input, output))
            .and_then(|()| note_cut(run, job, input))
            .map_err(failed)?;
        let done = truncate(log, input);
        drop(lease);
        return done;
    }
    for writer in writers::without_append(input) {
        run.told.warning(&format!(
            "{writer} writes to {} without O_APPEND: there will be a hole where its beginning was",
            log.display()
        ));
    }
    if range::can_collapse(input) {
        if head == 0 {
            return Err(CopyError::Small(log.display().to_string()));
        }
        note_cut(run, job, input).and_then(|()| unchanged(input, output)).map_err(failed)?;
        if range::collapse(input, head).is_ok() {
            run.told.debug(&format!("{head} bytes taken from {}, which is open\n", log.display()));
            return Ok(());
        }
    }
    if run.options.copy_truncate == CopyTruncate::Strict {
        return Err(CopyError::Strict(log.display().to_string()));
    }
    truncate_last(run, job, input, output, head, &progress).map_err(failed)
}

/// Removes a copy that an interrupted run made of `from`, if it holds nothing else.
pub(super) fn remove_beginning(copy: &Path, from: &Path) {
    if files::open(from, false)
        .and_then(|from| evidence::is_beginning(copy, &from))
        .unwrap_or(false)
    {
        let _ = std::fs::remove_file(copy); // what stays in the way is kept under another name
    }
}

/// From now on the log may have been cut.
fn note_cut(run: &Run, job: &Job, input: &File) -> io::Result<()> {
    let about = input.metadata()?;
    let cut = Cut { size: about.len(), modified: (about.mtime(), about.mtime_nsec()) };
    run.underway.note(job.number, Note::Cut(cut), run.told);
    run.underway.sync()
}

/// Refuses where another program truncated the log since it was copied: what came then is not in the copy.
fn unchanged(input: &File, output: &File) -> io::Result<()> {
    if range::same_end(input, output)? {
        return Ok(());
    }
    Err(io::Error::other("another program truncated it"))
}

/// The copy gets its name, which was free when it began.
fn put_in_place(from: &Path, to: &Path) -> Result<(), CopyError> {
    let copy = temporary(to);
    files::rename_new(&copy, to).map_err(|error| {
        let [from, copy, to] = [from, &copy, to].map(|path| path.display().to_string());
        CopyError::Place(from, copy, to, why(&error))
    })
}

/// After a failure. The copy goes if the log still has what is in it.
fn clean_up(run: &Run, input: &File, to: &Path, error: CopyError) -> CopyError {
    let copy = temporary(to);
    if files::open(&copy, false).and_then(|copy| range::same_end(input, &copy)).unwrap_or(false) {
        let _ = std::fs::remove_file(&copy); // the error tells enough
    } else if files::rename_new(&copy, to).is_ok() {
        run.told.warning(&format!("{} is kept, as the log was cut", to.display()));
    }
    error
}

/// Rounds of copying what came in the meantime: a writer that is faster than that wins.
const ROUNDS: usize = 1000;

/// Copies the rest until nothing is left, and truncates at once.
fn truncate_last(
    run: &Run,
    job: &Job,
    input: &File,
    output: &File,
    head: u64,
    progress: &Progress,
) -> io::Result<()> {
    let start = Instant::now();
    let mut at = range::copy(input, output, head, u64::MAX, progress)?;
    output.sync_all()?;
    unchanged(input, output)?;
    note_cut(run, job, input)?;
    let mut last_look = Instant::now();
    let silent = Progress::new(run.told, COPYING, job.log, 0); // no time for that now
    for _ in 0..ROUNDS {
        last_look = Instant::now();
        let end = range::copy(input, output, at, u64::MAX, &silent)?;
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
        job.log.display(),
        window * 1e6,
        (rate * window).ceil()
    ));
    Ok(())
}

/// Copies all there is, and has it on the disk.
fn copy_all(
    run: &Run,
    input: &File,
    output: &File,
    from: &Path,
    to: &Path,
) -> Result<(), CopyError> {
    let progress = Progress::new(run.told, COPYING, from, size(input).unwrap_or(0));
    size(input)
        .and_then(|end| range::copy(input, output, 0, end, &progress))
        // it may have grown
        .and_then(|end| range::copy(input, output, end, u64::MAX, &progress))
        .and_then(|_| range::sync(output, to))
        .map_err(|error| copy_error(from, to, &error))
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

/// Creates the copy under its temporary name.
fn create(run: &Run, input: &File, to: &Path) -> Result<File, CopyError> {
    let copy = temporary(to);
    if evidence::is_beginning(&copy, input).unwrap_or(false) {
        let _ = std::fs::remove_file(&copy); // a killed run that had no state file left it
    }
    let created = input.metadata().and_then(|about| create_like(&copy, &about, &run.now, run.told));
    created.map_err(|error| match is_full(&error) {
        true => CopyError::Full(copy.display().to_string(), to.display().to_string()),
        false => CopyError::Create(to.display().to_string(), why(&error)),
    })
}

fn copy_error(log: &Path, to: &Path, error: &io::Error) -> CopyError {
    let (log, to) = (log.display().to_string(), to.display().to_string());
    if is_full(error) { CopyError::Full(log, to) } else { CopyError::Copy(log, to, why(error)) }
}

/// Whether it failed as the disk, or what the user may have of it, is full.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn size(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}
