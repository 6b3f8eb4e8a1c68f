use std::time::{Duration, Instant};

use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::Record;

/// Zones that are kept parsed, for each worker thread: those that services run in are few.
const KEPT: usize = 32;

/// A name or rule is no longer than this; the longest of the database has 30 bytes.
const LONGEST: usize = 100;

/// Names that are looked up in a second, for each worker thread. A look-up may read files: whoever
/// sends a new name with each record is not served more of it.
const LOOKUPS: u32 = 20;

/// The zones that records bring with them, as the attribute `logyard_tz`.
#[derive(Debug, Default)]
pub(crate) struct ClientZones {
    /// The names that were looked up last, and what they stand for, if anything.
    known: Vec<(Box<[u8]>, Option<Zone>)>,
    /// The place of `known` that is used next when it is full.
    oldest: usize,
    /// When the second began that `lookups` counts.
    since: Option<Instant>,
    lookups: u32,
}

/// `logyard_tz` is no zone; the server's holds.
pub(crate) struct BadZone;

impl ClientZones {
    /// The zone that a record asks for; none if it does not, or sends None.
    pub(crate) fn of(&mut self, record: &Record<'_>) -> Result<Option<Zone>, BadZone> {
        match record.zone() {
            None | Some(Value::None) => Ok(None),
            Some(Value::Str(name)) if name.len() <= LONGEST => {
                self.named(name).map(Some).ok_or(BadZone)
            }
            Some(_) => Err(BadZone),
        }
    }

    fn named(&mut self, name: &[u8]) -> Option<Zone> {
        if let Some((_, zone)) = self.known.iter().find(|(known, _)| **known == *name) {
            return zone.clone();
        }
        if self.since.is_none_or(|since| since.elapsed() >= Duration::from_secs(1)) {
            (self.since, self.lookups) = (Some(Instant::now()), 0);
        }
        self.lookups += 1;
        if self.lookups > LOOKUPS {
            return None;
        }
        let zone = std::str::from_utf8(name).ok().and_then(|name| Zone::named(name).ok());
        let entry = (Box::from(name), zone.clone());
        if self.known.len() < KEPT {
            self.known.push(entry);
        } else if let Some(place) = self.known.get_mut(self.oldest) {
            *place = entry;
            self.oldest = (self.oldest + 1) % KEPT;
        }
        zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_and_hostile_ones_cost_little() {
        let mut zones = ClientZones::default();
        assert_eq!(zones.named(b"Europe/Berlin").unwrap().local(0).hour, 1);
        assert!(zones.named(b"XYZ3").is_some() && zones.named(b"../../etc/passwd").is_none());
        assert!(zones.named(b"\xff").is_none());
        for n in 0..1000 {
            assert!(zones.named(format!("No/Such{n}").as_bytes()).is_none());
        }
        assert!(zones.known.len() <= KEPT && zones.lookups > LOOKUPS);
        // what is known costs no look-up
        assert!(zones.named(b"Europe/Berlin").is_some() && zones.named(b"Asia/Tokyo").is_none());
        zones.since = Instant::now().checked_sub(Duration::from_secs(2));
        assert!(zones.named(b"Asia/Tokyo").is_some());
    }
}
