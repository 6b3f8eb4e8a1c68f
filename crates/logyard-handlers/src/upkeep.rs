//! What the operating system keeps with a file: its mode, its owner, its place on the disk.

use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use std::time::{Duration, Instant};

use logyard_config::{Extras, Fsync, Owner};

use crate::error::HandlerError;

/// The longest that lines wait for the disk under `fsync = interval`.
const INTERVAL: Duration = Duration::from_secs(1);

/// The settings of one handler, and what is to be done by them.
#[derive(Debug)]
pub(crate) struct Upkeep {
    mode: Option<u32>,
    /// In place of the process's, for files that are made.
    umask: Option<u32>,
    owner: Option<Owner>,
    fsync: Fsync,
    /// When what was written has to be on the disk; none if it is.
    sync_at: Option<Instant>,
    /// What went wrong where nobody could be told.
    problem: Option<HandlerError>,
}

impl Upkeep {
    pub(crate) fn new(extras: &Extras) -> Upkeep {
        let Extras { mode, owner, fsync, .. } = *extras;
        Upkeep { mode, umask: None, owner, fsync, sync_at: None, problem: None }
    }

    pub(crate) fn set_umask(&mut self, umask: Option<u32>) {
        self.umask = umask;
    }

    /// The mode to make the file with: never more than it will have.
    pub(crate) fn creation_mode(&self) -> u32 {
        self.mode.unwrap_or(0o666) & 0o666
    }

    /// A file was opened: it gets its owner and its mode, and its folder its name. What fails is
    /// kept for [`Upkeep::take_problem`].
    pub(crate) fn opened(&mut self, file: &File, path: &Path, created: bool) {
        let Ok(found) = file.metadata() else { return };
        if !found.is_file() {
            return;
        }
        // the owner first: to change it takes some bits of the mode away
        if let Some(Owner { user, group }) = self.owner {
            let other = user.is_some_and(|user| user != found.uid())
                || group.is_some_and(|group| group != found.gid());
            if other && let Err(source) = fchown(file, user, group) {
                self.problem = Some(HandlerError::Owner { path: path.to_owned(), source });
            }
        }
        let made = self.umask.filter(|_| created).map(|umask| 0o666 & !umask);
        if let Some(mode) = self.mode.or(made)
            && file.metadata().is_ok_and(|found| found.mode() & 0o7777 != mode)
            && let Err(source) = file.set_permissions(Permissions::from_mode(mode))
        {
            self.problem = Some(HandlerError::Permissions { path: path.to_owned(), source });
        }
        if self.fsync != Fsync::Never
            && let Some(folder) = path.parent()
            && let Err(source) = File::open(folder).and_then(|folder| folder.sync_all())
        {
            self.problem = Some(HandlerError::Sync { path: folder.to_owned(), source });
        }
    }

    /// A batch was written.
    pub(crate) fn written(&mut self, file: &File, path: &Path) {
        match self.fsync {
            Fsync::Never => {}
            Fsync::Interval => {
                self.sync_at.get_or_insert_with(|| Instant::now() + INTERVAL);
                self.sync_if_due(file, path);
            }
            Fsync::Always => self.sync(file, path),
        }
    }

    /// Syncs if the time has come.
    pub(crate) fn sync_if_due(&mut self, file: &File, path: &Path) {
        if self.sync_at.is_some_and(|at| at <= Instant::now()) {
            self.sync(file, path);
        }
    }

    /// The file is going to be closed.
    pub(crate) fn closing(&mut self, file: &File, path: &Path) {
        if self.sync_at.is_some() {
            self.sync(file, path);
        }
    }

    fn sync(&mut self, file: &File, path: &Path) {
        self.sync_at = None;
        match rustix::fs::fdatasync(file) {
            // a terminal or a pipe has no disk
            Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::ROFS) => {}
            Err(errno) => {
                let (path, source) = (path.to_owned(), errno.into());
                self.problem = Some(HandlerError::Sync { path, source });
            }
        }
    }

    /// What went wrong since the last time.
    pub(crate) fn take_problem(&mut self) -> Option<HandlerError> {
        self.problem.take()
    }

    /// When there is something to do or to tell.
    pub(crate) fn next_care(&self) -> Option<Instant> {
        if self.problem.is_some() { Some(Instant::now()) } else { self.sync_at }
    }
}
