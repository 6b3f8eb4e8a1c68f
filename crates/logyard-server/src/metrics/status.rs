use std::collections::BTreeMap;

use serde::Serialize;

/// All that is known of a running server at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// logyard's.
    pub version: &'static str,
    /// When the server started, and when this was said, in seconds since 1970.
    pub started: f64,
    /// See there.
    pub now: f64,
    /// Whether records are taken in.
    pub ready: bool,
    /// Records that could be read, by level: each level stands for what reaches it and not the next.
    pub levels: BTreeMap<&'static str, u64>,
    /// The addresses that records come to.
    pub receivers: Vec<ReceiverStatus>,
    /// Open connections; the busiest first, [`CONNECTIONS`] at the most.
    pub connections: Vec<ConnectionStatus>,
    /// How many are open.
    pub open: usize,
    /// The files and streams.
    pub lanes: Vec<LaneStatus>,
    /// Records that were set aside or lost, by reason.
    pub drops: BTreeMap<&'static str, u64>,
    /// How often something else went wrong, by reason.
    pub complaints: BTreeMap<&'static str, u64>,
    /// What was told last of all that went wrong.
    pub last_error: Option<LastError>,
    /// From `created` to the file: samples in each bucket of [`LAG_BOUNDS`](super::LAG_BOUNDS) and beyond,
    /// and their sum in seconds.
    pub lag: ([u64; super::LAG_BOUNDS.len() + 1], f64),
    /// The journal, if there is one.
    pub journal: Option<JournalStatus>,
    /// How many watch live.
    pub watchers: usize,
}

/// Connections that are told of one by one, at most.
pub const CONNECTIONS: usize = 1000;

/// An address that records come to.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiverStatus {
    /// The address.
    pub address: String,
    /// Connections that were accepted.
    pub accepted: u64,
    /// Those that are open.
    pub open: usize,
    /// Records that could be read.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An open connection.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectionStatus {
    /// Who sends.
    pub peer: String,
    /// To which address.
    pub receiver: String,
    /// Since when, in seconds since 1970.
    pub since: f64,
    /// Records that could be read.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file or stream, and what writes to it.
#[derive(Clone, Debug, Serialize)]
pub struct LaneStatus {
    /// Its path, or the stream's name.
    pub name: String,
    /// Bytes of text that wait to be written.
    pub queued: usize,
    /// Records that wait because the file can't be written.
    pub waiting: u64,
    /// Whether it has made no progress for a while: its text goes to the dead letters.
    pub stuck: bool,
    /// The size of the file, if it is one.
    pub size: Option<u64>,
    /// The handlers that write to it.
    pub handlers: Vec<HandlerStatus>,
}

/// One handler.
#[derive(Clone, Debug, Serialize)]
pub struct HandlerStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Records that it was given.
    pub records: u64,
    /// Bytes of their text.
    pub bytes: u64,
    /// Rollovers that it has made.
    pub rollovers: u64,
    /// When it rolls over next, in seconds since 1970, if it rolls by time.
    pub rolls_at: Option<i64>,
    /// At which size it rolls over, if it rolls by size.
    pub rolls_at_size: Option<u64>,
}

/// What went wrong last.
#[derive(Clone, Debug, Serialize)]
pub struct LastError {
    /// When, in seconds since 1970.
    pub at: f64,
    /// The word for it.
    pub reason: &'static str,
    /// What was told.
    pub what: String,
}

/// The journal.
#[derive(Clone, Debug, Serialize)]
pub struct JournalStatus {
    /// Its size on the disk.
    pub bytes: u64,
    /// Number of its last record.
    pub end: u64,
    /// Up to which number it is on the disk, if it is synced.
    pub synced: u64,
    /// Records that not all files are known to have.
    pub cursor_lag: u64,
}
