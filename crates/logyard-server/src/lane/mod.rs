//! Lanes: threads that own one file or stream each, with all its handlers.

mod thread;

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::batch::Batch;
use crate::client::Ticket;
use crate::metrics::{HandlerCounts, HandlerStatus, LaneStatus};
use crate::per_logger::PerLogger;
use crate::slot::Waiting;
use crate::trouble::Trouble;

pub(crate) use thread::Work;

/// Text that may wait for one lane. When it is full, the connections that send to this lane are
/// not read any further: back-pressure.
const QUEUE_BYTES: usize = 8 << 20;

/// Batches that may wait for one lane: with small ones, their number is what costs memory.
const QUEUE_BATCHES: usize = 256;

/// How long a lane may make no progress while a connection waits for it, before it counts as stuck.
/// A stuck lane's records go to the dead-letter file at once, so that it takes no other with it.
pub(crate) const STUCK: Duration = Duration::from_secs(10);

/// A lane's thread calls nothing deep; 100 lanes should not reserve 200 MiB of address space.
const STACK_BYTES: usize = 256 << 10;

/// The sender's side of a lane. The thread ends when the last of these is gone and all is written.
#[derive(Debug)]
pub(crate) struct Lane {
    queue: mpsc::Sender<Message>,
    pub(crate) state: Arc<State>,
}

/// Room for a batch in a lane's queue.
pub(crate) struct Place<'l> {
    state: &'l Arc<State>,
    permit: OwnedSemaphorePermit,
    place: mpsc::Permit<'l, Message>,
}

/// What a lane's thread is told.
#[derive(Debug)]
pub(crate) enum Message {
    Batch(Batch, OwnedSemaphorePermit),
    /// Look whether the files are to be opened again.
    Wake,
    /// Answer when all that came before is done.
    Barrier(oneshot::Sender<()>),
    /// All up to the journal's record of this number has been given to the lane: keep the cursors.
    Checkpoint(u64),
}

/// What is known of a lane from outside of its thread.
#[derive(Debug)]
pub(crate) struct State {
    /// The file's path, or the stream's name.
    pub(crate) name: String,
    /// The handlers' names, by slot.
    handlers: Vec<String>,
    /// By slot; all that a lane which grows makes are in one.
    counts: Vec<HandlerCounts>,
    /// What is left of [`QUEUE_BYTES`].
    room: Arc<Semaphore>,
    stuck: AtomicBool,
    /// Rises with each batch that is done.
    progress: AtomicU64,
    /// The file, where it is one.
    file: Option<PathBuf>,
    /// In place of it, many files.
    per_logger: Option<Arc<PerLogger>>,
    /// A handler that rolls the file over by itself.
    pub(crate) rolls: Option<String>,
    queue: mpsc::WeakSender<Message>,
    /// How often the files were to be closed and opened by their names again.
    asked: AtomicU64,
    /// Up to which of those times that has been done.
    reopened: AtomicU64,
    /// Whether any file may be open.
    begun: AtomicBool,
    /// Records that wait in the slots for their files to work again.
    waiting: AtomicU64,
    ended: AtomicBool,
    /// Batches that were put into the queue.
    sent: Mutex<u64>,
    /// How many of them are in their files, or were set aside: no line of them waits.
    written: AtomicU64,
    /// The journal's record up to which the cursors say that all is in the files.
    pub(crate) cursor: AtomicU64,
    /// Who takes over what waits when this lane ends: the same file's lane after a reload.
    successor: Mutex<Option<oneshot::Sender<Vec<Leftover>>>>,
    /// Held by the thread only while it waits for a message, so that the queue of a thread that
    /// hangs in a write can be saved.
    messages: Mutex<mpsc::Receiver<Message>>,
    /// What is being written.
    current: Mutex<Option<Arc<Batch>>>,
}

/// Lines of one handler that its lane could not write before it ended.
#[derive(Debug)]
pub(crate) struct Leftover {
    pub(crate) handler: String,
    pub(crate) waiting: Waiting,
}

/// What a lane that takes over a file waits for: the end of the one before.
pub(crate) type Before = oneshot::Receiver<Vec<Leftover>>;

/// Held by the threads of all lanes, to know when the last one has ended.
pub(crate) type Alive = Arc<watch::Sender<()>>;

/// Tells when all of them have ended: when its senders are gone.
pub(crate) type Ended = watch::Receiver<()>;

/// Waits until all have ended.
pub(crate) async fn all_ended(ended: &mut Ended) {
    while ended.changed().await.is_ok() {}
}

/// A lane whose thread waits for the word to go, or to end without having opened anything.
pub(crate) struct Ready {
    pub(crate) lane: Lane,
    pub(crate) go: oneshot::Sender<()>,
    /// Answers when the files are open, or have failed to.
    pub(crate) opened: oneshot::Receiver<()>,
}

impl Lane {
    /// Starts the thread. After the word to go it waits for the lane `before` it, which holds the
    /// same file, and takes over what that one leaves; then it opens its files.
    pub(crate) fn start(
        name: &str,
        work: Work,
        before: Option<Before>,
        alive: Alive,
    ) -> std::io::Result<Ready> {
        let (queue, messages) = mpsc::channel(QUEUE_BATCHES);
        let (go, may_go) = oneshot::channel();
        let (opened_sender, opened) = oneshot::channel();
        let state = Arc::new(State {
            name: name.to_owned(),
            handlers: work.slots.iter().map(|slot| slot.name.clone()).collect(),
            counts: work
                .slots
                .iter()
                .map(|_| HandlerCounts::default())
                .chain(work.per_logger.iter().map(|_| HandlerCounts::default()))
                .collect(),
            room: Arc::new(Semaphore::new(QUEUE_BYTES)),
            stuck: AtomicBool::new(false),
            progress: AtomicU64::new(0),
            file: work.file.clone(),
            per_logger: work.per_logger.clone(),
            rolls: work.rolls.clone(),
            queue: queue.downgrade(),
            asked: AtomicU64::new(0),
            reopened: AtomicU64::new(0),
            begun: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            sent: Mutex::new(0),
            written: AtomicU64::new(0),
            cursor: AtomicU64::new(0),
            successor: Mutex::new(None),
            messages: Mutex::new(messages),
            current: Mutex::new(None),
        });
        let thread = thread::Thread::new(work, Arc::clone(&state));
        std::thread::Builder::new().name(thread_name(name)).stack_size(STACK_BYTES).spawn(
            move || {
                if may_go.blocking_recv().is_ok() {
                    let leftovers = before.and_then(|before| before.blocking_recv().ok());
                    thread.run(leftovers.unwrap_or_default(), opened_sender);
                }
                drop(alive);
            },
        )?;
        Ok(Ready { lane: Lane { queue, state }, go, opened })
    }

    /// Hands a batch over, waiting for room. It is given back when the lane is stuck.
    pub(crate) async fn send(&self, batch: Batch) -> Result<Ticket, Batch> {
        match self.reserve(&batch).await {
            Some(place) => Ok(place.send(batch)),
            None => Err(batch),
        }
    }

    /// A place for a batch, if there is one at once.
    pub(crate) fn try_reserve(&self, batch: &Batch) -> Option<Place<'_>> {
        let permit = Arc::clone(&self.state.room).try_acquire_many_owned(size(batch)).ok()?;
        let place = self.queue.try_reserve().ok()?;
        Some(Place { state: &self.state, permit, place })
    }

    /// A place for a batch, when there is one; none if the lane is stuck.
    pub(crate) async fn reserve(&self, batch: &Batch) -> Option<Place<'_>> {
        let bytes = size(batch);
        let waiting = async {
            let permit = Arc::clone(&self.state.room).acquire_many_owned(bytes).await.ok()?;
            let place = self.queue.reserve().await.ok()?;
            Some((permit, place))
        };
        tokio::pin!(waiting);
        loop {
            let seen = self.state.progress.load(Ordering::Relaxed);
            let stuck = self.state.stuck.load(Ordering::Relaxed);
            let patience = if stuck { Duration::ZERO } else { STUCK };
            match tokio::time::timeout(patience, &mut waiting).await {
                Ok(Some((permit, place))) => {
                    return Some(Place { state: &self.state, permit, place });
                }
                Ok(None) => return None, // the server has given the lane up
                // others were served meanwhile: it is slow, not stuck
                Err(_) if !stuck && self.state.progress.load(Ordering::Relaxed) != seen => {}
                Err(_) => {
                    self.state.stuck.store(true, Ordering::Relaxed);
                    return None;
                }
            }
        }
    }

    /// Tells that all up to the journal's record `end` has been sent to this lane.
    pub(crate) async fn checkpoint(&self, end: u64) {
        let _ = self.queue.send(Message::Checkpoint(end)).await; // a lane that has ended has kept its own
    }

    /// Waits until all that was sent before is written.
    pub(crate) async fn barrier(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.queue.send(Message::Barrier(sender)).await.is_ok() {
            let _ = receiver.await;
        }
    }
}

impl Place<'_> {
    pub(crate) fn send(self, batch: Batch) -> Ticket {
        let mut sent = lock(&self.state.sent); // held so that the numbers are in the queue's order
        *sent += 1;
        self.place.send(Message::Batch(batch, self.permit));
        Ticket { lane: Arc::clone(self.state), number: *sent }
    }
}

/// The room that a batch takes: one larger than the queue may pass when it is alone.
fn size(batch: &Batch) -> u32 {
    batch.text.len().clamp(1, QUEUE_BYTES) as u32
}

impl State {
    /// The last batch that was put into the queue.
    pub(crate) fn last_sent(self: &Arc<Self>) -> Ticket {
        Ticket { lane: Arc::clone(self), number: *lock(&self.sent) }
    }

    /// Asks for the files to be opened again before anything more is written. Gives a number to ask
    /// [`State::has_reopened`] with.
    pub(crate) fn reopen(&self) -> u64 {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(queue) = self.queue.upgrade() {
            let _ = queue.try_send(Message::Wake); // a full queue needs no waking
        }
        number
    }

    /// Whether what was open when [`State::reopen`] gave that number is open no more.
    pub(crate) fn has_reopened(&self, number: u64) -> bool {
        self.reopened.load(Ordering::SeqCst) >= number
            || self.has_ended()
            || !self.begun.load(Ordering::SeqCst)
    }

    /// Whether `log` is one of this lane's files, if it is there a file like `about`.
    pub(crate) fn writes(&self, log: &Path, about: Option<&Metadata>) -> bool {
        let same = |file: &Path| {
            // a second name of the same file stays when the first is moved away
            let is_it = |about: &Metadata| {
                about.nlink() == 1
                    && file
                        .metadata()
                        .is_ok_and(|ours| (ours.dev(), ours.ino()) == (about.dev(), about.ino()))
            };
            file == log || about.is_some_and(is_it)
        };
        self.file.as_deref().is_some_and(same)
            || self
                .per_logger
                .as_ref()
                .is_some_and(|files| files.paths().iter().any(|file| same(file)))
    }

    /// The counts of a handler.
    fn counts(&self, slot: u16) -> Option<&HandlerCounts> {
        self.counts.get(usize::from(slot)).or(self.counts.last())
    }

    /// How it stands.
    pub(crate) fn status(&self) -> LaneStatus {
        let name = |slot: usize| self.handlers.get(slot).or(self.rolls.as_ref());
        let handlers = self.counts.iter().enumerate().map(|(slot, counts)| {
            let next = counts.next();
            HandlerStatus {
                name: name(slot).unwrap_or(&self.name).clone(),
                records: counts.records.load(Ordering::Relaxed),
                bytes: counts.bytes.load(Ordering::Relaxed),
                rollovers: counts.rollovers.load(Ordering::Relaxed),
                rolls_at: next.at,
                rolls_at_size: next.size,
            }
        });
        LaneStatus {
            name: self.name.clone(),
            queued: QUEUE_BYTES - self.room.available_permits().min(QUEUE_BYTES),
            waiting: self.waiting.load(Ordering::SeqCst),
            stuck: self.stuck.load(Ordering::Relaxed),
            size: self.file.as_ref().and_then(|file| file.metadata().ok()).map(|about| about.len()),
            handlers: handlers.collect(),
        }
    }

    /// Names who takes over when this lane ends.
    pub(crate) fn set_successor(&self) -> Before {
        let (sender, receiver) = oneshot::channel();
        *lock(&self.successor) = Some(sender);
        receiver
    }

    /// Whether the batch of this number, by [`Ticket`], is where it belongs.
    pub(crate) fn has_written(&self, number: u64) -> bool {
        self.written.load(Ordering::SeqCst) >= number || self.has_ended()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// The lines of a batch that this lane does not take become dead letters.
    pub(crate) fn set_aside(&self, batch: &Batch, detail: &str, trouble: &Trouble, now: f64) {
        let mut start = 0;
        for line in &batch.lines {
            let text = batch.text.get(start as usize..line.end as usize).unwrap_or_default();
            let handler = self.handlers.get(usize::from(line.slot)).unwrap_or(&self.name);
            crate::slot::keep_line(handler, "stuck", detail, text, trouble, now);
            start = line.end;
        }
    }

    /// The server gives up a lane that hangs: what it has becomes dead letters.
    pub(crate) fn give_up(&self, trouble: &Trouble, now: f64) {
        let detail = format!("`{}` took nothing until the server stopped", self.name);
        self.room.close(); // whoever waits for it gets his batch back
        if let Some(batch) = lock(&self.current).take() {
            let detail = format!("{detail}; it may hold a part of this");
            self.set_aside(&batch, &detail, trouble, now);
        }
        if let Ok(mut messages) = self.messages.try_lock() {
            messages.close();
            while let Ok(message) = messages.try_recv() {
                if let Message::Batch(batch, _) = message {
                    self.set_aside(&batch, &detail, trouble, now);
                }
            }
        }
        match self.waiting.load(Ordering::SeqCst) {
            0 => {}
            records => trouble.lost("stuck", records, || {
                format!("{records} records that waited for `{}` are lost", self.name)
            }),
        }
    }
}

/// What these locks protect is whole after a panic, too.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Linux shows 15 bytes of it, in `top -H` and the like.
fn thread_name(lane: &str) -> String {
    let tail = lane.rsplit('/').next().unwrap_or(lane);
    tail.chars().filter(|c| *c != '\0').take(15).collect()
}
