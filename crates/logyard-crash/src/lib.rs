//! Places at which a debug build can be told to die, so that tests see what the next start makes of
//! what was left. In a release build there is nothing of it.
//!
//! `LOGYARD_CRASH_AT=append-torn:3` ends the process, as `kill -9` would, when it comes to that place
//! for the third time.

/// The places. `crates/logyard/tests/crash_points` dies at each of them, and fails if one is never come to.
pub const POINTS: [&str; 28] = [
    // an entry is appended to the journal: before, when the half of it is written, after
    "append-before",
    "append-torn",
    "append-after",
    // the thread that syncs the journal
    "sync-before",
    "sync-after",
    // a segment is begun: its beginning is written, it has its name
    "segment-written",
    "segment-named",
    // the oldest segment is removed
    "segment-remove-before",
    "segment-remove-after",
    // what is damaged at the journal's end was copied, and was cut off
    "tail-aside",
    "tail-cut",
    // the cursors of a lane: before, the new file is written, it has its name
    "cursor-before",
    "cursor-written",
    "cursor-named",
    // an append is done, and its text is not yet handed to the lanes
    "hand-over",
    // lines go to their file: before, when the half of them is written, after
    "lines-before",
    "lines-torn",
    "lines-after",
    // a file is rolled over: before a rename or removal, after it, and when the new file is open
    "rollover-before",
    "rollover-after",
    "file-opened",
    // what is replayed at the start: before an entry, after all of them
    "replay-entry",
    "replay-done",
    // a checkpoint: the files are synced, the cursors not yet kept
    "checkpoint-synced",
    // an acknowledgement: before and after it is written to the socket
    "ack-before",
    "ack-after",
    // what is known of clients, when there is no journal: before it is kept, and after
    "clients-before",
    "clients-after",
];

/// The process dies here if it was told to.
#[inline(always)]
pub fn here(point: &'static str) {
    if is_due(point) {
        die();
    }
}

/// Whether the process was told to die here, and has come here often enough; the caller may leave
/// something half done before it calls [`die`].
#[inline(always)]
pub fn is_due(point: &'static str) -> bool {
    #[cfg(debug_assertions)]
    return told::is_due(point);
    #[cfg(not(debug_assertions))]
    {
        let _ = point;
        false
    }
}

/// Ends the process without a word to anybody: nothing is flushed or closed in order.
pub fn die() -> ! {
    std::process::abort()
}

#[cfg(debug_assertions)]
mod told {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Where to die, and how many times to pass there before.
    static TOLD: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();

    pub(super) fn is_due(point: &str) -> bool {
        debug_assert!(super::POINTS.contains(&point), "{point} is not in the list");
        let told = TOLD.get_or_init(|| {
            let told = std::env::var("LOGYARD_CRASH_AT").ok()?;
            let (point, times) = told.split_once(':').unwrap_or((&told, "1"));
            Some((point.to_owned(), AtomicU64::new(times.parse().unwrap_or(1))))
        });
        let Some((where_to, left)) = told else { return false };
        where_to == point && left.fetch_sub(1, Ordering::SeqCst) == 1
    }
}
