use std::collections::VecDeque;
use std::sync::Arc;

use super::chunk::Chunk;

/// Bytes of frames that are kept: some 8,000 records.
const KEPT: usize = 4 << 20;

/// The chunks of the last moments, in the order of their numbers; what was not kept is a gap.
#[derive(Debug)]
pub(super) struct Ring {
    chunks: VecDeque<Arc<Chunk>>,
    size: usize,
    end: u64,
}

/// What lies behind a position.
#[derive(Debug)]
pub(super) enum Next {
    Chunk(Arc<Chunk>),
    /// Nothing was kept up to the record of this number.
    Skipped {
        until: u64,
    },
    Nothing,
}

impl Ring {
    pub(super) fn new(first: u64) -> Ring {
        Ring { chunks: VecDeque::new(), size: 0, end: first }
    }

    pub(super) fn start(&self) -> u64 {
        self.chunks.front().map_or(self.end, |chunk| chunk.first)
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        // never so: whoever numbers them holds a lock meanwhile
        debug_assert!(chunk.first >= self.end);
        self.end = self.end.max(chunk.end());
        if chunk.size() > KEPT {
            return; // a gap: one huge record must not take the place of all others
        }
        self.size += chunk.size();
        self.chunks.push_back(Arc::new(chunk));
        while self.size > KEPT
            && let Some(oldest) = self.chunks.pop_front()
        {
            self.size -= oldest.size();
        }
    }

    /// Records up to that number have come that are not kept.
    pub(super) fn pass(&mut self, end: u64) {
        self.end = self.end.max(end);
    }

    pub(super) fn after(&self, position: u64) -> Next {
        let index = self.chunks.partition_point(|chunk| chunk.end() <= position);
        match self.chunks.get(index) {
            Some(chunk) => Next::Chunk(Arc::clone(chunk)),
            None if self.end > position => Next::Skipped { until: self.end },
            None => Next::Nothing,
        }
    }
}
