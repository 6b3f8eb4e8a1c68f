//! Operands in the pickle's bytes: lengths, lines, textual and binary values.

use crate::arena::{Node, Text};
use crate::decode::Decoder;
use crate::error::Problem;
use crate::{number, opcode as op, text};

impl<'p> Decoder<'_, 'p> {
    /// The next `N` bytes.
    #[inline(always)]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or(Problem::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }

    /// The next `len` bytes, which stay where they are.
    #[inline(always)]
    pub(crate) fn span(&mut self, len: u64) -> Result<Text, Problem> {
        let start = self.pickle.len() - self.rest.len();
        let (_, rest) = usize::try_from(len)
            .ok()
            .and_then(|len| self.rest.split_at_checked(len))
            .ok_or(Problem::Truncated)?;
        self.rest = rest;
        Ok(Text { start: start as u32, len: len as u32, scratch: false })
    }

    /// Text of a known length. Picklers memoize nearly every one, so that a following `BINPUT` or
    /// `MEMOIZE` is done at once: it saves a turn of the loop that is hard to predict.
    #[inline(always)]
    pub(crate) fn unicode(&mut self, len: u64) -> Result<(), Problem> {
        let span = self.span(len)?;
        if !text::is_utf8(self.machine.arena.bytes(self.pickle, span)) {
            return Err(Problem::Text);
        }
        self.push(Node::Str(span))?;
        let next = self.machine.memo.len();
        let rest = match self.rest {
            [op::BINPUT, key, rest @ ..] if usize::from(*key) == next => rest,
            [op::MEMOIZE, rest @ ..] if self.memoized as usize == next => rest,
            _ => return Ok(()),
        };
        if next < self.machine.limits.memo as usize {
            self.rest = rest;
            self.memoized += 1;
            self.machine.memo.push(Node::Str(span));
        }
        Ok(())
    }

    /// The bytes up to the next newline, and past it.
    pub(crate) fn line(&mut self) -> Result<&'p [u8], Problem> {
        let end = memchr::memchr(b'\n', self.rest).ok_or(Problem::Truncated)?;
        let (line, rest) = self.rest.split_at_checked(end).ok_or(Problem::Truncated)?;
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(line)
    }

    /// A length that CPython reads as signed.
    pub(crate) fn signed_length(&mut self) -> Result<usize, Problem> {
        usize::try_from(i32::from_le_bytes(self.array()?)).map_err(|_| Problem::Length)
    }

    /// `GET`'s and `PUT`'s key.
    pub(crate) fn memo_key(&mut self) -> Result<u32, Problem> {
        let line = self.line()?;
        let key = std::str::from_utf8(line).ok().and_then(|line| line.trim_ascii().parse().ok());
        let key: i64 = key.ok_or(Problem::Number)?;
        u32::try_from(key).map_err(|_| Problem::MemoKey)
    }

    /// A line that names a class or its module.
    pub(crate) fn class_name(&mut self) -> Result<Text, Problem> {
        let start = self.pickle.len() - self.rest.len();
        let line = self.line()?;
        if line.is_empty() {
            return Err(Problem::Truncated);
        }
        if !text::is_utf8(line) {
            return Err(Problem::Text);
        }
        Ok(Text { start: start as u32, len: line.len() as u32, scratch: false })
    }

    /// The place of a line just read.
    fn place(&self, line: &[u8]) -> Text {
        let end = self.pickle.len() - self.rest.len() - 1;
        Text { start: (end - line.len()) as u32, len: line.len() as u32, scratch: false }
    }

    /// A textual int.
    pub(crate) fn int(&mut self, line: &[u8], octal: bool) -> Result<Node, Problem> {
        if let Some(int) = number::small(line) {
            return Ok(Node::Int(int));
        }
        let digits = self.machine.limits.digits;
        let bytes = number::parse(line, octal, digits)?;
        let limit = self.machine.limits.scratch_bytes;
        let arena = &mut self.machine.arena;
        match number::fits(&bytes) {
            Some(int) => Ok(Node::Int(int)),
            None => Ok(Node::BigInt(arena.converted(limit, |out| {
                out.extend_from_slice(&bytes);
                Ok(())
            })?)),
        }
    }

    /// A binary int of any length.
    pub(crate) fn long(&mut self, len: usize) -> Result<(), Problem> {
        let place = self.span(len as u64)?;
        let bytes = number::trim(self.machine.arena.bytes(self.pickle, place));
        let node = match number::fits(bytes) {
            Some(int) => Node::Int(int),
            None if bytes.len() > number::max_bytes(self.machine.limits.digits) => {
                return Err(Problem::Digits);
            }
            None => Node::BigInt(Text { len: bytes.len() as u32, ..place }),
        };
        self.push(node)
    }

    /// `UNICODE`'s text.
    pub(crate) fn raw_unicode(&mut self, line: &[u8]) -> Result<Node, Problem> {
        if line.is_ascii() && memchr::memchr(b'\\', line).is_none() {
            return Ok(Node::Str(self.place(line)));
        }
        let limit = self.machine.limits.scratch_bytes;
        let convert = |out: &mut Vec<u8>| text::raw_unicode_unescape(line, out);
        Ok(Node::Str(self.machine.arena.converted(limit, convert)?))
    }

    /// `STRING`'s text.
    pub(crate) fn escaped_string(&mut self, line: &[u8]) -> Result<Node, Problem> {
        let quoted = match line {
            [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
            _ => return Err(Problem::Quotes),
        };
        if quoted.is_ascii() && memchr::memchr(b'\\', quoted).is_none() {
            let line = self.place(line);
            return Ok(Node::Str(Text { start: line.start + 1, len: line.len - 2, ..line }));
        }
        let limit = self.machine.limits.scratch_bytes;
        let convert = |out: &mut Vec<u8>| text::unescape(quoted, out);
        Ok(Node::Str(self.machine.arena.converted(limit, convert)?))
    }

    /// `BINSTRING`'s text.
    pub(crate) fn python2_string(&mut self, len: usize) -> Result<(), Problem> {
        let place = self.span(len as u64)?;
        let bytes = place.start as usize..(place.start + place.len) as usize;
        let bytes = self.pickle.get(bytes).unwrap_or_default();
        let place = match std::str::from_utf8(bytes) {
            Ok(_) => place,
            Err(_) => {
                let limit = self.machine.limits.scratch_bytes;
                self.machine.arena.converted(limit, |out| {
                    text::push_latin1(bytes, out);
                    Ok(())
                })?
            }
        };
        self.push(Node::Str(place))
    }
}
