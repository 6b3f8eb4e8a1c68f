//! Compresses files as gzip and zstd do, in pieces: each 256 KiB of the source are a gzip member, or a
//! Zstandard frame, of their own. The programs read the file as one stream; a reader that wants a part of
//! it, or a compressor that was interrupted, finds where the pieces begin.
//!
//! A gzip member tells its own length: its extra field (RFC 1952, 2.3.1.1) has the subfield `LY` with the
//! number of bytes of the whole member, 32 bits, little-endian. What a piece unpacks to is in the trailer
//! (`ISIZE`), or in the frame's header.

mod gzip;
mod pack;
mod same;
#[cfg(feature = "zst")]
mod zst;

pub use pack::{Packer, Step};
pub use same::{holds, unpack};

/// Bytes of the source in one piece; the last one has fewer. Large enough that compression suffers by a
/// few percent only, small enough that a part of a file is read quickly.
pub const PIECE: usize = 256 << 10;

/// What a file is compressed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Members of gzip, RFC 1952. Level 1 to 9, by default 6.
    Gzip,
    /// Frames of Zstandard, RFC 8878. Level 1 to 19, by default 3.
    Zstd,
}

impl Format {
    /// The level that the program has by default.
    pub fn default_level(self) -> u32 {
        match self {
            Format::Gzip => 6,
            Format::Zstd => 3,
        }
    }

    /// Whether this build can do it: Zstandard is an option of the build.
    pub fn is_there(self) -> bool {
        self == Format::Gzip || cfg!(feature = "zst")
    }
}

/// One piece at a time. What is packed is in `out`, which is emptied before.
trait Pieces: Send {
    fn pack(&mut self, piece: &[u8], out: &mut Vec<u8>) -> std::io::Result<()>;

    /// The bytes of the first piece in `packed`, which may end before it does; `None` if it is none of ours,
    /// or not whole.
    fn len(&self, packed: &[u8]) -> Option<usize>;

    /// Unpacks one whole piece; `None` if it is damaged, or larger than pieces are.
    fn unpack(&mut self, packed: &[u8], out: &mut Vec<u8>) -> Option<()>;
}
