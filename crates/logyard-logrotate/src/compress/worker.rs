//! The thread that compresses.

use std::fs::{File, FileTimes};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::time::Duration;

use logyard_compress::{Format, Packer, Step};

/// Logs that wait at the same time, each with two open files; one more waits until one of them is done.
const QUEUE: usize = 32;

/// Small logs are synced together, as each sync makes the disk wait: so many, or as long as they have so many
/// bytes together. A large one is done for itself, so that its source does not take room for longer.
const TOGETHER: usize = 64;
const TOGETHER_BYTES: u64 = 4 << 20;

/// One log to compress.
pub(crate) struct Work {
    pub(crate) format: Format,
    pub(crate) level: u32,
    pub(crate) input: File,
    pub(crate) output: File,
    /// Bytes of the input.
    pub(crate) size: u64,
    /// When it was modified, in seconds since the epoch.
    pub(crate) modified: i64,
    /// For the output.
    pub(crate) times: FileTimes,
}

/// Compresses logs in the background, one after the other, at a low priority. It knows open files and no names.
pub(crate) struct Worker {
    queue: SyncSender<Work>,
    done: Receiver<Vec<io::Result<()>>>,
    progress: Arc<Progress>,
}

/// How far the worker is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// How many logs it has begun with.
    pub(crate) begun: AtomicUsize,
    /// Bytes of the log in hand, and how many of them are done.
    pub(crate) size: AtomicU64,
    pub(crate) done: AtomicU64,
    stop: AtomicBool,
}

impl Progress {
    /// Lets the worker stop soon; what is half made stays.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Worker {
    /// Starts the thread, which ends when this is dropped.
    pub(crate) fn start() -> io::Result<Worker> {
        let (queue, jobs) = sync_channel(QUEUE);
        let (results, done) = channel();
        let progress = Arc::<Progress>::default();
        let shared = Arc::clone(&progress);
        std::thread::Builder::new().name("compress".into()).spawn(move || {
            logyard_libc::work_in_background();
            let mut packer = None;
            while let Ok(first) = jobs.recv() {
                let together = pack_together(first, &jobs, &mut packer, &shared);
                if results.send(together).is_err() {
                    break; // nobody waits any more
                }
            }
        })?;
        Ok(Worker { queue, done, progress })
    }

    /// Hands a log over; waits where too many do. `false` if the thread is gone.
    pub(crate) fn add(&self, work: Work) -> bool {
        self.queue.send(work).is_ok()
    }

    /// The results of the next logs, in the order in which they came. `None` if there are none in that time.
    pub(crate) fn results(&self, wait: Duration) -> Result<Option<Vec<io::Result<()>>>, Gone> {
        match self.done.recv_timeout(wait) {
            Ok(results) => Ok(Some(results)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Gone),
        }
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }
}

/// The thread has died.
#[derive(Debug)]
pub(crate) struct Gone;

fn pack_together(
    first: Work,
    jobs: &Receiver<Work>,
    packer: &mut Option<Packer>,
    progress: &Progress,
) -> Vec<io::Result<()>> {
    let mut packed = Vec::new();
    let mut bytes = 0_u64;
    let mut next = Some(first);
    while let Some(work) = next {
        bytes = bytes.saturating_add(work.size);
        packed.push(pack(&work, packer, progress).map(|()| work.output)); // the input is closed
        let more = packed.len() < TOGETHER && bytes < TOGETHER_BYTES;
        next = if more { jobs.try_recv().ok() } else { None };
    }
    packed.into_iter().map(|output| output.and_then(|output| output.sync_all())).collect()
}

fn pack(work: &Work, packer: &mut Option<Packer>, progress: &Progress) -> io::Result<()> {
    progress.size.store(work.size, Ordering::Relaxed);
    progress.done.store(0, Ordering::Relaxed);
    progress.begun.fetch_add(1, Ordering::Relaxed);
    let packer = match packer {
        Some(packer) if packer.is_for(work.format, work.level) => packer,
        other => other.insert(Packer::new(work.format, work.level)?),
    };
    packer.pack(&work.input, &work.output, work.modified, &mut |done| {
        progress.done.store(done, Ordering::Relaxed);
        if progress.stop.load(Ordering::Relaxed) { Step::Stop } else { Step::Go }
    })?;
    work.output.set_times(work.times)?;
    logyard_libc::start_writing(&work.output);
    Ok(())
}
