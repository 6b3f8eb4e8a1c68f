use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;

use crate::entry::{Batch, HEAD, Head, Kind, MAGIC};
use crate::error::JournalError;
use crate::folder::{Segment, packed_path, remove};
use crate::packed::{BLOCK, Block, load, table};
use crate::read::Open;
use crate::segment::{self, HEADER, Header, check_header};
use crate::store::{Store, open, read_full};
use crate::zst::Packer;

/// A segment that is read in blocks, in any order, by any thread.
#[derive(Debug)]
pub struct SegmentFile {
    segment: Segment,
    file: File,
}

impl SegmentFile {
    /// Opens a segment, also one that was compressed since it was found; none if it was removed.
    pub fn open(segment: &Segment) -> Result<Option<SegmentFile>, JournalError> {
        let mut segment = segment.clone();
        let Some(file) = open(&mut segment)? else { return Ok(None) };
        let metadata = file.metadata().map_err(JournalError::io("read", &segment.path))?;
        segment.bytes = metadata.len();
        Ok(Some(SegmentFile { segment, file }))
    }

    /// The segment, as it was opened.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Its blocks, the first one first. All of the file is read for that.
    pub fn blocks(&self) -> Result<Vec<Block>, JournalError> {
        if !self.segment.packed {
            return cut(&self.segment);
        }
        table(&self.file).map_err(JournalError::io("read", &self.segment.path))
    }

    /// Reads a block; false if it is damaged. `packed` is used for a compressed one.
    pub fn load(
        &self,
        block: &Block,
        packed: &mut Vec<u8>,
        plain: &mut Vec<u8>,
    ) -> Result<bool, JournalError> {
        load(&self.file, block, packed, plain).map_err(JournalError::io("read", &self.segment.path))
    }
}

/// The blocks of a segment that is not compressed.
fn cut(segment: &Segment) -> Result<Vec<Block>, JournalError> {
    let mut blocks = Vec::new();
    let mut walk = Walk::new(segment);
    while let Some(block) = walk.next() {
        blocks.push(block);
    }
    Ok(blocks)
}

/// Goes from block to block, as a reader goes from entry to entry: what that passes over is in a block,
/// too.
struct Walk {
    open: Option<Open>,
    from: u64,
}

impl Walk {
    fn new(segment: &Segment) -> Walk {
        // of a file that is no segment, there are no blocks
        Walk { open: Open::new(segment.clone()).ok().flatten(), from: 0 }
    }

    fn next(&mut self) -> Option<Block> {
        let open = self.open.as_mut()?;
        let mut at = self.from;
        while at - self.from < BLOCK {
            match open.step_over() {
                Some(end) => at = end,
                None => {
                    at = open.len();
                    self.open = None;
                    break;
                }
            }
        }
        let block = Block { offset: self.from, bytes: at - self.from, packed: None };
        self.from = at;
        (block.bytes > 0).then_some(block)
    }
}

/// Compresses a segment into a new file beside it, and gives that file's path and length; it gets its
/// name by [`crate::Journal::packed`]. `each` is called with each block, and says whether to go on; if
/// not, nothing is left.
pub fn pack(
    segment: &Segment,
    each: &mut dyn FnMut(&Block, &[u8]) -> bool,
) -> Result<Option<(PathBuf, u64)>, JournalError> {
    let folder = segment.path.parent().map(PathBuf::from).unwrap_or_default();
    let mut new = packed_path(&folder, segment.first).into_os_string();
    new.push(".");
    new.push(segment::NEW);
    let new = PathBuf::from(new);
    let packed = pack_to(segment, &new, each);
    if !matches!(packed, Ok(Some(_))) {
        let _ = std::fs::remove_file(&new); // what is left of it is removed at the next start
    }
    Ok(packed?.map(|bytes| (new, bytes)))
}

fn pack_to(
    segment: &Segment,
    new: &PathBuf,
    each: &mut dyn FnMut(&Block, &[u8]) -> bool,
) -> Result<Option<u64>, JournalError> {
    let io_error = || JournalError::io("compress to", new);
    let mut packer = Packer::new().map_err(io_error())?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let file = options.open(new).map_err(io_error())?;
    let mut source = segment.clone();
    let Some(mut store) = Store::open(&mut source)? else { return Ok(None) };
    if source.packed {
        return Ok(None);
    }
    let (mut plain, mut packed) = (Vec::new(), Vec::new());
    let mut walk = Walk::new(&source);
    let mut at = 0;
    while let Some(mut block) = walk.next() {
        plain.resize(block.bytes as usize, 0);
        let read = read_full(&mut store, &mut plain, block.offset);
        if read.map_err(JournalError::io("read", &source.path))? < plain.len() {
            return Ok(None);
        }
        packer.pack(&plain, &mut packed).map_err(io_error())?;
        file.write_all_at(&packed, at).map_err(io_error())?;
        block.packed = Some((at, packed.len() as u64));
        at += packed.len() as u64;
        if !each(&block, &plain) {
            return Ok(None);
        }
    }
    file.sync_data().map_err(io_error())?;
    // what was no segment is not made one
    Ok((at > 0).then_some(at))
}

/// Finishes a compressed segment after it has its name: when that is on the disk, the plain one goes.
pub fn remove_plain(segment: &Segment) -> Result<(), JournalError> {
    let folder = segment.path.parent().map(PathBuf::from).unwrap_or_default();
    let synced = File::open(&folder).and_then(|open| open.sync_all());
    synced.map_err(JournalError::io("sync", &folder))?;
    remove(&segment.path)
}

/// The entries in a block's bytes: the number of the first record of each, and its records.
pub fn entries(block: &[u8]) -> impl Iterator<Item = (u64, Batch<'_>)> {
    let (mut at, mut salt) = match check_header(block) {
        Header::Good(salt) => (HEADER, Some(salt)),
        _ => (0, None),
    };
    std::iter::from_fn(move || {
        loop {
            let rest = block.get(at..)?;
            let whole = Head::from_bytes(rest).and_then(|head| {
                let body = rest.get(HEAD..HEAD + head.body as usize)?;
                (crc32fast::hash(body) == head.body_crc).then_some((head, body))
            });
            let Some((head, body)) = whole else {
                // as a reader does
                let mut heads = memchr::memmem::find_iter(rest.get(1..)?, &MAGIC);
                at += 1 + heads.find(|found| {
                    let rest = rest.get(1 + found..).unwrap_or_default();
                    Head::of_segment(rest, salt).is_some()
                })?;
                continue;
            };
            salt.get_or_insert(head.salt);
            at += HEAD + body.len();
            if head.kind == Kind::Frames
                && let Some(batch) = Batch::from_body(head, body)
            {
                return Some((head.number, batch));
            }
        }
    })
}
