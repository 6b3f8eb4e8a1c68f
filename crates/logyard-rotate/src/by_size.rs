use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use logyard_compat::Compat;

use crate::action::{Action, Entry, exists, with_suffix};

/// The policy of `RotatingFileHandler`.
#[derive(Clone, Copy, Debug)]
pub struct BySize {
    /// `maxBytes`; 0: the file grows without end.
    pub max_bytes: u64,
    /// `backupCount`: 0 means that nothing is renamed, so that the file grows on all the same.
    pub backup_count: u32,
    rolls_empty: bool,
}

impl BySize {
    /// The constructor's arguments, and whose rules.
    pub fn new(max_bytes: u64, backup_count: u32, compat: Compat) -> BySize {
        BySize { max_bytes, backup_count, rolls_empty: compat.rolls_empty_file() }
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
        let mut backups: BTreeSet<u32> = listing
            .iter()
            .filter(|entry| entry.exists)
            .filter_map(|entry| number(base, &entry.name))
            .collect();
        let shifted: Vec<u32> = backups.range(..self.backup_count).rev().copied().collect();
        for n in shifted {
            if backups.contains(&(n + 1)) {
                actions.push(Action::Remove(numbered(base, n + 1)));
            }
            actions.push(Action::Rename { from: numbered(base, n), to: numbered(base, n + 1) });
            backups.remove(&n);
            backups.insert(n + 1);
        }
        if backups.contains(&1) {
            actions.push(Action::Remove(numbered(base, 1)));
        }
        if exists(listing, base) {
            actions.push(Action::Rename { from: base.to_os_string(), to: numbered(base, 1) });
        }
        actions
    }
}

fn numbered(base: &OsStr, n: u32) -> OsString {
    with_suffix(base, n.to_string())
}

/// The number of a backup's name, written as `"%d"` writes it (no sign, no leading zero).
fn number(base: &OsStr, name: &OsStr) -> Option<u32> {
    let digits = name.as_bytes().strip_prefix(base.as_bytes())?.strip_prefix(b".")?;
    let plain = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
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
}
