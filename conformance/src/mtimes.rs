//! The mtimes of all files below the working folder, as the case's clock would have made them.

use std::collections::HashMap;
use std::fs::{File, FileTimes};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What was last seen, by inode.
#[derive(Debug, Default)]
pub struct Mtimes {
    known: HashMap<u64, SystemTime>,
}

impl Mtimes {
    /// Gives each file that changed since the last time the clock's time.
    pub fn sweep(&mut self, micros: &AtomicI64) -> io::Result<()> {
        let now = UNIX_EPOCH + Duration::from_micros(micros.load(Ordering::SeqCst) as u64);
        for path in files()? {
            let found = std::fs::metadata(&path)?;
            if self.known.get(&found.ino()) != Some(&found.modified()?) {
                set(&path, now)?;
                self.known.insert(found.ino(), now);
            }
        }
        Ok(())
    }

    /// Sets one file's time.
    pub fn set(&mut self, path: &Path, seconds: i64) -> io::Result<()> {
        let time = UNIX_EPOCH + Duration::from_secs(seconds as u64);
        set(path, time)?;
        self.known.insert(std::fs::metadata(path)?.ino(), time);
        Ok(())
    }
}

fn set(path: &Path, time: SystemTime) -> io::Result<()> {
    File::options().append(true).open(path)?.set_times(FileTimes::new().set_modified(time))
}

fn files() -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(".")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}
