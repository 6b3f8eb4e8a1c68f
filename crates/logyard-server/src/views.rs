use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use logyard_record::Record;

use crate::live::Live;
use crate::metrics::{
    CONNECTIONS, ConnectionStatus, JournalStatus, LEVELS, ReceiverStatus, Status, Traffic,
};
use crate::pipeline::Pipeline;
use crate::written::{Written, written};

/// What people and monitors may look at while the server runs.
#[derive(Clone)]
pub struct Views {
    pub(crate) live: Arc<Live>,
    pub(crate) traffic: Arc<Traffic>,
    /// Not held: it must end when the server does.
    pub(crate) pipeline: Weak<Pipeline>,
    pub(crate) started: f64,
    /// Whether records are taken in: it has started, and does not stop yet.
    pub(crate) ready: Arc<AtomicBool>,
}

/// Gives the views to whoever shows them, with the server's state folder. What it gives back is dropped
/// when the server stops.
pub type Attach = Box<dyn FnOnce(&Path, Views) -> Result<Box<dyn Send>, AttachError> + Send>;

/// Why the views can't be shown.
pub type AttachError = Box<dyn std::error::Error + Send + Sync>;

impl Views {
    /// The records of the last moments and those that come.
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Whether records are taken in.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    /// The folder of the journal, if there is one.
    pub fn journal(&self) -> Option<PathBuf> {
        let pipeline = self.pipeline.upgrade()?;
        Some(pipeline.shared.recorder.as_ref()?.folder().to_owned())
    }

    /// What the running configuration writes of a record, by handler.
    pub fn written(&self, record: &Record<'_>) -> Vec<Written> {
        let running = self.pipeline.upgrade().and_then(|pipeline| pipeline.running());
        running.map_or_else(Vec::new, |running| written(&running, record))
    }

    /// The same of one of the records of the last moments, as long as it is kept.
    pub fn written_lately(&self, number: u64) -> Option<Vec<Written>> {
        self.live.with_record(number, |record| self.written(record))
    }

    /// All that is known at this moment; nothing any more when the server has ended.
    pub fn status(&self) -> Option<Status> {
        let pipeline = self.pipeline.upgrade()?;
        let (shared, connections) = (&pipeline.shared, self.traffic.connections());
        let receivers = self.traffic.receivers();
        let receivers = receivers.iter().map(|receiver| ReceiverStatus {
            address: receiver.address.clone(),
            accepted: receiver.accepted.load(Ordering::Relaxed),
            open: connections.iter().filter(|one| Arc::ptr_eq(&one.receiver, receiver)).count(),
            records: receiver.records.load(Ordering::Relaxed),
            bytes: receiver.bytes.load(Ordering::Relaxed),
        });
        let mut open: Vec<ConnectionStatus> = connections
            .iter()
            .map(|one| ConnectionStatus {
                peer: one.peer.clone(),
                receiver: one.receiver.address.clone(),
                since: one.since,
                records: one.records.load(Ordering::Relaxed),
                bytes: one.bytes.load(Ordering::Relaxed),
            })
            .collect();
        open.sort_by_key(|one| std::cmp::Reverse(one.records));
        open.truncate(CONNECTIONS);
        let (lanes, needed) = pipeline.lane_status();
        let journal = shared.recorder.as_ref().map(|recorder| {
            let (bytes, end) = {
                let journal = recorder.lock();
                (journal.bytes(), journal.end())
            };
            let synced = recorder.synced().load(Ordering::SeqCst);
            let cursor_lag = end.saturating_sub(needed.unwrap_or(end));
            JournalStatus { bytes, end, synced, cursor_lag }
        });
        Some(Status {
            version: env!("CARGO_PKG_VERSION"),
            started: self.started,
            now: shared.now(),
            ready: self.is_ready(),
            levels: LEVELS.into_iter().zip(self.traffic.levels()).collect(),
            receivers: receivers.collect(),
            open: connections.len(),
            connections: open,
            lanes,
            drops: shared.trouble.counts(),
            complaints: shared.trouble.complaints(),
            last_error: shared.trouble.last(),
            lag: shared.lag.read(),
            journal,
            watchers: self.live.watchers(),
        })
    }
}
