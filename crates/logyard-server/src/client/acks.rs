use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::lane::State;

/// When an acknowledgement may say that something was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ack {
    /// As soon as the server has it in memory.
    Received,
    /// When it is in all its files, as far as the kernel is concerned.
    #[default]
    Written,
    /// When it is in the journal, and that on the disk.
    Synced,
}

impl std::str::FromStr for Ack {
    type Err = String;

    fn from_str(text: &str) -> Result<Ack, String> {
        let all = [Ack::Received, Ack::Written, Ack::Synced];
        let known = all.into_iter().find(|ack| ack.name() == text);
        known.ok_or_else(|| format!("`{text}` is none of received, written and synced"))
    }
}

impl Ack {
    /// As the protocol has it.
    pub fn name(self) -> &'static str {
        match self {
            Ack::Received => "received",
            Ack::Written => "written",
            Ack::Synced => "synced",
        }
    }
}

/// What one client may have waiting for acknowledgements, in reads of its connection: each takes some
/// hundred bytes of memory, and a disk that has failed acknowledges nothing.
const MOST_WAITING: usize = 1024;

/// Text that went to a lane, and how to know that it is written.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) lane: Arc<State>,
    pub(crate) number: u64,
}

/// Where a batch's records are, by what one has to wait for.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// The number of the last record in the journal; 0 without one.
    pub(crate) number: u64,
    pub(crate) tickets: Vec<Ticket>,
}

/// What a client was not told yet.
#[derive(Debug)]
pub(crate) struct Acks {
    ack: Ack,
    /// Up to which record the journal is on the disk.
    synced: Arc<AtomicU64>,
    waiting: VecDeque<Waiting>,
    /// Bytes of all that wait.
    bytes: u64,
}

#[derive(Debug)]
struct Waiting {
    /// The client's number of the last record.
    last: u64,
    /// Of the client's messages.
    bytes: u64,
    sent: Sent,
}

impl Acks {
    pub(crate) fn new(ack: Ack, synced: Arc<AtomicU64>) -> Acks {
        Acks { ack, synced, waiting: VecDeque::new(), bytes: 0 }
    }

    /// All up to `last` has been sent on its way.
    pub(crate) fn sent(&mut self, last: u64, bytes: u64, sent: Sent) {
        self.bytes += bytes;
        self.waiting.push_back(Waiting { last, bytes, sent });
    }

    /// Whether so much waits that a client which keeps to its credit would send no more; one that
    /// doesn't is not read until some of it is acknowledged.
    pub(crate) fn is_full(&self, credit: u64) -> bool {
        self.bytes > credit || self.waiting.len() >= MOST_WAITING
    }

    /// Whether anything is left to be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The highest number that may be acknowledged now, if it is a new one.
    pub(crate) fn due(&mut self) -> Option<u64> {
        let mut due = None;
        while let Some(first) = self.waiting.front_mut() {
            let done = match self.ack {
                Ack::Received => true,
                Ack::Synced => first.sent.number <= self.synced.load(Ordering::SeqCst),
                Ack::Written => {
                    first.sent.tickets.retain(|ticket| !ticket.lane.has_written(ticket.number));
                    first.sent.tickets.is_empty()
                }
            };
            if !done {
                break;
            }
            if let Some(first) = self.waiting.pop_front() {
                self.bytes -= first.bytes;
                due = Some(first.last);
            }
        }
        due
    }
}
