use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::conf::problem::why;
use crate::messages::Messages;
use crate::options::Lock;

/// Longest state file that is read: some millions of entries.
const LIMIT: u64 = 1 << 30;

/// The open state file; the lock lasts as long as this.
#[derive(Debug)]
pub struct Locked(File);

/// Why there is no lock: nothing may be rotated.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another logrotate is at it.
    #[error(
        "state file {0} is already locked\nlogrotate does not support parallel execution on the same set of logfiles."
    )]
    Taken(String),
    /// It can't be opened, or created.
    #[error("error {0} state file {1}: {2}")]
    File(&'static str, String, String),
}

impl Locked {
    /// Opens the state file, created if there is none, and locks it. One that everybody can read is
    /// not locked: anybody could hold the lock for ever (CVE-2022-1348).
    ///
    /// # Errors
    ///
    /// [`LockError`].
    pub fn open(path: &Path, lock: Lock, told: &Messages) -> Result<Locked, LockError> {
        let shown = path.display().to_string();
        let failed = |doing, error: &io::Error| LockError::File(doing, shown.clone(), why(error));
        if let Err(error) = path.symlink_metadata()
            && error.kind() == io::ErrorKind::NotFound
        {
            told.debug(&format!("Creating stub state file: {shown}\n"));
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o640)
                .open(path)
                .and_then(|mut file| file.write_all(b"logrotate state -- version 2\n"))
                .map_err(|error| failed("creating stub", &error))?;
        }
        // a state file that is not writable is read nonetheless, as it is replaced, not written
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| failed("opening", &error))?;
        let mode = file.metadata().map_err(|error| failed("stat'ing", &error))?.mode();
        if lock == Lock::Skip {
            told.debug(&format!("Skip locking state file {shown}\n"));
            return Ok(Locked(file));
        }
        if mode & 0o004 != 0 {
            told.warning(&format!(
                "state file {shown} is world-readable and thus can be locked from other unprivileged users. \
                 Skipping lock acquisition..."
            ));
            return Ok(Locked(file));
        }
        if lock == Lock::Wait {
            told.debug(&format!("waiting for lock on state file {shown}\n"));
            while let Err(error) = flock(&file, FlockOperation::LockExclusive) {
                if error != rustix::io::Errno::INTR {
                    return Err(failed("acquiring lock on", &error.into()));
                }
            }
        } else if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error == rustix::io::Errno::WOULDBLOCK {
                return Err(LockError::Taken(shown));
            }
            return Err(failed("acquiring lock on", &error.into()));
        }
        told.debug(&format!("acquired lock on state file {shown}\n"));
        Ok(Locked(file))
    }

    /// The text of the file.
    ///
    /// # Errors
    ///
    /// What reading gives, or that it is too long for a state file.
    pub fn text(&mut self) -> io::Result<Vec<u8>> {
        text(&mut self.0)
    }
}

/// The text of a state file that is not locked, as for `-d`.
pub(crate) fn read_only(path: &Path) -> io::Result<Vec<u8>> {
    text(&mut File::open(path)?)
}

fn text(file: &mut File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too long for a state file"));
    }
    Ok(text)
}
