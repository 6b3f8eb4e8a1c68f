//! Decimal text of integers.

use num_bigint::BigInt;

use super::TextError;

/// Digits past which CPython (3.11 on) refuses `str(int)` with ValueError, because the time grows
/// with their square (`sys.int_info.default_max_str_digits`).
pub const MAX_DIGITS: usize = 4300;

/// Bytes of two's complement that may still have at most [`MAX_DIGITS`] digits, rounded up: a
/// cheap test before the slow conversion.
const MAX_BYTES: usize = 1800;

const PAIRS: &[u8; 200] = b"\
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// Appends `n` in decimal.
pub fn write_int(n: i64, out: &mut Vec<u8>) {
    if n < 0 {
        out.push(b'-');
    }
    write_unsigned(n.unsigned_abs(), 1, out);
}

/// Appends `n` in decimal, with zeros in front up to `width` digits (at most 20).
pub(crate) fn write_unsigned(mut n: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    while n >= 100 {
        let pair = (n % 100) as usize * 2;
        n /= 100;
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    let pair = n as usize * 2;
    start -= 1;
    digits[start] = PAIRS[pair + 1];
    if n >= 10 {
        start -= 1;
        digits[start] = PAIRS[pair];
    }
    let padded = digits.len().saturating_sub(width);
    out.extend_from_slice(&digits[start.min(padded)..]);
}

/// Appends a long integer, given in little-endian two's complement, in decimal.
pub(crate) fn write_big_int(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TextError> {
    if bytes.len() > MAX_BYTES {
        return Err(TextError::TooManyDigits);
    }
    let text = BigInt::from_signed_bytes_le(bytes).to_string();
    if text.trim_start_matches('-').len() > MAX_DIGITS {
        return Err(TextError::TooManyDigits);
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(n: i64) -> String {
        let mut out = Vec::new();
        write_int(n, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn edges() {
        for n in [0, 9, 10, 99, 100, 101, -1, -10, i64::MIN, i64::MAX] {
            assert_eq!(text(n), n.to_string());
        }
        let mut out = Vec::new();
        write_unsigned(7, 2, &mut out);
        write_unsigned(123, 2, &mut out);
        write_unsigned(5, 6, &mut out);
        assert_eq!(out, b"07123000005");
    }

    #[test]
    fn long_ones_have_cpythons_limit() {
        let limit = BigInt::from(10).pow(4300);
        let mut out = Vec::new();
        let below = BigInt::from(1) - limit.clone();
        write_big_int(&below.to_signed_bytes_le(), &mut out).unwrap();
        assert_eq!(out.len(), 4301);
        let over = write_big_int(&limit.to_signed_bytes_le(), &mut out);
        assert!(matches!(over, Err(TextError::TooManyDigits)));
        assert!(write_big_int(&[1; 100_000], &mut out).is_err());
    }

    proptest! {
        #[test]
        fn as_std(n: i64) {
            prop_assert_eq!(text(n), n.to_string());
        }
    }
}
