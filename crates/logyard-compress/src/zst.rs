use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

use crate::{PIECE, Pieces};

/// Writes and reads frames of Zstandard.
pub(crate) struct Zstd {
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl Zstd {
    pub(crate) fn new(level: u32) -> io::Result<Zstd> {
        let mut compressor = Compressor::new(i32::try_from(level).unwrap_or(3))?;
        compressor.include_checksum(true)?; // as the command zstd does
        Ok(Zstd { compressor, decompressor: Decompressor::new()? })
    }
}

impl Pieces for Zstd {
    fn pack(&mut self, piece: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        out.reserve(zstd_safe::compress_bound(piece.len()));
        self.compressor.compress_to_buffer(piece, out).map(drop)
    }

    fn len(&self, packed: &[u8]) -> Option<usize> {
        packed.starts_with(&0xfd2f_b528_u32.to_le_bytes()).then_some(())?;
        zstd_safe::find_frame_compressed_size(packed).ok().filter(|len| *len <= packed.len())
    }

    fn unpack(&mut self, packed: &[u8], out: &mut Vec<u8>) -> Option<()> {
        out.reserve(PIECE);
        self.decompressor.decompress_to_buffer(packed, out).ok()?;
        (out.len() <= PIECE).then_some(())
    }
}
