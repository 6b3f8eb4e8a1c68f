use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use logyard_journal::Block;

/// First bytes of an index, the last of which is the version.
const MAGIC: [u8; 16] = *b"logyard-index\0\0\x01";
const HEAD: usize = 72;

/// An index that is larger is none.
const MOST_BYTES: u64 = 1 << 30;

/// What is known of a whole segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Length of the compressed segment that it is about.
    pub(crate) packed_bytes: u64,
    /// Length of the segment.
    pub(crate) plain_bytes: u64,
    /// The earliest and the latest time of its records.
    pub(crate) micros: Times,
    /// Numbers of the first and last record.
    pub(crate) numbers: (u64, u64),
}

/// Times of records, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Default for Times {
    /// Of none.
    fn default() -> Times {
        Times { first: i64::MAX, last: i64::MIN }
    }
}

impl Times {
    pub(crate) fn add(&mut self, other: Times) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// What is known of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Known {
    pub(crate) numbers: (u64, u64),
    pub(crate) micros: Times,
    pub(crate) flags: Flags,
    /// Each level with the count of its records.
    pub(crate) levels: BTreeMap<i64, u32>,
    /// Each logger, by its place in the list of the segment, with the count of its records.
    pub(crate) loggers: BTreeMap<u32, u32>,
    /// Where its filter is in [`Index::filters`].
    pub(crate) filter: (usize, usize),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(pub(crate) u8);

impl Flags {
    /// Some text of a record does not lie in its frame as it is.
    pub(crate) const MADE_TEXTS: Flags = Flags(1);
    /// Some record has no time.
    pub(crate) const UNTIMED: Flags = Flags(2);
    /// There are too many levels to be listed.
    pub(crate) const ANY_LEVEL: Flags = Flags(4);
    /// There are too many loggers to be listed.
    pub(crate) const ANY_LOGGER: Flags = Flags(8);
    /// Some record has a traceback.
    pub(crate) const TRACEBACKS: Flags = Flags(16);
    /// It could not be read when the index was made.
    pub(crate) const DAMAGED: Flags = Flags(32);

    pub(crate) fn has(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn set(&mut self, other: Flags) {
        self.0 |= other.0;
    }
}

/// What is known of a segment's blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Index {
    pub(crate) head: Head,
    pub(crate) loggers: Vec<Vec<u8>>,
    pub(crate) blocks: Vec<(Block, Known)>,
    pub(crate) filters: Vec<u8>,
}

impl Index {
    /// Writes it to a file, which others see when it is whole.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend((self.loggers.len() as u32).to_le_bytes());
        for logger in &self.loggers {
            body.extend((logger.len() as u32).to_le_bytes());
            body.extend(logger);
        }
        body.extend((self.blocks.len() as u32).to_le_bytes());
        for (block, known) in &self.blocks {
            let (packed_at, packed) = block.packed.unwrap_or_default();
            let (first, last) = known.numbers;
            for n in [block.offset, block.bytes, packed_at, packed, first, last] {
                body.extend(n.to_le_bytes());
            }
            body.extend(known.micros.first.to_le_bytes());
            body.extend(known.micros.last.to_le_bytes());
            body.push(known.flags.0);
            body.extend((known.levels.len() as u32).to_le_bytes());
            for (level, count) in &known.levels {
                body.extend(level.to_le_bytes());
                body.extend(count.to_le_bytes());
            }
            body.extend((known.loggers.len() as u32).to_le_bytes());
            for (logger, count) in &known.loggers {
                body.extend(logger.to_le_bytes());
                body.extend(count.to_le_bytes());
            }
            let (from, to) = known.filter;
            body.extend((to.saturating_sub(from) as u32).to_le_bytes());
        }
        let mut head = Vec::with_capacity(HEAD);
        head.extend(MAGIC);
        let Head { packed_bytes, plain_bytes, micros, numbers } = self.head;
        head.extend(packed_bytes.to_le_bytes());
        head.extend(plain_bytes.to_le_bytes());
        head.extend(micros.first.to_le_bytes());
        head.extend(micros.last.to_le_bytes());
        head.extend(numbers.0.to_le_bytes());
        head.extend(numbers.1.to_le_bytes());
        let mut crc = crc32fast::Hasher::new();
        [&head, &body, &self.filters].into_iter().for_each(|bytes| crc.update(bytes));
        head.extend(crc.finalize().to_le_bytes());
        head.extend((body.len() as u32).to_le_bytes());
        let new = path.with_extension("index.new");
        let mut options = OpenOptions::new();
        let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        let written = file.write_all(&head).and_then(|()| file.write_all(&body));
        written.and_then(|()| file.write_all(&self.filters))?;
        std::fs::rename(new, path)
    }

    /// Reads one; none if there is none that is whole.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Index>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let len = file.metadata()?.len();
        if len < HEAD as u64 || len > MOST_BYTES {
            return Ok(None);
        }
        let mut bytes = vec![0; len as usize];
        match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => Ok(Index::parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Index> {
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let mut crc = crc32fast::Hasher::new();
        crc.update(head.get(..64)?);
        crc.update(rest);
        let mut tail = Cursor(head.get(64..)?);
        if tail.u32()? != crc.finalize() {
            return None;
        }
        let (body, filters) = rest.split_at_checked(tail.u32()? as usize)?;
        let head = Head::parse(head)?;
        let mut body = Cursor(body);
        let mut loggers = Vec::new();
        for _ in 0..body.u32()? {
            let len = body.u32()? as usize;
            loggers.push(body.take(len)?.to_vec());
        }
        let mut blocks = Vec::new();
        let mut filter = 0;
        for _ in 0..body.u32()? {
            let (offset, bytes) = (body.u64()?, body.u64()?);
            let packed = (body.u64()?, body.u64()?);
            let numbers = (body.u64()?, body.u64()?);
            let micros = Times { first: body.u64()? as i64, last: body.u64()? as i64 };
            let flags = Flags(body.u8()?);
            let mut levels = BTreeMap::new();
            for _ in 0..body.u32()? {
                levels.insert(body.u64()? as i64, body.u32()?);
            }
            let mut named = BTreeMap::new();
            for _ in 0..body.u32()? {
                named.insert(body.u32()?, body.u32()?);
            }
            let end = filter + body.u32()? as usize;
            let block = Block { offset, bytes, packed: Some(packed) };
            let known =
                Known { numbers, micros, flags, levels, loggers: named, filter: (filter, end) };
            blocks.push((block, known));
            filter = end;
        }
        Some(Index { head, loggers, blocks, filters: filters.to_vec() })
    }
}

impl Head {
    /// Reads the head alone; its sum is checked with the rest.
    pub(crate) fn read(path: &Path) -> Option<Head> {
        let file = File::open(path).ok()?;
        let mut bytes = [0; HEAD];
        file.read_exact_at(&mut bytes, 0).ok()?;
        Head::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Option<Head> {
        let mut cursor = Cursor(bytes.strip_prefix(&MAGIC)?);
        Some(Head {
            packed_bytes: cursor.u64()?,
            plain_bytes: cursor.u64()?,
            micros: Times { first: cursor.u64()? as i64, last: cursor.u64()? as i64 },
            numbers: (cursor.u64()?, cursor.u64()?),
        })
    }
}

struct Cursor<'b>(&'b [u8]);

impl<'b> Cursor<'b> {
    fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}
