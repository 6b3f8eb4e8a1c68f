//! Python's view of a value as an operand: its truth, the number in it, what is looked up in it.

pub(crate) use known::is_member;
use logyard_pickle::{Object, Value};
pub(crate) use logyard_record::type_name;
pub(crate) use mapping::Mapping;
use num_bigint::BigInt;

use crate::error::PercentError;
use crate::percent::Int;

mod decimal;
mod known;
mod mapping;

/// `bool(value)`. An object of an unknown class is true, as one without `__bool__` and `__len__` is,
/// unless it is taken for the number zero.
#[inline]
pub(crate) fn is_true(value: Value<'_>) -> bool {
    // What most records have where this is asked.
    !matches!(value, Value::None) && is_true_value(value)
}

fn is_true_value(value: Value<'_>) -> bool {
    match value {
        Value::None => false,
        Value::Bool(truth) => truth,
        Value::Int(int) => int != 0,
        Value::Float(float) => float != 0.0,
        Value::Complex(re, im) => re != 0.0 || im != 0.0,
        Value::Str(bytes) | Value::Bytes(bytes) | Value::ByteArray(bytes) => !bytes.is_empty(),
        Value::Tuple(seq) | Value::List(seq) | Value::Set(seq) | Value::FrozenSet(seq) => {
            !seq.is_empty()
        }
        Value::Dict(dict) => !dict.is_empty(),
        Value::Object(object) => known::is_true(object),
        Value::BigInt(_) | Value::Ellipsis | Value::NotImplemented | Value::Class(_) => true,
    }
}

/// `repr(key)`.
pub(crate) fn key_repr(key: &[u8]) -> String {
    let mut text = Vec::new();
    // So short a text always fits.
    let _ = logyard_record::write_repr(Value::Str(shown(key)), &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// As much of a name from the network as a message shows.
fn shown(name: &[u8]) -> &[u8] {
    name.get(..crate::wtf8::prefix_len(name, 100)).unwrap_or(name)
}

/// Attributes that are looked at: a hostile object may have a million, again and again.
const ATTRIBUTES: usize = 8;

/// An attribute of an object whose state is its `__dict__`.
fn attribute<'a>(object: Object<'a>, name: &[u8]) -> Option<Value<'a>> {
    let Value::Dict(state) = object.state()? else { return None };
    let mut pairs = state.iter().take(ATTRIBUTES);
    pairs.find(|(key, _)| matches!(key, Value::Str(key) if *key == name)).map(|(_, value)| value)
}

/// Bytes that reading the number in an operand looks at, beyond a few.
pub(crate) fn cost(value: Value<'_>) -> usize {
    match value {
        Value::Object(object) => known::cost(object),
        Value::BigInt(bytes) => bytes.len(),
        _ => 0,
    }
}

/// `int(value)` for `%d`, for what has a number in it; else `None` (CPython's TypeError).
pub(crate) fn to_int(value: Value<'_>) -> Result<Option<Int>, PercentError> {
    match value {
        Value::Float(float) => truncate(float).map(Some),
        Value::Object(object) => known::to_int(object),
        _ => Ok(to_index(value)),
    }
}

/// `operator.index(value)` for `%x`, `%c` and `*`.
pub(crate) fn to_index(value: Value<'_>) -> Option<Int> {
    match value {
        Value::Bool(truth) => Some(Int::Small(truth.into())),
        Value::Int(int) => Some(Int::Small(int)),
        Value::BigInt(bytes) => Some(Int::Big(BigInt::from_signed_bytes_le(bytes))),
        Value::Object(object) => known::to_index(object),
        _ => None,
    }
}

/// `float(value)` for `%f`, or `None` (CPython's TypeError).
pub(crate) fn to_float(value: Value<'_>) -> Result<Option<f64>, PercentError> {
    match value {
        Value::Float(float) => Ok(Some(float)),
        Value::Object(object) => known::to_float(object),
        _ => to_index(value).map(|int| int_to_float(&int)).transpose(),
    }
}

pub(crate) fn int_to_float(int: &Int) -> Result<f64, PercentError> {
    let too_large = || PercentError::overflow("int too large to convert to float");
    match int {
        Int::Small(int) => Ok(*int as f64),
        // 2**1024 is beyond every double; below that the parser rounds as CPython does.
        Int::Big(int) if int.bits() > 1024 => Err(too_large()),
        Int::Big(int) => match int.to_string().parse() {
            Ok(float) if f64::is_finite(float) => Ok(float),
            _ => Err(too_large()),
        },
    }
}

/// `int(float)`.
fn truncate(float: f64) -> Result<Int, PercentError> {
    if float.is_nan() {
        return Err(PercentError::value_error("cannot convert float NaN to integer"));
    }
    if float.is_infinite() {
        return Err(PercentError::overflow("cannot convert float infinity to integer"));
    }
    // The doubles strictly within i64; -2**63 itself may take the longer way.
    if float.abs() < 9_223_372_036_854_775_808.0 {
        return Ok(Int::Small(float as i64));
    }
    // A double this large has no fraction: its bits are the mantissa, shifted.
    let bits = float.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as usize;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let magnitude = BigInt::from(mantissa) << exponent.saturating_sub(1075);
    Ok(Int::Big(if float < 0.0 { -magnitude } else { magnitude }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_doubles_are_whole() {
        assert_eq!(truncate(-1.9).unwrap(), Int::Small(-1));
        let Int::Big(big) = truncate(-1e23).unwrap() else { panic!() };
        assert_eq!(big.to_string(), "-99999999999999991611392");
        let Int::Big(big) = truncate(9_223_372_036_854_775_808.0).unwrap() else { panic!() };
        assert_eq!(big.to_string(), "9223372036854775808");
        assert!(truncate(f64::NAN).is_err() && truncate(f64::INFINITY).is_err());
    }

    #[test]
    fn big_integers_round_to_doubles() {
        let big = |text: &str| Int::Big(text.parse().unwrap());
        assert_eq!(int_to_float(&big("18446744073709551617")).unwrap(), 18446744073709551616.0);
        assert!(int_to_float(&Int::Big(BigInt::from(1) << 1024)).is_err());
        assert_eq!(int_to_float(&(Int::Big(BigInt::from(1) << 1023))).unwrap(), 2f64.powi(1023));
    }
}
