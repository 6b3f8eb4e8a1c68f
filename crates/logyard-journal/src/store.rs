use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::JournalError;
use crate::folder::{Segment, packed_path, plain_path};
use crate::packed::Packed;

/// A segment's bytes, whether they are compressed or not.
#[derive(Debug)]
pub(crate) enum Store {
    Plain(File),
    Packed(Box<Packed>),
}

impl Store {
    /// Opens a segment, also one that was compressed since it was found; none if it was removed.
    pub(crate) fn open(segment: &mut Segment) -> Result<Option<Store>, JournalError> {
        let Some(file) = open(segment)? else { return Ok(None) };
        if !segment.packed {
            return Ok(Some(Store::Plain(file)));
        }
        let packed = Packed::open(file).map_err(JournalError::io("read", &segment.path))?;
        Ok(Some(Store::Packed(Box::new(packed))))
    }

    /// Reads from a place of the segment, as much as there is.
    pub(crate) fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        match self {
            Store::Plain(file) => file.read_at(buffer, at),
            Store::Packed(packed) => packed.read_at(buffer, at),
        }
    }

    /// Length of the segment, uncompressed.
    pub(crate) fn len(&self) -> io::Result<u64> {
        match self {
            Store::Plain(file) => Ok(file.metadata()?.len()),
            Store::Packed(packed) => Ok(packed.len()),
        }
    }
}

/// Opens the file of a segment, which then says which one it is.
pub(crate) fn open(segment: &mut Segment) -> Result<Option<File>, JournalError> {
    let folder = segment.path.parent().unwrap_or(Path::new("")).to_owned();
    let (plain, packed) = (plain_path(&folder, segment.first), packed_path(&folder, segment.first));
    // the one that was found, and the others
    for (path, is_packed) in
        [(segment.path.clone(), segment.packed), (packed, true), (plain, false)]
    {
        match File::open(&path) {
            Ok(file) => {
                (segment.path, segment.packed) = (path, is_packed);
                return Ok(Some(file));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(JournalError::io("open", path)(error)),
        }
    }
    Ok(None)
}

/// Reads until the buffer is full or there is no more.
pub(crate) fn read_full(store: &mut Store, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut held = 0;
    while let Some(rest) = buffer.get_mut(held..).filter(|rest| !rest.is_empty()) {
        match store.read_at(rest, at + held as u64) {
            Ok(0) => break,
            Ok(read) => held += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}
