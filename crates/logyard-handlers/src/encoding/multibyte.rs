use super::table::{Table, last_up_to, u16_at};

pub(super) static JISX0208: Table = Table(include_bytes!("tables/jisx0208.bin"));
pub(super) static JISX0212: Table = Table(include_bytes!("tables/jisx0212.bin"));
pub(super) static KSX1001: Table = Table(include_bytes!("tables/ksx1001.bin"));
pub(super) static GB2312: Table = Table(include_bytes!("tables/gb2312.bin"));
/// Where JIS X 0213 (2004) has what JIS X 0208 has not; codes with the high bit are in plane 2.
static JISX0213: Table = Table(include_bytes!("tables/jisx0213.bin"));
static JISX0213_2000: Table = Table(include_bytes!("tables/jisx0213_2000.bin"));
/// Two characters of two bytes each, rising, and their common code of two bytes.
static PAIRS_JISX0213: &[u8] = include_bytes!("tables/pairs_jisx0213.bin");
static PAIRS_BIG5HKSCS: &[u8] = include_bytes!("tables/pairs_big5hkscs.bin");
/// The first character of each run of four-byte codes, and the first code's number.
static GB18030_RUNS: &[u8] = include_bytes!("tables/gb18030_runs.bin");

// What codecs have in other ways than the arithmetic below gives.
static BIG5: Table = Table(include_bytes!("tables/big5.bin"));
static BIG5HKSCS: Table = Table(include_bytes!("tables/big5hkscs.bin"));
static CP932: Table = Table(include_bytes!("tables/cp932.bin"));
static CP949: Table = Table(include_bytes!("tables/cp949.bin"));
static CP950: Table = Table(include_bytes!("tables/cp950.bin"));
static GB18030: Table = Table(include_bytes!("tables/gb18030.bin"));
static GBK: Table = Table(include_bytes!("tables/gbk.bin"));
static JOHAB: Table = Table(include_bytes!("tables/johab.bin"));
static SHIFT_JIS: Table = Table(include_bytes!("tables/shift_jis.bin"));
static SHIFT_JIS_2004: Table = Table(include_bytes!("tables/shift_jis_2004.bin"));
static SHIFT_JISX0213: Table = Table(include_bytes!("tables/shift_jisx0213.bin"));

/// A codec of East Asia without state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Multibyte {
    Big5,
    Big5Hkscs,
    Cp932,
    Cp949,
    Cp950,
    EucJis2004,
    EucJisx0213,
    EucJp,
    EucKr,
    Gb18030,
    Gb2312,
    Gbk,
    Johab,
    ShiftJis,
    ShiftJis2004,
    ShiftJisx0213,
}

/// The edition of JIS X 0213.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    Of2000,
    Of2004,
}

impl Multibyte {
    /// Whether ASCII is encoded as it is: these Shift_JIS have a yen sign and an overline there.
    pub(super) fn has_ascii(self) -> bool {
        !matches!(self, Multibyte::ShiftJis2004 | Multibyte::ShiftJisx0213)
    }

    /// Appends one character; false if the codec hasn't got it.
    pub(super) fn encode(self, char: u32, out: &mut Vec<u8>) -> bool {
        match (self.code(char), self) {
            (Some(code @ 0x100..), _) if self.is_japanese_euc() && code & 0x80 == 0 => {
                out.push(0x8F);
                push(code | 0x80, out);
            }
            (Some(code), _) => push(code, out),
            (None, Multibyte::EucKr) => return push_jamos(char, out),
            (None, Multibyte::Gb18030) => return push_four(char, out),
            (None, _) => return false,
        }
        true
    }

    fn is_japanese_euc(self) -> bool {
        matches!(self, Multibyte::EucJp | Multibyte::EucJis2004 | Multibyte::EucJisx0213)
    }

    /// A byte, or two with the first in the high bits. In the Japanese EUCs, where both bytes of two
    /// have their high bit, a second one without it stands for three bytes, the first being 8F.
    fn code(self, char: u32) -> Option<u16> {
        let ascii = || u16::try_from(char).ok().filter(|&code| code < 0x80);
        if self.has_ascii() && char < 0x80 {
            return ascii();
        }
        match self {
            Multibyte::Big5 => BIG5.get(char),
            Multibyte::Cp950 => CP950.or_else(char, || BIG5.get(char)),
            Multibyte::Big5Hkscs => BIG5HKSCS.or_else(char, || BIG5.get(char)),
            Multibyte::Gb2312 => GB2312.get(char).map(high),
            Multibyte::Gbk => gbk(char),
            Multibyte::Gb18030 => GB18030.or_else(char, || gbk(char)),
            Multibyte::EucKr => KSX1001.get(char).map(high),
            Multibyte::Cp949 => CP949.or_else(char, || KSX1001.get(char).map(high)),
            Multibyte::Johab => JOHAB.or_else(char, || johab(char)),
            Multibyte::ShiftJis => SHIFT_JIS.or_else(char, || shift_jis(char)),
            Multibyte::Cp932 => CP932.or_else(char, || shift_jis(char)),
            Multibyte::ShiftJis2004 => {
                let other = || shift_jisx0213(char, Edition::Of2004).or_else(ascii);
                SHIFT_JIS_2004.or_else(char, other)
            }
            Multibyte::ShiftJisx0213 => {
                let other = || shift_jisx0213(char, Edition::Of2000).or_else(ascii);
                SHIFT_JISX0213.or_else(char, other)
            }
            Multibyte::EucJp => match char {
                0xA5 => Some(0x5C),
                0x203E => Some(0x7E),
                _ => half_width(char, 0x8EA1)
                    .or_else(|| JISX0208.get(char).map(high))
                    .or_else(|| JISX0212.get(char).map(|code| code | 0x8000)),
            },
            Multibyte::EucJis2004 => euc_jisx0213(char, Edition::Of2004),
            Multibyte::EucJisx0213 => euc_jisx0213(char, Edition::Of2000),
        }
    }

    /// Whether some characters have a code together.
    pub(super) fn has_pairs(self) -> bool {
        use Multibyte::{Big5Hkscs, EucJis2004, EucJisx0213, ShiftJis2004, ShiftJisx0213};
        matches!(self, Big5Hkscs | EucJis2004 | EucJisx0213 | ShiftJis2004 | ShiftJisx0213)
    }

    /// The code of two characters that have one together.
    pub(super) fn pair(self, first: u32, second: u32) -> Option<u16> {
        match self {
            Multibyte::Big5Hkscs => find_pair(PAIRS_BIG5HKSCS, first, second),
            Multibyte::EucJis2004 | Multibyte::EucJisx0213 => {
                pair_jisx0213(first, second).map(high)
            }
            Multibyte::ShiftJis2004 | Multibyte::ShiftJisx0213 => {
                pair_jisx0213(first, second).map(|code| to_shift_jis(code, 1))
            }
            _ => None,
        }
    }
}

/// Appends a code of one byte or two.
pub(super) fn push(code: u16, out: &mut Vec<u8>) {
    match code.to_be_bytes() {
        [0, byte] => out.push(byte),
        bytes => out.extend_from_slice(&bytes),
    }
}

/// A code of seven bits and seven, with both high bits.
fn high(code: u16) -> u16 {
    code | 0x8080
}

fn gbk(char: u32) -> Option<u16> {
    GBK.or_else(char, || GB2312.get(char).map(high))
}

/// JIS X 0213; codes of its plane 2 have the high bit.
pub(super) fn jisx0213(char: u32, edition: Edition) -> Option<u16> {
    let latest = || JISX0213.or_else(char, || JISX0208.get(char));
    match edition {
        Edition::Of2004 => latest(),
        Edition::Of2000 => JISX0213_2000.or_else(char, latest),
    }
}

/// JIS X 0213's codes for two characters, all in plane 1.
pub(super) fn pair_jisx0213(first: u32, second: u32) -> Option<u16> {
    find_pair(PAIRS_JISX0213, first, second)
}

fn find_pair(pairs: &[u8], first: u32, second: u32) -> Option<u16> {
    let (first, second) = (u16::try_from(first).ok()?, u16::try_from(second).ok()?);
    let pair = |index| Some((u16_at(pairs, 3 * index)?, u16_at(pairs, 3 * index + 1)?));
    let holds = |index| pair(index).is_some_and(|pair| pair <= (first, second));
    let at = last_up_to(pairs.len() / 6, holds)?;
    if pair(at) == Some((first, second)) { u16_at(pairs, 3 * at + 2) } else { None }
}

/// JIS X 0213, and JIS X 0212 for what that lacks. Three bytes are told by a second byte without its
/// high bit.
fn euc_jisx0213(char: u32, edition: Edition) -> Option<u16> {
    let jisx0212 = || JISX0212.get(char).map(|code| code | 0x8000);
    match char {
        // In Shift_JIS these have the codes of the backslash and the tilde.
        0xFF3C => Some(0xA1C0),
        0xFF5E => Some(0xA2B2),
        0xFF61..=0xFF9F => half_width(char, 0x8EA1),
        _ => match JISX0213_2000.get(char) {
            Some(0) if edition == Edition::Of2000 => None,
            _ => jisx0213(char, edition)
                .map(|code| if code & 0x8000 == 0 { high(code) } else { code })
                .or_else(jisx0212),
        },
    }
}

/// The half-width katakana, from a first code.
fn half_width(char: u32, first: u16) -> Option<u16> {
    match char {
        0xFF61..=0xFF9F => u16::try_from(char - 0xFF61).ok().map(|at| first + at),
        _ => None,
    }
}

fn shift_jis(char: u32) -> Option<u16> {
    half_width(char, 0xA1).or_else(|| JISX0208.get(char).map(|code| to_shift_jis(code, 1)))
}

fn shift_jisx0213(char: u32, edition: Edition) -> Option<u16> {
    half_width(char, 0xA1).or_else(|| {
        let code = jisx0213(char, edition)?;
        Some(to_shift_jis(code & 0x7FFF, if code & 0x8000 == 0 { 1 } else { 2 }))
    })
}

/// Two rows of 94 share a first byte.
fn to_shift_jis(code: u16, plane: u8) -> u16 {
    let (row, cell) = ((code >> 8).saturating_sub(0x21), (code & 0xFF).saturating_sub(0x21));
    let row = match (plane, row) {
        (1, row) => row,
        // The rows of plane 2 that are in use follow, the ninth (8) before the third (2).
        (_, 0) => 94,
        (_, 7) => 95,
        (_, 2..=4) => row + 94,
        (_, 11..=14) => row + 88,
        (_, row) => row + 26,
    };
    let lead = row / 2 + if row < 62 { 0x81 } else { 0xC1 };
    let trail = cell + 94 * (row % 2);
    lead << 8 | (trail + if trail < 63 { 0x40 } else { 0x41 })
}

/// Hangul by its three parts of five bits, other characters by the rows of KS X 1001.
fn johab(char: u32) -> Option<u16> {
    if let Some((initial, medial, last)) = jamos(char) {
        // The numbers of parts leave gaps.
        let medial = medial + 3 + 2 * ((medial + 1) / 6);
        let last = last + 1 + u16::from(last > 16);
        return Some(0x8000 | (initial + 2) << 10 | medial << 5 | last);
    }
    let code = KSX1001.get(char)?;
    let (row, cell) = (code >> 8, (code & 0xFF).saturating_sub(0x21));
    let row = match row {
        0x21..=0x2C => row - 0x21 + 0x1B2,
        0x4A.. => row - 0x21 + 0x197,
        _ => return None,
    };
    let cell = cell + 0x5E * (row & 1);
    Some((row >> 1) << 8 | (cell + if cell < 0x4E { 0x31 } else { 0x43 }))
}

/// The numbers of a Hangul syllable's initial consonant, vowel and last consonant (0: none).
fn jamos(char: u32) -> Option<(u16, u16, u16)> {
    let syllable = u16::try_from(char.checked_sub(0xAC00)?).ok().filter(|&at| at < 11_172)?;
    Some((syllable / 588, syllable / 28 % 21, syllable % 28))
}

/// KS X 1001 annex 3: a syllable that it lacks, as a filler and three letters of its row 4.
fn push_jamos(char: u32, out: &mut Vec<u8>) -> bool {
    const INITIALS: [u8; 19] = [
        0xA1, 0xA2, 0xA4, 0xA7, 0xA8, 0xA9, 0xB1, 0xB2, 0xB3, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA,
        0xBB, 0xBC, 0xBD, 0xBE,
    ];
    const LASTS: [u8; 28] = [
        0xD4, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF,
        0xB0, 0xB1, 0xB2, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xBA, 0xBB, 0xBC, 0xBD, 0xBE,
    ];
    let Some((initial, medial, last)) = jamos(char) else { return false };
    let (Some(&initial), Some(&last), Ok(medial)) =
        (INITIALS.get(usize::from(initial)), LASTS.get(usize::from(last)), u8::try_from(medial))
    else {
        return false;
    };
    out.extend_from_slice(&[0xA4, 0xD4, 0xA4, initial, 0xA4, 0xBF + medial, 0xA4, last]);
    true
}

/// GB 18030's four bytes, digits to the bases 126, 10, 126 and 10.
fn push_four(char: u32, out: &mut Vec<u8>) -> bool {
    let number = match u16::try_from(char) {
        Err(_) => char - 0x1_0000 + 189_000,
        Ok(char) => {
            let run = |index: usize| u16_at(GB18030_RUNS, 2 * index);
            let holds = |index| run(index).is_some_and(|first| first <= char);
            let Some(at) = last_up_to(GB18030_RUNS.len() / 4, holds) else { return false };
            let (Some(first), Some(number)) = (run(at), u16_at(GB18030_RUNS, 2 * at + 1)) else {
                return false;
            };
            u32::from(number) + u32::from(char - first)
        }
    };
    let digit = |zero: u8, digit: u32| zero + digit.to_le_bytes()[0];
    out.extend_from_slice(&[
        digit(0x81, number / 12_600),
        digit(0x30, number / 1260 % 10),
        digit(0x81, number / 10 % 126),
        digit(0x30, number % 10),
    ]);
    true
}
