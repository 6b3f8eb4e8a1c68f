use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use logyard_crash as crash;
use logyard_handlers::Run;
use logyard_rotate::Clock;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{Leftover, Message, State, lock};
use crate::batch::{Batch, Pool};
use crate::journal::LaneProgress;
use crate::metrics::Lag;
use crate::per_logger::PerLogger;
use crate::slot::Slot;
use crate::trouble::Trouble;

/// Small batches are written together up to this size.
const MERGED_BYTES: usize = 256 << 10;

/// How long lines may wait for others, counted from the last write: after a quiet time none waits. Each file is
/// so written 500 times a second at most, and nobody who reads it sees that.
const GATHERING: Duration = Duration::from_millis(2);

/// So many batches are enough: they are memory, and the queue has 256.
const MANY: usize = 16;

/// What a lane's thread works with.
pub(crate) struct Work {
    pub(crate) slots: Vec<Slot>,
    /// The file that they write, if it is one.
    pub(crate) file: Option<PathBuf>,
    /// The one of them that rolls the file over by itself.
    pub(crate) rolls: Option<String>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) clock: Clock,
    pub(crate) lag: Arc<Lag>,
    /// Makes the handlers of a lane that grows: with no configuration, each logger has a file.
    pub(crate) per_logger: Option<Arc<PerLogger>>,
    /// With a journal.
    pub(crate) progress: Option<LaneProgress>,
}

pub(super) struct Thread {
    work: Work,
    state: Arc<State>,
    /// Reused for each run of lines.
    ends: Vec<u32>,
    levels: Vec<i32>,
    /// The journal's record up to which all is written.
    done: u64,
    /// Whether lines were written since the last checkpoint that the journal could not take.
    off_journal: bool,
    /// Batches that were taken from the queue.
    taken: u64,
    /// When lines were written last.
    wrote: Option<Instant>,
    runtime: tokio::runtime::Handle,
}

enum Received {
    Message(Message),
    TimeToCare,
    End,
}

impl Thread {
    /// To be called within a Tokio runtime.
    pub(super) fn new(work: Work, state: Arc<State>) -> Thread {
        let runtime = tokio::runtime::Handle::current();
        let (ends, levels) = (Vec::new(), Vec::new());
        Thread {
            work,
            state,
            ends,
            levels,
            done: 0,
            off_journal: false,
            taken: 0,
            wrote: None,
            runtime,
        }
    }

    /// Opens the files, writes until nobody can send any more, and closes them.
    pub(super) fn run(mut self, leftovers: Vec<Leftover>, opened: oneshot::Sender<()>) {
        self.state.begun.store(true, Ordering::SeqCst);
        self.guarded(0, |thread| thread.open(leftovers));
        let _ = opened.send(()); // whoever asked may have gone
        let mut next = None;
        loop {
            // before each message: a queue that is never empty must keep nothing waiting
            if self.work.slots.iter().filter_map(Slot::next_care).any(|at| at <= Instant::now()) {
                self.guarded(0, Thread::care);
            }
            let asked = self.state.asked.load(Ordering::SeqCst);
            if asked != self.state.reopened.load(Ordering::SeqCst) {
                self.guarded(0, Thread::reopen);
                self.state.reopened.store(asked, Ordering::SeqCst);
            }
            match next.take().map_or_else(|| self.receive(), Received::Message) {
                Received::Message(Message::Batch(batch, permit)) => {
                    next = self.write_with_others(batch, permit);
                    self.wrote = Some(Instant::now());
                    self.state.progress.fetch_add(1, Ordering::Relaxed);
                    self.state.stuck.store(false, Ordering::Relaxed);
                }
                Received::Message(Message::Barrier(answer)) => drop(answer.send(())),
                Received::Message(Message::Checkpoint(end)) => {
                    self.guarded(0, |thread| thread.checkpoint(end));
                }
                Received::Message(Message::Wake) | Received::TimeToCare => {}
                Received::End => break,
            }
        }
        self.guarded(0, Thread::close);
        self.state.ended.store(true, Ordering::SeqCst);
    }

    /// A mistake in logyard costs what is at hand, not the lane.
    fn guarded(&mut self, records: u64, action: impl FnOnce(&mut Thread)) {
        if catch_unwind(AssertUnwindSafe(|| action(self))).is_err() {
            self.work.trouble.lost("panic", records, || {
                format!(
                    "a mistake in logyard at `{}`, {records} records are lost; please report it",
                    self.state.name
                )
            });
        }
        let waiting: usize = self.work.slots.iter().map(Slot::waiting).sum();
        self.state.waiting.store(waiting as u64, Ordering::SeqCst);
        for (slot, counts) in self.work.slots.iter().zip(&self.state.counts) {
            slot.note(counts);
        }
        if waiting == 0 {
            self.state.written.store(self.taken, Ordering::SeqCst);
        }
    }

    fn open(&mut self, leftovers: Vec<Leftover>) {
        let now = seconds(&self.work.clock);
        let takes_over = !leftovers.is_empty();
        for Leftover { handler, waiting } in leftovers {
            match self.work.slots.iter_mut().find(|slot| slot.name == handler) {
                Some(slot) => slot.take_over(waiting),
                None => waiting.set_aside(&handler, &self.work.trouble, now),
            }
        }
        for slot in &mut self.work.slots {
            slot.open(&self.work.trouble);
        }
        if !takes_over {
            // else the cursors of the lane before hold until what it left is written
            self.save_cursors();
        }
    }

    /// All up to the journal's record `end` has been given to this lane. A line that waits, or that a
    /// MemoryHandler keeps, holds the cursors of all of them.
    fn checkpoint(&mut self, end: u64) {
        self.done = self.done.max(end);
        let Some(progress) = &self.work.progress else { return };
        let durable = progress.is_durable();
        if !self.work.slots.iter_mut().all(Slot::is_settled) {
            return;
        }
        self.off_journal = false;
        for slot in &mut self.work.slots {
            if let Err(error) = slot.checkpoint(self.done, durable) {
                self.work.trouble.complain("not-synced", || error.to_string());
                return;
            }
        }
        crash::here("checkpoint-synced");
        if let Some(progress) = &mut self.work.progress {
            progress.start_at(self.done);
            progress.keep(self.work.slots.iter().map(|slot| slot.name.as_str()));
        }
        if self.save_cursors() {
            self.state.cursor.store(self.done, Ordering::SeqCst);
        }
    }

    fn save_cursors(&mut self) -> bool {
        let Some(progress) = &self.work.progress else { return true };
        let saved = progress.save();
        if let Err(error) = &saved {
            self.work.trouble.complain("cursor-not-kept", || {
                format!("the cursors of `{}` can't be kept: {error}", self.state.name)
            });
        }
        saved.is_ok()
    }

    fn receive(&mut self) -> Received {
        self.gather();
        let next_care = self.work.slots.iter().filter_map(Slot::next_care).min();
        let mut messages = lock(&self.state.messages);
        let received = match next_care {
            None => messages.blocking_recv(),
            Some(at) => {
                let pause = at.saturating_duration_since(Instant::now());
                let receiving = async { tokio::time::timeout(pause, messages.recv()).await };
                match self.runtime.block_on(receiving) {
                    Ok(received) => received,
                    Err(_) => return Received::TimeToCare,
                }
            }
        };
        received.map_or(Received::End, Received::Message)
    }

    /// Where lines come one after the other, waits until there are some to be written together: to be woken
    /// and to write for each of them costs more than all else.
    fn gather(&self) {
        let Some(rest) = self.wrote.and_then(|wrote| GATHERING.checked_sub(wrote.elapsed())) else {
            return;
        };
        let waiting = lock(&self.state.messages).len();
        if waiting < MANY {
            std::thread::sleep(rest);
        }
    }

    fn care(&mut self) {
        let now = seconds(&self.work.clock);
        for slot in &mut self.work.slots {
            slot.retry(&self.work.trouble, now);
            slot.care(&self.work.trouble);
        }
    }

    fn reopen(&mut self) {
        for slot in &mut self.work.slots {
            slot.reopen(&self.work.trouble);
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
        self.taken += 1;
        // what is replayed is looked at entry by entry
        let replay_until = self.work.progress.as_ref().map_or(0, |lane| lane.replay_until);
        let merges = self.work.progress.is_none() || batch.number > replay_until;
        while merges && batch.text.len() < MERGED_BYTES {
            match lock(&self.state.messages).try_recv() {
                // what the journal could not take stays alone
                Ok(message @ Message::Batch(_, _)) if is_other(&message, batch.number) => {
                    other = Some(message);
                    break;
                }
                Ok(Message::Batch(more, permit)) => {
                    batch.append(&more);
                    self.taken += 1;
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
        let batch = Arc::new(batch);
        *lock(&self.state.current) = Some(Arc::clone(&batch));
        self.guarded(batch.lines.len() as u64, |thread| thread.write(&batch));
        *lock(&self.state.current) = None;
        if let Some(batch) = Arc::into_inner(batch) {
            self.work.pool.give_back(batch);
        }
        drop(permits);
        other
    }

    fn write(&mut self, batch: &Batch) {
        let now = seconds(&self.work.clock);
        if self.work.progress.is_some() {
            if self.off_journal && batch.number > 0 {
                // a replay knows nothing of what is between: it must begin behind it
                self.checkpoint(self.done);
            }
            self.off_journal |= batch.number == 0;
        }
        let mut start = 0;
        for run in batch.lines.chunk_by(|a, b| a.slot == b.slot) {
            let Some((first, last)) = run.first().zip(run.last()) else { continue };
            self.ends.clear();
            self.ends.extend(run.iter().map(|line| line.end - start));
            self.levels.clear();
            self.levels.extend(run.iter().map(|line| line.level));
            let text = &batch.text[start as usize..last.end as usize];
            start = last.end;
            if let Some(counts) = self.state.counts(first.slot) {
                counts.add(run.len(), text.len());
            }
            self.work.grow(first.slot);
            if let Some(slot) = self.work.slots.get_mut(usize::from(first.slot)) {
                let run = Run::new(text, &self.ends, &self.levels);
                slot.write(&run, batch.number, &self.work.trouble, now);
                self.work.flush_memory(first.slot, batch.number, now);
            }
        }
        self.done = self.done.max(batch.number);
        if let Some(created) = batch.created {
            self.work.lag.observe(seconds(&self.work.clock) - created);
        }
    }

    /// MemoryHandlers first: what they hold goes to their targets. What can't be written goes to the
    /// lane that takes over, if there is one.
    fn close(&mut self) {
        let now = seconds(&self.work.clock);
        let mut order: Vec<u16> = (0..self.work.slots.len() as u16).collect();
        order.sort_by_key(|&slot| std::cmp::Reverse(self.work.slots[usize::from(slot)].depth));
        let mut leftovers = Vec::new();
        let has_successor = lock(&self.state.successor).is_some();
        for index in order {
            // the last look at the files while they are open, when no MemoryHandler keeps anything;
            // a lane that takes over begins with cursors of its own
            if !has_successor && self.work.slots[usize::from(index)].depth == 0 {
                self.checkpoint(self.done);
            }
            let slot = &mut self.work.slots[usize::from(index)];
            let waiting = slot.close(&self.work.trouble, now);
            leftovers.push(Leftover { handler: slot.name.clone(), waiting });
            self.work.flush_memory(index, u64::MAX, now);
        }
        leftovers.retain(|leftover| !leftover.waiting.is_empty());
        let leftovers = match lock(&self.state.successor).take() {
            Some(successor) => successor.send(leftovers).err(),
            None => Some(leftovers),
        };
        for Leftover { handler, waiting } in leftovers.into_iter().flatten() {
            waiting.set_aside(&handler, &self.work.trouble, now);
        }
    }
}

/// Whether the one is in the journal, and the other isn't.
fn is_other(message: &Message, number: u64) -> bool {
    matches!(message, Message::Batch(batch, _) if (batch.number == 0) != (number == 0))
}

impl Work {
    /// Makes sure that the slot is there.
    fn grow(&mut self, slot: u16) {
        let Some(per_logger) = &self.per_logger else { return };
        while self.slots.len() <= usize::from(slot) {
            let mut next = per_logger.slot(self.slots.len() as u16);
            if let Some(progress) = &mut self.progress {
                next.follow(progress);
            }
            next.open(&self.trouble);
            self.slots.push(next);
        }
    }

    /// Hands the lines that a MemoryHandler no longer keeps to its target, and so on.
    fn flush_memory(&mut self, slot: u16, number: u64, now: f64) {
        let mut from = usize::from(slot);
        while let Some(to) = self.slots.get(from).and_then(|slot| slot.target).map(usize::from) {
            let Ok([memory, target]) = self.slots.get_disjoint_mut([from, to]) else { return };
            let Some(run) = memory.due() else { return };
            target.write(&run, number, &self.trouble, now);
            memory.forget_due();
            from = to;
        }
    }
}

fn seconds(clock: &Clock) -> f64 {
    clock.micros() as f64 / 1e6
}
