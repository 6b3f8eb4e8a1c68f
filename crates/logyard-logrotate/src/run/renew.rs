use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::block::Failed;
use super::copytruncate::CopyError;
use super::prepare::Job;
use super::recover::inode;
use super::underway::{Note, Take};
use super::{Run, copytruncate, files, space};
use crate::compress::move_away;
use crate::conf::problem::why;
use crate::plan::{Access, Block};

/// Takes the live file away, or copies it, and creates a new one.
pub(super) fn renew(run: &Run, block: &Block, job: &mut Job) -> Result<(), Failed> {
    let d = &block.directives;
    if (d.copy || d.copy_truncate) && !d.rename_copy {
        return copy(run, block, job);
    }
    let target = if d.rename_copy {
        let mut name = job.log.as_os_str().to_owned();
        name.push(".tmp");
        let name = PathBuf::from(name);
        job.renamed = Some(name.clone());
        name
    } else {
        job.rotated.clone()
    };
    run.told.debug(&format!("renaming {} to {}\n", job.log.display(), target.display()));
    take(run, job);
    if !run.options.debug
        && let Err(error) = files::rename_new(job.log, &target)
    {
        run.told.error(&format!(
            "failed to rename {} to {}: {}",
            job.log.display(),
            target.display(),
            why(&error)
        ));
        return Err(Failed);
    }
    if d.rotate == 0
        && let Some(dispose) = &job.dispose
    {
        run.told.debug(&format!("disposeName will be {}\n", dispose.display()));
    }
    match d.create {
        Some(access) => create(run, job, access),
        None => Ok(()),
    }
}

/// Notes where the log goes.
fn take(run: &Run, job: &Job) {
    let (rotated, result, dispose) = (job.rotated.clone(), job.result.clone(), job.dispose.clone());
    let renamed = job.renamed.as_ref().map(|renamed| (renamed.clone(), inode(job.log)));
    let take = Take { rotated, result, renamed, dispose };
    run.underway.note(job.number, Note::Take(take), run.told);
}

/// After an interruption: the new file, where it was not created.
pub(super) fn create_missing(run: &Run, block: &Block, job: &Job) -> Result<(), Failed> {
    let d = &block.directives;
    match d.create {
        Some(access) if job.log.symlink_metadata().is_err() => create(run, job, access),
        _ => Ok(()),
    }
}

fn copy(run: &Run, block: &Block, job: &mut Job) -> Result<(), Failed> {
    let d = &block.directives;
    let (log, rotated) = (job.log.display(), job.rotated.display());
    let truncates = d.copy_truncate;
    if d.copies_nothing() {
        run.told.debug(&format!("skip copying {log} to {rotated}\n"));
    } else {
        run.told.debug(&format!("copying {log} to {rotated}\n"));
    }
    run.told.debug(&if truncates {
        format!("truncating {log}\n")
    } else {
        format!("Not truncating {log}\n")
    });
    if run.options.debug {
        return Ok(());
    }
    move_away(&job.rotated, &run.now, run.told);
    take(run, job);
    loop {
        let done = match (d.copies_nothing(), truncates) {
            (true, true) => copytruncate::empty(job.log),
            (true, false) => Ok(()),
            (false, true) => copytruncate::take(run, job),
            (false, false) => copytruncate::copy(run, job.log, &job.rotated),
        };
        let Err(error) = done else { return Ok(()) };
        let gone = match &error {
            CopyError::Full(..) => space::make_room(run, block, &job.rotated),
            _ => None,
        };
        let Some(gone) = gone else {
            run.told.error(&error.to_string());
            return Err(Failed);
        };
        job.dispose.take_if(|dispose| *dispose == gone);
    }
}

fn create(run: &Run, job: &Job, access: Access) -> Result<(), Failed> {
    let mode = access.mode.unwrap_or(job.about.mode() & 0o7777);
    let user = access.user.unwrap_or(job.about.uid());
    let group = access.group.unwrap_or(job.about.gid());
    run.told.debug(&format!(
        "creating new {} mode = 0{mode:o} uid = {user} gid = {group}\n",
        job.log.display()
    ));
    if run.options.debug {
        return Ok(());
    }
    let created = match create_file(job.log, mode, user, group) {
        // the caller was faster, which knows nothing of modes
        Err(error)
            if error.kind() == io::ErrorKind::AlreadyExists && run.owner_of(job.log).is_some() =>
        {
            files::open(job.log, true).and_then(|file| set_access(&file, mode, user, group))
        }
        created => created,
    };
    match created {
        Ok(()) => Ok(()),
        // somebody was faster: the program whose log it is, most likely
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            run.told.error(&format!(
                "error creating output file {}: {}",
                job.log.display(),
                why(&error)
            ));
            Err(Failed)
        }
    }
}

fn create_file(log: &Path, mode: u32, user: u32, group: u32) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(log)?;
    set_access(&file, mode, user, group)
}

fn set_access(file: &File, mode: u32, user: u32, group: u32) -> io::Result<()> {
    let mine = file.metadata()?;
    if (mine.uid(), mine.gid()) != (user, group) {
        let owned = std::os::unix::fs::fchown(file, Some(user), Some(group));
        // under `su` it is no more than a wish
        if rustix::process::geteuid().is_root() {
            owned?;
        }
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}
