//! The names of rotated logs.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::conf::old_dir;
use crate::dates::DateFormat;
use crate::moment::Moment;
use crate::plan::Block;

/// How the rotated files of one log are called: `FOLDER/BASE<what rotation adds>EXTENSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    folder: PathBuf,
    base: OsString,
    extension: OsString,
}

impl Names {
    /// The names for `log` of `block`: `olddir`, `extension` and `addextension`.
    pub fn new(block: &Block, log: &Path) -> Names {
        let d = &block.directives;
        let here = || log.parent().unwrap_or(Path::new(".")).to_owned();
        let folder = old_dir::of(block, log).unwrap_or_else(here);
        let name = log.file_name().unwrap_or(log.as_os_str()).as_bytes();
        let without = |extension: &Option<String>| {
            let extension = extension.as_ref()?;
            Some((name.strip_suffix(extension.as_bytes())?, extension.clone()))
        };
        let (base, extension) = without(&d.extension)
            .or_else(|| without(&d.add_extension))
            .unwrap_or_else(|| (name, d.add_extension.clone().unwrap_or_default()));
        Names { folder, base: OsStr::from_bytes(base).to_owned(), extension: extension.into() }
    }

    /// `BASE.NUMBER`, and `compressed` at the end.
    pub fn numbered(&self, number: u32, compressed: &str) -> PathBuf {
        self.with(&format!(".{number}"), compressed)
    }

    /// `BASE` and a date, and `compressed` at the end.
    pub fn dated(&self, date: &str, compressed: &str) -> PathBuf {
        self.with(date, compressed)
    }

    fn with(&self, middle: &str, compressed: &str) -> PathBuf {
        let mut name = self.base.clone();
        name.push(middle);
        name.push(&self.extension);
        name.push(compressed);
        self.folder.join(name)
    }

    /// The numbers that files there have, in no order.
    pub fn all_numbered(&self, compressed: &str) -> Vec<u32> {
        let number = |middle: &[u8]| {
            let digits = std::str::from_utf8(middle.strip_prefix(b".")?).ok()?;
            let number: u32 = digits.parse().ok()?;
            (number.to_string() == digits).then_some(number)
        };
        self.middles(compressed).filter_map(|(middle, _)| number(&middle)).collect()
    }

    /// The files there that have a date of `format` in their names, the oldest first.
    pub fn all_dated(&self, format: &DateFormat, compressed: &str, now: &Moment) -> Vec<PathBuf> {
        self.all_dated_with(format, &[compressed], now)
    }

    /// The same with one of these at the end.
    pub fn all_dated_with(
        &self,
        format: &DateFormat,
        compressed: &[&str],
        now: &Moment,
    ) -> Vec<PathBuf> {
        let mut found: Vec<(i64, Vec<u8>)> = compressed
            .iter()
            .flat_map(|compressed| self.middles(compressed))
            .filter_map(|(middle, name)| Some((format.read(&middle, now)?, name)))
            .collect();
        found.sort();
        found.into_iter().map(|(_, name)| self.folder.join(OsString::from_vec(name))).collect()
    }

    /// What rotation added to the names of the files there, and those names.
    fn middles(&self, compressed: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        let end = [self.extension.as_bytes(), compressed.as_bytes()].concat();
        let base = self.base.as_bytes();
        let listing = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        listing.filter_map(move |entry| {
            let name = entry.file_name().into_vec();
            let middle = name.strip_prefix(base)?.strip_suffix(end.as_slice())?.to_vec();
            Some((middle, name))
        })
    }
}

/// The name of a file until it is whole: hidden, so that no pattern for logs finds it.
pub(crate) fn temporary(path: &Path, kind: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(kind);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Directives;

    fn names(extension: Option<&str>, add: Option<&str>, old: Option<&str>) -> (String, String) {
        let directives = Directives {
            extension: extension.map(Into::into),
            add_extension: add.map(Into::into),
            old_dir: old.map(Into::into),
            ..Directives::default()
        };
        let at = crate::plan::Origin::default();
        let block = Block { pattern: String::new(), files: Vec::new(), directives, at };
        let names = Names::new(&block, Path::new("/var/a.log"));
        let text = |path: PathBuf| path.display().to_string();
        (text(names.numbered(1, ".gz")), text(names.dated("-2026", "")))
    }

    #[test]
    fn extensions_and_folders() {
        let is = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(names(None, None, None), is("/var/a.log.1.gz", "/var/a.log-2026"));
        assert_eq!(names(Some(".log"), None, None), is("/var/a.1.log.gz", "/var/a-2026.log"));
        assert_eq!(
            names(Some(".txt"), None, Some("old")),
            is("/var/old/a.log.1.gz", "/var/old/a.log-2026")
        );
        assert_eq!(
            names(None, Some(".bak"), Some("/old")),
            is("/old/a.log.1.bak.gz", "/old/a.log-2026.bak")
        );
        assert_eq!(names(None, Some(".log"), None), is("/var/a.1.log.gz", "/var/a-2026.log"));
        assert_eq!(names(Some(".log"), Some(".x"), None), is("/var/a.1.log.gz", "/var/a-2026.log"));
    }
}
