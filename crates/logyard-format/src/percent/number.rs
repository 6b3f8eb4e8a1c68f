//! Padding, and the text of integers.

use super::Layout;
use logyard_record::MAX_DIGITS;
use num_bigint::BigInt;

use crate::error::{PercentError, TEXT_LIMIT};

/// Bits of 10**4300: more of them are more digits for sure.
const MAX_STR_BITS: u64 = 14_285;

/// An integer operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Int {
    Small(i64),
    Big(BigInt),
}

/// Appends an integer; `letter` is one of `diuoxX`.
pub(super) fn write_int(
    value: &Int,
    letter: u8,
    layout: &Layout,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    let precision = layout.precision.unwrap_or(0);
    if precision > i32::MAX as usize - 3 {
        return Err(PercentError::overflow("precision too large"));
    }
    if precision > TEXT_LIMIT {
        return Err(PercentError::too_long());
    }
    let start = out.len();
    let negative = match value {
        Int::Small(value) => *value < 0,
        Int::Big(value) => value.sign() == num_bigint::Sign::Minus,
    };
    push_sign(negative, layout, out);
    if layout.flags.alternate {
        match letter {
            b'o' => out.extend_from_slice(b"0o"),
            b'x' => out.extend_from_slice(b"0x"),
            b'X' => out.extend_from_slice(b"0X"),
            _ => {}
        }
    }
    let digits = out.len();
    match value {
        Int::Small(value) => push_small(value.unsigned_abs(), letter, out),
        Int::Big(value) => push_big(value, letter, out)?,
    }
    let count = out.len() - digits;
    insert(out, digits, precision.saturating_sub(count), b'0');
    pad_number(out, start, digits, layout)
}

/// The sign before a number.
pub(super) fn push_sign(negative: bool, layout: &Layout, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    } else if layout.flags.sign {
        out.push(b'+');
    } else if layout.flags.blank {
        out.push(b' ');
    }
}

fn push_small(value: u64, letter: u8, out: &mut Vec<u8>) {
    match letter {
        b'o' => push_digits::<8>(value, out),
        b'x' => push_digits::<16>(value, out),
        b'X' => {
            let start = out.len();
            push_digits::<16>(value, out);
            out[start..].make_ascii_uppercase();
        }
        _ => push_digits::<10>(value, out),
    }
}

/// The base is known to the compiler, which then needs no division.
fn push_digits<const BASE: u64>(mut value: u64, out: &mut Vec<u8>) {
    let mut text = [0; 22]; // 2**64 in octal
    let mut at = text.len();
    loop {
        at -= 1;
        let digit = (value % BASE) as u8;
        text[at] = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        value /= BASE;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&text[at..]);
}

fn push_big(value: &BigInt, letter: u8, out: &mut Vec<u8>) -> Result<(), PercentError> {
    let magnitude = value.magnitude();
    let text = match letter {
        b'o' => magnitude.to_str_radix(8),
        b'x' => magnitude.to_str_radix(16),
        b'X' => magnitude.to_str_radix(16).to_ascii_uppercase(),
        _ if magnitude.bits() > MAX_STR_BITS => return Err(PercentError::too_many_digits()),
        _ => magnitude.to_str_radix(10),
    };
    if !matches!(letter, b'o' | b'x' | b'X') && text.len() > MAX_DIGITS {
        return Err(PercentError::too_many_digits());
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Pads the number that begins at `start` and has its digits at `digits`, all in ASCII.
pub(super) fn pad_number(
    out: &mut Vec<u8>,
    start: usize,
    digits: usize,
    layout: &Layout,
) -> Result<(), PercentError> {
    let missing = missing(layout, out.len() - start)?;
    if layout.flags.left {
        insert(out, out.len(), missing, b' ');
    } else if layout.flags.zero {
        insert(out, digits, missing, b'0');
    } else {
        insert(out, start, missing, b' ');
    }
    Ok(())
}

/// Cuts and pads the text that begins at `start`.
pub(super) fn pad_text(
    out: &mut Vec<u8>,
    start: usize,
    layout: &Layout,
) -> Result<(), PercentError> {
    if layout.width == 0 {
        return Ok(());
    }
    let chars = crate::wtf8::count(out.get(start..).unwrap_or_default());
    let missing = missing(layout, chars)?;
    let at = if layout.flags.left { out.len() } else { start };
    insert(out, at, missing, b' ');
    Ok(())
}

fn missing(layout: &Layout, have: usize) -> Result<usize, PercentError> {
    let missing = layout.width.saturating_sub(have);
    if missing > TEXT_LIMIT {
        return Err(PercentError::too_long());
    }
    Ok(missing)
}

/// Puts `count` bytes of `fill` before the byte `at`, which is within `out`.
fn insert(out: &mut Vec<u8>, at: usize, count: usize, fill: u8) {
    if count == 0 {
        return;
    }
    let end = out.len();
    out.resize(end + count, fill);
    out.copy_within(at..end, at + count);
    out[at..at + count].fill(fill);
}
