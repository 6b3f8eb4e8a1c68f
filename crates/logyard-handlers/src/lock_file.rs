use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::{FlockOperation, flock};

use crate::error::HandlerError;

/// The file by which the processes that use concurrent-log-handler keep each other off a log file:
/// whoever holds its lock writes and rolls over. It also holds the time of the next rollover.
#[derive(Debug)]
pub(crate) struct LockFile {
    path: PathBuf,
    file: Option<File>,
}

/// An earlier time than this is taken for rubbish (`MIN_VALID_TIMESTAMP`).
const EARLIEST: i64 = 946_684_800;

impl LockFile {
    pub(crate) fn new(path: PathBuf) -> LockFile {
        LockFile { path, file: None }
    }

    /// Makes the file if need be, and waits for the lock.
    pub(crate) fn hold(&mut self) -> Result<(), HandlerError> {
        let done = self.try_hold();
        if done.is_err() {
            self.file = None;
        }
        done.map_err(|source| HandlerError::Lock { path: self.path.clone(), source })
    }

    fn try_hold(&mut self) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => {
                if let Some(folder) = self.path.parent() {
                    DirBuilder::new().recursive(true).create(folder)?;
                }
                let mut options = OpenOptions::new();
                // `os.open` without a mode
                options.read(true).write(true).create(true).truncate(false).mode(0o777);
                self.file.insert(options.open(&self.path)?)
            }
        };
        loop {
            match flock(file, FlockOperation::LockExclusive) {
                Err(rustix::io::Errno::INTR) => {}
                done => return Ok(done?),
            }
        }
    }

    /// Lets others write.
    pub(crate) fn release(&self) {
        if let Some(file) = &self.file {
            // closing the file would do it, too
            let _ = flock(file, FlockOperation::Unlock);
        }
    }

    /// The time that the file holds, if it is one. The lock has to be held.
    pub(crate) fn time(&mut self) -> Option<i64> {
        let file = self.file.as_mut()?;
        file.seek(SeekFrom::Start(0)).ok()?;
        let mut text = String::new();
        // no number is longer
        file.take(64).read_to_string(&mut text).ok()?;
        text.trim().parse().ok().filter(|time| *time >= EARLIEST)
    }

    /// Keeps the time of the next rollover. The lock has to be held.
    pub(crate) fn keep_time(&mut self, time: i64) -> Result<(), HandlerError> {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        let text = time.to_string();
        let written = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(text.as_bytes()))
            .and_then(|()| file.set_len(text.len() as u64))
            .and_then(|()| file.sync_all());
        written.map_err(|source| HandlerError::Lock { path: self.path.clone(), source })
    }

    pub(crate) fn close(&mut self) {
        self.file = None;
    }
}
