//! Compression by the configured command, as a filter.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::conf::problem::why;
use crate::messages::Messages;
use crate::moment::Moment;
use crate::names::temporary;
use crate::owner::Identity;
use crate::plan::Compression;
use crate::run::{open_log, rename_new};

/// Most of a compressor's complaints that are passed on.
const COMPLAINTS: u64 = 1 << 20;

/// Compresses `source` beside itself, with mode, owner and times of `like`. `source` stays: the caller
/// removes it once the compressed file is there. Gives whether that is so.
pub(crate) fn compress(
    source: &Path,
    like: &Metadata,
    how: &Compression,
    su: Option<Identity>,
    now: &Moment,
    told: &Messages,
) -> bool {
    told.debug(&format!("compressing log with: {}\n", how.command.display()));
    let mut target = source.as_os_str().to_owned();
    target.push(&how.extension);
    let target = PathBuf::from(target);
    let part = temporary(&target, "part");
    let _ = std::fs::remove_file(&part); // a killed run left it
    let input = match open_log(source, false) {
        Ok(input) => input,
        Err(error) => {
            told.error(&format!(
                "unable to open {} (read-only) for compression: {}",
                source.display(),
                why(&error)
            ));
            return false;
        }
    };
    if unpacks_to(&target, &input, how, su, told) {
        told.debug(&format!("{} is there already\n", target.display()));
        return true;
    }
    move_away(&target, now, told);
    let output = match create_like(&part, like, now, told) {
        Ok(output) => output,
        Err(error) => {
            told.error(&format!(
                "error creating output file {}: {}",
                target.display(),
                why(&error)
            ));
            return false;
        }
    };
    if filter(source, &input, &output, how, su, told) && finish(like, &output, &part, &target, told)
    {
        return true;
    }
    told.error(&format!("failed to compress log {}", source.display()));
    let _ = std::fs::remove_file(&part); // half of a file is of no use; the source is still there
    false
}

/// Whether a compressed file is that of the source: a run that was killed could not remove the source.
fn unpacks_to(
    target: &Path,
    source: &File,
    how: &Compression,
    su: Option<Identity>,
    told: &Messages,
) -> bool {
    let Ok(packed) = open_log(target, false) else { return false };
    let mut command = Command::new(&how.undo);
    command.stdin(packed).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = spawn(&mut command, su, told) else { return false };
    let same = child.stdout.take().is_some_and(|unpacked| same_text(unpacked, source));
    if !same {
        let _ = child.kill(); // it waits for a reader that is gone
    }
    child.wait().is_ok_and(|status| status.success()) && same
}

/// Whether a stream has the bytes of a file, from its beginning to its end.
fn same_text(mut stream: impl Read, file: &File) -> bool {
    let (mut left, mut right) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut at = 0;
    loop {
        let Ok(len) = stream.read(&mut left) else { return false };
        if len == 0 {
            return file.metadata().is_ok_and(|about| about.len() == at);
        }
        let (left, right) = (&left[..len], &mut right[..len]);
        if file.read_exact_at(right, at).is_err() || left != right {
            return false;
        }
        at += len as u64;
    }
}

/// What is in the way is kept under another name.
pub(crate) fn move_away(target: &Path, now: &Moment, told: &Messages) {
    if target.symlink_metadata().is_err() {
        return;
    }
    let wall = now.wall();
    let mut backup = target.as_os_str().to_owned();
    backup.push(format!("-{}{:02}{:02}{:02}.backup", wall.year, wall.month, wall.day, wall.hour));
    told.error(&format!(
        "destination {} already exists, renaming to {}",
        target.display(),
        backup.display()
    ));
    if let Err(error) = std::fs::rename(target, &backup) {
        told.error(&format!(
            "failed to rename {} to {}: {}",
            target.display(),
            backup.display(),
            why(&error)
        ));
    }
}

/// Creates a file with the mode and as far as allowed the owner of another. What is
/// in the way gets another name.
pub(crate) fn create_like(
    path: &Path,
    model: &Metadata,
    now: &Moment,
    told: &Messages,
) -> io::Result<File> {
    move_away(path, now, told);
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    let mine = file.metadata()?;
    if (mine.uid(), mine.gid()) != (model.uid(), model.gid()) {
        let owned = std::os::unix::fs::fchown(&file, Some(model.uid()), Some(model.gid()));
        if Identity::current().user == 0 {
            owned?;
        }
    }
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(model.mode() & 0o7777))?;
    Ok(file)
}

fn filter(
    source: &Path,
    input: &File,
    output: &File,
    how: &Compression,
    su: Option<Identity>,
    told: &Messages,
) -> bool {
    let mut command = Command::new(&how.command);
    command.args(&how.options).env("LOGROTATE_COMPRESSED_FILENAME", source);
    match (input.try_clone(), output.try_clone()) {
        (Ok(input), Ok(output)) => {
            command.stdin(input).stdout(output).stderr(Stdio::piped());
        }
        (Err(error), _) | (_, Err(error)) => {
            told.error(&format!("can't pass {} on: {}", source.display(), why(&error)));
            return false;
        }
    }
    let spawned = spawn(&mut command, su, told);
    let complained = |bytes: &[u8]| {
        told.error(&format!(
            "Compressing program wrote following message to stderr when compressing log {}:",
            source.display()
        ));
        told.raw(bytes);
    };
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let what = format!(
                "error: cannot execute compress command '{}': {}\n",
                how.command.display(),
                why(&error)
            );
            complained(what.as_bytes());
            return false;
        }
    };
    let mut complaints = Vec::new();
    if let Some(mut pipe) = child.stderr.take() {
        let _ = pipe.by_ref().take(COMPLAINTS).read_to_end(&mut complaints); // the exit code decides
        let _ = io::copy(&mut pipe, &mut io::sink()); // as above
    }
    if !complaints.is_empty() {
        complained(&complaints);
    }
    child.wait().is_ok_and(|status| status.success())
}

/// Starts a command as the user and group of `su`.
fn spawn(command: &mut Command, su: Option<Identity>, told: &Messages) -> io::Result<Child> {
    let Some(su) = su else { return command.spawn() };
    // for good, so the process needs its first identity for a moment
    command.uid(su.user).gid(su.group);
    let real = Identity {
        user: rustix::process::getuid().as_raw(),
        group: rustix::process::getgid().as_raw(),
    };
    real.during(told, || command.spawn())
        .unwrap_or_else(|| Err(io::ErrorKind::PermissionDenied.into()))
}

/// The compressed file takes the times of its source, is on the disk before the source goes, and gets its name
/// when it is whole.
fn finish(like: &Metadata, output: &File, part: &Path, target: &Path, told: &Messages) -> bool {
    let done = like.accessed().and_then(|accessed| {
        let times = std::fs::FileTimes::new().set_accessed(accessed).set_modified(like.modified()?);
        output.set_times(times)?;
        output.sync_all()?;
        rename_new(part, target)
    });
    if let Err(error) = &done {
        told.error(&format!("can't finish {}: {}", target.display(), why(error)));
    }
    done.is_ok()
}
