use std::fs::File;
use std::io::{self, BufReader, Read};

use crate::pack::read_full;
use crate::{Format, PIECE};

/// Whether a compressed file, by whatever program, holds what `plain` holds. Both are read from their
/// beginning.
///
/// # Errors
///
/// Those of the files, and of data that can't be unpacked.
pub fn holds(packed: &File, format: Format, plain: &File) -> io::Result<bool> {
    let packed = BufReader::new(From { file: packed, at: 0 });
    match format {
        Format::Gzip => same(flate2::bufread::MultiGzDecoder::new(packed), plain),
        #[cfg(feature = "zst")]
        Format::Zstd => same(zstd::stream::read::Decoder::with_buffer(packed)?, plain),
        #[cfg(not(feature = "zst"))]
        Format::Zstd => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Reads what a compressed file, by whatever program, holds.
///
/// # Errors
///
/// [`io::ErrorKind::Unsupported`] where this build has no Zstandard; when it is read, those of the file, and
/// of data that can't be unpacked.
pub fn unpack(packed: File, format: Format) -> io::Result<Box<dyn Read>> {
    match format {
        Format::Gzip => Ok(Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(packed)))),
        #[cfg(feature = "zst")]
        Format::Zstd => Ok(Box::new(zstd::stream::read::Decoder::new(packed)?)),
        #[cfg(not(feature = "zst"))]
        Format::Zstd => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn same(mut unpacked: impl Read, plain: &File) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; PIECE], vec![0; PIECE]);
    let mut at = 0;
    loop {
        let len = match unpacked.read(&mut left) {
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if len == 0 {
            return Ok(plain.metadata()?.len() == at);
        }
        let there = right.get_mut(..len).unwrap_or_default();
        if read_full(plain, there, at)? < len || left.get(..len) != Some(there) {
            return Ok(false);
        }
        at += len as u64;
    }
}

/// A file that is read from a place of its own.
struct From<'a> {
    file: &'a File,
    at: u64,
}

impl Read for From<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.at)?;
        self.at += len as u64;
        Ok(len)
    }
}
