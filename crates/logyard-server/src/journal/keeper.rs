use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use logyard_history::{clean, keep, reindex};
use logyard_journal::{Journal, JournalError, remove_plain, segments};

use crate::trouble::Trouble;

/// After an error, such as a full disk: how long until the next try.
const REST: Duration = Duration::from_secs(60);

/// One thread that compresses sealed segments and makes their indexes, in the background: it takes no
/// more than one core, and that only when others don't want it.
#[derive(Debug)]
pub(crate) struct Keeper {
    stop: Arc<AtomicBool>,
    /// Wakes it.
    bell: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Work {
    journal: Arc<Mutex<Journal>>,
    folder: std::path::PathBuf,
    trouble: Arc<Trouble>,
    stop: Arc<AtomicBool>,
}

impl Keeper {
    pub(crate) fn start(
        folder: &std::path::Path,
        journal: &Arc<Mutex<Journal>>,
        trouble: &Arc<Trouble>,
    ) -> std::io::Result<Keeper> {
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work {
            journal: Arc::clone(journal),
            folder: folder.to_owned(),
            trouble: Arc::clone(trouble),
            stop: Arc::clone(&stop),
        };
        let (bell, rings) = sync_channel(1);
        let thread = std::thread::Builder::new().name("history".into());
        let thread = thread.spawn(move || work.run(&rings))?;
        Ok(Keeper { stop, bell: Some(bell), thread: Some(thread) })
    }

    /// There may be something to do.
    pub(crate) fn wake(&self) {
        if let Some(bell) = &self.bell {
            let _ = bell.try_send(()); // one ring that waits is enough
        }
    }
}

impl Drop for Keeper {
    /// Waits until the thread has let go of the block that it works on.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.bell = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // if it panicked, it told so
        }
    }
}

impl Work {
    fn run(&self, rings: &Receiver<()>) {
        logyard_libc::work_in_background();
        self.tell(self.make_indexes());
        let mut rests_until = None;
        while rings.recv().is_ok() {
            if rests_until.is_some_and(|until| Instant::now() < until) {
                continue;
            }
            let done = self.compress();
            rests_until = done.is_err().then(|| Instant::now() + REST);
            self.tell(done);
        }
    }

    fn go_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn tell(&self, done: Result<(), JournalError>) {
        if let Err(error) = done {
            self.trouble.complain("history-failed", || {
                format!("{error}; the segment stays as it is, and is tried again")
            });
        }
    }

    /// Those that are missing, and away with those of segments that are gone.
    fn make_indexes(&self) -> Result<(), JournalError> {
        clean(&self.folder)?;
        for segment in segments(&self.folder)?.iter().rev().filter(|segment| segment.packed) {
            if self.go_on() {
                reindex(segment, &mut || self.go_on())?;
            }
        }
        Ok(())
    }

    fn compress(&self) -> Result<(), JournalError> {
        let mut after = 0;
        while self.go_on() {
            let next = self.lock().to_pack(after);
            let Some(segment) = next else { break };
            // one that is none any more is not looked at again
            after = segment.first;
            if let Some(kept) = keep(&segment, &mut || self.go_on())? {
                self.lock().packed(segment.first, &kept.file, kept.bytes)?;
                remove_plain(&segment)?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner) // whole after a panic, too
    }
}
