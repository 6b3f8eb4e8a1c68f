//! The state file: when each log was rotated last.

pub(crate) mod lock;
pub(crate) mod quoting;
mod read;
mod write;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

pub use lock::{LockError, Locked};
pub use read::StateError;

use crate::moment::Moment;

/// When each log was rotated last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(BTreeMap<OsString, Entry>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Seconds since the epoch.
    last: i64,
    /// Whether the log is there, and this run has to do with it.
    used: bool,
}

/// A solar year, in seconds: what no configuration has named for so long is forgotten.
pub(crate) const YEAR: i64 = 31_556_926;

impl State {
    /// When `log` was rotated last. One that is seen for the first time counts as rotated `first`.
    pub fn last(&mut self, log: &Path, first: &Moment) -> i64 {
        let new = Entry { last: first.secs, used: false };
        self.0.entry(log.as_os_str().to_owned()).or_insert(new).last
    }

    /// `log` is known, and there: it is not forgotten.
    pub(crate) fn is_there(&mut self, log: &Path) {
        if let Some(entry) = self.0.get_mut(log.as_os_str()) {
            entry.used = true;
        }
    }

    /// Whether both have the same logs and times.
    pub(crate) fn is_as(&self, other: &State) -> bool {
        let entries = |state: &State| {
            state.0.iter().map(|(log, entry)| (log.clone(), entry.last)).collect::<Vec<_>>()
        };
        entries(self) == entries(other)
    }

    /// When `log` was rotated last, if that is known.
    pub fn known(&self, log: &Path) -> Option<i64> {
        self.0.get(log.as_os_str()).map(|entry| entry.last)
    }

    /// `log` is rotated now, or it is tried.
    pub fn rotated(&mut self, log: &Path, now: &Moment) {
        self.0.insert(log.as_os_str().to_owned(), Entry { last: now.secs, used: true });
    }

    /// `log` was rotated then, as far as it was not later.
    pub(crate) fn rotated_then(&mut self, log: &Path, secs: i64) {
        let new = Entry { last: secs, used: true };
        let entry = self.0.entry(log.as_os_str().to_owned()).or_insert(new);
        *entry = Entry { last: entry.last.max(secs), used: true };
    }

    /// Forgets logs that are missing, or that this run had nothing to do with, and that were not rotated for a
    /// year; gives their names.
    pub fn forget(&mut self, now: &Moment) -> Vec<OsString> {
        let old = |entry: &Entry| !entry.used && now.secs.saturating_sub(entry.last) > YEAR;
        let forgotten =
            self.0.iter().filter(|(_, entry)| old(entry)).map(|(log, _)| log.clone()).collect();
        self.0.retain(|_, entry| !old(entry));
        forgotten
    }
}
