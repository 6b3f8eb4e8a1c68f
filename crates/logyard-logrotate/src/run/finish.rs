use super::block::Failed;
use super::packing::Later;
use super::prepare::{Job, pack};
use super::{Run, copytruncate, files, packing};
use crate::conf::problem::why;
use crate::mail::mail;
use crate::plan::Block;

/// After `postrotate`: the copy of `renamecopy`, compression, mail, and the removal of what is over.
pub(super) fn finish(run: &Run, block: &Block, job: &Job) -> Result<(), Failed> {
    let d = &block.directives;
    if let Some(renamed) = &job.renamed {
        run.told.debug(&format!(
            "copying {} to {}\nNot truncating {}\nremoving tmp log {}\n",
            renamed.display(),
            job.rotated.display(),
            renamed.display(),
            renamed.display()
        ));
        if !run.options.debug {
            copytruncate::remove_beginning(&job.rotated, renamed);
            copytruncate::copy(run, renamed, &job.rotated).map_err(|error| {
                run.told.error(&error.to_string());
                Failed
            })?;
            std::fs::remove_file(renamed).map_err(|error| {
                run.told.error(&format!("error unlinking {}: {}", renamed.display(), why(&error)));
                Failed
            })?;
        }
    }
    // with `rotate 0`, a copy was not made; after an interruption it may be compressed already
    let is_made = !d.copies_nothing() || d.rename_copy || !(d.copy || d.copy_truncate);
    let there = run.options.debug && is_made || job.rotated.symlink_metadata().is_ok();
    if d.compression.on && !d.compression.delay && there {
        match packing::later(run, block, job)? {
            Later::Waits => return Ok(()),
            Later::IsThere => {}
            Later::No => pack(run, block, &job.rotated, job.about)?,
        }
    }
    let there = run.options.debug || job.result.symlink_metadata().is_ok();
    if let Some(address) = d.mail.as_ref().filter(|_| d.mail_first && there) {
        let subject =
            if d.compression.on && !d.compression.delay { job.log } else { job.result.as_path() };
        let (command, debug) = (&run.options.mail, run.options.debug);
        if !mail(command, &job.result, subject, address, &d.compression, debug, run.told) {
            return Err(Failed);
        }
    }
    match &job.dispose {
        Some(file) => files::dispose(run, block, file),
        None => Ok(()),
    }
}
