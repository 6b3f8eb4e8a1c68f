use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use logyard_crash as crash;

use crate::clients::Clients;
use crate::entry::{Head, Kind};
use crate::folder::{self, Segment};

/// First bytes of each segment.
const MAGIC: [u8; 15] = *b"logyard-journal";
const VERSION: u8 = 1;

/// Length of what stands before the first entry: [`MAGIC`], the version, the number of the first
/// record and the salt, little endian.
pub(crate) const HEADER: usize = 32;

/// The extension of a segment that is being made.
pub(crate) const NEW: &str = "new";

/// The segment that is appended to.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) file: Arc<File>,
    pub(crate) segment: Segment,
    /// What its entries have in common.
    pub(crate) salt: u64,
    /// When its last record was taken.
    pub(crate) newest: u64,
}

/// What a segment begins with.
pub(crate) enum Header {
    /// With this salt.
    Good(u64),
    /// Another version's.
    Version(u8),
    /// Too short, or no segment's.
    Bad,
}

pub(crate) fn check_header(bytes: &[u8]) -> Header {
    match bytes.get(..HEADER) {
        Some(header) if header[..15] == MAGIC && header[15] == VERSION => {
            let salt = header.last_chunk::<8>().copied().unwrap_or_default();
            Header::Good(u64::from_le_bytes(salt))
        }
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
) -> io::Result<Current> {
    // not to be guessed by who sends records; a good choice is all that this needs
    let salt = RandomState::new().hash_one(first);
    let path = folder::plain_path(folder, first);
    let body = clients.to_bytes();
    let mut bytes = Vec::with_capacity(HEADER + crate::entry::HEAD + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(&salt.to_le_bytes());
    let head = Head {
        kind: Kind::Clients,
        body: body.len() as u32, // a few megabytes: the clients' number is bounded
        number: first,
        records: 0,
        micros,
        body_crc: crc32fast::hash(&body),
        salt,
    };
    bytes.extend_from_slice(&head.to_bytes());
    bytes.extend_from_slice(&body);
    let new = path.with_extension(NEW);
    let _ = std::fs::remove_file(&new); // left by a server that was killed
    // appended to: after a write that failed half way, the next must not leave a hole
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&new)?;
    let named = file.write_all(&bytes).and_then(|()| {
        crash::here("segment-written");
        std::fs::rename(&new, &path)
    });
    if let Err(error) = named {
        let _ = std::fs::remove_file(&new); // what is left of it holds nothing
        return Err(error);
    }
    crash::here("segment-named");
    let bytes = bytes.len() as u64;
    let segment = Segment { path, first, bytes, packed: false };
    Ok(Current { file: Arc::new(file), segment, salt, newest: micros })
}
