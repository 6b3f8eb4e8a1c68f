//! Numbers as text (protocol 0, and protocol 1's long ints) and as two's complement bytes.

use num_bigint::{BigInt, Sign};

use crate::error::Problem;

/// The usual case: decimal digits, perhaps a minus, that surely fit.
#[inline]
pub(crate) fn small(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, text),
    };
    // a leading zero means octal or an error
    if digits.is_empty() || digits.len() > 18 || (digits.len() > 1 && digits.first() == Some(&b'0'))
    {
        return None;
    }
    let mut value = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -value } else { value })
}

/// `int(text, 0)`, as two's complement bytes. C's `load_int` tries `strtol` first, so that there a
/// leading zero means `octal`.
pub(crate) fn parse(text: &[u8], octal: bool, max_digits: u32) -> Result<Vec<u8>, Problem> {
    let text = text.trim_ascii();
    let (sign, text) = match text {
        [b'-', text @ ..] => (Sign::Minus, text),
        [b'+', text @ ..] => (Sign::Plus, text),
        _ => (Sign::Plus, text),
    };
    let (radix, text) = match text {
        [b'0', b'x' | b'X', text @ ..] => (16, text.strip_prefix(b"_").unwrap_or(text)),
        [b'0', b'o' | b'O', text @ ..] => (8, text.strip_prefix(b"_").unwrap_or(text)),
        [b'0', b'b' | b'B', text @ ..] => (2, text.strip_prefix(b"_").unwrap_or(text)),
        [b'0', rest @ ..] if octal && !rest.is_empty() => (8, text),
        _ => (10, text),
    };
    let mut digits = Vec::new();
    let mut underscore = true;
    for &byte in text {
        match char::from(byte).to_digit(radix) {
            Some(digit) => digits.push(digit as u8),
            // one between two digits
            None if byte == b'_' && !underscore => {}
            None => return Err(Problem::Number),
        }
        underscore = byte == b'_';
    }
    if underscore {
        return Err(Problem::Number);
    }
    if radix == 10
        && digits.len() > 1
        && digits.first() == Some(&0)
        && digits.iter().any(|d| *d > 0)
    {
        return Err(Problem::Number);
    }
    // each decimal digit is less than four bits; no more than that is worth parsing
    let most = if radix == 10 { max_digits as usize } else { max_digits as usize * 4 };
    if digits.len() > most {
        return Err(Problem::Digits);
    }
    let value = BigInt::from_radix_be(sign, &digits, radix).ok_or(Problem::Number)?;
    let bytes = value.to_signed_bytes_le();
    if bytes.len() > max_bytes(max_digits) {
        return Err(Problem::Digits);
    }
    Ok(bytes)
}

/// Bytes that an int of so many decimal digits may need.
pub(crate) fn max_bytes(digits: u32) -> usize {
    // log2(10) is a little less than 3402 / 1024
    (u64::from(digits) * 3402 / 1024 / 8) as usize + 1
}

/// Cuts bytes that only repeat the sign.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [shorter @ .., below, last] = bytes {
        let needless = (*last == 0 && *below < 0x80) || (*last == 0xff && *below >= 0x80);
        if !needless {
            break;
        }
        let len = shorter.len() + 1;
        bytes = bytes.get(..len).unwrap_or_default();
    }
    bytes
}

/// The value of two's complement bytes, little endian, if it is short.
pub(crate) fn fits(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.last().is_some_and(|last| *last >= 0x80);
    let mut array = [if negative { 0xff } else { 0 }; 8];
    array.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(array))
}

/// `FLOAT`'s number, as `PyOS_string_to_double` reads it; too large an exponent is an error there.
pub(crate) fn float(text: &[u8]) -> Result<f64, Problem> {
    let text = std::str::from_utf8(text).map_err(|_| Problem::Number)?;
    let float: f64 = text.parse().map_err(|_| Problem::Number)?;
    let named = text.bytes().any(|byte| matches!(byte, b'i' | b'I' | b'n' | b'N'));
    if float.is_infinite() && !named {
        return Err(Problem::Number);
    }
    Ok(float)
}
