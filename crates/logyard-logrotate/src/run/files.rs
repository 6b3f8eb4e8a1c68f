use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::Run;
use super::block::{Failed, run_script};
use crate::conf::problem::why;
use crate::mail::mail;
use crate::plan::Block;

/// Opens a log, never through a link that somebody put there, and without waiting for a pipe's other
/// end.
pub(crate) fn open(path: &Path, write: bool) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .write(write)
        .custom_flags(i32::try_from(flags).unwrap_or(0))
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Errno::OPNOTSUPP.into());
    }
    Ok(file)
}

/// Gives a file another name, which must be free.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // the filesystem can't
        Err(Errno::INVAL | Errno::NOSYS) if to.symlink_metadata().is_err() => {
            std::fs::rename(from, to)
        }
        Err(Errno::INVAL | Errno::NOSYS) => Err(io::ErrorKind::AlreadyExists.into()),
        other => Ok(other?),
    }
}

/// Mails (where `mail` is set, and not for the newest only) and removes a file that is over.
pub(super) fn dispose(run: &Run, block: &Block, file: &Path) -> Result<(), Failed> {
    let d = &block.directives;
    if let Some(address) = d.mail.as_ref().filter(|_| !d.mail_first) {
        let (command, debug) = (&run.options.mail, run.options.debug);
        if !mail(command, file, file, address, &d.compression, debug, run.told) {
            return Err(Failed);
        }
    }
    run.told.debug(&format!("removing old log {}\n", file.display()));
    if run.options.debug {
        run.disposed.borrow_mut().push(file.to_owned());
    }
    if remove(run, block, file) { Ok(()) } else { Err(Failed) }
}

/// Removes a file: `preremove`, then `shred` or the plain way. Gives whether it worked.
pub(super) fn remove(run: &Run, block: &Block, file: &Path) -> bool {
    let d = &block.directives;
    if run.options.debug {
        return true;
    }
    if let Some(script) = &d.scripts.pre_remove {
        run.told.debug("running preremove script\n");
        if !run_script(run, script, &[file.as_os_str()]) {
            run.told.error(&format!(
                "error running preremove script for {} of '{}'. Not removing this file.",
                file.display(),
                block.pattern
            ));
            return false;
        }
    }
    // a file with a second name is not overwritten: the other name's owner may still want it
    if d.shred && file.symlink_metadata().is_ok_and(|about| about.nlink() == 1) {
        return shred(run, file, d.shred_cycles);
    }
    match std::fs::remove_file(file) {
        Ok(()) => true,
        Err(error) => {
            run.told.error(&format!(
                "error unlinking log file {}: {}",
                file.display(),
                why(&error)
            ));
            error.kind() == io::ErrorKind::NotFound // what was wanted is so
        }
    }
}

fn shred(run: &Run, file: &Path, cycles: u32) -> bool {
    run.told.debug(&format!("Using shred to remove the file {}\n", file.display()));
    let mut command = Command::new("shred");
    command.arg("-u");
    if cycles > 0 {
        command.args(["-n", &cycles.to_string()]);
    }
    let done = command.arg("--").arg(file).status().is_ok_and(|status| status.success());
    if !done {
        run.told.error(&format!("Failed to shred {}\n, trying unlink", file.display()));
        return std::fs::remove_file(file).is_ok();
    }
    done
}
