//! Numbers inside objects of the standard library's classes.

use logyard_pickle::{Class, Object, Value};
use num_bigint::BigInt;

use super::{decimal, int_to_float, numpy, truncate};
use crate::error::PercentError;
use crate::percent::Int;

/// Pairs of a state that are looked at: a hostile one may have a million, again and again.
const STATE_PAIRS: usize = 8;

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
        Some(Class { module: b"collections", .. }) => {
            // `deque([…])` has its items as an argument in protocol 2 and later.
            let argument = matches!(object.arg(0), Some(Value::List(list)) if !list.is_empty());
            object.items().len() > 0 || object.pairs().len() > 0 || argument
        }
        Some(Class { module: b"datetime", name: b"timedelta" }) => {
            // whole numbers; whatever else a stranger puts there is not looked into
            object.args().iter().any(|part| !matches!(part, Value::Int(0)))
        }
        _ => !matches!(to_float(object), Ok(Some(0.0))),
    }
}

/// `operator.index`: of the classes that pickle as a call, numpy's integers have it and enumerations
/// of integers; of those only the standard library's are known to be that.
pub(super) fn to_index(object: Object<'_>) -> Option<Int> {
    if let Some(numpy::Scalar::Int(int)) = numpy::scalar(object) {
        return Some(int);
    }
    match (object.class()?, object.arg(0)?) {
        (
            Class { module: b"http", name: b"HTTPStatus" }
            | Class { module: b"signal", name: b"Signals" | b"Handlers" }
            | Class { module: b"socket", name: b"AddressFamily" | b"SocketKind" },
            Value::Int(int),
        ) => Some(Int::Small(int)),
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
        Class { module: b"uuid", name: b"UUID" } => Ok(uuid(object)),
        _ => match numpy::scalar(object) {
            Some(numpy::Scalar::Float(float)) => truncate(float).map(Some),
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
        _ => match numpy::scalar(object) {
            Some(numpy::Scalar::Float(float)) => Ok(Some(float)),
            _ => to_index(object).map(|int| int_to_float(&int)).transpose(),
        },
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

fn uuid(object: Object<'_>) -> Option<Int> {
    match object.state() {
        Some(Value::Dict(state)) => {
            let mut pairs = state.iter().take(STATE_PAIRS);
            let (_, int) = pairs.find(|(key, _)| matches!(key, Value::Str(b"int")))?;
            super::to_index(int)
        }
        _ => None,
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
