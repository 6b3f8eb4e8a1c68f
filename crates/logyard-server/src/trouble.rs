use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::dead_letters::{DeadLetters, Letter};
use crate::metrics::LastError;

/// How long a complaint is summed before it is told again.
const QUIET: Duration = Duration::from_secs(10);

/// What goes wrong, in one place: counted by reason, told without repetition, and kept as a dead
/// letter where there is something to keep.
#[derive(Debug)]
pub(crate) struct Trouble {
    told: Mutex<Told>,
    /// Apart from what is told, so that a slow disk for letters keeps nobody from counting.
    letters: Mutex<Option<DeadLetters>>,
}

#[derive(Debug, Default)]
struct Told {
    /// By reason. Reasons are words in this source, so their number is bounded.
    complaints: BTreeMap<&'static str, Complaint>,
    counts: BTreeMap<&'static str, u64>,
    last: Option<LastError>,
}

#[derive(Debug)]
struct Complaint {
    told: Instant,
    /// How often in all.
    times: u64,
    more: u64,
    last: String,
}

impl Trouble {
    /// With no dead-letter file (in tests) letters are counted and told only.
    pub(crate) fn new(letters: Option<DeadLetters>) -> Self {
        Self { told: Mutex::default(), letters: Mutex::new(letters) }
    }

    /// Counts a record that did not reach its place, tells of it and keeps it.
    pub(crate) fn dead_letter(&self, letter: &Letter<'_>, now: f64) {
        let handler = letter.handler.map(|name| format!(" (handler `{name}`)")).unwrap_or_default();
        let peer = letter.peer.map(|peer| format!(" from {peer}")).unwrap_or_default();
        self.lost(letter.reason, 1, || {
            format!("a record{peer} was set aside{handler}: {}", letter.detail)
        });
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(letters) = letters.as_mut() else { return };
        match letters.keep(letter, now) {
            Ok(false) => {}
            Ok(true) => self.complain("dead-letters-full", || {
                let older = letters.older();
                format!(
                    "the dead-letter file is full: it is now {}, what was there before is gone",
                    older.display()
                )
            }),
            Err(error) => self.lost("dead-letter-lost", 1, || {
                format!("a dead letter could not be kept in {}: {error}", letters.path().display())
            }),
        }
    }

    /// Counts records that did not reach their place, and says so.
    pub(crate) fn lost(&self, reason: &'static str, records: u64, detail: impl FnOnce() -> String) {
        let mut told = self.lock();
        told.count(reason, records);
        told.tell(reason, detail);
    }

    /// Tells of something that concerns no record in particular.
    pub(crate) fn complain(&self, reason: &'static str, detail: impl FnOnce() -> String) {
        self.lock().tell(reason, detail);
    }

    /// Tells what was summed since the last time; to be called now and then, and at the end.
    pub(crate) fn tell_sums(&self, at_the_end: bool) {
        for (reason, complaint) in &mut self.lock().complaints {
            if complaint.more > 0 && (at_the_end || complaint.told.elapsed() >= QUIET) {
                tracing::warn!(
                    "{} more like this [{reason}], the last: {}",
                    complaint.more,
                    complaint.last
                );
                complaint.more = 0;
                complaint.told = Instant::now();
            }
        }
    }

    /// Records that did not reach their place, by reason.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.lock().counts.clone()
    }

    /// How often something went wrong that is no record's loss, by reason.
    pub(crate) fn complaints(&self) -> BTreeMap<&'static str, u64> {
        let told = self.lock();
        let all = told.complaints.iter().filter(|(reason, _)| !told.counts.contains_key(*reason));
        all.map(|(reason, complaint)| (*reason, complaint.times)).collect()
    }

    /// What was told last.
    pub(crate) fn last(&self) -> Option<LastError> {
        self.lock().last.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        // A panic while it was held can have left nothing worse than a count one short.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    fn count(&mut self, reason: &'static str, records: u64) {
        *self.counts.entry(reason).or_default() += records;
    }

    fn tell(&mut self, reason: &'static str, detail: impl FnOnce() -> String) {
        let detail = detail();
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        self.last = Some(LastError { at, reason, what: detail.clone() });
        match self.complaints.get_mut(reason) {
            Some(complaint) => {
                complaint.times += 1;
                if complaint.told.elapsed() < QUIET {
                    complaint.more += 1;
                    complaint.last = detail;
                    return;
                }
                let more = std::mem::take(&mut complaint.more);
                complaint.told = Instant::now();
                match more {
                    0 => tracing::warn!("{detail} [{reason}]"),
                    more => tracing::warn!("{detail} [{reason}, and {more} before]"),
                }
            }
            None => {
                tracing::warn!("{detail} [{reason}]");
                let complaint =
                    Complaint { told: Instant::now(), times: 1, more: 0, last: String::new() };
                self.complaints.insert(reason, complaint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dead_letters::Body;

    #[test]
    fn letters_are_counted_by_reason() {
        let trouble = Trouble::new(None);
        let letter = |reason| Letter {
            reason,
            detail: "",
            peer: None,
            handler: None,
            body: Body::Text(b""),
        };
        trouble.dead_letter(&letter("one"), 0.0);
        trouble.dead_letter(&letter("two"), 0.0);
        trouble.dead_letter(&letter("one"), 0.0);
        trouble.lost("three", 5, String::new);
        assert_eq!(trouble.counts(), BTreeMap::from([("one", 2), ("two", 1), ("three", 5)]));
    }
}
