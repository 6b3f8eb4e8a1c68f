//! Reads what is appended to a log, also while it is rolled over, truncated or compressed.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::marks::Marks;

/// Bytes that are read at a time, and that one look may read of a file: then it is looked at the clock.
const PIECE: usize = 64 << 10;
const ONE_LOOK: u64 = 64 << 20;

/// Renamed files that are kept open, in case that their writer is late.
const MOST_OLD: usize = 16;

/// Files that a search among the rolled ones reads, and bytes of each, after decompression.
const MOST_FILES: usize = 64;
const MOST_BYTES: u64 = 256 << 20;

/// A log that is being written.
pub(super) struct Follower {
    path: PathBuf,
    since: SystemTime,
    current: Option<Reader>,
    old: Vec<Reader>,
    /// Device and inode of all that were opened.
    known: HashSet<(u64, u64)>,
    /// The file was exchanged, and a file in between may have been missed.
    pub(super) exchanged: bool,
}

struct Reader {
    file: File,
    offset: u64,
    /// The end of what was read, in which a mark may begin.
    tail: Vec<u8>,
}

impl Follower {
    /// From the end of the file as it is now, or from the beginning of one that is made later.
    pub(super) fn start(path: &Path) -> io::Result<Follower> {
        let mut follower = Follower {
            path: path.to_owned(),
            since: SystemTime::now(),
            current: None,
            old: Vec::new(),
            known: HashSet::new(),
            exchanged: false,
        };
        if let Some(mut reader) = follower.open()? {
            reader.offset = reader.file.seek(SeekFrom::End(0))?;
            follower.current = Some(reader);
        }
        Ok(follower)
    }

    fn open(&mut self) -> io::Result<Option<Reader>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        self.known.insert(identity(&found));
        Ok(Some(Reader { file, offset: 0, tail: Vec::new() }))
    }

    /// Reads what has come.
    pub(super) fn look(&mut self, marks: &mut Marks) -> io::Result<()> {
        for reader in self.old.iter_mut().chain(&mut self.current) {
            reader.read(marks)?;
        }
        let here = match std::fs::metadata(&self.path) {
            Ok(found) => identity(&found),
            // between two files
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let same = match &self.current {
            Some(reader) => identity(&reader.file.metadata()?) == here,
            None => false,
        };
        if !same {
            if let Some(before) = self.current.take() {
                self.exchanged = true;
                self.old.push(before);
                let surplus = self.old.len().saturating_sub(MOST_OLD);
                self.old.drain(..surplus);
                // what was written between the last read and the exchange
                self.old.iter_mut().try_for_each(|reader| reader.read(marks))?;
            }
            self.current = self.open()?;
            if let Some(reader) = &mut self.current {
                reader.read(marks)?;
            }
        }
        Ok(())
    }

    /// Looks for missing marks in the rolled files that were not seen while they were written.
    pub(super) fn search_rolled(&mut self, marks: &mut Marks) -> io::Result<()> {
        self.exchanged = false;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let name = self.path.file_name().unwrap_or_default().to_owned();
        let mut read = 0;
        for entry in std::fs::read_dir(folder.unwrap_or(Path::new(".")))? {
            let Ok(entry) = entry else { continue };
            let Ok(found) = entry.metadata() else { continue }; // just removed
            let recent = found.modified().is_ok_and(|modified| modified >= self.since);
            if !belongs(&entry.file_name(), &name)
                || !found.is_file()
                || !recent
                || self.known.contains(&identity(&found))
                || read == MOST_FILES
            {
                continue;
            }
            read += 1;
            // one that is being compressed ends too early: what it holds so far counts
            let _ = search(&entry.path(), marks);
        }
        Ok(())
    }
}

/// `app.log.1` and `app.log.2024-05-01.gz` belong to `app.log`, and so does `app-20240501.log`.
fn belongs(file: &OsStr, log: &OsStr) -> bool {
    let (file, log) = (file.as_encoded_bytes(), log.as_encoded_bytes());
    let stem = log.rsplitn(2, |byte| *byte == b'.').last().unwrap_or(log);
    file != log && file.starts_with(if stem.is_empty() { log } else { stem })
}

fn search(path: &Path, marks: &mut Marks) -> io::Result<()> {
    let file = BufReader::new(File::open(path)?);
    let mut plain: Box<dyn Read> = match path.extension().and_then(OsStr::to_str) {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        #[cfg(feature = "zst")]
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    };
    let overlap = marks.overlap();
    pieces(&mut plain, MOST_BYTES, &mut Vec::new(), overlap, |piece| marks.note_missing(piece))?;
    Ok(())
}

impl Reader {
    fn read(&mut self, marks: &mut Marks) -> io::Result<()> {
        if self.file.metadata()?.len() < self.offset {
            // truncated (copytruncate)
            self.offset = 0;
            self.tail.clear();
        }
        self.file.seek(SeekFrom::Start(self.offset))?;
        let overlap = marks.overlap();
        self.offset += pieces(&mut self.file, ONE_LOOK, &mut self.tail, overlap, |piece| {
            marks.note(piece);
        })?;
        Ok(())
    }
}

/// Reads at most so many bytes, in pieces that overlap. Gives how many there were.
fn pieces(
    from: &mut impl Read,
    most: u64,
    tail: &mut Vec<u8>,
    overlap: usize,
    mut each: impl FnMut(&[u8]),
) -> io::Result<u64> {
    let mut buffer = vec![0; overlap + PIECE];
    let mut total = 0;
    while total < most {
        let kept = tail.len();
        buffer[..kept].copy_from_slice(tail);
        let read = from.read(&mut buffer[kept..])?;
        if read == 0 {
            break;
        }
        total += read as u64;
        let piece = &buffer[..kept + read];
        each(piece);
        tail.clear();
        tail.extend_from_slice(&piece[piece.len().saturating_sub(overlap)..]);
    }
    Ok(total)
}

fn identity(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}
