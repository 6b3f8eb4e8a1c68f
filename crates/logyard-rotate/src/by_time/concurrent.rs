//! What `ConcurrentTimedRotatingFileHandler` of concurrent-log-handler 0.9.31 does otherwise.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::{ByTime, HOUR, Rollover};
use crate::action::{Action, Entry, exists, with_suffix};
use crate::compressed::{ENDINGS, split_ending};
use crate::when::When;

impl ByTime {
    /// `doRollover`: a name that is taken gets a number behind it, and a rollover may come before its
    /// time, because of the file's size. `listing` holds all names that begin with `base`.
    pub fn concurrent_rollover(
        &self,
        base: &OsStr,
        now: i64,
        rollover_at: i64,
        listing: &[Entry],
    ) -> Rollover {
        let target = self.free_name(self.target(base, now, rollover_at), listing);
        let mut names: Vec<&OsStr> = listing.iter().map(|entry| entry.name.as_os_str()).collect();
        let mut actions = Vec::new();
        if exists(listing, base) {
            actions.push(Action::Rename { from: base.to_os_string(), to: target.clone() });
            names.push(&target);
        }
        if self.backup_count > 0 {
            let mut dated = self.dated(base, names.into_iter());
            dated.truncate(dated.len().saturating_sub(self.backup_count));
            actions.extend(dated.into_iter().map(|(_, name)| Action::Remove(name.to_os_string())));
        }
        Rollover { actions, rollover_at: self.concurrent_next(now) }
    }

    /// The rolled files in a listing, the oldest first: only names that a rollover gives, where
    /// `getFilesToDelete` takes more for its own.
    pub fn concurrent_rolled(&self, base: &OsStr, listing: &[Entry]) -> Vec<OsString> {
        let all = self.clone().with_compressed(true);
        let ours = |name: &&OsStr| {
            let rest = name.as_bytes().get(base.len() + 1..).unwrap_or_default();
            let mut parts = split_ending(rest).0.split(|&byte| byte == b'.');
            let (date, number, more) = (parts.next(), parts.next(), parts.next());
            date.is_some_and(|date| self.when.matches(date))
                && number.is_none_or(|number| number.iter().all(u8::is_ascii_digit))
                && more.is_none()
        };
        let names = listing.iter().map(|entry| entry.name.as_os_str()).filter(ours);
        all.dated(base, names).into_iter().map(|(_, name)| name.to_os_string()).collect()
    }

    fn free_name(&self, target: OsString, listing: &[Entry]) -> OsString {
        let taken = |name: &OsStr| {
            let forms = if self.compressed { &ENDINGS[..] } else { &[] };
            exists(listing, name)
                || forms.iter().any(|ending| {
                    let mut form = name.to_os_string();
                    form.push(ending);
                    exists(listing, &form)
                })
        };
        if !taken(&target) {
            return target;
        }
        // as many names are taken as the listing has, at the most
        let candidates = (1..=listing.len() + 1).map(|n| with_suffix(&target, n.to_string()));
        candidates.into_iter().find(|name| !taken(name)).unwrap_or(target)
    }

    /// The end of `doRollover`: daylight saving time is looked at once more, on top of what
    /// `computeRollover` does by itself in a newer CPython.
    fn concurrent_next(&self, now: i64) -> i64 {
        let mut next = self.rollover_at(now);
        while next <= now {
            next += self.interval;
        }
        if matches!(self.when, When::Midnight | When::W(_)) && !self.utc {
            next += match (self.zone.local(now).is_dst, self.zone.local(next).is_dst) {
                (false, true) => -HOUR,
                (true, false) => HOUR,
                _ => 0,
            };
        }
        next
    }

    /// `getFilesToDelete`: the names with a date among their parts, and perhaps a number behind it,
    /// in the order of both.
    fn dated<'n>(
        &self,
        base: &OsStr,
        names: impl Iterator<Item = &'n OsStr>,
    ) -> Vec<((Vec<u8>, u64), &'n OsStr)> {
        let mut dated: Vec<_> = names
            .filter(|name| *name != base)
            .filter_map(|name| {
                let rest = name.as_bytes().strip_prefix(base.as_bytes())?.strip_prefix(b".")?;
                let rest = if self.compressed { split_ending(rest).0 } else { rest };
                let mut parts = rest.split(|&byte| byte == b'.');
                let date = parts.find(|part| self.when.matches(part))?;
                let counter = std::str::from_utf8(parts.next().unwrap_or_default()).ok();
                let counter = counter.and_then(|text| text.parse().ok()).unwrap_or(0);
                is_date(date).then(|| ((date.to_vec(), counter), name))
            })
            .collect();
        dated.sort_unstable();
        dated
    }
}

/// Whether `strptime` takes what has the shape of a date.
fn is_date(text: &[u8]) -> bool {
    let numbers: Vec<u32> = text
        .split(|byte| !byte.is_ascii_digit())
        .map(|digits| digits.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0')))
        .collect();
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let (year, month, day) = (at(0), at(1), at(2));
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day) && at(3) < 24 && at(4) < 60 && at(5) < 62
}

#[cfg(test)]
mod tests {
    use logyard_libc::Zone;

    use super::*;

    fn listing(names: &[&str]) -> Vec<Entry> {
        names.iter().map(|name| Entry { name: name.into(), exists: true }).collect()
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let daily = ByTime::new(When::Midnight, 1, 2, true, None, Zone::Utc).with_compressed(true);
        let at = 1_795_392_000; // 2026-11-23
        let names = listing(&[
            "a",
            "a.2026-11-22",
            "a.2026-11-22.1.gz",
            "a.2026-11-22.10",
            "a.2026-13-22",
            "a.x.2026-11-21.gz",
        ]);
        let rollover = daily.concurrent_rollover(OsStr::new("a"), at, at, &names);
        assert_eq!(
            rollover.actions,
            [
                Action::Rename { from: "a".into(), to: "a.2026-11-22.2".into() },
                Action::Remove("a.x.2026-11-21.gz".into()),
                Action::Remove("a.2026-11-22".into()),
                Action::Remove("a.2026-11-22.1.gz".into()),
            ]
        );
        assert_eq!(rollover.rollover_at, at + 86_400);
        let ours = daily.concurrent_rolled(OsStr::new("a"), &names);
        assert_eq!(ours, ["a.2026-11-22", "a.2026-11-22.1.gz", "a.2026-11-22.10"]);
    }

    #[test]
    fn dates_are_real_ones() {
        assert!(is_date(b"2024-02-29") && is_date(b"2026-11-22_23-59-59"));
        for bad in ["2025-02-29", "2026-00-01", "2026-04-31", "0000-01-01", "2026-11-22_24"] {
            assert!(!is_date(bad.as_bytes()), "{bad}");
        }
    }
}
