use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counted::{Counted, LEVELS};

/// What was received, by address and by connection. Written once for each read of a connection.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    levels: [AtomicU64; LEVELS.len()],
    receivers: Mutex<Vec<Arc<Receiver>>>,
    connections: Mutex<BTreeMap<u64, Arc<Connected>>>,
    next: AtomicU64,
}

/// An address that records come to.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) address: String,
    pub(crate) accepted: AtomicU64,
    pub(crate) records: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) peer: String,
    pub(crate) receiver: Arc<Receiver>,
    /// When it came, in seconds since 1970.
    pub(crate) since: f64,
    pub(crate) records: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

/// Counts a connection among those that are open, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Open {
    traffic: Arc<Traffic>,
    number: u64,
    pub(crate) connected: Arc<Connected>,
}

impl Traffic {
    /// The counts of an address; the same ones when it is asked for again.
    pub(crate) fn receiver(&self, address: &str) -> Arc<Receiver> {
        let mut receivers = lock(&self.receivers);
        if let Some(known) = receivers.iter().find(|receiver| receiver.address == address) {
            return Arc::clone(known);
        }
        let receiver = Arc::new(Receiver {
            address: address.to_owned(),
            accepted: AtomicU64::new(0),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        });
        receivers.push(Arc::clone(&receiver));
        receiver
    }

    pub(crate) fn open(self: &Arc<Self>, receiver: &Arc<Receiver>, peer: &str, now: f64) -> Open {
        receiver.accepted.fetch_add(1, Ordering::Relaxed);
        let connected = Arc::new(Connected {
            peer: peer.to_owned(),
            receiver: Arc::clone(receiver),
            since: now,
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.connections).insert(number, Arc::clone(&connected));
        Open { traffic: Arc::clone(self), number, connected }
    }

    /// Adds what a read has brought.
    pub(crate) fn add(&self, connected: &Connected, counted: &Counted) {
        for (sum, &records) in self.levels.iter().zip(&counted.levels) {
            if records > 0 {
                sum.fetch_add(records.into(), Ordering::Relaxed);
            }
        }
        let records = counted.records();
        for counts in [
            (&connected.records, &connected.bytes),
            (&connected.receiver.records, &connected.receiver.bytes),
        ] {
            counts.0.fetch_add(records, Ordering::Relaxed);
            counts.1.fetch_add(counted.bytes, Ordering::Relaxed);
        }
    }

    /// Records by level, in the order of [`LEVELS`].
    pub(crate) fn levels(&self) -> [u64; LEVELS.len()] {
        std::array::from_fn(|level| self.levels[level].load(Ordering::Relaxed))
    }

    pub(crate) fn receivers(&self) -> Vec<Arc<Receiver>> {
        lock(&self.receivers).clone()
    }

    pub(crate) fn connections(&self) -> Vec<Arc<Connected>> {
        lock(&self.connections).values().cloned().collect()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.traffic.connections).remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner) // whole after a panic, too
}
