use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::backlog::Backlog;
use crate::error::HandlerError;

/// Log files whose rolled ones wait at the same time; those of others are found at their next look.
const QUEUE: usize = 1024;

/// One thread that compresses the rolled files of all handlers, one after the other, so that it
/// takes no more than one core and the lanes never wait for it.
///
/// It starts with the first file and ends when the last clone of this is dropped: what is half made
/// then is removed or, if the process ends first, at the next start.
#[derive(Clone, Debug)]
pub struct Compressor {
    inner: Arc<Inner>,
}

struct Inner {
    worker: Arc<Worker>,
    thread: Mutex<Option<SyncSender<Arc<Backlog>>>>,
    /// By the log file: a reload's handler goes on with the names of the one before.
    backlogs: Mutex<HashMap<PathBuf, Weak<Backlog>>>,
}

struct Worker {
    stop: AtomicBool,
    /// Backlogs that are not done yet.
    busy: AtomicUsize,
    report: Box<dyn Fn(&HandlerError) + Send + Sync>,
}

impl Compressor {
    /// `report` is told, on the worker's thread, which files could not be compressed. They stay as
    /// they are and are tried again.
    pub fn new(report: impl Fn(&HandlerError) + Send + Sync + 'static) -> Compressor {
        let worker = Worker {
            stop: AtomicBool::new(false),
            busy: AtomicUsize::new(0),
            report: Box::new(report),
        };
        let inner = Inner {
            worker: Arc::new(worker),
            thread: Mutex::new(None),
            backlogs: Mutex::default(),
        };
        Compressor { inner: Arc::new(inner) }
    }

    /// Waits until all that is there to compress is compressed, or has failed: for tests.
    pub fn wait(&self) {
        while !self.is_idle() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets the worker end its file, or give it up where it still reads. From then on it does nothing
    /// more; [`Compressor::is_idle`] tells when it is done.
    pub fn stop(&self) {
        self.inner.worker.stop.store(true, Ordering::SeqCst);
    }

    /// Whether the worker has nothing at hand.
    pub fn is_idle(&self) -> bool {
        self.inner.worker.busy.load(Ordering::SeqCst) == 0
    }

    /// That of the log file at `path`.
    pub(crate) fn backlog(&self, path: &Path) -> Arc<Backlog> {
        let mut all = self.inner.backlogs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(backlog) = all.get(path).and_then(Weak::upgrade) {
            return backlog;
        }
        all.retain(|_, backlog| backlog.strong_count() > 0);
        let backlog = Arc::new(Backlog::new(path));
        all.insert(path.to_owned(), Arc::downgrade(&backlog));
        backlog
    }

    /// Tells the worker that files wait. Never blocks.
    pub(crate) fn call(&self, backlog: &Arc<Backlog>) {
        let mut thread = self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            *thread = self.inner.worker.start();
        }
        let Some(queue) = &*thread else { return backlog.lock().not_called() };
        self.inner.worker.busy.fetch_add(1, Ordering::SeqCst);
        if queue.try_send(Arc::clone(backlog)).is_err() {
            self.inner.worker.busy.fetch_sub(1, Ordering::SeqCst);
            backlog.lock().not_called();
        }
    }
}

impl Worker {
    /// None if the system gives no thread; the next call tries again.
    fn start(self: &Arc<Self>) -> Option<SyncSender<Arc<Backlog>>> {
        let (sender, queue) = sync_channel(QUEUE);
        let worker = Arc::clone(self);
        let thread = std::thread::Builder::new().name("compress".into());
        thread.spawn(move || worker.run(&queue)).ok().map(|_| sender)
    }

    fn run(&self, queue: &Receiver<Arc<Backlog>>) {
        logyard_libc::work_in_background();
        while let Ok(backlog) = queue.recv() {
            while !self.stop.load(Ordering::Relaxed)
                && let Some(done) = backlog.work(&self.stop)
            {
                if let Err(error) = done
                    && !self.stop.load(Ordering::Relaxed)
                {
                    (self.report)(&error);
                }
            }
            self.busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.worker.stop.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").finish_non_exhaustive()
    }
}
