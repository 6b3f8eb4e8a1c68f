//! Which rolled files there are, and which are too old: `getFilesToDelete`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use logyard_compat::OldFileNames;

use super::ByTime;
use crate::action::{Entry, exists, with_suffix};
use crate::compressed::split_ending;

impl ByTime {
    /// `getFilesToDelete`: all but the newest `backup_count` of this handler's own names.
    pub(super) fn to_remove<'a>(&self, base: &OsStr, names: Vec<&'a OsStr>) -> Vec<&'a OsStr> {
        let mut rolled: Vec<&OsStr> =
            names.into_iter().filter(|name| self.is_rolled(base, name)).collect();
        match self.repairs.blocked_rollover {
            true => rolled.sort_unstable_by_key(|name| numbered(name)),
            false => rolled.sort_unstable(),
        }
        rolled.truncate(rolled.len().saturating_sub(self.backup_count));
        rolled
    }

    /// The rolled files in a listing, compressed ones too, the oldest first.
    pub fn rolled(&self, base: &OsStr, listing: &[Entry]) -> Vec<OsString> {
        let names = listing.iter().map(|entry| &entry.name);
        let plain = |name: &OsString| OsString::from_vec(split_ending(name.as_bytes()).0.to_vec());
        let mut rolled: Vec<(OsString, &OsString)> = names
            .filter(|name| *name != base)
            .map(|name| (plain(name), name))
            .filter(|(plain, _)| self.is_rolled(base, plain))
            .collect();
        match self.repairs.blocked_rollover {
            true => rolled.sort_unstable_by(|a, b| numbered(&a.0).cmp(&numbered(&b.0))),
            false => rolled.sort_unstable(),
        }
        rolled.into_iter().map(|(_, name)| name.clone()).collect()
    }

    fn is_rolled(&self, base: &OsStr, name: &OsStr) -> bool {
        let (base, name) = (base.as_bytes(), name.as_bytes());
        let suffix = name.strip_prefix(base).and_then(|rest| rest.strip_prefix(b"."));
        let by_repair = || {
            let (stem, number) = numbered(OsStr::from_bytes(suffix.unwrap_or_default()));
            self.repairs.blocked_rollover && number > 0 && self.when.matches(stem)
        };
        by_repair()
            || match self.compat.old_file_names() {
                OldFileNames::DateOnly => suffix.is_some_and(|suffix| self.when.matches(suffix)),
                OldFileNames::DateWithExtension => {
                    suffix.is_some_and(|suffix| self.matches_with_extension(suffix))
                }
                OldFileNames::DateInside => {
                    let stem = stem(base);
                    let rest = name.starts_with(base).then(|| name.get(stem.len()..)).flatten();
                    let parts = rest.and_then(|rest| rest.strip_prefix(b"."));
                    parts.is_some_and(|parts| {
                        parts.split(|&byte| byte == b'.').any(|part| self.matches_line(part))
                    })
                }
            }
    }

    /// `^DATE(\.\w+)?$`, where `$` is also before a last new line.
    fn matches_with_extension(&self, suffix: &[u8]) -> bool {
        let line = suffix.strip_suffix(b"\n").unwrap_or(suffix);
        match line.iter().position(|&byte| byte == b'.') {
            None => self.when.matches(line),
            Some(dot) => {
                let (date, extension) = line.split_at(dot);
                let word = extension.get(1..).unwrap_or_default();
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                self.when.matches(date) && !word.is_empty() && word.iter().all(is_word)
            }
        }
    }

    fn matches_line(&self, part: &[u8]) -> bool {
        self.when.matches(part.strip_suffix(b"\n").unwrap_or(part))
    }
}

/// `os.path.splitext(base)[0]`: without the last dot and what is behind it, unless all before it are
/// dots.
fn stem(base: &[u8]) -> &[u8] {
    let dot = base.iter().rposition(|&byte| byte == b'.');
    match dot.and_then(|dot| base.get(..dot)) {
        Some(stem) if stem.iter().any(|&byte| byte != b'.') => stem,
        _ => base,
    }
}

/// The name for a rolled file when there may be one of that name: `target`, else `target.N`, with a
/// number above all that are there, so that the order of the numbers is the order of the rollovers.
pub(super) fn free_name(target: OsString, listing: &[Entry]) -> OsString {
    let others = listing.iter().filter(|entry| entry.exists).filter_map(|entry| {
        let (stem, number) = numbered(&entry.name);
        (stem == target.as_bytes() && number > 0).then_some(number)
    });
    match others.max() {
        None if !exists(listing, &target) => target,
        last => with_suffix(&target, (last.unwrap_or(0) + 1).to_string()),
    }
}

/// A name without the `.N` that a repaired rollover gives it, and the number; 0 if there is none. A
/// number has nine digits at most: names with more are none of ours.
fn numbered(name: &OsStr) -> (&[u8], u32) {
    let name = name.as_bytes();
    let plain = (name, 0);
    let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else { return plain };
    let (stem, digits) = (name.get(..dot), name.get(dot + 1..).unwrap_or_default());
    let ours =
        digits.len() < 10 && digits.iter().all(u8::is_ascii_digit) && !digits.starts_with(b"0");
    let number =
        std::str::from_utf8(digits).ok().filter(|_| ours).and_then(|text| text.parse().ok());
    match (stem, number) {
        (Some(stem), Some(number)) => (stem, number),
        _ => plain,
    }
}
