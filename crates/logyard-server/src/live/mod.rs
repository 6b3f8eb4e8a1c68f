//! The records of the last moments, for people who watch.
//!
//! The worker that has read a connection leaves a copy of the frames here, within a budget; whoever
//! watches decodes them on a thread of his own. So watching costs the way of the records a copy at
//! the most, and a watcher that is slow misses records, and is told how many, but holds up nothing.

mod chunk;
mod ring;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use logyard_record::Record;
use logyard_view::Entry;
use tokio::sync::Notify;

use crate::intake::Frames;
use chunk::Chunk;
use ring::{Next, Ring};

/// Microseconds for which the budgets below hold.
const TICK: i64 = 100_000;

/// Bytes of frames that are copied in a tick when nobody watches: 20,000 records a second for those
/// who come to look at what has just been.
const UNWATCHED: u64 = 1 << 20;

/// The same when somebody does: more than any watcher can take.
const WATCHED: u64 = 16 << 20;

/// The live view of one server.
#[derive(Debug)]
pub struct Live {
    ring: Mutex<Ring>,
    watchers: AtomicUsize,
    /// The tick that `spent` counts in.
    tick: AtomicI64,
    spent: AtomicU64,
    news: Notify,
    /// Nobody can watch.
    off: AtomicBool,
}

/// Somebody who watches.
#[derive(Debug)]
pub struct Watcher {
    live: Arc<Live>,
    /// The number of the next record to see.
    next: u64,
}

/// What a watcher gets next.
#[derive(Debug)]
pub struct Seen {
    /// Records that he was too late for, or that were too many to be kept. They come before the entries.
    pub skipped: u64,
    /// In the order of their numbers.
    pub entries: Arc<[Entry]>,
}

impl Live {
    /// `first` is the number of the first record to come.
    pub(crate) fn new(first: u64) -> Live {
        Live {
            ring: Mutex::new(Ring::new(first)),
            watchers: AtomicUsize::new(0),
            tick: AtomicI64::new(0),
            spent: AtomicU64::new(0),
            news: Notify::new(),
            off: AtomicBool::new(false),
        }
    }

    /// Nobody will ever watch: nothing is copied any more.
    pub(crate) fn turn_off(&self) {
        self.off.store(true, Ordering::Relaxed);
    }

    /// Whether a copy of what is being read now is wanted.
    pub(crate) fn wants(&self, micros: i64) -> bool {
        if self.off.load(Ordering::Relaxed) {
            return false;
        }
        let tick = micros / TICK;
        if self.tick.swap(tick, Ordering::Relaxed) != tick {
            self.spent.store(0, Ordering::Relaxed);
        }
        let budget = if self.is_watched() { WATCHED } else { UNWATCHED };
        self.spent.load(Ordering::Relaxed) < budget
    }

    fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    /// Takes in that `records` were read. Without a number for the `first` they get the next ones.
    pub(crate) fn publish(
        &self,
        first: Option<u64>,
        records: u64,
        frames: Option<&Frames>,
        peer: &str,
        micros: i64,
    ) {
        if records == 0 {
            return;
        }
        let frames = frames.filter(|frames| u64::from(frames.records) == records);
        let bytes = frames.map(|frames| frames.bytes.as_slice());
        self.spent.fetch_add(bytes.map_or(0, |bytes| bytes.len() as u64), Ordering::Relaxed);
        let copy = bytes.map(|bytes| (bytes.to_vec(), Arc::from(peer)));
        {
            let mut ring = self.lock();
            let first = first.unwrap_or(ring.end());
            match copy {
                Some((bytes, peer)) => ring.push(Chunk::new(first, records, bytes, peer, micros)),
                None => ring.pass(first + records),
            }
        }
        if self.is_watched() {
            self.news.notify_waiters();
        }
    }

    /// Starts to watch: from the record of that number on, as far as it is still there; or what is to
    /// come only, for [`u64::MAX`].
    pub fn watch(self: &Arc<Self>, from: u64) -> Watcher {
        self.watchers.fetch_add(1, Ordering::Relaxed);
        let (start, end) = self.span();
        Watcher { live: Arc::clone(self), next: from.clamp(start, end) }
    }

    /// The number of the oldest record that is kept, and the one that the next record will get.
    pub fn span(&self) -> (u64, u64) {
        let ring = self.lock();
        (ring.start(), ring.end())
    }

    /// Gives the record of a number to `look`, if it is kept.
    pub(crate) fn with_record<T>(
        &self,
        number: u64,
        look: impl FnOnce(&Record<'_>) -> T,
    ) -> Option<T> {
        let found = self.lock().after(number);
        match found {
            Next::Chunk(chunk) if chunk.first <= number => chunk.with_record(number, look),
            _ => None,
        }
    }

    /// How many watch.
    pub fn watchers(&self) -> usize {
        self.watchers.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner) // whole after a panic, too
    }
}

impl Watcher {
    /// What comes next; waits if there is nothing.
    pub async fn next(&mut self) -> Seen {
        loop {
            // before the look, so that what comes in between wakes it
            let news = Arc::clone(&self.live);
            let news = news.news.notified();
            match self.try_next() {
                Some(seen) => return seen,
                None => news.await,
            }
        }
    }

    /// What is there already.
    pub fn try_next(&mut self) -> Option<Seen> {
        let next = self.live.lock().after(self.next);
        match next {
            Next::Nothing => None,
            Next::Skipped { until } => {
                let skipped = until.saturating_sub(self.next);
                self.next = until;
                Some(Seen { skipped, entries: Arc::new([]) })
            }
            Next::Chunk(chunk) => {
                let skipped = chunk.first.saturating_sub(self.next);
                let entries = chunk.entries();
                let entries = match entries.first() {
                    Some(entry) if entry.number < self.next => {
                        entries.iter().filter(|entry| entry.number >= self.next).cloned().collect()
                    }
                    _ => entries,
                };
                self.next = chunk.end();
                Some(Seen { skipped, entries })
            }
        }
    }

    /// The number of the record that it would see next.
    pub fn position(&self) -> u64 {
        self.next
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.live.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
