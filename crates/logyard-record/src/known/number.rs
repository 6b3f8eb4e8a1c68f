//! Decimal, Fraction, UUID and ipaddress's classes.

use logyard_pickle::{Class, Object, Value};

use super::text_of;
use crate::text::{Form, Printer, Step, write_hex};

/// Pairs of a state that are looked at: a hostile one may have a million, again and again.
const STATE_PAIRS: usize = 8;

/// Classes that pickle as their own text: `Decimal('1.50')`, whose `str` is that text.
pub(crate) fn print_named_text<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let text = text_of(object.arg(0)?)?;
    match form {
        Form::Str => p.out.extend_from_slice(text),
        Form::Repr => {
            p.class_name(class);
            p.then([Step::Text("("), Step::Repr(Value::Str(text)), Step::Text(")")]);
        }
    }
    Some(())
}

/// `3/4`, `Fraction(3, 4)`. Up to Python 3.10 it pickles as its text.
pub(crate) fn print_fraction<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (numerator, denominator) = match (object.arg(0)?, object.arg(1)) {
        (Value::Str(text), None) => {
            let mut parts = text.splitn(2, |&byte| byte == b'/');
            (Value::Str(parts.next()?), parts.next().map_or(Value::Int(1), Value::Str))
        }
        (n @ (Value::Int(_) | Value::BigInt(_)), Some(d @ (Value::Int(_) | Value::BigInt(_)))) => {
            (n, d)
        }
        _ => return None,
    };
    let is_whole = matches!(denominator, Value::Int(1) | Value::Str(b"1"));
    match form {
        Form::Str if is_whole => p.then([Step::Str(numerator)]),
        Form::Str => p.then([Step::Str(numerator), Step::Text("/"), Step::Str(denominator)]),
        Form::Repr => p.then([
            Step::Text("Fraction("),
            Step::Str(numerator),
            Step::Text(", "),
            Step::Str(denominator),
            Step::Text(")"),
        ]),
    }
    Some(())
}

/// `12345678-1234-5678-1234-567812345678`, from the state `{'int': …}`.
pub(crate) fn print_uuid<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let Value::Dict(state) = object.state()? else { return None };
    let number = state.iter().take(STATE_PAIRS).find_map(|(key, value)| match key {
        Value::Str(b"int") => unsigned(value),
        _ => None,
    })?;
    if form == Form::Repr {
        p.out.extend_from_slice(b"UUID('");
        p.then([Step::Text("')")]);
    }
    write_hex(number >> 96, 8, p.out);
    for shift in [80, 64, 48] {
        p.out.push(b'-');
        write_hex(number >> shift, 4, p.out);
    }
    p.out.push(b'-');
    write_hex(number, 12, p.out);
    Some(())
}

fn unsigned(value: Value<'_>) -> Option<u128> {
    match value {
        Value::Int(n) => u128::try_from(n).ok(),
        Value::BigInt(bytes) => {
            let mut wide = [0; 17];
            wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
            let (last, low) = wide.split_last()?;
            let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
            if *last != 0 || negative {
                return None;
            }
            Some(u128::from_le_bytes(low.try_into().ok()?))
        }
        _ => None,
    }
}
