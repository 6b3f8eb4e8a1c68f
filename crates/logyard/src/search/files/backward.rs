use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use logyard_compress::{Format, unpack};

use super::FileError;
use super::Shape;

/// How much is read at a time.
const CHUNK: u64 = 1 << 20;

/// A record that is longer is cut: its lines are other records then.
pub(super) const MOST_RECORD: usize = 16 << 20;

/// A file and its length. A compressed one is unpacked to a temporary file before.
pub(super) fn open(path: &Path) -> Result<(File, u64), FileError> {
    let open = || -> io::Result<(File, u64)> {
        let file = File::open(path)?;
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Format::Gzip,
            Some("zst") => Format::Zstd,
            _ => {
                let len = file.metadata()?.len();
                return Ok((file, len));
            }
        };
        let mut plain = tempfile::tempfile()?;
        let len = io::copy(&mut unpack(file, format)?, &mut plain)?;
        Ok((plain, len))
    };
    open().map_err(|source| FileError::Io { path: path.to_owned(), source })
}

/// Reads a file's records from its end.
pub(super) struct Backward {
    file: File,
    path: PathBuf,
    len: u64,
    /// What was read and not given yet: it begins at this place of the file.
    at: u64,
    held: Vec<u8>,
    /// Where the records that were found in it begin, the last one last; and whether it was looked at.
    starts: Vec<usize>,
    looked: bool,
}

impl Backward {
    pub(super) fn open(path: &Path) -> Result<Backward, FileError> {
        let (file, len) = open(path)?;
        let path = path.to_owned();
        Ok(Backward {
            file,
            path,
            len,
            at: len,
            held: Vec::new(),
            starts: Vec::new(),
            looked: false,
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The record before; none at the beginning of the file.
    pub(super) fn next(&mut self, shape: &Shape) -> Result<Option<Vec<u8>>, FileError> {
        loop {
            if let Some(start) = self.starts.pop() {
                return Ok(Some(self.held.split_off(start)));
            }
            if !self.looked {
                self.look(shape);
                continue;
            }
            if self.at == 0 {
                return Ok((!self.held.is_empty()).then(|| std::mem::take(&mut self.held)));
            }
            let begin = self.at.saturating_sub(CHUNK);
            let mut more = vec![0; (self.at - begin) as usize];
            self.file
                .read_exact_at(&mut more, begin)
                .map_err(|source| FileError::Io { path: self.path.clone(), source })?;
            more.append(&mut self.held);
            (self.held, self.at, self.looked) = (more, begin, false);
        }
    }

    /// Finds where records begin. What comes before the first one belongs to one that is not read yet.
    fn look(&mut self, shape: &Shape) {
        self.looked = true;
        let behind_lines = memchr::memchr_iter(b'\n', &self.held).map(|end| end + 1);
        let first = (self.at == 0).then_some(0);
        let is_start = |start: &usize| {
            let line = self.held.get(*start..).unwrap_or_default();
            !line.is_empty()
                && shape.begins(line.split(|byte| *byte == b'\n').next().unwrap_or_default())
        };
        self.starts = first.into_iter().chain(behind_lines).filter(is_start).collect();
        if self.starts.is_empty() && self.held.len() > MOST_RECORD {
            let lines = memchr::memchr_iter(b'\n', &self.held).map(|end| end + 1);
            self.starts = lines.filter(|start| *start < self.held.len()).collect();
            if self.starts.is_empty() {
                self.starts.push(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::forward::Forward;
    use super::super::sniff::sniff;
    use super::*;

    #[test]
    fn a_record_is_a_line_with_those_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let mut text = "not a beginning\n".to_owned();
        for n in 0..30_000 {
            text.push_str(&format!("2026-11-21 10:00:00,123 INFO a: {n}\n"));
            if n % 7 == 0 {
                text.push_str("Traceback:\n\n  below\n");
            }
        }
        text.push_str("2026-11-21 10:00:00,123 INFO a: without an end");
        std::fs::write(&path, &text).unwrap();
        let shape = sniff(&text.as_bytes()[..1000]);
        let mut records = Backward::open(&path).unwrap();
        let mut all = Vec::new();
        while let Some(record) = records.next(&shape).unwrap() {
            all.push(String::from_utf8(record).unwrap());
        }
        assert_eq!(all.len(), 30_002);
        all.reverse();
        assert_eq!(all.concat(), text);
        let mut records = Forward::open(&path).unwrap();
        for expected in &all {
            assert_eq!(records.next(&shape).unwrap().unwrap(), expected.as_bytes());
        }
        assert_eq!(records.next(&shape).unwrap(), None);
        assert!(all[1].ends_with("below\n") && all[2].lines().count() == 1);
    }
}
