use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::{Format, PIECE, Pieces, gzip};

/// Most bytes that one piece is packed to, and some more.
const PACKED: usize = PIECE + PIECE / 8;

/// What the caller says after each piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Go on.
    Go,
    /// Stop here.
    Stop,
}

/// Compresses files one after the other, with the same buffers.
pub struct Packer {
    format: Format,
    level: u32,
    modified: u32,
    pieces: Box<dyn Pieces>,
    plain: Vec<u8>,
    packed: Vec<u8>,
}

impl Packer {
    /// For `format` at `level`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Unsupported`] where this build has no Zstandard.
    pub fn new(format: Format, level: u32) -> io::Result<Packer> {
        let pieces = pieces(format, level, 0)?;
        let (plain, packed) = (vec![0; PIECE], Vec::new());
        Ok(Packer { format, level, modified: 0, pieces, plain, packed })
    }

    /// Whether it is one for `format` at `level`.
    pub fn is_for(&self, format: Format, level: u32) -> bool {
        (self.format, self.level) == (format, level)
    }

    /// Compresses all of `source`, which was modified at `modified` (seconds since the epoch), into `target`.
    ///
    /// What is in `target` already, by an earlier call that did not come to its end, is compared with the
    /// source; it goes on behind the last whole piece that agrees, and what is behind that is cut off. After
    /// each piece `step` is told how many bytes of the source are done.
    ///
    /// # Errors
    ///
    /// Those of the files; [`io::ErrorKind::Interrupted`] if `step` says [`Step::Stop`]. The pieces that are
    /// whole stay.
    pub fn pack(
        &mut self,
        source: &File,
        target: &File,
        modified: i64,
        step: &mut dyn FnMut(u64) -> Step,
    ) -> io::Result<()> {
        let modified = u32::try_from(modified).unwrap_or(0); // as gzip does, which knows 32 bits only
        if self.modified != modified && self.format == Format::Gzip {
            self.pieces = pieces(self.format, self.level, modified)?;
            self.modified = modified;
        }
        let (mut from, mut to) = self.resume(source, target, step)?;
        loop {
            let len = read_full(source, &mut self.plain, from)?;
            if len == 0 && to > 0 {
                return Ok(());
            }
            self.packed.clear();
            self.pieces.pack(self.plain.get(..len).unwrap_or_default(), &mut self.packed)?;
            target.write_all_at(&self.packed, to)?;
            from += len as u64;
            to += self.packed.len() as u64;
            go_on(step, from)?;
            if len < PIECE {
                return Ok(());
            }
        }
    }

    /// How much of the source is done, and in how many bytes.
    fn resume(
        &mut self,
        source: &File,
        target: &File,
        step: &mut dyn FnMut(u64) -> Step,
    ) -> io::Result<(u64, u64)> {
        let (mut from, mut to) = (0, 0);
        let there = target.metadata()?.len();
        if there == 0 {
            return Ok((0, 0));
        }
        let mut whole = Vec::new();
        loop {
            self.packed.resize(PACKED, 0);
            let len = read_full(target, &mut self.packed, to)?;
            let found = self.packed.get(..len).unwrap_or_default();
            let Some(piece) = self.pieces.len(found).and_then(|len| found.get(..len)) else {
                break;
            };
            whole.clear();
            if self.pieces.unpack(piece, &mut whole).is_none() || whole.is_empty() {
                break;
            }
            let len = read_full(source, &mut self.plain, from)?;
            // a piece that is not full is the last one
            if self.plain.get(..len) != Some(whole.as_slice()) {
                break;
            }
            from += len as u64;
            to += piece.len() as u64;
            go_on(step, from)?;
        }
        target.set_len(to)?;
        Ok((from, to))
    }
}

fn pieces(format: Format, level: u32, modified: u32) -> io::Result<Box<dyn Pieces>> {
    match format {
        Format::Gzip => Ok(Box::new(gzip::Gzip::new(level, modified))),
        #[cfg(feature = "zst")]
        Format::Zstd => Ok(Box::new(crate::zst::Zstd::new(level)?)),
        #[cfg(not(feature = "zst"))]
        Format::Zstd => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this logyard was built without Zstandard",
        )),
    }
}

fn go_on(step: &mut dyn FnMut(u64) -> Step, done: u64) -> io::Result<()> {
    match step(done) {
        Step::Go => Ok(()),
        Step::Stop => Err(io::ErrorKind::Interrupted.into()),
    }
}

/// Fills `buffer` as far as the file goes.
pub(crate) fn read_full(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut len = 0;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + len as u64) {
            Ok(0) => break,
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("format", &self.format).field("level", &self.level).finish()
    }
}

#[cfg(test)]
mod tests;
