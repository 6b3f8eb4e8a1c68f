use std::ffi::{OsStr, OsString};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use logyard_config::{Compress, Extras, FilePlan};
use logyard_rotate::{Action, Entry, Retention, RolledFile, is_compressed};

use crate::backlog::{Backlog, Jobs};
use crate::compressor::Compressor;
use crate::error::HandlerError;
use crate::folder;
use crate::log_file::LogFile;

/// How often the folder is looked at when nothing rolls over: for `max_age`, and for what could not
/// be compressed or removed the last time.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// What becomes of a handler's rolled files: they are compressed, and the oldest removed.
#[derive(Debug)]
pub(crate) struct Archive {
    retention: Retention,
    packing: Option<Packing>,
    /// When to look at the folder; none if there is nothing to do with it.
    next_look: Option<Instant>,
}

#[derive(Debug)]
struct Packing {
    how: Compress,
    backlog: Arc<Backlog>,
    compressor: Compressor,
    cleaned: bool,
}

impl Archive {
    pub(crate) fn new(plan: &FilePlan, extras: &Extras, compressor: &Compressor) -> Archive {
        let retention =
            Retention { max_total_size: extras.max_total_size, max_age: extras.max_age };
        let packing = extras.compress.map(|how| Packing {
            how,
            backlog: compressor.backlog(&plan.path),
            compressor: compressor.clone(),
            cleaned: false,
        });
        let mut archive = Archive { retention, packing, next_look: None };
        archive.look_soon();
        archive
    }

    /// Whether compressed files count as rolled ones.
    pub(crate) fn compresses(&self) -> bool {
        self.packing.is_some()
    }

    /// To be called after a rollover.
    pub(crate) fn look_soon(&mut self) {
        if self.packing.is_some() || self.retention.is_set() {
            self.next_look = Some(Instant::now());
        }
    }

    /// When to call [`Archive::care`].
    pub(crate) fn next_care(&self) -> Option<Instant> {
        self.next_look
    }

    /// Keeps the worker from changing names, from before the folder is listed until all is renamed.
    pub(crate) fn hold(&self) -> Held<'_> {
        Held(self.packing.as_ref().map(|packing| packing.backlog.lock()))
    }

    /// Looks at the folder: removes what is too old or too much, and has the rest compressed.
    /// `rolled` picks the file's rolled ones out of a listing, the oldest first; `now` is in seconds
    /// since the epoch.
    pub(crate) fn care(
        &mut self,
        file: &LogFile,
        now: i64,
        rolled: impl FnOnce(&OsStr, &[Entry]) -> Vec<OsString>,
    ) -> Result<(), HandlerError> {
        let looked = Instant::now();
        if self.next_look.is_none_or(|at| at > looked) {
            return Ok(());
        }
        self.next_look = Some(looked + LOOK);
        if let Some(packing) = self.packing.as_mut().filter(|packing| !packing.cleaned) {
            packing.backlog.clean_up();
            packing.cleaned = true;
        }
        let mut held = self.hold();
        let mut names = rolled(file.name(), &folder::list(file.folder(), file.name())?);
        let removed = self.too_much(file, &names, now);
        names.retain(|name| !removed.contains(name));
        let mut done = Ok(());
        for name in removed {
            done = held.act(file.folder(), &Action::Remove(name)).and(done);
        }
        let Some(Packing { how, backlog, compressor, .. }) = &self.packing else { return done };
        let Held(Some(mut jobs)) = held else { return done };
        for name in names.iter().filter(|name| !is_compressed(name)) {
            // a link, a folder: not made by a rollover
            let plain = std::fs::symlink_metadata(file.folder().join(name));
            if plain.is_ok_and(|found| found.is_file()) {
                jobs.add(name, *how);
            }
        }
        if jobs.wants_call() {
            drop(jobs);
            compressor.call(backlog);
        }
        done
    }

    fn too_much(&self, file: &LogFile, names: &[OsString], now: i64) -> Vec<OsString> {
        if !self.retention.is_set() {
            return Vec::new();
        }
        let found = |name: &OsString| {
            let found = std::fs::symlink_metadata(file.folder().join(name)).ok()?;
            let (size, modified) = (found.len(), found.mtime());
            found.is_file().then(|| RolledFile { name: name.clone(), size, modified })
        };
        let files: Vec<RolledFile> = names.iter().filter_map(found).collect();
        let live = std::fs::metadata(file.path()).map_or(0, |found| found.len());
        self.retention.to_remove(live, &files, now)
    }
}

#[cfg(test)]
mod tests;

/// The rolled files' names stay as they are until this is dropped.
pub(crate) struct Held<'a>(Option<MutexGuard<'a, Jobs>>);

impl Held<'_> {
    /// Carries out one step of a rollover.
    pub(crate) fn act(&mut self, folder: &Path, action: &Action) -> Result<(), HandlerError> {
        match &mut self.0 {
            Some(jobs) => jobs.act(folder, action),
            None => folder::act(folder, action),
        }
    }
}
