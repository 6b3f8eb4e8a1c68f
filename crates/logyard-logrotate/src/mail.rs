//! Mailing a log by the command of `-m`.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::conf::problem::why;
use crate::messages::Messages;
use crate::owner::Identity;
use crate::plan::Compression;

/// Mails `file` to `address` with `subject`, uncompressed. Gives whether that worked; in debug mode it
/// is only told.
pub(crate) fn mail(
    command: &str,
    file: &Path,
    subject: &Path,
    address: &str,
    compression: &Compression,
    debug: bool,
    told: &Messages,
) -> bool {
    if debug {
        told.debug(&format!("mailing {} to {address}\n", file.display()));
        return true;
    }
    let real = Identity {
        user: rustix::process::getuid().as_raw(),
        group: rustix::process::getgid().as_raw(),
    };
    let packed = compression.on
        && file.as_os_str().as_encoded_bytes().ends_with(compression.extension.as_bytes());
    let undo = packed.then_some(compression.undo.as_path());
    let sent = send(command, file, subject, address, undo, real, told);
    if !sent {
        told.error(&format!("mail command failed for {}", file.display()));
    }
    sent
}

fn send(
    command: &str,
    file: &Path,
    subject: &Path,
    address: &str,
    undo: Option<&Path>,
    real: Identity,
    told: &Messages,
) -> bool {
    let input = match File::open(file) {
        Ok(input) => input,
        Err(error) => {
            told.error(&format!("failed to open {} for mailing: {}", file.display(), why(&error)));
            return false;
        }
    };
    let spawn = |command: &mut Command| {
        real.during(told, || command.spawn())
            .unwrap_or_else(|| Err(std::io::ErrorKind::PermissionDenied.into()))
    };
    let mut unpacking = None;
    let stdin = match undo {
        None => Stdio::from(input),
        Some(undo) => match spawn(Command::new(undo).stdin(input).stdout(Stdio::piped())) {
            Ok(mut child) => {
                let text = child.stdout.take().map_or_else(Stdio::null, Stdio::from);
                unpacking = Some(child);
                text
            }
            Err(error) => {
                told.error(&format!(
                    "cannot execute uncompress command '{}': {}",
                    undo.display(),
                    why(&error)
                ));
                return false;
            }
        },
    };
    let mailed = match spawn(
        Command::new(command)
            .arg("-s")
            .arg(subject)
            .arg(address)
            .stdin(stdin)
            .stdout(told.stdout_for_children()),
    ) {
        Ok(mut child) => child.wait().is_ok_and(|status| status.success()),
        Err(error) => {
            told.error(&format!("cannot execute mail command: {}", why(&error)));
            false
        }
    };
    let unpacked =
        unpacking.is_none_or(|mut child| child.wait().is_ok_and(|status| status.success()));
    if !unpacked {
        told.error(&format!("uncompress command failed mailing {}", file.display()));
    }
    mailed && unpacked
}
