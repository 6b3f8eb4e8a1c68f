//! `'text' % values`, as far as file names and numbers need it.

use std::ops::Range;

use super::eval::too_large;
use super::{ExprError, Kind, MAX_LEN, Value};

pub(super) fn format(text: &str, values: &Value, at: &Range<usize>) -> Result<String, ExprError> {
    let single = [values.clone()];
    let mut args = match &values.kind {
        Kind::Tuple(items) => items.iter(),
        _ => single.iter(),
    };
    let mut out = String::new();
    let mut named = matches!(values.kind, Kind::Dict(_) | Kind::List(_) | Kind::Bytes(_));
    let mut rest = text;
    while let Some(percent) = rest.find('%') {
        let (before, after) = rest.split_at(percent);
        out.push_str(before);
        let mut spec = after.get(1..).unwrap_or_default();
        let mut key = None;
        if let Some(inner) = spec.strip_prefix('(') {
            let end = inner.find(')').ok_or_else(|| value_error("incomplete format key", at))?;
            key = inner.get(..end);
            spec = inner.get(end + 1..).unwrap_or_default();
            named = true;
        }
        let (flags, tail) = split(spec, |c| matches!(c, '-' | '0' | '+' | ' ' | '#'));
        let (width, tail) = split(tail, |c| c.is_ascii_digit());
        let (precision, tail) = match tail.strip_prefix('.') {
            Some(tail) => {
                let (digits, tail) = split(tail, |c| c.is_ascii_digit());
                (Some(digits), tail)
            }
            None => (None, tail),
        };
        let kind = tail.chars().next().ok_or_else(|| value_error("incomplete format", at))?;
        rest = tail.get(kind.len_utf8()..).unwrap_or_default();
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = match key {
            Some(key) => by_key(values, key, at)?,
            None => args.next().ok_or_else(|| {
                ExprError::type_error("not enough arguments for format string", at.clone())
            })?,
        };
        let size = |digits: &str| match digits {
            "" => Ok(0),
            _ => digits.parse().ok().filter(|n| *n <= MAX_LEN).ok_or_else(|| too_large(at.clone())),
        };
        let (width, precision) = (size(width)?, precision.map(size).transpose()?);
        let field = convert(kind, flags, precision, value, at)?;
        pad(&mut out, &field, flags, width, kind);
        if out.len() > MAX_LEN {
            return Err(too_large(at.clone()));
        }
    }
    out.push_str(rest);
    if args.next().is_some() && !named {
        let what = "not all arguments converted during string formatting";
        return Err(ExprError::type_error(what, at.clone()));
    }
    Ok(out)
}

fn value_error(what: &str, at: &Range<usize>) -> ExprError {
    ExprError::raises("ValueError", what, at.clone())
}

fn split(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !keep(c)).unwrap_or(text.len()))
}

fn by_key<'v>(values: &'v Value, key: &str, at: &Range<usize>) -> Result<&'v Value, ExprError> {
    let Kind::Dict(pairs) = &values.kind else {
        return Err(ExprError::type_error("format requires a mapping", at.clone()));
    };
    let found = pairs.iter().find(|(known, _)| known.as_str() == Some(key));
    let missing = || ExprError::raises("KeyError", format!("no key '{key}'"), at.clone());
    found.map(|(_, value)| value).ok_or_else(missing)
}

/// The field without its width.
fn convert(
    kind: char,
    flags: &str,
    precision: Option<usize>,
    value: &Value,
    at: &Range<usize>,
) -> Result<String, ExprError> {
    let sign = |negative: bool| match negative {
        true => "-",
        false if flags.contains('+') => "+",
        false if flags.contains(' ') => " ",
        false => "",
    };
    match kind {
        's' => {
            let text = value.to_text().ok_or_else(|| {
                ExprError::unsupported(format_args!("%s of a {}", value.type_name()), at.clone())
            })?;
            Ok(match precision {
                Some(len) => text.chars().take(len).collect(),
                None => text,
            })
        }
        'd' | 'i' | 'u' => {
            let number = match value.kind {
                Kind::Float(f) if f.is_finite() && f.abs() < 9e18 => Some(f.trunc() as i64),
                _ => value.as_int(),
            };
            let number = number.ok_or_else(|| {
                let what =
                    format!("%{kind} format: a number is required, not {}", value.type_name());
                ExprError::type_error(what, value.at.clone())
            })?;
            let digits = number.unsigned_abs().to_string();
            let zeros = "0".repeat(precision.unwrap_or(0).saturating_sub(digits.len()));
            Ok(format!("{}{zeros}{digits}", sign(number < 0)))
        }
        'f' | 'F' => {
            let number = value.as_number().ok_or_else(|| {
                let what = format!("must be real number, not {}", value.type_name());
                ExprError::type_error(what, value.at.clone())
            })?;
            let precision = precision.unwrap_or(6);
            if precision > 300 || !number.is_finite() {
                return Err(ExprError::unsupported("this %f", at.clone()));
            }
            Ok(format!("{}{:.precision$}", sign(number.is_sign_negative()), number.abs()))
        }
        'r' | 'a' | 'x' | 'X' | 'o' | 'e' | 'E' | 'g' | 'G' | 'c' => {
            Err(ExprError::unsupported(format_args!("%{kind} in an argument"), at.clone()))
        }
        _ => Err(value_error(&format!("unsupported format character '{kind}'"), at)),
    }
}

fn pad(out: &mut String, field: &str, flags: &str, width: usize, kind: char) {
    let missing = width.saturating_sub(field.chars().count());
    if flags.contains('-') {
        out.push_str(field);
        out.push_str(&" ".repeat(missing));
    } else if flags.contains('0') && kind != 's' {
        let (sign, digits) = split(field, |c| matches!(c, '-' | '+' | ' '));
        out.push_str(sign);
        out.push_str(&"0".repeat(missing));
        out.push_str(digits);
    } else {
        out.push_str(&" ".repeat(missing));
        out.push_str(field);
    }
}
