use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use logyard_compat::Compat;

use crate::action::{Action, Entry, exists, with_suffix};
use crate::compressed::split_ending;

/// The policy of `RotatingFileHandler`.
#[derive(Clone, Copy, Debug)]
pub struct BySize {
    /// `maxBytes`; 0: the file grows without end.
    pub max_bytes: u64,
    /// `backupCount`: 0 means that nothing is renamed, so that the file grows on all the same.
    pub backup_count: u32,
    /// Whether `NAME.1.gz` is a backup as `NAME.1` is. CPython, which compresses nothing, knows the
    /// plain ones only.
    pub compressed: bool,
    rolls_empty: bool,
}

impl BySize {
    /// The constructor's arguments, and whose rules.
    pub fn new(max_bytes: u64, backup_count: u32, compat: Compat) -> BySize {
        let rolls_empty = compat.rolls_empty_file();
        BySize { max_bytes, backup_count, compressed: false, rolls_empty }
    }

    /// Whether the next line wants a new file: the numbers' part of `shouldRollover`. The caller
    /// must then see that the file is a regular one.
    ///
    /// `position` is in bytes, `chars` is the line's length with its terminator in *characters*:
    /// Python adds the two.
    pub fn is_due(&self, position: u64, chars: u64) -> bool {
        self.max_bytes > 0
            && (position > 0 || self.rolls_empty)
            && position.saturating_add(chars) >= self.max_bytes
    }

    /// What to do: `doRollover`. `base` is the file's name in its folder, `listing` holds at least
    /// all names that begin with it.
    ///
    /// Works through the numbers that are there, not through all up to `backupCount`, which a
    /// configuration may have set to a million.
    pub fn rollover(&self, base: &OsStr, listing: &[Entry]) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.backup_count == 0 {
            return actions;
        }
        let mut backups: BTreeMap<u32, Vec<&[u8]>> = BTreeMap::new();
        for entry in listing.iter().filter(|entry| entry.exists) {
            if let Some((n, ending)) = self.number(base, &entry.name) {
                backups.entry(n).or_default().push(ending);
            }
        }
        let shifted: Vec<u32> = backups.range(..self.backup_count).rev().map(|(&n, _)| n).collect();
        for n in shifted {
            let endings = backups.remove(&n).unwrap_or_default();
            for ending in backups.insert(n + 1, endings.clone()).unwrap_or_default() {
                actions.push(Action::Remove(numbered(base, n + 1, ending)));
            }
            actions.extend(endings.into_iter().map(|ending| Action::Rename {
                from: numbered(base, n, ending),
                to: numbered(base, n + 1, ending),
            }));
        }
        for ending in backups.remove(&1).unwrap_or_default() {
            actions.push(Action::Remove(numbered(base, 1, ending)));
        }
        if exists(listing, base) {
            let to = numbered(base, 1, b"");
            actions.push(Action::Rename { from: base.to_os_string(), to });
        }
        actions
    }

    /// `doRollover` of concurrent-log-handler's `ConcurrentRotatingFileHandler` (0.9.31): backups
    /// beyond the first gap stay where they are.
    pub fn concurrent_rollover(&self, base: &OsStr, listing: &[Entry]) -> Vec<Action> {
        let numbers = listing.iter().filter(|entry| entry.exists);
        let numbers: BTreeSet<u32> =
            numbers.filter_map(|entry| Some(self.number(base, &entry.name)?.0)).collect();
        let end =
            (1..self.backup_count).find(|n| !numbers.contains(n)).unwrap_or(self.backup_count);
        // the last one is what the one before it takes the place of
        let moved = |entry: &&Entry| match self.number(base, &entry.name) {
            Some((n, _)) => n <= end,
            None => true,
        };
        let listing: Vec<Entry> = listing.iter().filter(moved).cloned().collect();
        BySize { backup_count: end, ..*self }.rollover(base, &listing)
    }

    /// The backups in a listing, compressed ones too, the oldest first: that with the highest
    /// number.
    pub fn rolled(&self, base: &OsStr, listing: &[Entry]) -> Vec<OsString> {
        let all = BySize { compressed: true, ..*self };
        let mut rolled: Vec<(u32, &OsString)> = listing
            .iter()
            .filter_map(|entry| Some((all.number(base, &entry.name)?.0, &entry.name)))
            .collect();
        rolled.sort_unstable_by(|a, b| b.cmp(a));
        rolled.into_iter().map(|(_, name)| name.clone()).collect()
    }

    /// The number of a backup's name, written as `"%d"` writes it (no sign, no leading zero), and
    /// its ending if it is compressed.
    fn number<'n>(&self, base: &OsStr, name: &'n OsStr) -> Option<(u32, &'n [u8])> {
        let suffix = name.as_bytes().strip_prefix(base.as_bytes())?.strip_prefix(b".")?;
        let (digits, ending) =
            if self.compressed { split_ending(suffix) } else { (suffix, &suffix[..0]) };
        let plain = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
        Some((std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()?, ending))
    }
}

fn numbered(base: &OsStr, n: u32, ending: &[u8]) -> OsString {
    let mut name = with_suffix(base, n.to_string());
    name.push(OsStr::from_bytes(ending));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Vec<Entry> {
        names.iter().map(|name| Entry { name: name.into(), exists: true }).collect()
    }

    fn by_size(max_bytes: u64, backup_count: u32) -> BySize {
        BySize::new(max_bytes, backup_count, Compat::default())
    }

    fn rename(from: &str, to: &str) -> Action {
        Action::Rename { from: from.into(), to: to.into() }
    }

    #[test]
    fn bytes_and_characters_are_added() {
        let policy = by_size(100, 1);
        assert!(!policy.is_due(0, 1000));
        assert!(!policy.is_due(50, 49));
        assert!(policy.is_due(50, 50));
        assert!(policy.is_due(u64::MAX, u64::MAX));
        assert!(!by_size(0, 1).is_due(50, 50));
        assert!(BySize::new(100, 1, Compat::Py312).is_due(0, 1000));
    }

    #[test]
    fn backups_shift_from_the_top_and_gaps_stay() {
        let policy = by_size(1, 3);
        let names =
            listing(&["a", "a.1", "a.3", "a.4", "a.02", "a.+1", "a.", "a.99999999999", "b.1"]);
        assert_eq!(
            policy.rollover(OsStr::new("a"), &names),
            [rename("a.1", "a.2"), rename("a", "a.1")]
        );
        let names = listing(&["a", "a.1", "a.2", "a.3"]);
        assert_eq!(
            policy.rollover(OsStr::new("a"), &names),
            [
                Action::Remove("a.3".into()),
                rename("a.2", "a.3"),
                rename("a.1", "a.2"),
                rename("a", "a.1")
            ]
        );
    }

    #[test]
    fn one_backup_is_replaced_and_none_is_made_for_zero() {
        let names = listing(&["a", "a.1"]);
        assert_eq!(
            by_size(1, 1).rollover(OsStr::new("a"), &names),
            [Action::Remove("a.1".into()), rename("a", "a.1")]
        );
        assert!(by_size(1, 0).rollover(OsStr::new("a"), &names).is_empty());
    }

    #[test]
    fn compressed_backups_shift_with_the_others() {
        let policy = BySize { compressed: true, ..by_size(1, 3) };
        let names = listing(&["a", "a.1", "a.2.gz", "a.3", "a.3.zst", "a.2.bz2"]);
        assert_eq!(
            policy.rollover(OsStr::new("a"), &names),
            [
                Action::Remove("a.3".into()),
                Action::Remove("a.3.zst".into()),
                rename("a.2.gz", "a.3.gz"),
                rename("a.1", "a.2"),
                rename("a", "a.1")
            ]
        );
        assert_eq!(
            policy.rolled(OsStr::new("a"), &names),
            ["a.3.zst", "a.3", "a.2.gz", "a.1"].map(OsString::from)
        );
    }

    #[test]
    fn concurrent_backups_stop_at_a_gap() {
        let policy = BySize { compressed: true, ..by_size(1, 5) };
        let names = listing(&["a", "a.1", "a.2.gz", "a.4", "a.5"]);
        assert_eq!(
            policy.concurrent_rollover(OsStr::new("a"), &names),
            [rename("a.2.gz", "a.3.gz"), rename("a.1", "a.2"), rename("a", "a.1")]
        );
        let names = listing(&["a", "a.1", "a.2"]);
        assert_eq!(
            by_size(1, 2).concurrent_rollover(OsStr::new("a"), &names),
            [Action::Remove("a.2".into()), rename("a.1", "a.2"), rename("a", "a.1")]
        );
        let names = listing(&["a", "a.1"]);
        assert_eq!(
            by_size(1, 1).concurrent_rollover(OsStr::new("a"), &names),
            [Action::Remove("a.1".into()), rename("a", "a.1")]
        );
    }
}
