//! JSON's strings.

use crate::error::PercentError;

/// What is escaped besides the quote, the backslash and the control characters below U+0020.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// `ensure_ascii`: U+007F and all that is not ASCII.
    Ascii,
    /// Nothing; a surrogate stays as it is and is the encoding's to refuse.
    Unicode,
}

/// Whether a byte ends a run that needs no escape. `Unicode` looks at the first 128 alone.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            byte < 0x20 || byte >= 0x7f || byte == b'"' as usize || byte == b'\\' as usize;
        byte += 1;
    }
    table
};

/// Appends `text`, WTF-8, as a JSON string. Stops early once `out` is longer than `end`.
pub(super) fn quote(
    text: &[u8],
    escape: Escape,
    end: usize,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    out.push(b'"');
    let mut rest = text;
    loop {
        let (plain, special) =
            rest.split_at_checked(plain_len(rest, escape)).unwrap_or((rest, &[]));
        out.extend_from_slice(plain);
        if special.is_empty() {
            break;
        }
        if out.len() > end {
            return Err(PercentError::too_long());
        }
        rest = write_escape(special, out);
    }
    out.push(b'"');
    Ok(())
}

/// How many bytes stand for themselves: eight at a time, then one by one.
fn plain_len(text: &[u8], escape: Escape) -> usize {
    let mut len = 0;
    for chunk in text.chunks_exact(8) {
        let Ok(chunk) = chunk.try_into() else { break };
        if may_be_special(u64::from_le_bytes(chunk), escape) {
            break;
        }
        len += 8;
    }
    let rest = text.get(len..).unwrap_or_default();
    if let (Some(last), 1..8) = (text.last_chunk(), rest.len())
        && !may_be_special(u64::from_le_bytes(*last), escape)
    {
        return text.len();
    }
    len + rest.iter().take_while(|byte| !is_special(**byte, escape)).count()
}

/// Whether one of eight bytes is special, or is next to one that is.
#[inline]
fn may_be_special(bytes: u64, escape: Escape) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // A byte below `n` borrows from its high bit; those with a high bit of their own are looked at apart.
    let below = |bytes: u64, n: u64| bytes.wrapping_sub(ONES * n) & !bytes & HIGH;
    let is = |byte: u8| below(bytes ^ (ONES * u64::from(byte)), 1);
    let found = below(bytes, 0x20) | is(b'"') | is(b'\\');
    let beyond = match escape {
        Escape::Ascii => bytes & HIGH | is(0x7f),
        Escape::Unicode => 0,
    };
    found | beyond != 0
}

#[inline]
fn is_special(byte: u8, escape: Escape) -> bool {
    SPECIAL[usize::from(byte)] && (byte < 0x7f || escape == Escape::Ascii)
}

/// Appends the first character's escape and gives the rest.
fn write_escape<'t>(text: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let Some((&first, rest)) = text.split_first() else { return &[] };
    let letter = match first {
        b'"' | b'\\' => first,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let point = crate::wtf8::first_char(text).unwrap_or(0);
            match point.checked_sub(0x10000) {
                None => write_unit(point, out),
                Some(high) => {
                    write_unit(0xd800 | high >> 10, out);
                    write_unit(0xdc00 | high & 0x3ff, out);
                }
            }
            let len = crate::wtf8::prefix_len(text, 1);
            return text.get(len..).unwrap_or_default();
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
    rest
}

/// `\u00e9`
fn write_unit(unit: u32, out: &mut Vec<u8>) {
    let digit = |shift: u32| match (unit >> shift & 15) as u8 {
        digit @ 0..10 => b'0' + digit,
        digit => b'a' + digit - 10,
    };
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// `str.splitlines()`
pub(super) fn splitlines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut at = 0;
        while at < rest.len() {
            let after = rest.get(at..).unwrap_or_default();
            let width = match after {
                [b'\r', b'\n', ..] => 2,
                [b'\n' | b'\r' | 0x0b | 0x0c | 0x1c..=0x1e, ..] => 1,
                // U+0085
                [0xc2, 0x85, ..] => 2,
                // U+2028 and U+2029
                [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
                _ => {
                    at += 1;
                    continue;
                }
            };
            let line = rest.get(..at);
            rest = after.get(width..).unwrap_or_default();
            return line;
        }
        Some(std::mem::take(&mut rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_at_a_time_as_one_by_one() {
        for escape in [Escape::Ascii, Escape::Unicode] {
            for byte in 0..=255 {
                for at in 0..20 {
                    let mut text = *b"abcdefghij \x7e!#~[]^_`";
                    text[at] = byte;
                    let slow = text.iter().take_while(|byte| !is_special(**byte, escape)).count();
                    assert_eq!(plain_len(&text, escape), slow, "{byte} at {at}");
                }
            }
        }
    }
}
