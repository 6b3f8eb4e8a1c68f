//! What follows a field's first name: `{args[0]}`, `{at.year}` (`FieldNameIterator_next`,
//! `getattr`, `getitem_str` and `getitem_idx` of CPython's `unicode_format.h`).
//!
//! Values are inert: they have the attributes that are data, no methods.

use logyard_pickle::{Class, Dict, Object, Value};
use logyard_record::{is_exception, write_repr};

use super::datetime::Moment;
use super::known_int;
use crate::error::PercentError;
use crate::operand;
use crate::wtf8;

/// One step on the way from a field's first name to its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `.name`
    Attr(Box<str>),
    /// `[3]`
    Index(i64),
    /// `[key]`
    Key(Box<str>),
    /// The name goes on in a way that CPython refuses once it gets here.
    Fault(&'static str),
}

/// A field's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name<'f> {
    pub(crate) first: First<'f>,
    pub(crate) steps: Vec<Step>,
}

/// Where a field's name begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum First<'f> {
    Named(&'f str),
    /// A positional argument, which `Formatter` never gives: an error. Without a number, the next.
    Positional(Option<i64>),
    TooManyDigits,
}

const TOO_MANY_DIGITS: &str = "Too many decimal digits in format string";

/// `field_name_split`.
pub(crate) fn parse(name: &str) -> Name<'_> {
    let (first, mut rest) = split(name, ['.', '[']);
    let first = match integer(first) {
        _ if first.is_empty() => First::Positional(None),
        Integer::Is(index) => First::Positional(Some(index)),
        Integer::TooLarge => First::TooManyDigits,
        Integer::No => First::Named(first),
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, behind) = step(rest);
        let faulty = matches!(step, Step::Fault(_));
        steps.push(step);
        rest = if faulty { "" } else { behind };
    }
    Name { first, steps }
}

/// The text before the first of these marks, and the rest from it on.
fn split<const N: usize>(text: &str, marks: [char; N]) -> (&str, &str) {
    text.split_at_checked(text.find(marks).unwrap_or(text.len())).unwrap_or((text, ""))
}

fn step(rest: &str) -> (Step, &str) {
    const EMPTY: &str = "Empty attribute in format string";
    if let Some(rest) = rest.strip_prefix('.') {
        let (name, behind) = split(rest, ['.', '[']);
        let step = if name.is_empty() { Step::Fault(EMPTY) } else { Step::Attr(name.into()) };
        return (step, behind);
    }
    let Some(rest) = rest.strip_prefix('[') else {
        return (Step::Fault("Only '.' or '[' may follow ']' in format field specifier"), "");
    };
    let Some((key, behind)) = rest.split_once(']') else {
        return (Step::Fault("Missing ']' in format string"), "");
    };
    let step = match integer(key) {
        _ if key.is_empty() => Step::Fault(EMPTY),
        Integer::Is(index) => Step::Index(index),
        Integer::TooLarge => Step::Fault(TOO_MANY_DIGITS),
        Integer::No => Step::Key(key.into()),
    };
    (step, behind)
}

enum Integer {
    Is(i64),
    TooLarge,
    No,
}

/// `get_integer`: digits only. CPython takes the digits of all scripts, this one ASCII's.
fn integer(text: &str) -> Integer {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Integer::No;
    }
    text.parse().map_or(Integer::TooLarge, Integer::Is)
}

impl First<'_> {
    /// The error of a field that can't be had from any record.
    pub(crate) fn fault(&self) -> Option<PercentError> {
        match self {
            First::Named(_) => None,
            First::TooManyDigits => Some(PercentError::value_error(TOO_MANY_DIGITS)),
            First::Positional(index) => Some(PercentError::index(format!(
                "Replacement index {} out of range for positional args tuple",
                index.unwrap_or(0)
            ))),
        }
    }
}

impl Step {
    /// The value that the step leads to.
    pub(crate) fn take<'a>(&self, value: Value<'a>) -> Result<Value<'a>, PercentError> {
        let value = super::unwrapped(value);
        match self {
            Step::Attr(name) => attribute(value, name).ok_or_else(|| {
                PercentError::attribute(match value {
                    Value::Class(class) => {
                        let class = String::from_utf8_lossy(short(class.name)).into_owned();
                        format!("type object '{class}' has no attribute '{name}'")
                    }
                    _ => {
                        let kind = operand::type_name(value);
                        format!("'{kind}' object has no attribute '{name}'")
                    }
                })
            }),
            Step::Index(index) => item(value, *index),
            Step::Key(key) => keyed(value, key.as_bytes()),
            Step::Fault(text) => Err(PercentError::value_error(*text)),
        }
    }
}

/// The last part of a dotted name.
fn short(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'.').next().unwrap_or_default()
}

fn attribute<'a>(value: Value<'a>, name: &str) -> Option<Value<'a>> {
    if name == "__class__" {
        return Some(Value::Class(class_of(value)?));
    }
    match (value, name) {
        (Value::Bool(truth), "real" | "numerator") => Some(Value::Int(truth.into())),
        (Value::Bool(_), "imag") => Some(Value::Int(0)),
        (Value::Bool(_), "denominator") => Some(Value::Int(1)),
        (Value::Int(_) | Value::BigInt(_), "real" | "numerator") => Some(value),
        (Value::Int(_) | Value::BigInt(_), "imag") => Some(Value::Int(0)),
        (Value::Int(_) | Value::BigInt(_), "denominator") => Some(Value::Int(1)),
        (Value::Float(_), "real") => Some(value),
        (Value::Float(_), "imag") => Some(Value::Float(0.0)),
        (Value::Complex(real, _), "real") => Some(Value::Float(real)),
        (Value::Complex(_, imag), "imag") => Some(Value::Float(imag)),
        (Value::Class(class), "__name__") => Some(Value::Str(short(class.name))),
        (Value::Class(class), "__qualname__") => Some(Value::Str(class.name)),
        (Value::Class(class), "__module__") => Some(Value::Str(class.module)),
        (Value::Object(object), name) => of_object(object, name),
        _ => None,
    }
}

fn class_of(value: Value<'_>) -> Option<Class<'_>> {
    let name: &'static [u8] = match value {
        Value::None => b"NoneType",
        Value::Ellipsis => b"ellipsis",
        Value::NotImplemented => b"NotImplementedType",
        Value::Bool(_) => b"bool",
        Value::Int(_) | Value::BigInt(_) => b"int",
        Value::Float(_) => b"float",
        Value::Complex(..) => b"complex",
        Value::Str(_) => b"str",
        Value::Bytes(_) => b"bytes",
        Value::ByteArray(_) => b"bytearray",
        Value::Tuple(_) => b"tuple",
        Value::List(_) => b"list",
        Value::Set(_) => b"set",
        Value::FrozenSet(_) => b"frozenset",
        Value::Dict(_) => b"dict",
        Value::Class(_) => b"type",
        Value::Object(object) => {
            return object.class().filter(|class| class.name != b"getattr");
        }
    };
    Some(Class { module: b"builtins", name })
}

fn of_object<'a>(object: Object<'a>, name: &str) -> Option<Value<'a>> {
    let mut text = String::new();
    if let Some(moment) = Moment::of(object, &mut text) {
        let [year, month, day] = moment.date.map_or([None; 3], |parts| parts.map(Some));
        let [hour, minute, second, micro] = moment.time.map_or([None; 4], |parts| parts.map(Some));
        let part = match name {
            "year" => year,
            "month" => month,
            "day" => day,
            "hour" => hour,
            "minute" => minute,
            "second" => second,
            "microsecond" => micro,
            "tzinfo" => return hour.map(|_| object.arg(1).unwrap_or(Value::None)),
            _ => None,
        };
        return part.map(Value::Int);
    }
    let Class { module, name: class } = object.class()?;
    match (module, class, name) {
        (b"datetime", b"timedelta", "days") => object.arg(0),
        (b"datetime", b"timedelta", "seconds") => object.arg(1),
        (b"datetime", b"timedelta", "microseconds") => object.arg(2),
        (b"decimal", b"Decimal", "real") | (b"fractions", b"Fraction", "real") => {
            Some(Value::Object(object))
        }
        (b"fractions", b"Fraction", "imag") => Some(Value::Int(0)),
        (b"fractions", b"Fraction", "numerator") => object.arg(0).filter(is_int),
        (b"fractions", b"Fraction", "denominator") => object.arg(1).filter(is_int),
        (b"builtins", b"range" | b"slice", "start") => object.arg(0),
        (b"builtins", b"range" | b"slice", "stop") => object.arg(1),
        (b"builtins", b"range" | b"slice", "step") => object.arg(2),
        (_, _, "args") if is_exception(Class { module, name: class }) => {
            Some(Value::Tuple(object.args()))
        }
        (_, _, "value") if known_int(object).is_some() => object.arg(0),
        // Other objects keep their attributes in their state, or in that and their slots'.
        _ => match object.state()? {
            Value::Dict(state) => state.get(name.as_bytes()),
            Value::Tuple(parts) => parts.iter().find_map(|part| match part {
                Value::Dict(part) => part.get(name.as_bytes()),
                _ => None,
            }),
            _ => None,
        },
    }
}

fn is_int(value: &Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::BigInt(_))
}

/// `value[index]`, with an index of 0 or more.
fn item(value: Value<'_>, index: i64) -> Result<Value<'_>, PercentError> {
    let at = usize::try_from(index).unwrap_or(usize::MAX);
    let (found, out_of_range) = match value {
        Value::List(items) => (items.iter().nth(at), "list index out of range"),
        Value::Tuple(items) => (items.iter().nth(at), "tuple index out of range"),
        Value::Str(text) => (character(text, at), "string index out of range"),
        Value::Bytes(bytes) => (byte(bytes, at), "index out of range"),
        Value::ByteArray(bytes) => (byte(bytes, at), "bytearray index out of range"),
        Value::Dict(dict) => return at_number(dict.iter(), index),
        Value::Object(object) => match object.class() {
            Some(Class { module: b"builtins", name: b"range" }) => {
                (in_range(object, index), "range object index out of range")
            }
            Some(Class { module: b"collections", name: b"deque" }) => {
                (in_deque(object, at), "deque index out of range")
            }
            Some(Class { module: b"collections", name: b"Counter" }) => {
                let found = counted(object).and_then(|dict| at_number(dict.iter(), index).ok());
                return Ok(found.unwrap_or(Value::Int(0)));
            }
            Some(Class { module: b"collections", name: b"OrderedDict" | b"defaultdict" }) => {
                return at_number(object.pairs(), index);
            }
            _ => return Err(not_subscriptable(value)),
        },
        _ => return Err(not_subscriptable(value)),
    };
    found.ok_or_else(|| PercentError::index(out_of_range))
}

fn keyed<'a>(value: Value<'a>, key: &[u8]) -> Result<Value<'a>, PercentError> {
    let wrong = |kind: &str| {
        Err(PercentError::type_error(format!("{kind} indices must be integers or slices, not str")))
    };
    match value {
        Value::Dict(dict) => dict.get(key).ok_or_else(|| no_key(Value::Str(key))),
        Value::List(_) => wrong("list"),
        Value::Tuple(_) => wrong("tuple"),
        Value::Bytes(_) => wrong("byte"),
        Value::ByteArray(_) => wrong("bytearray"),
        Value::Str(_) => {
            Err(PercentError::type_error("string indices must be integers, not 'str'"))
        }
        Value::Object(object) => match object.class() {
            Some(Class { module: b"builtins", name: b"range" }) => wrong("range"),
            Some(Class { module: b"collections", name: b"deque" }) => {
                Err(PercentError::type_error("sequence index must be integer, not 'str'"))
            }
            Some(Class { module: b"collections", name: b"Counter" }) => {
                let found = counted(object).and_then(|dict| dict.get(key));
                Ok(found.unwrap_or(Value::Int(0)))
            }
            Some(Class { module: b"collections", name: b"OrderedDict" | b"defaultdict" }) => object
                .pairs()
                .find(|(found, _)| matches!(found, Value::Str(text) if *text == key))
                .map(|(_, value)| value)
                .ok_or_else(|| no_key(Value::Str(key))),
            _ => Err(not_subscriptable(value)),
        },
        _ => Err(not_subscriptable(value)),
    }
}

fn not_subscriptable(value: Value<'_>) -> PercentError {
    PercentError::type_error(match value {
        Value::Class(class) => {
            let class = String::from_utf8_lossy(short(class.name)).into_owned();
            format!("type '{class}' is not subscriptable")
        }
        _ => format!("'{}' object is not subscriptable", operand::type_name(value)),
    })
}

fn no_key(key: Value<'_>) -> PercentError {
    let mut text = Vec::new();
    let _ = write_repr(key, &mut text);
    PercentError::key(String::from_utf8_lossy(&text).into_owned())
}

/// The value of the key that equals a number: `1`, `1.0` and `True` are the same key.
fn at_number<'a>(
    mut pairs: impl Iterator<Item = (Value<'a>, Value<'a>)>,
    number: i64,
) -> Result<Value<'a>, PercentError> {
    let equal = |key: Value<'_>| match key {
        Value::Int(key) => key == number,
        Value::Bool(key) => i64::from(key) == number,
        // A float beyond 2**53 that is equal as a float may not be as a number.
        Value::Float(key) => key == number as f64 && key as i64 == number,
        _ => false,
    };
    let found = pairs.find(|&(key, _)| equal(key)).map(|(_, value)| value);
    found.ok_or_else(|| no_key(Value::Int(number)))
}

fn counted(object: Object<'_>) -> Option<Dict<'_>> {
    match object.arg(0) {
        Some(Value::Dict(counts)) => Some(counts),
        _ => None,
    }
}

fn in_deque(object: Object<'_>, at: usize) -> Option<Value<'_>> {
    // Its items are appended, or in protocol 2 and later an argument.
    match object.arg(0) {
        Some(Value::List(items)) if !items.is_empty() => items.iter().nth(at),
        _ => object.items().nth(at),
    }
}

fn in_range(object: Object<'_>, index: i64) -> Option<Value<'_>> {
    let (Value::Int(start), Value::Int(stop), Value::Int(step)) =
        (object.arg(0)?, object.arg(1)?, object.arg(2)?)
    else {
        return None;
    };
    let item = step.checked_mul(index)?.checked_add(start)?;
    let inside = if step > 0 { item < stop } else { item > stop };
    inside.then_some(Value::Int(item))
}

fn character(text: &[u8], at: usize) -> Option<Value<'_>> {
    let rest = text.get(wtf8::prefix_len(text, at)..)?;
    let character = rest.get(..wtf8::prefix_len(rest, 1))?;
    (!character.is_empty()).then_some(Value::Str(character))
}

fn byte(bytes: &[u8], at: usize) -> Option<Value<'_>> {
    bytes.get(at).map(|&byte| Value::Int(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let name = parse("a b[0][x.y].real");
        assert_eq!(name.first, First::Named("a b"));
        let steps = [Step::Index(0), Step::Key("x.y".into()), Step::Attr("real".into())];
        assert_eq!(name.steps, steps);
        assert_eq!(parse("").first, First::Positional(None));
        assert_eq!(parse("007.x").first, First::Positional(Some(7)));
        assert_eq!(parse("99999999999999999999").first, First::TooManyDigits);
    }

    #[test]
    fn faults_come_when_they_are_reached() {
        let fault = |name| match parse(name).steps.pop() {
            Some(Step::Fault(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(fault("a."), "Empty attribute in format string");
        assert_eq!(fault("a[]"), "Empty attribute in format string");
        assert_eq!(fault("a[0"), "Missing ']' in format string");
        assert_eq!(fault("a[0]b"), "Only '.' or '[' may follow ']' in format field specifier");
        assert_eq!(fault("a[99999999999999999999]"), TOO_MANY_DIGITS);
    }

    #[test]
    fn items_and_attributes() {
        let text = Value::Str("aé€".as_bytes());
        assert!(matches!(item(text, 1), Ok(Value::Str(c)) if c == "é".as_bytes()));
        assert_eq!(item(text, 3).unwrap_err().text, "string index out of range");
        let error = Step::Attr("x".into()).take(Value::None).unwrap_err();
        assert_eq!(error.text, "'NoneType' object has no attribute 'x'");
        assert!(matches!(attribute(Value::Int(7), "real"), Some(Value::Int(7))));
    }
}
