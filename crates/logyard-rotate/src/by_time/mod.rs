mod concurrent;
mod next;
mod old_files;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;

use logyard_compat::Compat;
use logyard_libc::{Tm, Zone, strftime};

use crate::action::{Action, Entry, exists, with_suffix};
use crate::compressed::{in_all_forms, without_endings};
use crate::rules::{Repairs, Rules};
use crate::when::When;

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// The policy of `TimedRotatingFileHandler`.
#[derive(Clone, Debug)]
pub struct ByTime {
    when: When,
    /// Seconds: `interval` of the constructor times the seconds of its unit.
    interval: i64,
    /// Rolled files to keep; 0 keeps all.
    backup_count: usize,
    utc: bool,
    /// Seconds after midnight, for `midnight` and `W`.
    at_time: Option<i64>,
    zone: Zone,
    compat: Compat,
    repairs: Repairs,
    /// Whether `NAME.DATE.gz` is a rolled file as `NAME.DATE` is.
    compressed: bool,
}

/// What a rollover does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollover {
    /// Steps, in order: first the rename of the file, if there is one, perhaps with the removal of
    /// what is in its way, then removals of old ones.
    pub actions: Vec<Action>,
    /// When the next rollover is due, in seconds since the epoch.
    pub rollover_at: i64,
}

impl ByTime {
    /// The arguments are the constructor's. `at_time` is in seconds after midnight (Python ignores
    /// its microseconds); `zone` is where Python has the process's local time.
    pub fn new(
        when: When,
        interval: u32,
        backup_count: u32,
        utc: bool,
        at_time: Option<u32>,
        zone: Zone,
    ) -> ByTime {
        ByTime {
            when,
            interval: when.seconds() * i64::from(interval),
            backup_count: usize::try_from(backup_count).unwrap_or(usize::MAX),
            utc,
            at_time: at_time.map(i64::from),
            zone,
            compat: Compat::default(),
            repairs: Repairs::default(),
            compressed: false,
        }
    }

    /// The same by other rules than those of the newest CPython.
    pub fn by(self, rules: Rules) -> ByTime {
        ByTime { compat: rules.compat, repairs: rules.repairs, ..self }
    }

    /// The same where rolled files get compressed: those count as rolled files, and a name is taken
    /// if it is there in either form. CPython, which compresses nothing, doesn't know them.
    pub fn with_compressed(self, compressed: bool) -> ByTime {
        ByTime { compressed, ..self }
    }

    /// The moment that the first rollover of a file counts from, for [`ByTime::rollover_at`], in
    /// seconds since the epoch. `modified` is the file's mtime in seconds and nanoseconds, `born`
    /// its birth in seconds, where the file system tells it.
    ///
    /// CPython counts from the mtime. Repaired, it is the birth, if that was earlier: a rolled
    /// file's successor is born at the rollover, so that the clock goes on as if there had been no
    /// restart. (Python 3.16 does the same: PR 150968.)
    pub fn start_of(&self, modified: (i64, i64), born: Option<i64>) -> i64 {
        let (seconds, nanos) = modified;
        let modified = match self.compat.cuts_mtime_to_seconds() {
            true => seconds,
            // `int(st_mtime)`, where `st_mtime` is a float and may round up.
            false => (seconds as f64 + 1e-9 * nanos as f64) as i64,
        };
        match born {
            Some(born) if self.repairs.restart_clock => born.min(modified),
            _ => modified,
        }
    }

    /// Whether a rollover is due: the clock's part of `shouldRollover`. The caller must then see
    /// that the file is a regular one, and take `rollover_at(now)` as the next time if it is not.
    pub fn is_due(&self, now: i64, rollover_at: i64) -> bool {
        now >= rollover_at
    }

    /// The name that the file gets: the period that ends at `rollover_at`, told by its start.
    pub fn target(&self, base: &OsStr, now: i64, rollover_at: i64) -> OsString {
        let start = rollover_at - self.interval;
        let mut tm = self.broken_down(start);
        if !self.utc {
            let dst_now = self.zone.local(now).is_dst;
            if dst_now != tm.is_dst {
                let shift = if dst_now { HOUR } else { -HOUR };
                tm = self.zone.local(start + shift);
            }
        }
        let mut suffix = Vec::new();
        strftime(self.when.suffix().as_bytes(), &tm, &mut suffix);
        with_suffix(base, OsString::from_vec(suffix))
    }

    /// Whether a rollover to a target needs the folder's listing at all; `exists` tells whether the
    /// target is there already.
    pub fn needs_listing(&self, exists: bool) -> bool {
        if self.compressed {
            return true;
        }
        if exists && !self.compat.replaces_rollover_target() && !self.repairs.blocked_rollover {
            return false;
        }
        self.backup_count > 0 || self.repairs.blocked_rollover
    }

    /// What to do now: `doRollover`. `base` is the file's name in its folder; `listing` holds at
    /// least the file itself, the target, and, if [`ByTime::needs_listing`], all names that begin
    /// with `base`.
    ///
    /// None: a file has the target's name, so CPython takes it for rolled over already, and leaves
    /// all as it is, the next rollover's time too.
    pub fn rollover(
        &self,
        base: &OsStr,
        now: i64,
        rollover_at: i64,
        listing: &[Entry],
    ) -> Option<Rollover> {
        if !self.compressed {
            return self.rollover_of_plain(base, now, rollover_at, listing);
        }
        let plain = without_endings(listing);
        let mut rollover = self.rollover_of_plain(base, now, rollover_at, &plain)?;
        rollover.actions =
            rollover.actions.into_iter().flat_map(|action| in_all_forms(action, listing)).collect();
        Some(rollover)
    }

    fn rollover_of_plain(
        &self,
        base: &OsStr,
        now: i64,
        rollover_at: i64,
        listing: &[Entry],
    ) -> Option<Rollover> {
        let mut target = self.target(base, now, rollover_at);
        if self.repairs.blocked_rollover {
            target = old_files::free_name(target, listing);
        }
        let mut actions = Vec::new();
        let mut names: Vec<&OsStr> = listing.iter().map(|entry| entry.name.as_os_str()).collect();
        if exists(listing, &target) {
            if !self.compat.replaces_rollover_target() {
                return None;
            }
            actions.push(Action::Remove(target.clone()));
            names.retain(|name| *name != target);
        }
        // With `delay` the file may not be there.
        if exists(listing, base) {
            actions.push(Action::Rename { from: base.to_os_string(), to: target.clone() });
            if !names.contains(&target.as_os_str()) {
                names.push(&target);
            }
        }
        if self.backup_count > 0 {
            let old = self.to_remove(base, names);
            actions.extend(old.into_iter().map(|name| Action::Remove(name.to_os_string())));
        }
        Some(Rollover { actions, rollover_at: self.after_rollover(now) })
    }

    fn broken_down(&self, secs: i64) -> Tm {
        if self.utc { Zone::Utc.local(secs) } else { self.zone.local(secs) }
    }
}
