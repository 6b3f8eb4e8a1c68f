//! Python's operators on plain values.

use std::cmp::Ordering;
use std::ops::Range;

use super::eval::too_large;
use super::{ExprError, Kind, MAX_LEN, Object, Value, percent};

/// `-x`, `+x`, `~x`, `not x`.
pub(super) fn unary(operator: &str, value: &Value, at: &Range<usize>) -> Result<Kind, ExprError> {
    Ok(match (operator, &value.kind, value.as_int()) {
        ("not", ..) => Kind::Bool(!value.truth()),
        ("-", Kind::Float(f), _) => Kind::Float(-f),
        ("+", Kind::Float(f), _) => Kind::Float(*f),
        ("-", _, Some(i)) => Kind::Int(i.checked_neg().ok_or_else(|| too_big(at))?),
        ("+", _, Some(i)) => Kind::Int(i),
        ("~", _, Some(i)) => Kind::Int(!i),
        _ => {
            let what = format!("bad operand type for unary {operator}: '{}'", value.type_name());
            return Err(ExprError::type_error(what, at.clone()));
        }
    })
}

/// All operators between two values but `and`, `or` and `in`.
pub(super) fn binary(
    operator: &'static str,
    left: &Value,
    right: &Value,
    at: &Range<usize>,
) -> Result<Kind, ExprError> {
    match (operator, &left.kind, &right.kind) {
        ("==", ..) => return Ok(Kind::Bool(left.equals(right))),
        ("!=", ..) => return Ok(Kind::Bool(!left.equals(right))),
        ("is" | "is not", a, b) => {
            let single = |kind: &Kind| matches!(kind, Kind::None | Kind::Bool(_) | Kind::Object(_));
            if !single(a) && !single(b) {
                return Err(
                    ExprError::unsupported("`is` between values", at.clone()).help("use ==")
                );
            }
            return Ok(Kind::Bool((a == b) == (operator == "is")));
        }
        ("<" | ">" | "<=" | ">=", ..) => return compare(operator, left, right, at),
        ("%", Kind::Str(format), _) => return percent::format(format, right, at).map(Kind::Str),
        ("%", Kind::Bytes(_), _) => {
            return Err(ExprError::unsupported("bytes % values", at.clone()));
        }
        ("+", Kind::Str(a), Kind::Str(b)) => {
            return text(a.len() + b.len(), at, || format!("{a}{b}"));
        }
        ("+", Kind::Bytes(a), Kind::Bytes(b)) => {
            return Ok(Kind::Bytes([a.as_slice(), b].concat()));
        }
        ("+", Kind::Tuple(a), Kind::Tuple(b)) => return Ok(Kind::Tuple(joined(a, b, at)?)),
        ("+", Kind::List(a), Kind::List(b)) => return Ok(Kind::List(joined(a, b, at)?)),
        ("*", ..) => {
            if let Some(kind) = repeat(left, right, at)? {
                return Ok(kind);
            }
        }
        ("|", Kind::Dict(a), Kind::Dict(b)) => {
            let mut all = a.clone();
            for (key, value) in b {
                match all.iter_mut().find(|(known, _)| known.equals(key)) {
                    Some((_, old)) => *old = value.clone(),
                    None => all.push((key.clone(), value.clone())),
                }
            }
            return Ok(Kind::Dict(all));
        }
        ("|" | "&" | "^", Kind::Bool(a), Kind::Bool(b)) => {
            return Ok(Kind::Bool(match operator {
                "|" => a | b,
                "&" => a & b,
                _ => a ^ b,
            }));
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (left.as_int(), right.as_int())
        && let Some(kind) = integers(operator, a, b, at)?
    {
        return Ok(kind);
    }
    if let (Some(a), Some(b)) = (left.as_number(), right.as_number())
        && let Some(result) = floats(operator, a, b, at)?
    {
        return Ok(Kind::Float(result));
    }
    let (a, b) = (left.type_name(), right.type_name());
    let what = format!("unsupported operand type(s) for {operator}: '{a}' and '{b}'");
    let error = ExprError::type_error(what, at.clone());
    let mixed = operator == "+" && (a == "str" || b == "str");
    Err(if mixed { error.help("turn it into text with str(...)") } else { error })
}

fn too_big(at: &Range<usize>) -> ExprError {
    ExprError::limit("the number is larger than 64 bits hold", at.clone())
}

fn zero(at: &Range<usize>) -> ExprError {
    ExprError::raises("ZeroDivisionError", "division by zero", at.clone())
}

fn integers(operator: &str, a: i64, b: i64, at: &Range<usize>) -> Result<Option<Kind>, ExprError> {
    let shift = || match u32::try_from(b) {
        Ok(by) => Ok(by),
        Err(_) if b < 0 => Err(ExprError::raises("ValueError", "negative shift count", at.clone())),
        Err(_) => Err(too_big(at)),
    };
    let result = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "//" | "%" if b == 0 => return Err(zero(at)),
        // towards minus infinity, not towards zero
        "//" => a.checked_div(b).map(|q| q - i64::from(a % b != 0 && (a % b < 0) != (b < 0))),
        "%" => a.checked_rem(b).map(|r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
        "|" => Some(a | b),
        "&" => Some(a & b),
        "^" => Some(a ^ b),
        ">>" => Some(a >> shift()?.min(63)),
        "<<" if a == 0 && b >= 0 => Some(0),
        "<<" => shift().map(|by| a.checked_shl(by).filter(|shifted| shifted >> by == a))?,
        "**" if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
        _ => return Ok(None),
    };
    result.map(|number| Some(Kind::Int(number))).ok_or_else(|| too_big(at))
}

fn floats(operator: &str, a: f64, b: f64, at: &Range<usize>) -> Result<Option<f64>, ExprError> {
    if matches!(operator, "/" | "//" | "%") && b == 0.0 {
        return Err(zero(at));
    }
    let modulo = || {
        let rest = a % b;
        if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
    };
    Ok(Some(match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "//" => ((a - modulo()) / b).round(),
        "%" => modulo(),
        "**" if a == 0.0 && b < 0.0 => return Err(zero(at)),
        "**" if a < 0.0 && b.fract() != 0.0 => {
            return Err(ExprError::unsupported("a complex number", at.clone()));
        }
        "**" => a.powf(b),
        _ => return Ok(None),
    }))
}

fn text(len: usize, at: &Range<usize>, make: impl Fn() -> String) -> Result<Kind, ExprError> {
    if len > MAX_LEN { Err(too_large(at.clone())) } else { Ok(Kind::Str(make())) }
}

fn joined(a: &[Value], b: &[Value], at: &Range<usize>) -> Result<Vec<Value>, ExprError> {
    if a.iter().chain(b).map(Value::weight).sum::<usize>() > MAX_LEN {
        return Err(too_large(at.clone()));
    }
    Ok([a, b].concat())
}

/// A sequence times a number, either way round.
fn repeat(left: &Value, right: &Value, at: &Range<usize>) -> Result<Option<Kind>, ExprError> {
    let (sequence, times) = match (left.as_int(), right.as_int()) {
        (None, Some(times)) => (left, times),
        (Some(times), None) => (right, times),
        _ => return Ok(None),
    };
    let sized =
        matches!(sequence.kind, Kind::Str(_) | Kind::Bytes(_) | Kind::Tuple(_) | Kind::List(_));
    if !sized {
        return Ok(None);
    }
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    if sequence.truth() && sequence.weight().saturating_mul(times) > MAX_LEN {
        return Err(too_large(at.clone()));
    }
    let times = if sequence.truth() { times } else { 0 };
    Ok(Some(match &sequence.kind {
        Kind::Str(text) => Kind::Str(text.repeat(times)),
        Kind::Bytes(bytes) => Kind::Bytes(bytes.repeat(times)),
        Kind::Tuple(items) => Kind::Tuple(vec![items.as_slice(); times].concat()),
        Kind::List(items) => Kind::List(vec![items.as_slice(); times].concat()),
        _ => return Ok(None),
    }))
}

fn compare(
    operator: &str,
    left: &Value,
    right: &Value,
    at: &Range<usize>,
) -> Result<Kind, ExprError> {
    let order = match (&left.kind, &right.kind) {
        (Kind::Str(a), Kind::Str(b)) => Some(a.cmp(b)),
        (Kind::Bytes(a), Kind::Bytes(b)) => Some(a.cmp(b)),
        _ => match (left.as_int(), right.as_int(), left.as_number(), right.as_number()) {
            (Some(a), Some(b), ..) => Some(a.cmp(&b)),
            (_, _, Some(a), Some(b)) => a.partial_cmp(&b),
            _ => {
                let (a, b) = (left.type_name(), right.type_name());
                if a == b {
                    return Err(ExprError::unsupported(
                        format_args!("`{operator}` of a {a}"),
                        at.clone(),
                    ));
                }
                let what = format!("'{operator}' not supported between '{a}' and '{b}'");
                return Err(ExprError::type_error(what, at.clone()));
            }
        },
    };
    Ok(Kind::Bool(match operator {
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }))
}

/// What a dict's key must be.
pub(super) fn hashable(key: &Value) -> Result<(), ExprError> {
    match key.unhashable() {
        Some(part) => {
            let what = format!("unhashable type: '{}'", part.type_name());
            Err(ExprError::type_error(what, key.at.clone()))
        }
        None => Ok(()),
    }
}

fn not_readable(at: &Range<usize>) -> ExprError {
    ExprError::raises("UnsupportedOperation", "the stream is not readable", at.clone())
}

/// `item in container`.
pub(super) fn contains(
    container: &Value,
    item: &Value,
    at: &Range<usize>,
) -> Result<bool, ExprError> {
    match (&container.kind, &item.kind) {
        (Kind::Str(text), Kind::Str(part)) => Ok(text.contains(part)),
        (Kind::Tuple(items) | Kind::List(items), _) => Ok(items.iter().any(|i| i.equals(item))),
        (Kind::Dict(pairs), _) => {
            hashable(item)?;
            Ok(pairs.iter().any(|(key, _)| key.equals(item)))
        }
        (Kind::Bytes(_), _) => Err(ExprError::unsupported("`in` of bytes", at.clone())),
        (Kind::Object(Object::Stdout | Object::Stderr), _) => Err(not_readable(at)),
        _ => {
            let what = format!("argument of type '{}' is not iterable", container.type_name());
            Err(ExprError::type_error(what, at.clone()))
        }
    }
}

/// `base[index]`.
pub(super) fn index(base: &Value, index: &Value, at: &Range<usize>) -> Result<Value, ExprError> {
    let position = |len: usize| {
        let Some(i) = index.as_int() else {
            let what = format!("indices must be integers, not '{}'", index.type_name());
            return Err(ExprError::type_error(what, index.at.clone()));
        };
        let from_start = if i < 0 { i.checked_add(len as i64) } else { Some(i) };
        from_start
            .and_then(|i| usize::try_from(i).ok())
            .filter(|i| *i < len)
            .ok_or_else(|| ExprError::raises("IndexError", "index out of range", index.at.clone()))
    };
    let found = match &base.kind {
        Kind::Tuple(items) | Kind::List(items) => items.get(position(items.len())?).cloned(),
        Kind::Str(text) => {
            let position = position(text.chars().count())?;
            let c = text.chars().nth(position).map(String::from);
            c.map(|c| Value { kind: Kind::Str(c), at: at.clone() })
        }
        Kind::Bytes(_) => return Err(ExprError::unsupported("a part of bytes", at.clone())),
        Kind::Dict(pairs) => {
            hashable(index)?;
            let value = pairs.iter().find(|(key, _)| key.equals(index)).map(|(_, value)| value);
            return value.cloned().ok_or_else(|| {
                ExprError::raises("KeyError", "the dict has no such key", index.at.clone())
            });
        }
        _ => {
            let what = format!("'{}' object is not subscriptable", base.type_name());
            let error = ExprError::type_error(what, at.clone());
            let list = matches!(index.kind, Kind::Tuple(_) | Kind::List(_));
            return Err(if list { error.help("is a comma missing before it?") } else { error });
        }
    };
    found.ok_or_else(|| ExprError::raises("IndexError", "index out of range", at.clone()))
}

/// The items that a loop over the value would give.
pub(super) fn iterate(value: &Value) -> Result<Vec<Value>, ExprError> {
    Ok(match &value.kind {
        Kind::Tuple(items) | Kind::List(items) => items.clone(),
        Kind::Dict(pairs) => pairs.iter().map(|(key, _)| key.clone()).collect(),
        Kind::Str(text) => {
            let item = |c: char| Value { kind: Kind::Str(c.into()), at: value.at.clone() };
            text.chars().map(item).collect()
        }
        Kind::Bytes(bytes) => {
            let item = |b: &u8| Value { kind: Kind::Int(i64::from(*b)), at: value.at.clone() };
            bytes.iter().map(item).collect()
        }
        Kind::Object(Object::Stdout | Object::Stderr) => return Err(not_readable(&value.at)),
        _ => {
            let what = format!("'{}' object is not iterable", value.type_name());
            return Err(ExprError::type_error(what, value.at.clone()));
        }
    })
}
