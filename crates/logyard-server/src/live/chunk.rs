use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use logyard_pickle::{Limits, Machine, Step, next_frame};
use logyard_record::{Received, Record};
use logyard_view::Entry;

/// What one read of a connection has brought.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The number of its first record.
    pub(super) first: u64,
    pub(super) records: u64,
    frames: Vec<u8>,
    peer: Arc<str>,
    micros: i64,
    /// Decoded for the first who looks.
    entries: OnceLock<Arc<[Entry]>>,
}

/// What a chunk costs beside its frames.
const OVERHEAD: usize = 256;

impl Chunk {
    pub(super) fn new(
        first: u64,
        records: u64,
        frames: Vec<u8>,
        peer: Arc<str>,
        micros: i64,
    ) -> Chunk {
        Chunk { first, records, frames, peer, micros, entries: OnceLock::new() }
    }

    pub(super) fn end(&self) -> u64 {
        self.first + self.records
    }

    pub(super) fn size(&self) -> usize {
        self.frames.len() + OVERHEAD
    }

    pub(super) fn entries(&self) -> Arc<[Entry]> {
        // a mistake in logyard costs the view of these records only
        let decode = || catch_unwind(AssertUnwindSafe(|| self.decode())).unwrap_or_default();
        Arc::clone(self.entries.get_or_init(|| decode().into()))
    }

    /// Gives the record of a number to `look`, if it can be decoded.
    pub(super) fn with_record<T>(
        &self,
        wanted: u64,
        look: impl FnOnce(&Record<'_>) -> T,
    ) -> Option<T> {
        let limits = Limits::default();
        let (mut rest, mut number) = (self.frames.as_slice(), self.first);
        while let Ok(Step::Frame { payload, rest: behind }) = next_frame(rest, &limits) {
            if number == wanted {
                let mut machine = Machine::new(limits);
                let value = machine.load(payload).ok()?;
                return Record::new(value, &self.received()).ok().map(|record| look(&record));
            }
            (rest, number) = (behind, number + 1);
        }
        None
    }

    fn received(&self) -> Received {
        let created = self.micros as f64 / 1e6;
        Received { created, msecs: 0.0, started: created, pid: 0 }
    }

    fn decode(&self) -> Vec<Entry> {
        let limits = Limits::default();
        let mut machine = Machine::new(limits.clone());
        let received = self.received();
        let mut entries = Vec::with_capacity(self.records as usize);
        let (mut rest, mut number) = (self.frames.as_slice(), self.first);
        while let Ok(Step::Frame { payload, rest: behind }) = next_frame(rest, &limits) {
            if let Ok(value) = machine.load(payload)
                && let Ok(record) = Record::new(value, &received)
            {
                entries.push(Entry::read(&record, number, &self.peer, payload.len()));
            }
            rest = behind;
            number += 1;
        }
        entries
    }
}
