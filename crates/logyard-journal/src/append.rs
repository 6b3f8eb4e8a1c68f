use std::fs::File;
use std::io::{self, IoSlice};

use logyard_crash as crash;

use crate::entry::{Batch, HEAD, Head, Kind, MOST_BODY};

/// Writes an entry at the end of a segment; gives its length. `scratch` is used for what stands before
/// the frames. After an error a part of it may be there.
pub(crate) fn append(
    file: &File,
    scratch: &mut Vec<u8>,
    (number, salt): (u64, u64),
    batch: &Batch<'_>,
) -> io::Result<u64> {
    scratch.clear();
    scratch.resize(HEAD, 0);
    batch.origin_bytes(scratch);
    let body = scratch.len() - HEAD + batch.frames.len();
    if body > MOST_BODY {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many bytes for one entry"));
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(&scratch[HEAD..]);
    crc.update(batch.frames);
    let head = Head {
        kind: Kind::Frames,
        body: body as u32, // MOST_BODY at most
        number,
        records: batch.records,
        micros: batch.micros,
        body_crc: crc.finalize(),
        salt,
    };
    scratch[..HEAD].copy_from_slice(&head.to_bytes());
    crash::here("append-before");
    if crash::is_due("append-torn") {
        write_all(file, scratch, &batch.frames[..batch.frames.len() / 2])?;
        crash::die();
    }
    write_all(file, scratch, batch.frames)?;
    crash::here("append-after");
    Ok((HEAD + body) as u64)
}

/// Both one after the other, in one system call if the kernel takes them.
fn write_all(file: &File, mut first: &[u8], mut second: &[u8]) -> io::Result<()> {
    while !first.is_empty() || !second.is_empty() {
        let written = match rustix::io::writev(file, &[IoSlice::new(first), IoSlice::new(second)]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        let of_first = written.min(first.len());
        first = &first[of_first..];
        second = &second[(written - of_first).min(second.len())..];
    }
    Ok(())
}
