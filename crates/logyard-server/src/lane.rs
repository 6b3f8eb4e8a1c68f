use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use logyard_handlers::Run;
use logyard_rotate::Clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::batch::{Batch, Pool};
use crate::per_logger::PerLogger;
use crate::slot::Slot;
use crate::trouble::Trouble;

/// Text that may wait for one lane. When it is full, the connections that send to this lane are
/// not read any further: back-pressure.
const QUEUE_BYTES: usize = 8 << 20;

/// Batches that may wait for one lane: with small ones, their number is what costs memory.
const QUEUE_BATCHES: usize = 256;

/// Small batches are written together up to this size.
const MERGED_BYTES: usize = 256 << 10;

/// How long a connection waits for a lane that takes nothing, before the lane counts as stuck. A
/// stuck lane's records go to the dead-letter file at once, so that it takes no other with it.
pub(crate) const STUCK: Duration = Duration::from_secs(10);

/// A lane's thread calls nothing deep; 100 lanes should not reserve 200 MiB of address space.
const STACK_BYTES: usize = 256 << 10;

/// The sender's side of a lane: a thread that owns one file or stream, with all its handlers.
#[derive(Debug)]
pub(crate) struct Lane {
    name: String,
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
    stuck: Arc<AtomicBool>,
}

/// What a lane's thread is told.
enum Message {
    Batch(Batch, OwnedSemaphorePermit),
    /// Close the files and open them by their names again.
    Reopen,
    /// Answer when all that came before is done.
    Barrier(oneshot::Sender<()>),
}

/// What a lane's thread works with.
pub(crate) struct Work {
    pub(crate) slots: Vec<Slot>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) clock: Clock,
    /// Makes the handlers of a lane that grows: with no configuration, each logger has a file.
    pub(crate) per_logger: Option<Arc<PerLogger>>,
}

impl Work {
    /// Makes sure that the slot is there.
    fn grow(&mut self, slot: u16) {
        let Some(per_logger) = &self.per_logger else { return };
        while self.slots.len() <= usize::from(slot) {
            let mut next = per_logger.slot(self.slots.len() as u16, &self.clock);
            next.open(&self.trouble);
            self.slots.push(next);
        }
    }

    /// Hands the lines that a MemoryHandler no longer keeps to its target, and so on.
    fn flush_memory(&mut self, slot: u16, now: f64) {
        let mut from = usize::from(slot);
        while let Some(to) = self.slots.get(from).and_then(|slot| slot.target).map(usize::from) {
            let Ok([memory, target]) = self.slots.get_disjoint_mut([from, to]) else { return };
            let Some(run) = memory.due() else { return };
            target.write(&run, &self.trouble, now);
            memory.forget_due();
            from = to;
        }
    }
}

/// Held by the threads of one configuration's lanes.
pub(crate) type Alive = Arc<watch::Sender<()>>;

/// Tells when all of them have written everything and ended: when its senders are gone.
pub(crate) type Ended = watch::Receiver<()>;

/// Waits until the lanes have ended; false when they have not after `limit`.
pub(crate) async fn wait_for(mut ended: Ended, limit: Duration) -> bool {
    let all_gone = async { while ended.changed().await.is_ok() {} };
    tokio::time::timeout(limit, all_gone).await.is_ok()
}

impl Lane {
    /// Starts the thread. It begins by waiting for the lanes `before` it, since they may hold the
    /// same files; then it opens its own, and answers through `opened`.
    pub(crate) fn start(
        name: &str,
        work: Work,
        before: Option<Ended>,
        alive: Alive,
        opened: oneshot::Sender<()>,
    ) -> std::io::Result<Lane> {
        let (queue, messages) = mpsc::channel(QUEUE_BATCHES);
        let stuck = Arc::new(AtomicBool::new(false));
        let mut thread = Thread {
            work,
            messages,
            stuck: Arc::clone(&stuck),
            ends: Vec::new(),
            levels: Vec::new(),
            runtime: tokio::runtime::Handle::current(),
        };
        std::thread::Builder::new().name(thread_name(name)).stack_size(STACK_BYTES).spawn(
            move || {
                if let Some(before) = before {
                    thread.runtime.block_on(wait_for(before, STUCK));
                }
                thread.open();
                let _ = opened.send(()); // whoever asked may have gone
                thread.run();
                drop(alive);
            },
        )?;
        let room = Arc::new(Semaphore::new(QUEUE_BYTES));
        Ok(Lane { name: name.to_owned(), queue, room, stuck })
    }

    /// The file's path, or the stream's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Hands a batch over, waiting for room. It is given back when the lane is stuck.
    pub(crate) async fn send(&self, batch: Batch) -> Result<(), Batch> {
        // a batch larger than the queue may pass when it is alone
        let bytes = batch.text.len().clamp(1, QUEUE_BYTES) as u32;
        let patience = if self.stuck.load(Ordering::Relaxed) { Duration::ZERO } else { STUCK };
        let waiting = async {
            let permit = Arc::clone(&self.room).acquire_many_owned(bytes).await.ok()?;
            let place = self.queue.reserve().await.ok()?;
            Some((permit, place))
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(Some((permit, place))) => {
                place.send(Message::Batch(batch, permit));
                Ok(())
            }
            Ok(None) => Err(batch), // the thread is gone: it can't be, short of a bug
            Err(_) => {
                self.stuck.store(true, Ordering::Relaxed);
                Err(batch)
            }
        }
    }

    /// Asks for the files to be opened again; a lane that has no room for it is stuck anyway.
    pub(crate) fn reopen(&self) {
        let _ = self.queue.try_send(Message::Reopen);
    }

    /// Waits until all that was sent before is written.
    pub(crate) async fn barrier(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.queue.send(Message::Barrier(sender)).await.is_ok() {
            let _ = receiver.await;
        }
    }
}

/// Linux shows 15 bytes of it, in `top -H` and the like.
fn thread_name(lane: &str) -> String {
    let tail = lane.rsplit('/').next().unwrap_or(lane);
    tail.chars().filter(|c| *c != '\0').take(15).collect()
}

struct Thread {
    work: Work,
    messages: mpsc::Receiver<Message>,
    stuck: Arc<AtomicBool>,
    /// Reused for each run of lines.
    ends: Vec<u32>,
    levels: Vec<i32>,
    runtime: tokio::runtime::Handle,
}

impl Thread {
    fn open(&mut self) {
        for slot in &mut self.work.slots {
            slot.open(&self.work.trouble);
        }
    }

    fn run(&mut self) {
        let mut next = None;
        loop {
            let message = match next.take() {
                Some(message) => message,
                None => match self.receive() {
                    Received::Message(message) => message,
                    Received::TimeToRetry => {
                        self.retry();
                        continue;
                    }
                    Received::End => break,
                },
            };
            match message {
                Message::Batch(batch, permit) => {
                    next = self.write_with_others(batch, permit);
                    self.stuck.store(false, Ordering::Relaxed);
                }
                Message::Reopen => {
                    for slot in &mut self.work.slots {
                        slot.reopen(&self.work.trouble);
                    }
                }
                Message::Barrier(answer) => {
                    let _ = answer.send(());
                }
            }
        }
        self.close();
    }

    fn receive(&mut self) -> Received {
        let next_try = self.work.slots.iter().filter_map(Slot::next_try).min();
        let received = match next_try {
            None => self.messages.blocking_recv(),
            Some(at) => {
                let pause = at.saturating_duration_since(Instant::now());
                let messages = &mut self.messages;
                match self
                    .runtime
                    .block_on(async { tokio::time::timeout(pause, messages.recv()).await })
                {
                    Ok(received) => received,
                    Err(_) => return Received::TimeToRetry,
                }
            }
        };
        received.map_or(Received::End, Received::Message)
    }

    /// MemoryHandlers first: what they hold goes to their targets.
    fn close(&mut self) {
        let now = seconds(&self.work.clock);
        let mut order: Vec<u16> = (0..self.work.slots.len() as u16).collect();
        order.sort_by_key(|&slot| std::cmp::Reverse(self.work.slots[usize::from(slot)].depth));
        for slot in order {
            self.work.slots[usize::from(slot)].close(&self.work.trouble, now);
            self.work.flush_memory(slot, now);
        }
    }

    fn retry(&mut self) {
        let now = seconds(&self.work.clock);
        for slot in &mut self.work.slots {
            slot.retry(&self.work.trouble, now);
        }
    }

    /// Writes a batch together with those that wait behind it; gives back a message of another kind
    /// that came in between.
    fn write_with_others(
        &mut self,
        mut batch: Batch,
        permit: OwnedSemaphorePermit,
    ) -> Option<Message> {
        let mut permits = permit;
        let mut other = None;
        while batch.text.len() < MERGED_BYTES {
            match self.messages.try_recv() {
                Ok(Message::Batch(more, permit)) => {
                    batch.append(&more);
                    permits.merge(permit);
                    self.work.pool.give_back(more);
                }
                Ok(message) => {
                    other = Some(message);
                    break;
                }
                Err(_) => break,
            }
        }
        let records = batch.lines.len() as u64;
        let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.write(&batch)));
        if written.is_err() {
            self.work.trouble.lost("panic", records, || {
                format!("{records} records were lost to a mistake in logyard; please report it")
            });
        }
        self.work.pool.give_back(batch);
        drop(permits);
        other
    }

    fn write(&mut self, batch: &Batch) {
        let now = seconds(&self.work.clock);
        let mut start = 0;
        for run in batch.lines.chunk_by(|a, b| a.slot == b.slot) {
            let Some((first, last)) = run.first().zip(run.last()) else { continue };
            self.ends.clear();
            self.ends.extend(run.iter().map(|line| line.end - start));
            self.levels.clear();
            self.levels.extend(run.iter().map(|line| line.level));
            let text = &batch.text[start as usize..last.end as usize];
            start = last.end;
            self.work.grow(first.slot);
            if let Some(slot) = self.work.slots.get_mut(usize::from(first.slot)) {
                slot.write(&Run::new(text, &self.ends, &self.levels), &self.work.trouble, now);
                self.work.flush_memory(first.slot, now);
            }
        }
    }
}

fn seconds(clock: &Clock) -> f64 {
    clock.micros() as f64 / 1e6
}

enum Received {
    Message(Message),
    TimeToRetry,
    End,
}
