use std::io;

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};

use crate::{PIECE, Pieces};

/// Ten bytes that every member has, two for the length of the extra field, eight for the field.
const HEADER: usize = 20;
/// CRC and length of what was packed.
const TRAILER: usize = 8;

/// Writes and reads members of gzip.
pub(crate) struct Gzip {
    /// Seconds since the epoch, as far as gzip knows them.
    modified: u32,
    level: u32,
    deflate: Compress,
    inflate: Decompress,
}

impl Gzip {
    pub(crate) fn new(level: u32, modified: u32) -> Gzip {
        let deflate = Compress::new(Compression::new(level.clamp(1, 9)), false);
        Gzip { modified, level, deflate, inflate: Decompress::new(false) }
    }

    fn header(&self, len: u32) -> [u8; HEADER] {
        // what gzip notes of the level
        let speed = match self.level {
            9 => 2,
            1 => 4,
            _ => 0,
        };
        let [m0, m1, m2, m3] = self.modified.to_le_bytes();
        let [l0, l1, l2, l3] = len.to_le_bytes();
        const UNIX: u8 = 3;
        let [id1, id2, deflate, has_extra] = [0x1f, 0x8b, 8, 4];
        [
            id1, id2, deflate, has_extra, m0, m1, m2, m3, speed, UNIX, 8, 0, b'L', b'Y', 4, 0, l0,
            l1, l2, l3,
        ]
    }
}

impl Pieces for Gzip {
    fn pack(&mut self, piece: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.deflate.reset();
        // what can't be compressed grows by 5 bytes for some KiB at most
        out.reserve(HEADER + piece.len() + piece.len() / 64 + 64 + TRAILER);
        out.extend([0; HEADER]);
        let mut done = 0;
        loop {
            let rest = piece.get(done..).unwrap_or_default();
            let before = self.deflate.total_in();
            let status = self.deflate.compress_vec(rest, out, FlushCompress::Finish)?;
            done += usize::try_from(self.deflate.total_in() - before).unwrap_or(rest.len());
            if status == Status::StreamEnd {
                break;
            }
            out.reserve(PIECE / 8);
        }
        let mut crc = Crc::new();
        crc.update(piece);
        out.extend(crc.sum().to_le_bytes());
        out.extend(crc.amount().to_le_bytes());
        let header = self.header(u32::try_from(out.len()).map_err(io::Error::other)?);
        if let Some(place) = out.get_mut(..HEADER) {
            place.copy_from_slice(&header);
        }
        Ok(())
    }

    fn len(&self, packed: &[u8]) -> Option<usize> {
        let header = packed.first_chunk::<HEADER>()?;
        let len = u32::from_le_bytes(*header.last_chunk()?);
        // all of it, so that a file that was begun with another level, or of another time, is begun anew
        (*header == self.header(len)).then_some(())?;
        usize::try_from(len).ok().filter(|len| (HEADER + TRAILER..=packed.len()).contains(len))
    }

    fn unpack(&mut self, packed: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let body = packed.get(HEADER..packed.len().checked_sub(TRAILER)?)?;
        self.inflate.reset(false);
        out.reserve(PIECE + 1);
        let status = self.inflate.decompress_vec(body, out, FlushDecompress::Finish).ok()?;
        let trailer = packed.last_chunk::<TRAILER>()?;
        let mut crc = Crc::new();
        crc.update(out);
        let sums = u64::from(crc.amount()) << 32 | u64::from(crc.sum());
        (status == Status::StreamEnd && u64::from_le_bytes(*trailer) == sums && out.len() <= PIECE)
            .then_some(())
    }
}
