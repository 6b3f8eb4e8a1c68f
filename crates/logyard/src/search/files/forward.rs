use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::backward::{MOST_RECORD, open};
use super::{FileError, Shape};

/// Reads a file's records from its beginning.
pub(super) struct Forward {
    file: BufReader<File>,
    path: PathBuf,
    len: u64,
    /// The line with which the next record begins.
    ahead: Vec<u8>,
}

impl Forward {
    pub(super) fn open(path: &Path) -> Result<Forward, FileError> {
        let (mut file, len) = open(path)?;
        let path = path.to_owned();
        file.rewind().map_err(|source| FileError::Io { path: path.clone(), source })?;
        Ok(Forward {
            file: BufReader::with_capacity(256 << 10, file),
            path,
            len,
            ahead: Vec::new(),
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The record behind; none at the end of the file.
    pub(super) fn next(&mut self, shape: &Shape) -> Result<Option<Vec<u8>>, FileError> {
        let mut record = std::mem::take(&mut self.ahead);
        loop {
            let start = record.len();
            // a longer one is cut: its lines are other records then
            let room = (MOST_RECORD.saturating_sub(start) as u64).max(1);
            let read = (&mut self.file)
                .take(room)
                .read_until(b'\n', &mut record)
                .map_err(|source| FileError::Io { path: self.path.clone(), source })?;
            if read == 0 {
                return Ok((!record.is_empty()).then_some(record));
            }
            let line = record.get(start..).unwrap_or_default();
            if start > 0 && (start >= MOST_RECORD || shape.begins(line)) {
                self.ahead = record.split_off(start);
                return Ok(Some(record));
            }
        }
    }
}
