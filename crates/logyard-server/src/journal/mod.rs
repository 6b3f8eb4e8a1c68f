//! The journal at work: what connections take is appended to it before it goes to the lanes, each of
//! which keeps cursors: how far its files are. What is behind a cursor when the server was killed is
//! replayed at the next start.

mod cursors;
mod keeper;
mod progress;
mod replay;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use logyard_journal::{Journal, JournalError, Limits, Opened, Sync, Synced};

use crate::trouble::Trouble;

pub(crate) use cursors::{Cursor, LaneCursors};
use keeper::Keeper;
pub(crate) use progress::{LaneProgress, Progress, first};
pub(crate) use replay::{format_again, replay};

/// The folder of the cursors, in the journal's.
const CURSORS: &str = "cursors";

/// Which journal a server keeps, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSetup {
    /// Its folder.
    pub folder: PathBuf,
    /// How large it may grow.
    pub limits: Limits,
    /// When it is synced to the disk.
    pub sync: Sync,
    /// Whether sealed segments are compressed and get an index.
    pub history: bool,
}

/// The server's journal.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// Held while an entry is appended and its text handed to the lanes, so that these have their
    /// lines in the journal's order.
    journal: Arc<Mutex<Journal>>,
    keeper: Option<Keeper>,
    /// Up to which record it is on the disk.
    synced: Arc<AtomicU64>,
    setup: JournalSetup,
}

impl Recorder {
    /// Opens the journal. What was damaged is told of.
    pub(crate) fn open(
        setup: JournalSetup,
        now: u64,
        trouble: &Arc<Trouble>,
    ) -> Result<Recorder, JournalError> {
        let failing = Arc::clone(trouble);
        let synced = Arc::new(AtomicU64::new(0));
        let on_disk = Arc::clone(&synced);
        let tell = move |synced| match synced {
            Synced::UpTo(end) => on_disk.store(end, Ordering::SeqCst),
            Synced::Failed(error) => failing.complain("journal-failed", || {
                format!(
                    "{error}; nothing is acknowledged as synced until the server is started anew"
                )
            }),
        };
        // what cursors say was there, although the journal may have lost it: its numbers are taken
        let used = cursors::highest(&setup.folder.join(CURSORS));
        let Opened { journal, damage, problems } =
            Journal::open(&setup.folder, setup.limits, setup.sync, now, used, tell)?;
        for damage in damage {
            trouble.lost("journal-damaged", damage.records, || {
                format!("{damage}; see {}", setup.folder.join("aside").display())
            });
        }
        for problem in problems {
            trouble.complain("journal-damaged", || problem.to_string());
        }
        let journal = Arc::new(Mutex::new(journal));
        let keeper = match setup.history {
            true => Some(Keeper::start(&setup.folder, &journal, trouble).map_err(|source| {
                let what = "start the thread that compresses";
                JournalError::Io { what, path: setup.folder.clone(), source }
            })?),
            false => None,
        };
        Ok(Recorder { journal, keeper, synced, setup })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Journal> {
        // an append that panicked has not counted
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.setup.folder
    }

    /// Up to which record the journal is on the disk.
    pub(crate) fn synced(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.synced)
    }

    /// A lane's part in the journal: it goes on where its cursors are, or with `anew` behind the record
    /// of this number.
    pub(crate) fn progress(
        &self,
        lane: &str,
        anew: Option<u64>,
        trouble: &Trouble,
    ) -> LaneProgress {
        let (folder, durable) = (self.setup.folder.join(CURSORS), self.setup.sync != Sync::Never);
        if let Some(number) = anew {
            return LaneProgress::new(LaneCursors::new(&folder, lane, durable), number);
        }
        let cursors = LaneCursors::read(&folder, lane, durable).unwrap_or_else(|(cursors, error)| {
            trouble.complain("cursor-lost", || {
                format!("{error}; what `{lane}` had not written when the server ended is in the journal only")
            });
            cursors
        });
        LaneProgress::new(cursors, self.lock().end())
    }

    /// Forgets the cursors of all lanes but these: a lane that comes back later begins where it comes
    /// back, and gets nothing of what was not for it.
    pub(crate) fn keep_lanes<'l>(&self, lanes: impl Iterator<Item = &'l str>) {
        cursors::keep_lanes(&self.setup.folder.join(CURSORS), lanes);
    }

    /// Removes segments as the limits say; `needed` is the number up to which all is in its files.
    pub(crate) fn retain(&self, needed: u64, now: u64, trouble: &Trouble) {
        if let Some(keeper) = &self.keeper {
            keeper.wake();
        }
        match self.lock().retain(needed, now) {
            Ok(None) => {}
            Ok(Some(first)) => trouble.complain("journal-full", || {
                format!("the journal is at its limit: records before number {first} were removed from it, although not all of them are in their files")
            }),
            Err(error) => trouble.complain("journal-failed", || error.to_string()),
        }
    }
}
