use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use logyard_crash as crash;

use crate::error::JournalError;

/// When what was appended is synced to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// When the system likes: it survives the server's end, but not a power cut.
    Never,
    /// Five times a second.
    #[default]
    Interval,
    /// As soon as it is appended: one sync serves all that was appended while the one before ran.
    Always,
}

/// What a power cut may cost with [`Sync::Interval`].
const INTERVAL: Duration = Duration::from_millis(200);

/// What the thread that syncs tells.
#[derive(Debug)]
pub enum Synced {
    /// All records up to this one are on the disk.
    UpTo(u64),
    /// The disk failed. What it holds of what was appended is not known, so nothing is synced any
    /// more: after an error the kernel may drop what it could not write, and say yes the next time.
    Failed(JournalError),
}

/// Syncs in a thread of its own, so that who appends never waits for the disk.
#[derive(Debug)]
pub(crate) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Segments with something that may not be on the disk yet; the last is the one appended to.
    files: VecDeque<(Arc<File>, PathBuf)>,
    /// The folder, if a segment in it is new.
    folder: Option<PathBuf>,
    appended: u64,
    synced: u64,
    /// Whether the thread waits for something to do.
    idle: bool,
    /// The disk has failed: nothing is synced any more.
    failed: bool,
    stop: bool,
}

impl Syncer {
    /// `tell` is called from the thread.
    pub(crate) fn start(
        policy: Sync,
        mut tell: impl FnMut(Synced) + Send + 'static,
    ) -> std::io::Result<Syncer> {
        let shared = Arc::new(Shared { state: Mutex::default(), wake: Condvar::new() });
        if policy == Sync::Never {
            return Ok(Syncer { shared, thread: None });
        }
        let work = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || {
            while let Some(end) = work.next(policy) {
                match end {
                    Ok(end) => tell(Synced::UpTo(end)),
                    Err(error) => {
                        let mut state = work.lock();
                        state.failed = true;
                        state.files.clear(); // removed ones would keep their room on the disk
                        drop(state);
                        return tell(Synced::Failed(error));
                    }
                }
            }
        })?;
        Ok(Syncer { shared, thread: Some(thread) })
    }

    /// A segment was made: it is the one appended to from now on.
    pub(crate) fn new_segment(&self, file: Arc<File>, path: PathBuf) {
        if self.thread.is_none() {
            return;
        }
        let mut state = self.shared.lock();
        if !state.failed {
            state.folder = path.parent().map(PathBuf::from);
            state.files.push_back((file, path));
        }
    }

    /// All records up to `end` are appended.
    pub(crate) fn appended(&self, end: u64) {
        if self.thread.is_some() {
            let mut state = self.shared.lock();
            state.appended = end;
            // a wake-up costs as much as an append; one that is not asleep looks by itself
            if std::mem::take(&mut state.idle) {
                drop(state);
                self.shared.wake.notify_one();
            }
        }
    }
}

impl Drop for Syncer {
    /// Syncs what is left.
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // if it panicked, it told so
        }
    }
}

impl Shared {
    /// Waits until there is something to sync, and syncs it; the number of the last record then.
    fn next(&self, policy: Sync) -> Option<Result<u64, JournalError>> {
        let mut state = self.lock();
        while !state.stop && state.appended == state.synced && state.folder.is_none() {
            state.idle = true;
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.idle = false;
        if policy == Sync::Interval && !state.stop {
            let stopped = |state: &mut State| !state.stop;
            let waited = self.wake.wait_timeout_while(state, INTERVAL, stopped);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if state.stop && state.appended == state.synced && state.folder.is_none() {
            return None;
        }
        let end = state.appended;
        let files: Vec<_> = state.files.iter().cloned().collect();
        let folder = state.folder.take();
        drop(state);
        crash::here("sync-before");
        for (file, path) in &files {
            if let Err(error) = rustix::fs::fdatasync(file) {
                return Some(Err(JournalError::io("sync", path)(error.into())));
            }
        }
        if let Some(folder) = folder {
            let synced = File::open(&folder).and_then(|open| open.sync_all());
            if let Err(error) = synced {
                return Some(Err(JournalError::io("sync", folder)(error)));
            }
        }
        crash::here("sync-after");
        let mut state = self.lock();
        state.files.drain(..files.len().saturating_sub(1)); // all but the one appended to
        state.synced = end;
        Some(Ok(end))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
