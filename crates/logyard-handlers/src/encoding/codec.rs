use super::errors::Errors;
use super::iso2022::{self, Iso2022};
use super::multibyte::{self, Multibyte};
use super::table::Charmap;
use super::{character_names, escapes, hz, utf7};

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
    Charmap(Charmap),
    Multibyte(Multibyte),
    Iso2022(Iso2022),
    Hz,
    Utf7,
    UnicodeEscape,
    RawUnicodeEscape,
}

/// What an encoder remembers from one character to the next, and from one line to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    iso2022: iso2022::State,
    /// Whether HZ is within `~{`.
    hz: bool,
    utf7: utf7::State,
}

impl State {
    /// That of a stream which has just been opened at `position` (None: it can't seek).
    ///
    /// Python's text streams set the encoder's state to 0 unless they are at the beginning. ISO 2022
    /// then doesn't know which set is in force, and begins with the call of one.
    pub fn of_stream(position: Option<u64>) -> State {
        let iso2022 = match position {
            None | Some(0) => iso2022::State::START,
            Some(_) => iso2022::State::default(),
        };
        State { iso2022, hz: false, utf7: utf7::State::default() }
    }

    /// That of a stream which was moved to `position` after something was written.
    ///
    /// At the beginning Python resets the encoder instead (`_textiowrapper_encoder_reset`), and ISO
    /// 2022's then still takes G1's set for known (`iso2022_encode_reset`).
    #[must_use]
    pub fn sought(self, position: u64) -> State {
        let mut state = State::of_stream(Some(position));
        if position == 0 {
            state.iso2022 = self.iso2022.reset();
        }
        state
    }
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

    /// Whether it matters to a line that the file was opened anew before it. A mark is written again
    /// where the file is still empty: a line that was refused has taken the first one with it.
    pub(crate) fn has_state(&self) -> bool {
        match self.kind {
            Kind::Iso2022(_) => true,
            Kind::Utf8 { mark } | Kind::Utf16 { mark, .. } | Kind::Utf32 { mark, .. } => mark,
            _ => false,
        }
    }

    /// How much of the text's beginning is ASCII that is written as it is.
    fn plain(&self, text: &[u8], state: &State) -> usize {
        let has_ascii = match self.kind {
            Kind::Utf8 { .. } | Kind::Ascii | Kind::Latin1 => true,
            Kind::Charmap(charmap) => charmap.ascii,
            Kind::Multibyte(multibyte) => multibyte.has_ascii(),
            Kind::Iso2022(_) => state.iso2022.is_ascii(),
            Kind::Utf16 { .. } | Kind::Utf32 { .. } | Kind::Hz | Kind::Utf7 => false,
            Kind::UnicodeEscape | Kind::RawUnicodeEscape => false,
        };
        let is_other = |byte: &u8| !byte.is_ascii();
        if has_ascii { text.iter().position(is_other).unwrap_or(text.len()) } else { 0 }
    }

    /// Whether a stream that has just been opened at `position` (None: it can't seek) begins with
    /// the mark, as Python's text streams do it: only at the beginning of a file; and at the
    /// beginning of a pipe for `utf-8-sig` but not for UTF-16 and UTF-32.
    pub(crate) fn writes_mark(&self, position: Option<u64>) -> bool {
        match self.kind {
            Kind::Utf8 { mark } => mark && position.unwrap_or(0) == 0,
            Kind::Utf16 { mark, .. } | Kind::Utf32 { mark, .. } => mark && position == Some(0),
            _ => false,
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
            _ => b"",
        }
    }

    /// Appends a line of WTF-8 text, encoded, without a mark: an incremental encoder's `encode`. On
    /// failure `out` holds a part of it, and the state is what it was.
    pub fn encode_line(
        &self,
        line: &[u8],
        errors: Errors,
        state: &mut State,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let before = *state;
        let (mut rest, mut position) = (line, 0);
        loop {
            let plain = self.plain(rest, state);
            out.extend_from_slice(rest.get(..plain).unwrap_or_default());
            rest = rest.get(plain..).unwrap_or_default();
            position += plain;
            let Some((code_point, len)) = next_code_point(rest) else { break };
            rest = rest.get(len..).unwrap_or_default();
            if let Some(len) = self.encode_pair(code_point, rest, state, out) {
                rest = rest.get(len..).unwrap_or_default();
                position += 1;
            } else if !self.encode_or_replace(code_point, errors, state, out) {
                *state = before;
                return Err(EncodeError { codec: self.name, code_point, position });
            }
            position += 1;
        }
        self.finish(state, out);
        Ok(())
    }

    /// Ends the line.
    pub(crate) fn finish(&self, state: &mut State, out: &mut Vec<u8>) {
        if let Kind::Utf7 = self.kind {
            utf7::finish(&mut state.utf7, out);
        }
    }

    /// Appends the code that a code point has together with the next one, if it has one; gives that
    /// one's length.
    pub(crate) fn encode_pair(
        &self,
        code_point: u32,
        rest: &[u8],
        state: &mut State,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        match self.kind {
            Kind::Multibyte(multibyte) if multibyte.has_pairs() => {
                let (next, len) = next_code_point(rest)?;
                multibyte::push(multibyte.pair(code_point, next)?, out);
                Some(len)
            }
            Kind::Iso2022(iso2022) if iso2022.has_pairs() => {
                let (next, len) = next_code_point(rest)?;
                let done = iso2022.encode_pair(code_point, next, &mut state.iso2022, out);
                done.then_some(len)
            }
            _ => None,
        }
    }

    /// Appends one code point or what stands for it; false if it must be refused.
    pub(crate) fn encode_or_replace(
        &self,
        code_point: u32,
        errors: Errors,
        state: &mut State,
        out: &mut Vec<u8>,
    ) -> bool {
        if self.encode(code_point, state, out) {
            return true;
        }
        let text = match errors {
            Errors::Strict => return false,
            Errors::Ignore => return true,
            Errors::Replace => "?".to_owned(),
            Errors::BackslashReplace => escapes::backslash(code_point),
            Errors::XmlCharRefReplace => format!("&#{code_point};"),
            Errors::NameReplace => match character_names::name(code_point) {
                Some(name) => format!("\\N{{{name}}}"),
                None => escapes::backslash(code_point),
            },
            Errors::SurrogateEscape => return self.encode_escape(code_point, out),
            Errors::SurrogatePass => return self.encode_surrogate(code_point, out),
        };
        text.bytes().all(|byte| self.encode(byte.into(), state, out))
    }

    /// Appends one code point; false if the codec hasn't got it.
    pub(crate) fn encode(&self, code_point: u32, state: &mut State, out: &mut Vec<u8>) -> bool {
        match self.kind {
            // These have all code points, surrogates too.
            Kind::Utf7 => utf7::encode(code_point, &mut state.utf7, out),
            Kind::UnicodeEscape => escapes::unicode_escape(code_point, out),
            Kind::RawUnicodeEscape => escapes::raw_unicode_escape(code_point, out),
            _ => {
                let char = char::from_u32(code_point);
                return char.is_some_and(|char| self.encode_char(char, state, out));
            }
        }
        true
    }

    /// Appends a character; false if the codec hasn't got it.
    fn encode_char(&self, char: char, state: &mut State, out: &mut Vec<u8>) -> bool {
        let code_point = u32::from(char);
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
            Kind::Charmap(charmap) => match charmap.get(code_point) {
                Some(byte) => out.push(byte),
                None => return false,
            },
            Kind::Multibyte(multibyte) => return multibyte.encode(code_point, out),
            Kind::Iso2022(iso2022) => {
                return iso2022.encode(code_point, &mut state.iso2022, out);
            }
            Kind::Hz => return hz::encode(code_point, &mut state.hz, out),
            Kind::Utf7 | Kind::UnicodeEscape | Kind::RawUnicodeEscape => return false,
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
            _ => return false,
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
