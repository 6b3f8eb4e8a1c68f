use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::error::JournalError;
use crate::read::Damage;

const EXTENSION: &str = ".journal";

/// One file of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it is.
    pub path: PathBuf,
    /// Number of the first record in it, as its name says.
    pub first: u64,
    /// Its length.
    pub bytes: u64,
}

/// The journal's segments, the oldest first.
pub fn segments(folder: &Path) -> Result<Vec<Segment>, JournalError> {
    let io_error = || JournalError::io("read the folder", folder);
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io_error())? {
        let entry = entry.map_err(io_error())?;
        let name = entry.file_name();
        let Some(first) = name.to_str().and_then(number) else { continue };
        let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
        segments.push(Segment { path: entry.path(), first, bytes });
    }
    segments.sort_unstable_by_key(|segment| segment.first);
    Ok(segments)
}

pub(crate) fn name(first: u64) -> String {
    format!("{first:020}{EXTENSION}")
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(EXTENSION)?;
    let plain = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
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

/// Where damaged bytes are kept.
const ASIDE: &str = "aside";

/// Files kept there, and bytes copied to each: for someone to look at, not an archive.
const MOST_ASIDE: usize = 100;
const MOST_BYTES_ASIDE: u64 = 64 << 20;

/// Keeps the bytes of a segment that are no entries; a file that is no segment at all is moved away.
pub(crate) fn set_aside(folder: &Path, damage: &Damage) -> Result<(), JournalError> {
    let Damage { segment, offset, bytes, .. } = damage;
    let aside = folder.join(ASIDE);
    let to = aside.join(format!("{:020}-{offset}.bad", segment.first));
    let keep = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&aside)?;
        if damage.is_whole_file() {
            return std::fs::rename(&segment.path, &to);
        }
        if std::fs::read_dir(&aside)?.count() >= MOST_ASIDE {
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
