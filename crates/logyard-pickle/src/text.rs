//! Text in the encodings that pickles have. "UTF-8" is what Python's `surrogatepass` reads and
//! writes: with surrogates, paired or not, as three bytes each.

use crate::error::Problem;

/// Whether Python's `bytes.decode('utf-8', 'surrogatepass')` takes it.
#[inline]
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    is_ascii(bytes) || is_utf8_beyond_ascii(bytes)
}

/// `is_ascii` of the standard library is a call, and a loop over single bytes, for texts as short as those of
/// records: this takes them in one or two pieces that overlap.
#[inline(always)]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let all = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) if bytes.len() <= 16 => word(first) | word(last),
        (_, Some(last)) => {
            bytes.as_chunks().0.iter().fold(word(last), |all, next| all | word(next))
        }
        _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                (u32::from_le_bytes(*first) | u32::from_le_bytes(*last)).into()
            }
            _ => bytes.iter().fold(0, |all, byte| all | u64::from(*byte)),
        },
    };
    all & HIGH == 0
}

fn is_utf8_beyond_ascii(mut bytes: &[u8]) -> bool {
    loop {
        let Err(error) = std::str::from_utf8(bytes) else { return true };
        match bytes.get(error.valid_up_to()..) {
            Some([0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..]) => bytes = rest,
            _ => return false,
        }
    }
}

/// Appends a code point, surrogates included.
fn push_code(code: u32, out: &mut Vec<u8>) -> Result<(), Problem> {
    match char::from_u32(code) {
        Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None if (0xd800..0xe000).contains(&code) => {
            out.extend_from_slice(&[
                0xed,
                0x80 | (code >> 6 & 0x3f) as u8,
                0x80 | (code & 0x3f) as u8,
            ]);
        }
        None => return Err(Problem::Escape),
    }
    Ok(())
}

/// Appends Latin-1 text as UTF-8.
pub(crate) fn push_latin1(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        match byte {
            0..0x80 => out.push(byte),
            _ => out.extend_from_slice(&[0xc0 | byte >> 6, 0x80 | byte & 0x3f]),
        }
    }
}

/// Appends text's Latin-1 bytes; `false` if it has other characters.
pub(crate) fn to_latin1(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        match (byte, bytes.as_slice().first()) {
            (0..0x80, _) => out.push(byte),
            (0xc2 | 0xc3, Some(next)) => {
                out.push(byte << 6 | next & 0x3f);
                bytes.next();
            }
            _ => return false,
        }
    }
    true
}

/// Appends what Python's `raw-unicode-escape` codec reads: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
pub(crate) fn raw_unicode_unescape(text: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or_default();
        push_latin1(plain, out);
        let (count, after) = match escape {
            [_, b'u', after @ ..] => (4, after),
            [_, b'U', after @ ..] => (8, after),
            // any other character after it is itself, a second backslash too
            [_, other, after @ ..] => {
                push_latin1(&[b'\\', *other], out);
                rest = after;
                continue;
            }
            _ => {
                out.push(b'\\');
                return Ok(());
            }
        };
        let (digits, after) = after.split_at_checked(count).ok_or(Problem::Escape)?;
        push_code(hex(digits)?, out)?;
        rest = after;
    }
    push_latin1(rest, out);
    Ok(())
}

fn hex(digits: &[u8]) -> Result<u32, Problem> {
    digits.iter().try_fold(0u32, |value, &digit| {
        let digit = char::from(digit).to_digit(16).ok_or(Problem::Escape)?;
        Ok(value << 4 | digit)
    })
}

/// Appends what Python 2's `repr` of a `str` stands for (`codecs.escape_decode`), as UTF-8 if its
/// bytes are that and else as Latin-1.
pub(crate) fn unescape(text: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let start = out.len();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(plain);
        let (&code, after) =
            escape.get(1..).and_then(<[u8]>::split_first).ok_or(Problem::Escape)?;
        rest = after;
        let byte = match code {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => code,
            b'b' => 0x08,
            b'f' => 0x0c,
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'a' => 0x07,
            b'0'..=b'7' => {
                let mut value = u32::from(code - b'0');
                for _ in 0..2 {
                    let [digit @ b'0'..=b'7', after @ ..] = rest else { break };
                    value = value << 3 | u32::from(digit - b'0');
                    rest = after;
                }
                value as u8
            }
            b'x' => {
                let (digits, after) = rest.split_at_checked(2).ok_or(Problem::Escape)?;
                rest = after;
                hex(digits)? as u8
            }
            _ => {
                out.push(b'\\');
                code
            }
        };
        out.push(byte);
    }
    out.extend_from_slice(rest);
    if std::str::from_utf8(out.get(start..).unwrap_or_default()).is_err() {
        let bytes = out.split_off(start);
        push_latin1(&bytes, out);
    }
    Ok(())
}
