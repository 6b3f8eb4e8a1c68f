use super::multibyte::{
    Edition, GB2312, JISX0208, JISX0212, KSX1001, jisx0213, pair_jisx0213, push,
};

const ESC: u8 = 0x1B;
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;

/// ISO 2022 with 7 bits: sets of characters are called by escape sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Iso2022 {
    Jp,
    Jp1,
    Jp2,
    Jp2004,
    Jp3,
    JpExt,
    Kr,
}

/// What the reader has in force: the final byte of the sets' escape sequences, 0 for unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    g0: u8,
    g1: u8,
    /// Whether G1 is in force.
    shifted: bool,
}

impl State {
    /// The state of a new file.
    pub(super) const START: State = State { g0: b'B', g1: 0, shifted: false };

    /// After a reset: ASCII is in force, and G1 is still what it was.
    pub(super) fn reset(self) -> State {
        State { g1: self.g1, ..State::START }
    }

    /// Whether ASCII can be written as it is.
    pub(super) fn is_ascii(self) -> bool {
        self.g0 == b'B' && !self.shifted
    }
}

/// A set of characters, by the final byte of its escape sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Set {
    Gb2312 = b'A',
    Jisx0201Katakana = b'I',
    Jisx0201Roman = b'J',
    Jisx0208 = b'B',
    Jisx0212 = b'D',
    Jisx0213Plane1Of2000 = b'O',
    Jisx0213Plane1 = b'Q',
    Jisx0213Plane2 = b'P',
    Ksx1001 = b'C',
}

impl Iso2022 {
    /// The sets, in the order in which they are looked through.
    fn sets(self) -> &'static [Set] {
        match self {
            Iso2022::Jp => &[Set::Jisx0208, Set::Jisx0201Roman],
            Iso2022::Jp1 => &[Set::Jisx0208, Set::Jisx0212, Set::Jisx0201Roman],
            Iso2022::Jp2 => {
                &[Set::Jisx0208, Set::Jisx0212, Set::Ksx1001, Set::Gb2312, Set::Jisx0201Roman]
            }
            Iso2022::JpExt => {
                &[Set::Jisx0208, Set::Jisx0212, Set::Jisx0201Roman, Set::Jisx0201Katakana]
            }
            Iso2022::Jp3 => &[Set::Jisx0208, Set::Jisx0213Plane1Of2000, Set::Jisx0213Plane2],
            Iso2022::Jp2004 => &[Set::Jisx0208, Set::Jisx0213Plane1, Set::Jisx0213Plane2],
            Iso2022::Kr => &[Set::Ksx1001],
        }
    }

    fn edition(self) -> Edition {
        if self == Iso2022::Jp3 { Edition::Of2000 } else { Edition::Of2004 }
    }

    /// Appends one character; false if the codec hasn't got it.
    pub(super) fn encode(self, char: u32, state: &mut State, out: &mut Vec<u8>) -> bool {
        if let Some(byte) = u8::try_from(char).ok().filter(u8::is_ascii) {
            if state.g0 != b'B' {
                out.extend_from_slice(&[ESC, b'(', b'B']);
                state.g0 = b'B';
            }
            if std::mem::take(&mut state.shifted) {
                out.push(SHIFT_IN);
            }
            out.push(byte);
            return true;
        }
        for &set in self.sets() {
            if let Some(code) = self.code(set, char) {
                self.push(set, code, state, out);
                return true;
            }
        }
        false
    }

    /// Whether some characters have a code together.
    pub(super) fn has_pairs(self) -> bool {
        matches!(self, Iso2022::Jp3 | Iso2022::Jp2004)
    }

    /// Whether two characters have a code together, which is then appended.
    pub(super) fn encode_pair(
        self,
        first: u32,
        second: u32,
        state: &mut State,
        out: &mut Vec<u8>,
    ) -> bool {
        let set = match self {
            Iso2022::Jp3 => Set::Jisx0213Plane1Of2000,
            Iso2022::Jp2004 => Set::Jisx0213Plane1,
            _ => return false,
        };
        let Some(code) = pair_jisx0213(first, second) else { return false };
        self.push(set, code, state, out);
        true
    }

    fn code(self, set: Set, char: u32) -> Option<u16> {
        let jisx0213 = || jisx0213(char, self.edition());
        match set {
            Set::Gb2312 => GB2312.get(char),
            Set::Jisx0201Katakana => match char {
                0xFF61..=0xFF9F => u16::try_from(char - 0xFF61 + 0x21).ok(),
                _ => None,
            },
            Set::Jisx0201Roman => match char {
                0xA5 => Some(0x5C),
                0x203E => Some(0x7E),
                _ => None,
            },
            Set::Jisx0208 => JISX0208.get(char),
            Set::Jisx0212 => JISX0212.get(char),
            Set::Jisx0213Plane1 | Set::Jisx0213Plane1Of2000 => {
                jisx0213().filter(|code| code & 0x8000 == 0)
            }
            Set::Jisx0213Plane2 => {
                jisx0213().filter(|code| code & 0x8000 != 0).map(|code| code & 0x7FFF)
            }
            Set::Ksx1001 => KSX1001.get(char),
        }
    }

    /// Appends a code, and what calls its set.
    fn push(self, set: Set, code: u16, state: &mut State, out: &mut Vec<u8>) {
        let last = set as u8;
        if self == Iso2022::Kr {
            if state.g1 != last {
                out.extend_from_slice(&[ESC, b'$', b')', last]);
                state.g1 = last;
            }
            if !std::mem::replace(&mut state.shifted, true) {
                out.push(SHIFT_OUT);
            }
        } else {
            // A set of two bytes and one of a single byte may have the same final byte: ASCII has
            // that of JIS X 0208.
            let mark = if code < 0x100 { last } else { last | 0x80 };
            if state.g0 != mark {
                match set {
                    Set::Jisx0201Katakana | Set::Jisx0201Roman => {
                        out.extend_from_slice(&[ESC, b'(', last]);
                    }
                    // GB 2312 may be called so, too, but CPython doesn't.
                    Set::Jisx0208 => out.extend_from_slice(&[ESC, b'$', last]),
                    _ => out.extend_from_slice(&[ESC, b'$', b'(', last]),
                }
                state.g0 = mark;
            }
        }
        push(code, out);
    }
}
