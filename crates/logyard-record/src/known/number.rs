//! Decimal, Fraction, UUID and ipaddress's classes.

use std::net::{Ipv4Addr, Ipv6Addr};

use logyard_pickle::{Class, Object, Value};

use super::text_of;
use crate::text::{Form, MAX_DIGITS, Printer, Step, write_hex, write_str_repr};

/// Pairs of a state that are looked at: a hostile one may have a million, again and again.
const STATE_PAIRS: usize = 8;

/// Longest text of a Fraction in bytes: two ints with the most digits that Python converts.
const FRACTION_LIMIT: usize = 2 * MAX_DIGITS + 2;

/// Classes that pickle as their own text: `Decimal('1.50')`, whose `str` is that text.
pub(crate) fn print_named_text<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let text = text_of(object.arg(0)?)?;
    write_named(class, text, form, p);
    Some(())
}

/// `10.0.0.1`, `IPv4Address('10.0.0.1')`: an address pickles as a number, or as text if it has a
/// scope.
pub(crate) fn print_address<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let Some(number) = unsigned(object.arg(0)?) else {
        return print_named_text(class, object, form, p);
    };
    let text = match class.name {
        b"IPv4Address" => Ipv4Addr::from_bits(number.try_into().ok()?).to_string(),
        _ => Ipv6Addr::from_bits(number).to_string(),
    };
    write_named(class, text.as_bytes(), form, p);
    Some(())
}

fn write_named(class: Class<'_>, text: &[u8], form: Form, p: &mut Printer<'_, '_>) {
    match form {
        Form::Str => p.text(text),
        Form::Repr => {
            p.class_name(class);
            p.out.push(b'(');
            write_str_repr(text, p.room(), p.out);
            p.out.push(b')');
        }
    }
}

/// `3/4`, `Fraction(3, 4)`. Up to Python 3.10 it pickles as its text.
pub(crate) fn print_fraction<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (numerator, denominator) = match (object.arg(0)?, object.arg(1)) {
        (Value::Str(text), None) if text.len() <= FRACTION_LIMIT => {
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
