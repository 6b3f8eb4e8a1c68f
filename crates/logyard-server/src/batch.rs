use std::sync::{Mutex, PoisonError};

/// Formatted text for one lane: what one read of one connection brought for it.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The lines, each with its newline. WTF-8: lone surrogates are still there.
    pub(crate) text: Vec<u8>,
    /// Where each record's text ends and whose it is, in order.
    pub(crate) lines: Vec<Line>,
    /// The number of the last of these records in the journal; 0 without one.
    pub(crate) number: u64,
    /// `created` of one of the oldest of these records, in seconds since 1970.
    pub(crate) created: Option<f64>,
}

/// One record's text for one handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// End of its text in the batch; it begins where the line before ends.
    pub(crate) end: u32,
    /// Index of the handler in its lane.
    pub(crate) slot: u16,
    /// The record's level, for MemoryHandler's `flushLevel`.
    pub(crate) level: i32,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Adds the lines of another batch behind these. Both together must stay below 4 GiB: lanes
    /// merge small batches only.
    pub(crate) fn append(&mut self, other: &Batch) {
        let base = self.text.len() as u32;
        self.text.extend_from_slice(&other.text);
        self.number = self.number.max(other.number);
        self.created = self.created.or(other.created);
        self.lines.extend(other.lines.iter().map(|line| Line { end: base + line.end, ..*line }));
    }

    fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
        self.number = 0;
        self.created = None;
    }
}

/// Used buffers, so that the steady state allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Mutex<Vec<Batch>>,
}

impl Pool {
    /// Buffers kept: as many as can usefully be under way.
    const KEPT: usize = 64;
    /// A buffer that one huge record has grown beyond this is given back to the system.
    const LARGEST: usize = 1 << 20;

    pub(crate) fn take(&self) -> Batch {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, mut batch: Batch) {
        if batch.text.capacity() > Self::LARGEST {
            return;
        }
        batch.clear();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < Self::KEPT {
            free.push(batch);
        }
    }
}
