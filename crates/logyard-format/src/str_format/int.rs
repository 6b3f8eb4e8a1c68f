//! `int.__format__`, of `bool` too.

use logyard_record::MAX_DIGITS;
use num_bigint::{BigInt, Sign};

use super::spec::Layout;
use super::{float, layout};
use crate::error::PercentError;
use crate::operand;
use crate::percent::Int;

/// Bits of 10**4300: more of them are more digits for sure.
const MAX_STR_BITS: u64 = 14_285;

/// Appends an integer.
pub(super) fn write(
    int: &Int,
    type_name: &str,
    layout: &Layout,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    let start = out.len();
    let (radix, prefix): (u32, &[u8]) = match u8::try_from(layout.kind) {
        Ok(b'd' | b'n') => (10, b""),
        Ok(b'b') => (2, b"0b"),
        Ok(b'o') => (8, b"0o"),
        Ok(b'x') => (16, b"0x"),
        Ok(b'X') => (16, b"0X"),
        Ok(b'c') => return write_character(int, layout, out),
        Ok(b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%') => {
            return float::write(operand::int_to_float(int)?, type_name, layout, out);
        }
        _ => return Err(layout.unknown_kind(type_name)),
    };
    refuse_precision(layout)?;
    let negative = match int {
        Int::Small(int) => *int < 0,
        Int::Big(int) => int.sign() == Sign::Minus,
    };
    layout::push_sign(negative, layout.sign, out);
    if layout.alternate {
        out.extend_from_slice(prefix);
    }
    let digits = out.len();
    match int {
        Int::Small(int) => push_small(int.unsigned_abs(), radix, out),
        Int::Big(int) => push_big(int, radix, out)?,
    }
    if layout.kind == u32::from(b'X')
        && let Some(digits) = out.get_mut(digits..)
    {
        digits.make_ascii_uppercase();
    }
    layout::finish_number(out, start, digits, true, layout)
}

fn refuse_precision(layout: &Layout) -> Result<(), PercentError> {
    if layout.precision.is_some() {
        return Err(PercentError::value_error("Precision not allowed in integer format specifier"));
    }
    if layout.no_neg_0 {
        return Err(PercentError::value_error(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    Ok(())
}

/// `c`: the character of that number.
fn write_character(int: &Int, layout: &Layout, out: &mut Vec<u8>) -> Result<(), PercentError> {
    refuse_precision(layout)?;
    if layout.sign.is_some() {
        return Err(PercentError::value_error(
            "Sign not allowed with integer format specifier 'c'",
        ));
    }
    if layout.alternate {
        return Err(PercentError::value_error(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    let start = out.len();
    match int {
        Int::Small(code @ 0..0x11_0000) => crate::wtf8::push(*code as u32, out),
        Int::Small(_) => return Err(PercentError::overflow("%c arg not in range(0x110000)")),
        Int::Big(_) => {
            return Err(PercentError::overflow("Python int too large to convert to C long"));
        }
    }
    layout::pad(out, start, start, layout)
}

fn push_small(value: u64, radix: u32, out: &mut Vec<u8>) {
    let (mut value, radix) = (value, u64::from(radix.max(2)));
    let start = out.len();
    loop {
        let digit = (value % radix) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
        value /= radix;
        if value == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

fn push_big(value: &BigInt, radix: u32, out: &mut Vec<u8>) -> Result<(), PercentError> {
    let magnitude = value.magnitude();
    if radix == 10 && magnitude.bits() > MAX_STR_BITS {
        return Err(PercentError::too_many_digits());
    }
    let text = magnitude.to_str_radix(radix);
    if radix == 10 && text.len() > MAX_DIGITS {
        return Err(PercentError::too_many_digits());
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}
