use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::fs::FileExt;

use crate::entry::{HEAD, MOST_BODY};
use crate::zst;

/// A part of a segment: whole entries, about [`BLOCK`] bytes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it begins in the segment, uncompressed.
    pub offset: u64,
    /// Its length there.
    pub bytes: u64,
    /// Where it begins in the file, and its length there, if the segment is compressed.
    pub packed: Option<(u64, u64)>,
}

/// Bytes of entries that are compressed together, unless one entry is larger.
pub const BLOCK: u64 = 256 << 10;

/// What claims to be longer is damage.
const MOST_BLOCK: u64 = (MOST_BODY + HEAD) as u64 + 2 * BLOCK;

/// A compressed segment: Zstandard's frames one after the other, each a [`Block`]. `zstd -d` makes the
/// segment of it that it was.
#[derive(Debug)]
pub(crate) struct Packed {
    file: File,
    blocks: Vec<Block>,
    /// The block that was read last.
    cached: Option<usize>,
    plain: Vec<u8>,
    packed: Vec<u8>,
}

impl Packed {
    pub(crate) fn open(file: File) -> io::Result<Packed> {
        let blocks = table(&file)?;
        Ok(Packed { file, blocks, cached: None, plain: Vec::new(), packed: Vec::new() })
    }

    pub(crate) fn len(&self) -> u64 {
        self.blocks.last().map_or(0, |last| last.offset + last.bytes)
    }

    /// What is damaged reads as zeros, which no entry is.
    pub(crate) fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let index = self.blocks.partition_point(|block| block.offset + block.bytes <= at);
        let Some(block) = self.blocks.get(index).copied() else { return Ok(0) };
        if self.cached != Some(index) {
            self.cached = None;
            if !load(&self.file, &block, &mut self.packed, &mut self.plain)? {
                self.plain.clear();
                self.plain.resize(block.bytes as usize, 0);
            }
            self.cached = Some(index);
        }
        let there = self.plain.get((at - block.offset) as usize..).unwrap_or_default();
        let len = there.len().min(buffer.len());
        buffer.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
        Ok(len)
    }
}

/// Reads and unpacks a block; false if it is damaged.
pub(crate) fn load(
    file: &File,
    block: &Block,
    packed: &mut Vec<u8>,
    plain: &mut Vec<u8>,
) -> io::Result<bool> {
    let Some((at, bytes)) = block.packed else {
        plain.resize(block.bytes as usize, 0);
        return read_exact(file, plain, block.offset);
    };
    packed.resize(bytes as usize, 0);
    let whole = read_exact(file, packed, at)?;
    Ok(whole && unpack(packed, block.bytes, plain))
}

/// False if the file ends before.
fn read_exact(file: &File, buffer: &mut [u8], at: u64) -> io::Result<bool> {
    match file.read_exact_at(buffer, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn unpack(packed: &[u8], bytes: u64, plain: &mut Vec<u8>) -> bool {
    zst::unpack(packed, bytes as usize, plain) && plain.len() as u64 == bytes
}

/// Where the blocks are. What is no frame between them is a block of the same length, which can't be
/// unpacked, so that it is told of.
pub(crate) fn table(mut file: &File) -> io::Result<Vec<Block>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let mut blocks = Vec::new();
    let (mut at, mut offset) = (0, 0);
    let mut push = |at: usize, len: usize, plain: u64| {
        blocks.push(Block { offset, bytes: plain, packed: Some((at as u64, len as u64)) });
        offset += plain;
    };
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        if let Some((len, plain)) = zst::frame(rest).filter(|(_, plain)| *plain <= MOST_BLOCK) {
            push(at, len, plain);
            at += len;
            continue;
        }
        // a frame that begins by chance within another is unpacked to nothing of use
        let candidates = memchr::memmem::find_iter(rest, &zst::MAGIC).filter(|found| *found > 0);
        let next = candidates.map(|found| at + found).find(|&found| {
            zst::frame(bytes.get(found..).unwrap_or_default())
                .is_some_and(|(_, plain)| plain <= MOST_BLOCK)
        });
        let next = next.unwrap_or(bytes.len());
        push(at, next - at, (next - at) as u64);
        at = next;
    }
    Ok(blocks)
}
