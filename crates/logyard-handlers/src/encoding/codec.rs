use super::errors::Errors;
use super::legacy::Legacy;

/// A text codec of Python's, for writing.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Utf8 { mark: bool },
    Utf16 { order: Order, mark: bool },
    Utf32 { order: Order, mark: bool },
    Ascii,
    Latin1,
    Legacy(Legacy),
}

/// Byte order. Python's `utf-16` takes the machine's own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) const NATIVE: Order =
        if cfg!(target_endian = "big") { Order::Big } else { Order::Little };
}

/// A character that the codec can't express.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "codec `{codec}` can't encode character U+{code_point:04X} at position {position} of the line"
)]
pub struct EncodeError {
    /// The codec's name.
    pub codec: &'static str,
    /// The character, or the surrogate.
    pub code_point: u32,
    /// Its place in the line, in characters from 0.
    pub position: usize,
}

impl Codec {
    /// Python's default, and that of its standard streams.
    pub const UTF_8: Codec = Codec { name: "utf-8", kind: Kind::Utf8 { mark: false } };

    pub(super) const fn new(name: &'static str, kind: Kind) -> Codec {
        Codec { name, kind }
    }

    /// Python's name for it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether text without surrogates is written as it is (after the mark).
    pub(crate) fn is_utf8(&self) -> bool {
        matches!(self.kind, Kind::Utf8 { .. })
    }

    /// Whether ASCII text is written as it is; the test over all characters holds for each.
    fn is_ascii_compatible(&self) -> bool {
        !matches!(self.kind, Kind::Utf16 { .. } | Kind::Utf32 { .. })
    }

    /// Whether a stream that has just been opened at `position` (None: it can't seek) begins with
    /// the mark, as Python's text streams do it: only at the beginning of a file; and at the
    /// beginning of a pipe for `utf-8-sig` but not for UTF-16 and UTF-32.
    pub(crate) fn writes_mark(&self, position: Option<u64>) -> bool {
        match self.kind {
            Kind::Utf8 { mark } => mark && position.unwrap_or(0) == 0,
            Kind::Utf16 { mark, .. } | Kind::Utf32 { mark, .. } => mark && position == Some(0),
            Kind::Ascii | Kind::Latin1 | Kind::Legacy(_) => false,
        }
    }

    /// The byte order mark, for streams that [`Codec::writes_mark`].
    pub(crate) fn mark(&self) -> &'static [u8] {
        match self.kind {
            Kind::Utf8 { .. } => b"\xEF\xBB\xBF",
            Kind::Utf16 { order: Order::Little, .. } => b"\xFF\xFE",
            Kind::Utf16 { order: Order::Big, .. } => b"\xFE\xFF",
            Kind::Utf32 { order: Order::Little, .. } => b"\xFF\xFE\0\0",
            Kind::Utf32 { order: Order::Big, .. } => b"\0\0\xFE\xFF",
            Kind::Ascii | Kind::Latin1 | Kind::Legacy(_) => b"",
        }
    }

    /// Appends a line of WTF-8 text, encoded, without a mark: `str.encode`. On failure `out` holds a
    /// part of it.
    pub fn encode_line(
        &self,
        line: &[u8],
        errors: Errors,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let (mut rest, mut position) = (line, 0);
        loop {
            if self.is_ascii_compatible() {
                let plain = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
                out.extend_from_slice(rest.get(..plain).unwrap_or_default());
                rest = rest.get(plain..).unwrap_or_default();
                position += plain;
            }
            let Some((code_point, len)) = next_code_point(rest) else { break };
            if !self.encode_or_replace(code_point, errors, out) {
                return Err(EncodeError { codec: self.name, code_point, position });
            }
            rest = rest.get(len..).unwrap_or_default();
            position += 1;
        }
        Ok(())
    }

    /// Appends one code point or what stands for it; false if it must be refused.
    pub(crate) fn encode_or_replace(
        &self,
        code_point: u32,
        errors: Errors,
        out: &mut Vec<u8>,
    ) -> bool {
        if self.encode(code_point, out) {
            return true;
        }
        match errors {
            Errors::Strict => return false,
            Errors::Ignore => {}
            Errors::Replace => self.encode_ascii("?", out),
            Errors::BackslashReplace => {
                let text = match code_point {
                    0..=0xFF => format!("\\x{code_point:02x}"),
                    0x100..=0xFFFF => format!("\\u{code_point:04x}"),
                    _ => format!("\\U{code_point:08x}"),
                };
                self.encode_ascii(&text, out);
            }
            Errors::XmlCharRefReplace => self.encode_ascii(&format!("&#{code_point};"), out),
            Errors::SurrogateEscape => return self.encode_escape(code_point, out),
            Errors::SurrogatePass => return self.encode_surrogate(code_point, out),
        }
        true
    }

    fn encode_ascii(&self, text: &str, out: &mut Vec<u8>) {
        for byte in text.bytes() {
            self.encode(byte.into(), out);
        }
    }

    /// Appends one code point; false if the codec hasn't got it.
    pub(crate) fn encode(&self, code_point: u32, out: &mut Vec<u8>) -> bool {
        // No codec encodes a surrogate by itself.
        let Some(char) = char::from_u32(code_point) else { return false };
        match &self.kind {
            Kind::Utf8 { .. } => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Kind::Utf16 { order, .. } => {
                char.encode_utf16(&mut [0; 2]).iter().for_each(|&unit| push_16(unit, *order, out));
            }
            Kind::Utf32 { order, .. } => push_32(code_point, *order, out),
            Kind::Ascii => match u8::try_from(code_point) {
                Ok(byte) if byte < 0x80 => out.push(byte),
                _ => return false,
            },
            Kind::Latin1 => match u8::try_from(code_point) {
                Ok(byte) => out.push(byte),
                _ => return false,
            },
            Kind::Legacy(legacy) => return legacy.encode(char, out),
        }
        true
    }

    /// `surrogateescape`: the byte that the surrogate stands for, in codecs of bytes. UTF-16 and
    /// UTF-32 take no odd bytes, so there Python refuses.
    fn encode_escape(&self, code_point: u32, out: &mut Vec<u8>) -> bool {
        if matches!(self.kind, Kind::Utf16 { .. } | Kind::Utf32 { .. }) {
            return false;
        }
        match code_point {
            0xDC80..=0xDCFF => {
                out.push(code_point.to_le_bytes()[0]);
                true
            }
            _ => false,
        }
    }

    /// `surrogatepass`: by the UTF codecs' own scheme; other codecs refuse.
    fn encode_surrogate(&self, code_point: u32, out: &mut Vec<u8>) -> bool {
        let Ok(unit) = u16::try_from(code_point) else { return false };
        if !(0xD800..=0xDFFF).contains(&unit) {
            return false;
        }
        match self.kind {
            Kind::Utf8 { .. } => {
                let [low, high] = unit.to_le_bytes();
                let middle = 0x80 | (high & 0x0F) << 2 | low >> 6;
                out.extend_from_slice(&[0xE0 | high >> 4, middle, 0x80 | low & 0x3F]);
            }
            Kind::Utf16 { order, .. } => push_16(unit, order, out),
            Kind::Utf32 { order, .. } => push_32(code_point, order, out),
            Kind::Ascii | Kind::Latin1 | Kind::Legacy(_) => return false,
        }
        true
    }
}

fn push_16(unit: u16, order: Order, out: &mut Vec<u8>) {
    out.extend_from_slice(&match order {
        Order::Little => unit.to_le_bytes(),
        Order::Big => unit.to_be_bytes(),
    });
}

fn push_32(unit: u32, order: Order, out: &mut Vec<u8>) {
    out.extend_from_slice(&match order {
        Order::Little => unit.to_le_bytes(),
        Order::Big => unit.to_be_bytes(),
    });
}

/// The first code point of WTF-8 text and its length in bytes; None at the end.
///
/// A byte that starts no character, which WTF-8 hasn't, is taken as U+FFFD: one for a byte, so that
/// any input comes to its end.
pub(crate) fn next_code_point(text: &[u8]) -> Option<(u32, usize)> {
    let &first = text.first()?;
    let (len, bits) = match first {
        0..=0x7F => return Some((first.into(), 1)),
        0xC2..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        0xF0..=0xF4 => (4, first & 0x07),
        _ => return Some((0xFFFD, 1)),
    };
    let mut code_point = u32::from(bits);
    for at in 1..len {
        match text.get(at) {
            Some(&byte) if byte & 0xC0 == 0x80 => {
                code_point = code_point << 6 | u32::from(byte & 0x3F);
            }
            _ => return Some((0xFFFD, 1)),
        }
    }
    Some((code_point, len))
}
