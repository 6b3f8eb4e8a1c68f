//! The text of a `decimal.Decimal`, as `Decimal.__reduce__` sends it, read as a number.

use num_bigint::BigInt;

use crate::error::PercentError;
use crate::percent::Int;

/// Most digits of an integer that is made from a Decimal. CPython prints 4,300 at the most in
/// decimal; only `%d` asks for it, so more are never shown.
const MOST_DIGITS: usize = 4_301;

/// `int(Decimal(text))`; `None` if it isn't a Decimal's text.
pub(super) fn to_int(text: &str) -> Result<Option<Int>, PercentError> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.starts_with("NaN") || rest.starts_with("sNaN") {
        return Err(PercentError::value_error("cannot convert NaN to integer"));
    }
    if rest == "Infinity" {
        return Err(PercentError::overflow("cannot convert Infinity to integer"));
    }
    Ok(finite(rest).map(|int| Int::Big(if negative { -int } else { int })))
}

fn finite(text: &str) -> Option<BigInt> {
    let (mantissa, exponent) = match text.split_once('E') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    // How many of the digits are before the point once the exponent has moved it.
    let before = i64::try_from(digits.len()).ok()? - i64::try_from(fraction.len()).ok()?;
    let before = before.saturating_add(exponent);
    if digits.is_empty() || before <= 0 {
        return Some(BigInt::ZERO);
    }
    let before = usize::try_from(before).ok()?.min(MOST_DIGITS);
    let shown = digits.get(..before.min(digits.len()))?;
    format!("{shown:0<before$}").parse().ok()
}

/// `float(Decimal(text))`.
pub(super) fn to_float(text: &str) -> Result<Option<f64>, PercentError> {
    let unsigned = text.trim_start_matches('-');
    if unsigned.starts_with("sNaN") {
        return Err(PercentError::value_error("cannot convert signaling NaN to float"));
    }
    if unsigned.starts_with("NaN") {
        return Ok(Some(f64::NAN));
    }
    Ok(text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> String {
        match to_int(text).unwrap().unwrap() {
            Int::Big(int) => int.to_string(),
            Int::Small(int) => int.to_string(),
        }
    }

    #[test]
    fn decimals_are_cut_towards_zero() {
        assert_eq!(int("1.7"), "1");
        assert_eq!(int("-0.99"), "0");
        assert_eq!(int("1.25E+3"), "1250");
        assert_eq!(int("125E-1"), "12");
        assert_eq!(int("0E+1000000"), "0");
        assert_eq!(int("0.00123E+5"), "123");
        assert_eq!(int("1E+999999999").len(), MOST_DIGITS);
        assert_eq!(to_int("x"), Ok(None));
        assert!(to_int("sNaN12").is_err() && to_int("-Infinity").is_err());
    }

    #[test]
    fn decimals_are_floats() {
        assert_eq!(to_float("1E+400").unwrap(), Some(f64::INFINITY));
        assert_eq!(to_float("-0.10").unwrap(), Some(-0.1));
        assert!(to_float("NaN12").unwrap().is_some_and(f64::is_nan));
        assert!(to_float("sNaN").is_err());
    }
}
