//! Where the text of a configuration comes from: files, checked as logrotate checks them, and
//! folders of them.

use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::cursor::Cursor;
use super::glob::fits;
use super::problem::why;
use crate::messages::Messages;

/// Longest configuration that is read: real ones have a few KiB.
const LIMIT: u64 = 16 << 20;

/// Endings of files that an `include` of a folder leaves out, from logrotate's manual.
const TABOO: [&str; 18] = [
    ",v",
    ".bak",
    ".cfsaved",
    ".disabled",
    ".dpkg-bak",
    ".dpkg-del",
    ".dpkg-dist",
    ".dpkg-new",
    ".dpkg-old",
    ".rhn-cfg-tmp-*",
    ".rpmnew",
    ".rpmorig",
    ".rpmsave",
    ".swp",
    ".ucf-dist",
    ".ucf-new",
    ".ucf-old",
    "~",
];

/// The names that an `include` of a folder leaves out: `tabooext` and `taboopat`.
#[derive(Debug)]
pub(super) struct Taboo(Vec<String>);

impl Default for Taboo {
    fn default() -> Taboo {
        Taboo(TABOO.iter().map(|ending| format!("*{ending}")).collect())
    }
}

impl Taboo {
    /// `[+] LIST`: words with blanks or commas between, added after a `+`. `star` is put before each.
    pub(super) fn set(&mut self, value: &str, star: &str) {
        let (add, list) = match value.strip_prefix('+') {
            Some(list) => (true, list),
            None => (false, value),
        };
        if !add {
            self.0.clear();
        }
        let words = list.split(|letter: char| letter.is_ascii_whitespace() || letter == ',');
        self.0.extend(words.filter(|word| !word.is_empty()).map(|word| format!("{star}{word}")));
    }

    fn of(&self, name: &[u8]) -> Option<&str> {
        self.0.iter().find(|pattern| fits(pattern.as_bytes(), name)).map(String::as_str)
    }
}

/// A file or a folder, as the command line or an `include` names it: the files to read, in order,
/// each with the name that messages have for it. `None` if it is not there.
pub(super) fn files(path: &Path, taboo: &Taboo, told: &Messages) -> Option<Vec<(PathBuf, String)>> {
    match std::fs::metadata(path) {
        Err(error) => {
            told.error(&format!("cannot stat {}: {}", path.display(), why(&error)));
            None
        }
        Ok(about) if !about.is_dir() => Some(vec![(path.to_owned(), path.display().to_string())]),
        Ok(_) => match std::fs::read_dir(path) {
            Err(error) => {
                told.error(&format!("cannot open directory {}: {}", path.display(), why(&error)));
                None
            }
            Ok(listing) => {
                let mut names: Vec<_> = listing.flatten().map(|entry| entry.file_name()).collect();
                names.retain(|name| allowed(path, name, taboo, told));
                names.sort();
                Some(
                    names
                        .iter()
                        .map(|name| (path.join(name), name.display().to_string()))
                        .collect(),
                )
            }
        },
    }
}

fn allowed(folder: &Path, name: &std::ffi::OsStr, taboo: &Taboo, told: &Messages) -> bool {
    if !std::fs::metadata(folder.join(name)).is_ok_and(|about| about.is_file()) {
        told.debug(&format!("Ignoring {} because it's not a regular file.\n", name.display()));
        return false;
    }
    if let Some(pattern) = taboo.of(name.as_bytes()) {
        told.debug(&format!("Ignoring {}, because of {pattern} pattern match\n", name.display()));
        return false;
    }
    true
}

/// What opening a configuration gives.
pub(super) enum Opened {
    Text(Cursor),
    /// Left out: a folder or a pipe.
    Ignored,
    Failed,
}

/// Reads a file, unless somebody else than its reader could have written it.
pub(super) fn open(path: &Path, shown: &str, told: &Messages) -> Opened {
    let about = match std::fs::metadata(path) {
        Ok(about) => about,
        Err(error) => {
            told.error(&format!("cannot stat {shown}: {}", why(&error)));
            return Opened::Failed;
        }
    };
    if !about.is_file() {
        told.debug(&format!("Ignoring {shown} because it's not a regular file.\n"));
        return Opened::Ignored;
    }
    if rustix::process::getuid().is_root() && about.uid() != 0 {
        told.error(&format!(
            "Ignoring {shown} because the file owner is wrong (should be root or user with uid 0)."
        ));
        return Opened::Failed;
    }
    let mode = about.mode() & 0o7777;
    if mode & 0o7033 != 0 {
        told.warning(&format!("Potentially dangerous mode on {shown}: 0{mode:o}"));
    }
    if mode & 0o022 != 0 {
        told.error(&format!("Ignoring {shown} because it is writable by group or others."));
        return Opened::Failed;
    }
    let mut text = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut text));
    match read {
        Err(error) => {
            told.error(&format!("failed to open config file {shown}: {}", why(&error)));
            Opened::Failed
        }
        Ok(_) if text.len() as u64 > LIMIT => {
            told.error(&format!("{shown} is longer than {LIMIT} bytes, which no configuration is"));
            Opened::Failed
        }
        Ok(_) => {
            told.debug(&format!("reading config file {shown}\n"));
            Opened::Text(Cursor::new(text))
        }
    }
}
