use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use logyard_config::Compress;
use logyard_rotate::Action;

use crate::compress::{compress, holds};
use crate::error::HandlerError;
use crate::folder;

/// Rolled files that may wait to be compressed; the next look at the folder finds the rest.
const MOST: usize = 1000;

/// The rolled files of one log file that are to be compressed.
///
/// The lane renames and removes rolled files under this lock, and the worker puts a compressed file
/// in the place of a plain one under it, so each knows the names that the other has made. The lock
/// is held for such steps only, never while bytes are read or written.
#[derive(Debug)]
pub(crate) struct Backlog {
    folder: PathBuf,
    /// The half-made file: hidden, so that nothing takes it for a rolled one.
    temporary: PathBuf,
    jobs: Mutex<Jobs>,
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// Names in the folder.
    waiting: VecDeque<(OsString, Compress)>,
    /// Whether the worker is at one.
    at_work: bool,
    /// What it is called now; none if it was removed meanwhile.
    current: Option<OsString>,
    /// Whether the worker knows that there is something to do.
    called: bool,
}

impl Backlog {
    /// For the log file at `path`.
    pub(crate) fn new(path: &Path) -> Backlog {
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".logyard-tmp");
        Backlog { temporary: folder.join(name), folder, jobs: Mutex::default() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what a server that was killed left half made.
    pub(crate) fn clean_up(&self) {
        if !self.lock().at_work {
            // if it stays, the next compression empties it
            let _ = std::fs::remove_file(&self.temporary);
        }
    }

    /// Compresses the next file that waits; none if none does.
    pub(crate) fn work(&self, stop: &AtomicBool) -> Option<Result<(), HandlerError>> {
        let (name, how, opened) = {
            let mut jobs = self.lock();
            let Some((name, how)) = jobs.waiting.pop_front() else {
                jobs.called = false;
                return None;
            };
            // opened under the lock: the descriptor keeps to the file whatever it is called later
            let opened = File::open(self.folder.join(&name));
            jobs.current = Some(name.clone());
            jobs.at_work = true;
            (name, how, opened)
        };
        let done = opened.and_then(|source| self.replace(&source, &name, how, stop));
        let mut jobs = self.lock();
        let name = jobs.current.take();
        jobs.at_work = false;
        drop(jobs);
        Some(match (done, name) {
            (Err(source), Some(name)) => {
                let _ = std::fs::remove_file(&self.temporary);
                Err(HandlerError::Compress { path: self.folder.join(name), source })
            }
            // one that was removed meanwhile needs none
            (_, _) => Ok(()),
        })
    }

    fn replace(
        &self,
        source: &File,
        name: &OsStr,
        how: Compress,
        stop: &AtomicBool,
    ) -> io::Result<()> {
        let found = source.metadata()?;
        let there = self.folder.join(with_ending(name, how));
        if std::fs::symlink_metadata(&there).is_ok() {
            // a crash after the last step but one, or someone else's
            if !holds(&there, how, source)? {
                let what =
                    format!("`{}` is there already and holds something else", there.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
            let jobs = self.lock();
            return match jobs.current.as_deref() {
                Some(current) if current == name => remove(&found, &self.folder.join(name)),
                _ => Ok(()), // renamed meanwhile: the next look finds it again
            };
        }
        compress(source, &found, &self.temporary, how, stop)?;
        let jobs = self.lock();
        let Some(name) = &jobs.current else {
            return std::fs::remove_file(&self.temporary);
        };
        let path = self.folder.join(name);
        if !unchanged(&found, &path)? {
            return Err(changed());
        }
        std::fs::rename(&self.temporary, self.folder.join(with_ending(name, how)))?;
        // the new name must be on the disk before the old one goes
        File::open(&self.folder)?.sync_all()?;
        std::fs::remove_file(path)
    }
}

impl Jobs {
    /// Carries out a step of a rollover, and knows the files by their new names.
    pub(crate) fn act(&mut self, folder: &Path, action: &Action) -> Result<(), HandlerError> {
        folder::act(folder, action)?;
        match action {
            Action::Rename { from, to } => {
                // what had the name is replaced
                self.forget(to);
                let waiting = self.waiting.iter_mut().map(|(name, _)| name);
                for name in waiting.chain(&mut self.current).filter(|name| *name == from) {
                    name.clone_from(to);
                }
            }
            Action::Remove(name) => self.forget(name),
        }
        Ok(())
    }

    fn forget(&mut self, gone: &OsStr) {
        self.waiting.retain(|(name, _)| name != gone);
        self.current.take_if(|name| name == gone);
    }

    /// Lets a file wait to be compressed, if it does not yet.
    pub(crate) fn add(&mut self, name: &OsStr, how: Compress) {
        let mut known = self.waiting.iter().map(|(name, _)| name).chain(&self.current);
        if known.all(|known| known != name) && self.waiting.len() < MOST {
            self.waiting.push_back((name.to_owned(), how));
        }
    }

    /// Whether the worker has to be called; it is taken to be from then on.
    pub(crate) fn wants_call(&mut self) -> bool {
        !self.waiting.is_empty() && !std::mem::replace(&mut self.called, true)
    }

    /// The worker could not be called.
    pub(crate) fn not_called(&mut self) {
        self.called = false;
    }
}

fn with_ending(name: &OsStr, how: Compress) -> OsString {
    let mut name = name.to_os_string();
    name.push(how.ending());
    name
}

/// Whether a file still is what it was when it was read.
fn unchanged(found: &Metadata, path: &Path) -> io::Result<bool> {
    let key = |m: &Metadata| (m.dev(), m.ino(), m.len(), m.mtime(), m.mtime_nsec());
    Ok(key(&std::fs::symlink_metadata(path)?) == key(found))
}

/// Removes a file that still is what it was when it was read. Others rename, too: a handler that a reload
/// left without `compress`, a process that uses concurrent-log-handler.
fn remove(found: &Metadata, path: &Path) -> io::Result<()> {
    if unchanged(found, path)? { std::fs::remove_file(path) } else { Err(changed()) }
}

fn changed() -> io::Error {
    io::Error::other("another program has changed it meanwhile")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The compressed form is there already; while it is compared, the plain name goes to other lines.
    #[test]
    fn only_what_was_compared_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.2"), "old\n").unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"old\n").unwrap();
        std::fs::write(path("a.2.gz"), packed.finish().unwrap()).unwrap();
        let backlog = Backlog::new(&path("a"));
        backlog.lock().current = Some("a.2".into());
        let source = File::open(path("a.2")).unwrap();
        std::fs::rename(path("a.2"), path("a.3")).unwrap();
        std::fs::write(path("a.2"), "new\n").unwrap();
        let stop = AtomicBool::new(false);
        let replace = |source| backlog.replace(source, OsStr::new("a.2"), Compress::Gz, &stop);
        assert!(replace(&source).unwrap_err().to_string().contains("changed"));
        assert_eq!(std::fs::read_to_string(path("a.2")).unwrap(), "new\n");
        std::fs::rename(path("a.3"), path("a.2")).unwrap();
        replace(&File::open(path("a.2")).unwrap()).unwrap();
        assert!(!path("a.2").exists());
    }
}
