use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::JournalError;
use crate::read::{Damage, What};

const EXTENSION: &str = ".journal";

/// What is added to the name of one that is compressed.
const PACKED: &str = ".zst";

/// One file of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it is.
    pub path: PathBuf,
    /// Number of the first record in it, as its name says.
    pub first: u64,
    /// The file's length.
    pub bytes: u64,
    /// Whether it is compressed.
    pub packed: bool,
}

/// The journal's segments, the oldest first.
pub fn segments(folder: &Path) -> Result<Vec<Segment>, JournalError> {
    let io_error = || JournalError::io("read the folder", folder);
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io_error())? {
        let entry = entry.map_err(io_error())?;
        let name = entry.file_name();
        let Some((first, packed)) = name.to_str().and_then(number) else { continue };
        let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
        segments.push(Segment { path: entry.path(), first, bytes, packed });
    }
    // of one that is there twice the compressed one counts, which has its name because it is whole
    segments.sort_unstable_by_key(|segment| (segment.first, !segment.packed));
    segments.dedup_by_key(|segment| segment.first);
    Ok(segments)
}

pub(crate) fn plain_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}{EXTENSION}"))
}

pub(crate) fn packed_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}{EXTENSION}{PACKED}"))
}

/// Where the index of a segment is, if it has one.
pub fn index_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.index"))
}

/// The number of a segment's first record, and whether it is compressed.
fn number(name: &str) -> Option<(u64, bool)> {
    let (name, packed) = match name.strip_suffix(PACKED) {
        Some(name) => (name, true),
        None => (name, false),
    };
    let digits = name.strip_suffix(EXTENSION)?;
    let plain = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { Some((digits.parse().ok()?, packed)) } else { None }
}

/// Makes the folder, and holds it against other servers as long as the file that is given back is
/// open. Records are for the eyes of the server's user only.
pub(crate) fn lock(folder: &Path) -> Result<File, JournalError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(JournalError::io("make the folder", folder))?;
    let path = folder.join("lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(JournalError::io("open", &path))?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(JournalError::InUse(folder.to_owned())),
        Err(error) => Err(JournalError::io("lock", path)(error.into())),
    }
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> Result<(), JournalError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(JournalError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Where damaged bytes are kept.
const ASIDE: &str = "aside";

/// Files kept there, and bytes copied to each: for someone to look at, not an archive.
const MOST_ASIDE: usize = 100;
const MOST_BYTES_ASIDE: u64 = 64 << 20;

/// Keeps the bytes of a segment that are no entries; a file of which nothing is of use is moved away.
pub(crate) fn set_aside(folder: &Path, damage: &Damage) -> Result<(), JournalError> {
    let Damage { segment, offset, bytes, .. } = damage;
    let aside = folder.join(ASIDE);
    let to = aside.join(format!("{:020}-{offset}.bad", segment.first));
    let keep = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&aside)?;
        if damage.is_whole_file() {
            return std::fs::rename(&segment.path, &to);
        }
        // a compressed one stays as it is, with its damage
        let stays = segment.packed || damage.what == What::Unreadable;
        if stays || std::fs::read_dir(&aside)?.count() >= MOST_ASIDE {
            return Ok(());
        }
        let mut from = File::open(&segment.path)?;
        from.seek(io::SeekFrom::Start(*offset))?;
        let mut from = from.take((*bytes).min(MOST_BYTES_ASIDE));
        let mut options = OpenOptions::new();
        let mut to = options.create(true).truncate(true).write(true).mode(0o600).open(&to)?;
        io::copy(&mut from, &mut to)?;
        Ok(())
    };
    keep().map_err(JournalError::io("keep damaged bytes in", &to))
}
