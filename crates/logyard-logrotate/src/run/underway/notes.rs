//! The lines of the file that tells what is under way.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::state::quoting;

/// The first line.
pub(super) const TOP: &[u8] = b"logyard rotate: under way, version 1\n";

/// One thing that is going to be done, or has been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) enum Note {
    /// The rotation of a log begins: its block's pattern, and the time of the run.
    Begin { log: PathBuf, pattern: OsString, at: i64 },
    /// An older log gets another name.
    Move(Move),
    /// The log itself is taken.
    Take(Take),
    /// What was copied is cut out of the log.
    Cut(Cut),
    /// It is over, and the log counts as rotated.
    Done,
    /// It is over, and all is as before.
    Undone,
}

/// A file, by its inode, that gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) struct Move {
    pub(in crate::run) inode: u64,
    pub(in crate::run) from: PathBuf,
    pub(in crate::run) to: PathBuf,
}

/// Where a log goes. None of the names but the last is there when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) struct Take {
    /// Its name until it is compressed, and in the end.
    pub(in crate::run) rotated: PathBuf,
    pub(in crate::run) result: PathBuf,
    /// With `renamecopy`, its name until it is copied, and its inode.
    pub(in crate::run) renamed: Option<(PathBuf, u64)>,
    /// What goes in the end.
    pub(in crate::run) dispose: Option<PathBuf>,
}

/// What a log was like before the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) struct Cut {
    pub(in crate::run) size: u64,
    /// Seconds and nanoseconds.
    pub(in crate::run) modified: (i64, i64),
}

impl Note {
    /// The line for the rotation with that number.
    pub(super) fn line(&self, number: usize) -> Vec<u8> {
        let mut out = format!("{number} {}", self.name()).into_bytes();
        let number = |out: &mut Vec<u8>, value: i128| {
            let _ = write!(out, " {value}"); // to memory
        };
        let text = |out: &mut Vec<u8>, path: &Path| {
            out.push(b' ');
            quoting::write(path.as_os_str().as_bytes(), out);
        };
        match self {
            Note::Begin { log, pattern, at } => {
                number(&mut out, (*at).into());
                text(&mut out, log);
                text(&mut out, pattern.as_ref());
            }
            Note::Move(Move { inode, from, to }) => {
                number(&mut out, (*inode).into());
                text(&mut out, from);
                text(&mut out, to);
            }
            Note::Take(take) => {
                text(&mut out, &take.rotated);
                text(&mut out, &take.result);
                let none = (PathBuf::new(), 0);
                let (renamed, inode) = take.renamed.as_ref().unwrap_or(&none);
                text(&mut out, renamed);
                number(&mut out, (*inode).into());
                text(&mut out, take.dispose.as_deref().unwrap_or(Path::new("")));
            }
            Note::Cut(Cut { size, modified: (seconds, nanoseconds) }) => {
                for value in [i128::from(*size), (*seconds).into(), (*nanoseconds).into()] {
                    number(&mut out, value);
                }
            }
            Note::Done | Note::Undone => {}
        }
        out.push(b'\n');
        out
    }

    fn name(&self) -> &'static str {
        match self {
            Note::Begin { .. } => "begin",
            Note::Move(_) => "move",
            Note::Take(_) => "take",
            Note::Cut(_) => "cut",
            Note::Done => "done",
            Note::Undone => "undone",
        }
    }

    /// Reads a line, without its end: a rotation's number and the note.
    pub(super) fn read(line: &[u8]) -> Option<(usize, Note)> {
        let mut fields = Fields(line);
        let number = fields.number()?;
        let note = match fields.word()?.as_slice() {
            b"begin" => {
                let at = fields.number()?;
                Note::Begin { at, log: fields.path()?, pattern: fields.path()?.into() }
            }
            b"move" => Note::Move(Move {
                inode: fields.number()?,
                from: fields.path()?,
                to: fields.path()?,
            }),
            b"take" => {
                let (rotated, result) = (fields.path()?, fields.path()?);
                let some = |path: &PathBuf| !path.as_os_str().is_empty();
                let renamed = (fields.path()?, fields.number()?);
                Note::Take(Take {
                    rotated,
                    result,
                    renamed: Some(renamed).filter(|(path, _)| some(path)),
                    dispose: Some(fields.path()?).filter(some),
                })
            }
            b"cut" => Note::Cut(Cut {
                size: fields.number()?,
                modified: (fields.number()?, fields.number()?),
            }),
            b"done" => Note::Done,
            b"undone" => Note::Undone,
            _ => return None,
        };
        fields.0.is_empty().then_some((number, note))
    }
}

/// What is left of a line.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn word(&mut self) -> Option<Vec<u8>> {
        let (word, rest) = quoting::read(self.0)?;
        self.0 = rest.trim_ascii_start();
        Some(word)
    }

    fn path(&mut self) -> Option<PathBuf> {
        Some(OsString::from_vec(self.word()?).into())
    }

    fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        std::str::from_utf8(&self.word()?).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_as_they_were_written() {
        let odd = PathBuf::from(OsString::from_vec(b"/a \"b\\c\nd\xff".to_vec()));
        let take = Take {
            rotated: odd.clone(),
            result: "/x.1.gz".into(),
            renamed: None,
            dispose: Some("/x.31".into()),
        };
        for note in [
            Note::Begin { log: odd.clone(), pattern: "/a /b".into(), at: -1 },
            Note::Move(Move { inode: u64::MAX, from: odd, to: "/x".into() }),
            Note::Take(take.clone()),
            Note::Take(Take { renamed: Some(("/x.tmp".into(), 7)), dispose: None, ..take }),
            Note::Cut(Cut { size: 8193, modified: (1_795_341_600, 999_999_999) }),
            Note::Done,
            Note::Undone,
        ] {
            let line = note.line(12);
            let line = line.strip_suffix(b"\n").unwrap();
            assert_eq!(Note::read(line), Some((12, note)));
            for end in 0..line.len() {
                // a line that was cut off is not taken for a shorter one, but for numbers at its end
                let _ = Note::read(&line[..end]);
            }
        }
        for line in ["", "1", "x done", "1 undo", "1 done 2", "1 move 1 \"/a\"", "1 cut 1 1"] {
            assert_eq!(Note::read(line.as_bytes()), None, "{line}");
        }
    }
}
