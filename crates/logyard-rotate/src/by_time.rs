use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use logyard_libc::{Tm, Zone, strftime};

use crate::action::{Action, Entry, exists, with_suffix};
use crate::when::When;

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// The policy of `TimedRotatingFileHandler`, by the rules of CPython 3.13.
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
}

/// What a rollover does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollover {
    /// Steps, in order: first the rename of the file, then removals of old ones.
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
        }
    }

    /// When to roll over next, counted from `start`: `computeRollover`. Both in seconds since the
    /// epoch.
    pub fn rollover_at(&self, start: i64) -> i64 {
        match self.when {
            When::S | When::M | When::H | When::D => start + self.interval,
            When::Midnight => self.day_rollover(start, None),
            When::W(day) => self.day_rollover(start, Some(i64::from(day))),
        }
    }

    fn day_rollover(&self, start: i64, week_day: Option<i64>) -> i64 {
        let now = self.broken_down(start);
        let of_day = i64::from((now.hour * 60 + now.min) * 60 + now.sec);
        let mut day = i64::from(now.wday);
        let mut wait = self.at_time.unwrap_or(DAY) - of_day;
        if wait <= 0 {
            wait += DAY;
            day = (day + 1) % 7;
        }
        let mut result = start + wait;
        match week_day {
            Some(wanted) => {
                result += (wanted - day).rem_euclid(7) * DAY + self.interval - 7 * DAY;
            }
            None => result += self.interval - DAY,
        }
        if !self.utc {
            result += self.dst_correction(now.is_dst, result);
        }
        result
    }

    /// Keeps the wall-clock time of the rollover when daylight saving time starts or ends before it.
    fn dst_correction(&self, dst_now: bool, result: i64) -> i64 {
        match (dst_now, self.zone.local(result).is_dst) {
            // It starts before: an hour less, unless that hour is the one that is skipped.
            (false, true) if self.zone.local(result - HOUR).is_dst => -HOUR,
            (true, false) => HOUR,
            _ => 0,
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

    /// Whether removals need the folder's listing at all.
    pub fn removes(&self) -> bool {
        self.backup_count > 0
    }

    /// What to do now: `doRollover`. `base` is the file's name in its folder; `listing` holds at
    /// least the file itself, the target, and, if [`ByTime::removes`], all names that begin with
    /// `base`.
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
        let target = self.target(base, now, rollover_at);
        if exists(listing, &target) {
            return None;
        }
        let mut actions = Vec::new();
        let mut names: Vec<&OsStr> = listing.iter().map(|entry| entry.name.as_os_str()).collect();
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
        Some(Rollover { actions, rollover_at: self.rollover_at(now) })
    }

    /// `getFilesToDelete`: all but the newest `backup_count` names of the shape `base.DATE`.
    fn to_remove<'a>(&self, base: &OsStr, names: Vec<&'a OsStr>) -> Vec<&'a OsStr> {
        let mut rolled: Vec<&OsStr> = names
            .into_iter()
            .filter(|name| {
                let rest = name.as_bytes().strip_prefix(base.as_bytes());
                let suffix = rest.and_then(|rest| rest.strip_prefix(b"."));
                suffix.is_some_and(|suffix| self.when.matches(suffix))
            })
            .collect();
        rolled.sort_unstable();
        rolled.truncate(rolled.len().saturating_sub(self.backup_count));
        rolled
    }

    fn broken_down(&self, secs: i64) -> Tm {
        if self.utc { Zone::Utc.local(secs) } else { self.zone.local(secs) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 20:00:00 UTC, a Sunday.
    const SUNDAY: i64 = 1_795_377_600;

    fn policy(when: When, interval: u32, keep: u32) -> ByTime {
        ByTime::new(when, interval, keep, true, None, Zone::Utc)
    }

    fn listing(names: &[&str]) -> Vec<Entry> {
        names.iter().map(|name| Entry { name: name.into(), exists: true }).collect()
    }

    #[test]
    fn midnight_is_the_next_one() {
        let midnight = policy(When::Midnight, 1, 0);
        assert_eq!(midnight.rollover_at(SUNDAY), SUNDAY + 4 * HOUR);
        // Exactly at midnight, the next one.
        assert_eq!(midnight.rollover_at(SUNDAY + 4 * HOUR), SUNDAY + 28 * HOUR);
        assert_eq!(policy(When::Midnight, 3, 0).rollover_at(SUNDAY), SUNDAY + 52 * HOUR);
    }

    #[test]
    fn w0_is_monday() {
        // The rollover at the end of Monday, as Python counts: `W0` waits for the day's midnight.
        assert_eq!(policy(When::W(6), 1, 0).rollover_at(SUNDAY), SUNDAY + 4 * HOUR);
        assert_eq!(policy(When::W(0), 1, 0).rollover_at(SUNDAY), SUNDAY + 28 * HOUR);
    }

    #[test]
    fn the_name_tells_the_start_of_the_period() {
        let daily = policy(When::Midnight, 1, 0);
        let at = daily.rollover_at(SUNDAY);
        assert_eq!(daily.target(OsStr::new("a.log"), at + 5, at), "a.log.2026-11-22");
    }

    #[test]
    fn old_files_go_and_strangers_stay() {
        let daily = policy(When::Midnight, 1, 2);
        let at = daily.rollover_at(SUNDAY);
        let names = listing(&[
            "a.log",
            "a.log.2026-11-20",
            "a.log.2026-11-21",
            "a.log.2026-11-19",
            "a.log.2026-11-18.gz",
            "a.logs.2026-11-18",
            "b.log.2026-11-18",
        ]);
        let rollover = daily.rollover(OsStr::new("a.log"), at, at, &names).unwrap();
        assert_eq!(rollover.rollover_at, at + DAY);
        assert_eq!(
            rollover.actions,
            [
                Action::Rename { from: "a.log".into(), to: "a.log.2026-11-22".into() },
                Action::Remove("a.log.2026-11-19".into()),
                Action::Remove("a.log.2026-11-20".into()),
            ]
        );
    }

    #[test]
    fn a_target_that_exists_stops_the_rollover() {
        let daily = policy(When::Midnight, 1, 2);
        let at = daily.rollover_at(SUNDAY);
        let names = listing(&["a.log", "a.log.2026-11-22"]);
        assert_eq!(daily.rollover(OsStr::new("a.log"), at, at, &names), None);
    }
}
