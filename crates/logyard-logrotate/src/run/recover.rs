//! What a rotation that failed, or was killed, leaves: undone as long as the log itself is where it was,
//! else finished.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::block::{Failed, finish_all, last_action};
use super::consider::About;
use super::prepare::Job;
use super::underway::{Entry, Note, Take};
use super::{Run, copytruncate, files, renew};
use crate::conf::problem::why;
use crate::plan::Block;

/// Puts right what an earlier run did not end in this block.
pub(super) fn interrupted(run: &mut Run, block: &Block) -> Result<(), Failed> {
    let mut result = Ok(());
    let mut taken: Vec<(usize, Entry, Take, About)> = Vec::new();
    for number in run.underway.take_up(&block.pattern) {
        let Some(entry) = run.underway.entry(number) else { continue };
        let log = entry.log.display();
        match settle_copy(run, &entry).map(|()| taken_as(&entry)) {
            Ok(Some((take, about))) => {
                run.told
                    .warning(&format!("the last rotation of {log} was interrupted: finishing it"));
                run.state.rotated_then(&entry.log, entry.at);
                taken.push((number, entry, take, about));
            }
            Ok(None) => {
                run.told
                    .warning(&format!("the last rotation of {log} was interrupted: undoing it"));
                undo(run, &entry);
                run.underway.note(number, Note::Undone, run.told);
            }
            // it stays noted, and the log as it is: its next rotation could write over something
            Err(error) => {
                run.told.error(&format!(
                    "can't put right the interrupted rotation of {log}: {}",
                    why(&error)
                ));
                result = Err(Failed);
            }
        }
    }
    if taken.is_empty() {
        return result;
    }
    let mut jobs: Vec<Job> =
        taken.iter().map(|(number, entry, take, about)| job(*number, entry, take, about)).collect();
    let group = if block.directives.shared_scripts { jobs.len() } else { 1 };
    for jobs in jobs.chunks_mut(group) {
        let created = jobs.iter().try_for_each(|job| renew::create_missing(run, block, job));
        if created.and_then(|()| finish_all(run, block, jobs)).is_err() {
            result = Err(Failed);
        }
        jobs.iter().for_each(|job| run.is_over(job.number));
    }
    last_action(run, block).and(result)
}

/// A copy that was not in place yet goes if the log has it all, else it gets its place.
fn settle_copy(run: &Run, entry: &Entry) -> io::Result<()> {
    let Some(take) = &entry.take else { return Ok(()) };
    let copy = copytruncate::temporary(&take.rotated);
    if copy.symlink_metadata().is_err() {
        return Ok(());
    }
    let source = take.renamed.as_ref().map_or(&entry.log, |(renamed, _)| renamed);
    let cut = match &entry.cut {
        Some(cut) => copytruncate::was_cut(run, source, &copy, *cut)?,
        None => false, // the copy was not finished
    };
    if cut { files::rename_new(&copy, &take.rotated) } else { std::fs::remove_file(&copy) }
}

/// Whether the log is no more where it was: where it is, and what that is like.
fn taken_as(entry: &Entry) -> Option<(Take, About)> {
    let take = entry.take.clone()?;
    let renamed = take.renamed.as_ref().and_then(|(renamed, inode)| {
        renamed.symlink_metadata().ok().filter(|about| about.ino() == *inode)
    });
    let about = renamed
        .or_else(|| take.rotated.symlink_metadata().ok())
        .or_else(|| take.result.symlink_metadata().ok())?;
    Some((take, about))
}

fn job<'a>(number: usize, entry: &'a Entry, take: &Take, about: &'a About) -> Job<'a> {
    Job {
        number,
        log: &entry.log,
        about,
        rotated: take.rotated.clone(),
        result: take.result.clone(),
        dispose: take.dispose.clone().filter(|file| file.symlink_metadata().is_ok()),
        renamed: take
            .renamed
            .as_ref()
            .map(|(renamed, _)| renamed.clone())
            .filter(|renamed| renamed.symlink_metadata().is_ok()),
    }
}

/// After a failure in this run: what is not taken gets back to where it was, so that the next attempt
/// does not shift older logs once more, and the oldest out of the count.
pub(super) fn failed(run: &Run, number: usize) {
    if let Some(entry) = run.underway.entry(number)
        && taken_as(&entry).is_none()
    {
        undo(run, &entry);
    }
}

/// Gives older logs their names back, as far as nothing else has them.
fn undo(run: &Run, entry: &Entry) {
    for step in entry.moves.iter().rev() {
        if !step.to.symlink_metadata().is_ok_and(|about| about.ino() == step.inode) {
            continue; // it was not moved
        }
        let (from, to) = (step.from.display(), step.to.display());
        run.told.debug(&format!("renaming {to} back to {from}\n"));
        if let Err(error) = files::rename_new(&step.to, &step.from) {
            run.told.error(&format!("error renaming {to} back to {from}: {}", why(&error)));
        }
    }
}

/// The inode of a file, 0 where there is none.
pub(super) fn inode(path: &Path) -> u64 {
    path.symlink_metadata().map_or(0, |about| about.ino())
}
