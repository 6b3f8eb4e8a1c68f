use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use logyard_handlers::{NextRollover, Writer};

/// What one handler has done. Written by its lane, once for each run of lines.
#[derive(Debug, Default)]
pub(crate) struct HandlerCounts {
    pub(crate) records: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) rollovers: AtomicU64,
    /// Seconds since 1970; 0 for none.
    rolls_at: AtomicI64,
    /// Bytes; 0 for none.
    rolls_at_size: AtomicU64,
}

impl HandlerCounts {
    pub(crate) fn add(&self, records: usize, bytes: usize) {
        self.records.fetch_add(records as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Takes over what the handler says of its file.
    pub(crate) fn note(&self, writer: &Writer) {
        self.rollovers.store(writer.rollovers(), Ordering::Relaxed);
        let NextRollover { at, size } = writer.next_rollover();
        self.rolls_at.store(at.unwrap_or(0), Ordering::Relaxed);
        self.rolls_at_size.store(size.unwrap_or(0), Ordering::Relaxed);
    }

    pub(crate) fn next(&self) -> NextRollover {
        NextRollover {
            at: Some(self.rolls_at.load(Ordering::Relaxed)).filter(|&at| at != 0),
            size: Some(self.rolls_at_size.load(Ordering::Relaxed)).filter(|&size| size != 0),
        }
    }
}
