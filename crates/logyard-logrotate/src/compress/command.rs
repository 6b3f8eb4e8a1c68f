//! The configured command, as a filter.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::conf::problem::why;
use crate::messages::Messages;
use crate::owner::Identity;
use crate::plan::Compression;

/// Most of a compressor's complaints that are passed on.
const COMPLAINTS: u64 = 1 << 20;

/// Runs the configured command. Gives whether it succeeded; if not, that was told.
pub(crate) fn filter(
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

/// Whether a compressed file is that of the source: a run that was killed could not remove the source.
pub(super) fn unpacks_to(
    packed: File,
    source: &File,
    how: &Compression,
    su: Option<Identity>,
    told: &Messages,
) -> bool {
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
