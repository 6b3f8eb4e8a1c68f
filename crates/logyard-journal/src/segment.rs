use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::clients::Clients;
use crate::entry::{Head, Kind};
use crate::folder::{self, Segment};

/// First bytes of each segment.
const MAGIC: [u8; 15] = *b"logyard-journal";
const VERSION: u8 = 1;

/// Length of what stands before the first entry: [`MAGIC`], the version, and the number of the first
/// record, little endian.
pub(crate) const HEADER: usize = 24;

/// The extension of a segment that is being made.
pub(crate) const NEW: &str = "new";

/// What a segment begins with.
pub(crate) enum Header {
    Good,
    /// Another version's.
    Version(u8),
    /// Too short, or no segment's.
    Bad,
}

pub(crate) fn check_header(bytes: &[u8]) -> Header {
    match bytes.get(..HEADER) {
        Some(header) if header[..15] == MAGIC && header[15] == VERSION => Header::Good,
        Some(header) if header[..15] == MAGIC => Header::Version(header[15]),
        _ => Header::Bad,
    }
}

/// Makes the segment whose first record will be `first`, with what is known of the clients in it;
/// gives it open at its end. It gets its name when that is written, so that nobody reads a part of it.
/// One that is there with this name holds no record, and is replaced.
pub(crate) fn create(
    folder: &Path,
    first: u64,
    clients: &Clients,
    micros: u64,
) -> io::Result<(File, Segment)> {
    let path = folder::plain_path(folder, first);
    let body = clients.to_bytes();
    let mut bytes = Vec::with_capacity(HEADER + crate::entry::HEAD + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&first.to_le_bytes());
    let head = Head {
        kind: Kind::Clients,
        body: body.len() as u32, // a few megabytes: the clients' number is bounded
        number: first,
        records: 0,
        micros,
        body_crc: crc32fast::hash(&body),
    };
    bytes.extend_from_slice(&head.to_bytes());
    bytes.extend_from_slice(&body);
    let new = path.with_extension(NEW);
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    if let Err(error) = file.write_all(&bytes).and_then(|()| std::fs::rename(&new, &path)) {
        let _ = std::fs::remove_file(&new); // what is left of it holds nothing
        return Err(error);
    }
    Ok((file, Segment { path, first, bytes: bytes.len() as u64, packed: false }))
}
