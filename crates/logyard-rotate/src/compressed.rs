//! Names of compressed files, as gzip and zstd make them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::action::{Action, Entry};

/// What follows the name of a rolled file that was compressed; `zcat` and `zstdcat` know them.
pub const ENDINGS: [&str; 2] = [".gz", ".zst"];

/// Whether a name is that of a compressed file.
pub fn is_compressed(name: &OsStr) -> bool {
    !split_ending(name.as_bytes()).1.is_empty()
}

/// A name and its ending, which is empty if it is not compressed.
pub(crate) fn split_ending(name: &[u8]) -> (&[u8], &[u8]) {
    let ending = ENDINGS.iter().find(|ending| name.ends_with(ending.as_bytes()));
    name.split_at(name.len() - ending.map_or(0, |ending| ending.len()))
}

/// A listing in which each compressed file has the name of the plain one.
pub(crate) fn without_endings(listing: &[Entry]) -> Vec<Entry> {
    let plain = |entry: &Entry| Entry {
        name: OsStr::from_bytes(split_ending(entry.name.as_bytes()).0).to_os_string(),
        exists: entry.exists,
    };
    let mut all: Vec<Entry> = listing.iter().map(plain).collect();
    // one that is there in both forms is one file
    all.sort_unstable_by(|a, b| (&a.name, b.exists).cmp(&(&b.name, a.exists)));
    all.dedup_by(|next, first| next.name == first.name);
    all
}

/// A removal of a plain name as removals of all forms that are there.
pub(crate) fn in_all_forms(action: Action, listing: &[Entry]) -> Vec<Action> {
    let Action::Remove(plain) = &action else { return vec![action] };
    let is_form = |entry: &&Entry| split_ending(entry.name.as_bytes()).0 == plain.as_bytes();
    let forms = listing.iter().filter(is_form).map(|entry| Action::Remove(entry.name.clone()));
    let forms: Vec<Action> = forms.collect();
    // what this very rollover makes is not listed yet
    if forms.is_empty() { vec![action] } else { forms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_told_apart() {
        assert_eq!(split_ending(b"a.1.gz"), (&b"a.1"[..], &b".gz"[..]));
        assert_eq!(split_ending(b"a.zst"), (&b"a"[..], &b".zst"[..]));
        assert_eq!(split_ending(b"a.1"), (&b"a.1"[..], &b""[..]));
        assert!(is_compressed(OsStr::new("x.gz")) && !is_compressed(OsStr::new("x.gzip")));
    }
}
