use std::ffi::OsString;

/// How much of the past is kept, besides what the handler's own `backupCount` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Bytes on the disk of the file and all its rolled ones.
    pub max_total_size: Option<u64>,
    /// Seconds since a rolled file's last line.
    pub max_age: Option<u64>,
}

/// A rolled file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledFile {
    /// Its name in the folder.
    pub name: OsString,
    /// Its length in bytes.
    pub size: u64,
    /// Its mtime in seconds since the epoch; compressing keeps it.
    pub modified: i64,
}

impl Retention {
    /// Whether anything is to be removed ever.
    pub fn is_set(&self) -> bool {
        self.max_total_size.is_some() || self.max_age.is_some()
    }

    /// The names of the rolled files to remove: those that are too old, and then the oldest, until
    /// the rest and the `live` bytes of the file itself, which always stays, fit the size.
    pub fn to_remove(&self, live: u64, oldest_first: &[RolledFile], now: i64) -> Vec<OsString> {
        let mut total = oldest_first.iter().fold(live, |sum, file| sum.saturating_add(file.size));
        let mut old = Vec::new();
        for file in oldest_first {
            let age = u64::try_from(now.saturating_sub(file.modified)).unwrap_or(0);
            if self.max_age.is_some_and(|most| age > most)
                || self.max_total_size.is_some_and(|most| total > most)
            {
                total = total.saturating_sub(file.size);
                old.push(file.name.clone());
            }
        }
        old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, u64, i64)]) -> Vec<RolledFile> {
        let file = |&(name, size, modified): &(&str, u64, i64)| RolledFile {
            name: name.into(),
            size,
            modified,
        };
        of.iter().map(file).collect()
    }

    #[test]
    fn the_oldest_go_until_it_fits() {
        let files = files(&[("a.3", 40, 0), ("a.2.gz", 10, 0), ("a.1", 40, 0)]);
        let keep = |most, live| {
            let retention = Retention { max_total_size: Some(most), max_age: None };
            retention.to_remove(live, &files, 0)
        };
        assert_eq!(keep(100, 10), Vec::<OsString>::new());
        assert_eq!(keep(99, 10), ["a.3"]);
        assert_eq!(keep(50, 10), ["a.3", "a.2.gz"]);
        // the live file alone may be too large
        assert_eq!(keep(5, 10), ["a.3", "a.2.gz", "a.1"]);
    }

    #[test]
    fn age_is_counted_from_the_last_line() {
        let files = files(&[("a.3", 1, 100), ("a.2", 1, 500), ("a.1", 1, 2_000)]);
        let retention = Retention { max_total_size: None, max_age: Some(500) };
        assert_eq!(retention.to_remove(0, &files, 1_000), ["a.3"]);
        assert_eq!(retention.to_remove(0, &files, 1_001), ["a.3", "a.2"]);
        assert!(!Retention::default().is_set());
    }

    #[test]
    fn what_is_too_old_makes_room_for_the_rest() {
        let files = files(&[("a.2", 90, 0), ("a.1", 10, 900)]);
        let retention = Retention { max_total_size: Some(50), max_age: Some(500) };
        assert_eq!(retention.to_remove(0, &files, 1_000), ["a.2"]);
    }
}
