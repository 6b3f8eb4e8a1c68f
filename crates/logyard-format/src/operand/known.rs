//! Numbers inside objects: those of the standard library and numpy, and those of unknown classes that
//! are made from just a number.

use std::net::Ipv6Addr;

use logyard_pickle::{Class, Object, Value};
use logyard_record::{NumpyScalar, is_exception, numpy_scalar};
use num_bigint::BigInt;

use super::{attribute, decimal, int_to_float, truncate};
use crate::error::PercentError;
use crate::percent::Int;

/// Bytes that reading the number in an object looks at, for the caller to charge: the parts of a
/// Decimal or Fraction may be huge, and one object may be the operand of many conversions.
pub(super) fn cost(object: Object<'_>) -> usize {
    let part = |value| match value {
        Value::Str(bytes) | Value::Bytes(bytes) | Value::BigInt(bytes) => bytes.len(),
        _ => 0,
    };
    object.args().iter().take(2).map(part).sum()
}

pub(super) fn is_true(object: Object<'_>) -> bool {
    match object.class() {
        Some(Class { module: b"collections", name: b"UserDict" | b"UserList" | b"UserString" }) => {
            attribute(object, b"data").is_none_or(has_items)
        }
        Some(Class { module: b"collections", name: b"ChainMap" }) => {
            match attribute(object, b"maps") {
                Some(Value::List(maps)) => maps.iter().any(has_items),
                _ => true,
            }
        }
        Some(Class { module: b"collections", .. }) => {
            // What `Counter`, and Python 2's `deque`, are made from.
            let argument = match object.arg(0) {
                Some(Value::List(list)) => !list.is_empty(),
                Some(Value::Dict(counts)) => !counts.is_empty(),
                _ => false,
            };
            object.items().len() > 0 || object.pairs().len() > 0 || argument
        }
        Some(Class { module: b"datetime", name: b"timedelta" }) => {
            // whole numbers; whatever else a stranger puts there is not looked into
            object.args().iter().any(|part| !matches!(part, Value::Int(0)))
        }
        _ => !matches!(to_float(object), Ok(Some(0.0))),
    }
}

/// Whether a container is not empty, for those that wrap one.
fn has_items(value: Value<'_>) -> bool {
    match value {
        Value::Str(text) => !text.is_empty(),
        Value::List(seq) => !seq.is_empty(),
        Value::Dict(dict) => !dict.is_empty(),
        // a subclass of dict
        Value::Object(object) => object.pairs().len() > 0,
        _ => true,
    }
}

/// The number that an object of an unknown class is taken for: the only thing that it is made from.
/// So are members of `IntEnum` and `IntFlag` and instances of classes derived from int and float.
/// A pickle doesn't tell them from objects that are no number at all, such as a plain Enum's members:
/// CPython has a TypeError for those.
fn underlying(object: Object<'_>) -> Option<Value<'_>> {
    let class = object.class()?;
    let made_otherwise = matches!(
        class.module,
        b"builtins" | b"collections" | b"datetime" | b"ipaddress" | b"itertools" | b"operator"
    );
    let has_more = object.args_len() != 1
        || object.kwargs().is_some()
        || object.items().len() > 0
        || object.pairs().len() > 0;
    if made_otherwise || has_more || is_exception(class) {
        return None;
    }
    match object.arg(0)? {
        number @ (Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_)) => {
            Some(number)
        }
        _ => None,
    }
}

/// Whether it looks like an Enum's member, a class of its own, made of
/// one value or by its name, with nothing else to it.
pub(crate) fn is_member(object: Object<'_>) -> bool {
    let Some(Class { module, name }) = object.class() else { return false };
    let bare = object.state().is_none()
        && object.kwargs().is_none()
        && object.base().is_none()
        && object.items().len() == 0
        && object.pairs().len() == 0;
    let own_class = !is_exception(Class { module, name })
        && !matches!(
            module.split(|&byte| byte == b'.').next().unwrap_or_default(),
            b"builtins"
                | b"collections"
                | b"datetime"
                | b"decimal"
                | b"fractions"
                | b"ipaddress"
                | b"pathlib"
                | b"pytz"
                | b"types"
                | b"uuid"
                | b"zoneinfo"
                | b"numpy"
        );
    let by_name = (module, name, object.args_len()) == (b"builtins", b"getattr", 2);
    bare && (own_class && object.args_len() == 1 || by_name)
}

/// `operator.index`.
pub(super) fn to_index(object: Object<'_>) -> Option<Int> {
    match numpy_scalar(object) {
        Some(NumpyScalar::Int(int)) => Some(Int::Small(int)),
        Some(NumpyScalar::Unsigned(int)) => {
            Some(i64::try_from(int).map_or_else(|_| Int::Big(int.into()), Int::Small))
        }
        Some(_) => None,
        None => super::to_index(underlying(object)?),
    }
}

/// What numpy's scalars that have no `operator.index` are to `float` and `int`. A complex one is its
/// real part: numpy only warns.
fn numpy_float(object: Object<'_>) -> Option<f64> {
    match numpy_scalar(object)? {
        NumpyScalar::Bool(truth) => Some(u8::from(truth).into()),
        NumpyScalar::Float(float) | NumpyScalar::Complex(float, _) => Some(float),
        NumpyScalar::Float32(float) | NumpyScalar::Complex64(float, _) => Some(float.into()),
        _ => None,
    }
}

pub(super) fn to_int(object: Object<'_>) -> Result<Option<Int>, PercentError> {
    let Some(class) = object.class() else { return Ok(None) };
    match class {
        Class { module: b"decimal", name: b"Decimal" } => match text(object) {
            Some(text) => decimal::to_int(text),
            None => Ok(None),
        },
        Class { module: b"fractions", name: b"Fraction" } => {
            Ok(fraction(object).map(|(above, below)| Int::Big(above / below)))
        }
        Class { module: b"uuid", name: b"UUID" } => {
            Ok(attribute(object, b"int").and_then(super::to_index))
        }
        Class { module: b"ipaddress", name: b"IPv4Address" | b"IPv6Address" } => {
            Ok(address(object))
        }
        _ => match (numpy_float(object), underlying(object)) {
            (Some(float), _) | (None, Some(Value::Float(float))) => truncate(float).map(Some),
            _ => Ok(to_index(object)),
        },
    }
}

pub(super) fn to_float(object: Object<'_>) -> Result<Option<f64>, PercentError> {
    let Some(class) = object.class() else { return Ok(None) };
    match class {
        Class { module: b"decimal", name: b"Decimal" } => match text(object) {
            Some(text) => decimal::to_float(text),
            None => Ok(None),
        },
        Class { module: b"fractions", name: b"Fraction" } => match fraction(object) {
            Some((above, below)) => divide(&above, &below).map(Some),
            None => Ok(None),
        },
        _ => match (numpy_float(object), underlying(object)) {
            (Some(float), _) | (None, Some(Value::Float(float))) => Ok(Some(float)),
            _ => to_index(object).map(|int| int_to_float(&int)).transpose(),
        },
    }
}

/// An address: version 4 pickles as the number, version 6 as its text.
fn address(object: Object<'_>) -> Option<Int> {
    match object.arg(0)? {
        Value::Str(_) => {
            let address = text(object)?.split('%').next()?; // without the scope
            Some(Int::Big(address.parse::<Ipv6Addr>().ok()?.to_bits().into()))
        }
        number => super::to_index(number),
    }
}

fn text(object: Object<'_>) -> Option<&str> {
    match object.arg(0) {
        Some(Value::Str(text)) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// `Fraction.__reduce__` sends the two integers, or before 3.12 the text, `"7/2"` or `"3"`. The
/// denominator is above zero.
fn fraction(object: Object<'_>) -> Option<(BigInt, BigInt)> {
    let (above, below) = match (object.arg(0)?, object.arg(1)) {
        (Value::Str(text), None) => {
            let text = std::str::from_utf8(text).ok()?;
            let (above, below) = text.split_once('/').unwrap_or((text, "1"));
            (parse(above)?, parse(below)?)
        }
        (above, Some(below)) => (big(above)?, big(below)?),
        _ => return None,
    };
    (below > BigInt::ZERO).then_some((above, below))
}

/// An integer of no more digits than CPython would read.
fn parse(digits: &str) -> Option<BigInt> {
    if digits.len() > logyard_record::MAX_DIGITS + 1 { None } else { digits.parse().ok() }
}

fn big(value: Value<'_>) -> Option<BigInt> {
    match super::to_index(value)? {
        Int::Small(int) => Some(int.into()),
        Int::Big(int) => Some(int),
    }
}

/// `above / below`, rounded once as CPython's division of integers is.
fn divide(above: &BigInt, below: &BigInt) -> Result<f64, PercentError> {
    // A quotient of 66 bits or more holds a double and what decides its rounding; what is cut off
    // only matters by being there (the lowest bit).
    let shift = (66 + below.bits() as i64 - above.bits() as i64).max(0);
    let shift = i32::try_from(shift).unwrap_or(i32::MAX);
    let scaled = above << shift.unsigned_abs();
    let quotient = &scaled / below;
    let exact = &quotient * below == scaled;
    let quotient = if exact { quotient } else { quotient | BigInt::from(1) };
    let float = int_to_float(&Int::Big(quotient))
        .map_err(|_| PercentError::overflow("integer division result too large for a float"))?;
    // In two steps, for 2**-shift may be below the smallest double.
    Ok(float * 2_f64.powi(-(shift / 2)) * 2_f64.powi(-(shift - shift / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_once() {
        let divide = |above: i64, below: i64| divide(&above.into(), &below.into()).unwrap();
        assert_eq!(divide(7, 2), 3.5);
        assert_eq!(divide(-1, 3), -1.0 / 3.0);
        assert_eq!(divide(0, 3), 0.0);
        assert_eq!(divide(i64::MAX, 3), 3074457345618258602.33);
    }
}
