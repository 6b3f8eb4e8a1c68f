//! `str.format`, and `format(value, spec)` of the values that a record can hold.
//!
//! [`parse`] knows the grammar of a format, [`lookup`] that of a field's name, [`spec`] the
//! specification; the files beside them have the text of each type.

use logyard_pickle::{Class, Object, Value};
use logyard_record::{NumpyScalar, numpy_scalar};

use crate::error::PercentError;
use crate::operand;
use crate::percent::Int;

mod datetime;
mod decimal;
mod float;
mod int;
mod layout;
pub(crate) mod lookup;
pub(crate) mod parse;
mod spec;
mod text;

/// A specification that has been read; what is wrong with it is told once there is a value.
#[derive(Debug)]
pub(crate) struct Spec {
    text: Box<[u8]>,
    parsed: Result<spec::Spec, spec::Fault>,
}

impl Spec {
    pub(crate) fn new(text: &[u8]) -> Spec {
        Spec { text: text.into(), parsed: spec::Spec::parse(text) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether its kind is one that only integers have.
    fn wants_int(&self) -> bool {
        let kind = self.parsed.ok().and_then(|spec| spec.kind);
        kind.and_then(char::from_u32).is_some_and(|kind| "bcdoxX".contains(kind))
    }

    /// The layout for a type with this default kind and alignment.
    fn layout(&self, kind: u8, align: u8, type_name: &str) -> Result<spec::Layout, PercentError> {
        match self.parsed {
            Ok(spec) => spec.layout(kind, align),
            Err(fault) => Err(fault.error(&self.text, type_name)),
        }
    }

    fn write_text(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), PercentError> {
        text::write(text, &self.layout(b's', b'<', "str")?, out)
    }

    fn write_int(&self, int: &Int, name: &str, out: &mut Vec<u8>) -> Result<(), PercentError> {
        int::write(int, name, &self.layout(b'd', b'>', name)?, out)
    }

    fn write_float(&self, float: f64, name: &str, out: &mut Vec<u8>) -> Result<(), PercentError> {
        float::write(float, name, &self.layout(0, b'>', name)?, out)
    }
}

/// Appends `format(value, spec)`; on an error `out` may hold a part of it. Gives the bytes that were
/// worked on without leaving text, for the caller to charge.
pub(crate) fn write(
    value: Value<'_>,
    spec: &Spec,
    out: &mut Vec<u8>,
) -> Result<usize, PercentError> {
    if spec.is_empty() {
        return write_plain(value, out);
    }
    let value = unwrapped(value);
    match value {
        Value::Str(text) => spec.write_text(text, out)?,
        Value::Int(int) => spec.write_int(&Int::Small(int), "int", out)?,
        Value::Bool(truth) => spec.write_int(&Int::Small(truth.into()), "bool", out)?,
        Value::BigInt(_) => match operand::to_index(value) {
            Some(int) => spec.write_int(&int, "int", out)?,
            None => return Err(unsupported(value)),
        },
        Value::Float(float) => spec.write_float(float, "float", out)?,
        Value::Complex(real, imag) => {
            let layout = spec.layout(0, b'>', "complex")?;
            float::write_complex((real, imag), &layout, out)?;
        }
        Value::Object(object) => return write_object(object, spec, out),
        _ => return Err(unsupported(value)),
    }
    Ok(operand::cost(value))
}

/// `format(value, '')`. Like [`write`], it gives the bytes that were worked on without leaving text.
pub(crate) fn write_plain(value: Value<'_>, out: &mut Vec<u8>) -> Result<usize, PercentError> {
    let value = match value {
        Value::Object(object) => from_numpy(object).unwrap_or(value),
        _ => value,
    };
    Ok(logyard_record::write_str(value, out)?)
}

/// numpy's numbers are turned to Python's before they are formatted, and print otherwise then.
fn from_numpy(object: Object<'_>) -> Option<Value<'static>> {
    Some(match numpy_scalar(object)? {
        NumpyScalar::Bool(truth) => Value::Bool(truth),
        NumpyScalar::Int(int) => Value::Int(int),
        NumpyScalar::Unsigned(int) => Value::Int(i64::try_from(int).ok()?),
        NumpyScalar::Float(float) => Value::Float(float),
        NumpyScalar::Float32(float) => Value::Float(float.into()),
        NumpyScalar::Complex(real, imag) => Value::Complex(real, imag),
        NumpyScalar::Complex64(real, imag) => Value::Complex(real.into(), imag.into()),
        NumpyScalar::Str(_) | NumpyScalar::Bytes(_) => return None,
    })
}

fn write_object(object: Object<'_>, spec: &Spec, out: &mut Vec<u8>) -> Result<usize, PercentError> {
    let value = Value::Object(object);
    let cost = operand::cost(value);
    if let Some(number) = from_numpy(object) {
        return Ok(cost + write(number, spec, out)?);
    }
    match numpy_scalar(object) {
        // Beyond i64.
        Some(NumpyScalar::Unsigned(int)) => {
            spec.write_int(&Int::Big(int.into()), "int", out)?;
            return Ok(cost);
        }
        Some(NumpyScalar::Str(text)) => {
            spec.write_text(&text, out)?;
            return Ok(cost + text.len());
        }
        _ => {}
    }
    if let Some(int) = known_int(object) {
        spec.write_int(&int, &operand::type_name(value), out)?;
        return Ok(cost);
    }
    if let Some(done) = datetime::write(object, &spec.text, out) {
        return done.map(|()| cost);
    }
    let argument = match object.arg(0) {
        Some(Value::Str(text)) => Some(text),
        _ => None,
    };
    match (object.class(), argument) {
        (Some(Class { module: b"decimal", name: b"Decimal" }), Some(text)) => {
            decimal::write(text, &spec.text, out).unwrap_or(Err(unsupported(value)))?;
            return Ok(cost);
        }
        // Its numbers' formats (`b`, `n`, `x`) are not known here.
        (Some(Class { module: b"ipaddress", name: b"IPv4Address" | b"IPv6Address" }), _)
            if spec.text.last() == Some(&b's') => {}
        _ if !operand::is_member(object) => return Err(unsupported(value)),
        _ if spec.wants_int() => {
            // An IntEnum's, as far as the pickle tells.
            if let Some(int) = operand::to_index(value) {
                spec.write_int(&int, &operand::type_name(value), out)?;
                return Ok(cost);
            }
        }
        _ => {}
    }
    let mut text = Vec::new();
    let worked = logyard_record::write_str(value, &mut text)?;
    spec.write_text(&text, out)?;
    Ok(worked + text.len())
}

/// The number in a member of the standard library's enumerations of integers.
fn known_int(object: Object<'_>) -> Option<Int> {
    match object.class()?.module {
        b"http" | b"signal" | b"socket" => operand::to_index(Value::Object(object)),
        _ => None,
    }
}

/// An instance of a subclass of a built-in type as one of that type, where the pickle tells.
fn unwrapped(value: Value<'_>) -> Value<'_> {
    let Value::Object(object) = value else { return value };
    match (object.base(), object.class(), object.arg(0)) {
        (Some(Class { module: b"builtins", .. }), _, Some(value)) => value,
        (None, Some(Class { module: b"django.utils.safestring", .. }), Some(value)) => value,
        _ => value,
    }
}

/// `object.__format__` takes no specification.
fn unsupported(value: Value<'_>) -> PercentError {
    let kind = operand::type_name(value);
    PercentError::type_error(format!("unsupported format string passed to {kind}.__format__"))
}

#[cfg(test)]
mod tests;
