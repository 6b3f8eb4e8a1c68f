//! `'text'.format(...)`, as far as file names need it: `{}`, `{0}`, `{name}`, `{:05d}`, `{:>8}`.

use super::eval::{Arguments, too_large};
use super::{ExprError, Kind, MAX_LEN, Value};

/// `repr` of a float: the shortest digits that read back, Python's exponents.
pub(super) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    let text = format!("{value:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            let digits = digits.strip_suffix(".0").unwrap_or(digits);
            format!("{digits}e{sign}{exponent:0>2}")
        }
    }
}

pub(super) fn format(text: &str, call: &Arguments) -> Result<String, ExprError> {
    let wrong = |what: &str| ExprError::raises("ValueError", what, call.at.clone());
    let mut out = String::new();
    let mut automatic = 0;
    let (mut counted, mut numbered) = (false, false);
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(brace);
        out.push_str(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            out.push_str(after.get(..1).unwrap_or_default());
            rest = after.get(2..).unwrap_or_default();
            continue;
        }
        let Some(inner) = after.strip_prefix('{') else {
            return Err(wrong("single '}' encountered in format string"));
        };
        let end =
            inner.find('}').ok_or_else(|| wrong("single '{' encountered in format string"))?;
        let field = inner.get(..end).unwrap_or_default();
        rest = inner.get(end + 1..).unwrap_or_default();
        if field.contains(['{', '!', '[', '.']) && !field.starts_with(':') {
            return Err(ExprError::unsupported(
                format_args!("the field {{{field}}}"),
                call.at.clone(),
            ));
        }
        let (name, spec) = field.split_once(':').unwrap_or((field, ""));
        let value = if name.is_empty() {
            counted = true;
            automatic += 1;
            call.args.get(automatic - 1)
        } else if let Ok(index) = name.parse::<usize>() {
            numbered = true;
            call.args.get(index)
        } else {
            let found = call.kwargs.iter().find(|(known, ..)| known == name);
            let missing = || ExprError::raises("KeyError", format!("'{name}'"), call.at.clone());
            Some(&found.ok_or_else(missing)?.2)
        };
        if counted && numbered {
            return Err(wrong("cannot mix automatic and manual field numbering"));
        }
        let missing =
            || ExprError::raises("IndexError", "too few arguments for format()", call.at.clone());
        one(&mut out, value.ok_or_else(missing)?, spec, call)?;
        if out.len() > MAX_LEN {
            return Err(too_large(call.at.clone()));
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// One field by `[[fill]align][0][width][d|s]`.
fn one(out: &mut String, value: &Value, spec: &str, call: &Arguments) -> Result<(), ExprError> {
    let unsupported =
        || ExprError::unsupported(format_args!("the format spec '{spec}'"), call.at.clone());
    let text = value.to_text().ok_or_else(unsupported)?;
    if spec.is_empty() {
        out.push_str(&text);
        return Ok(());
    }
    let number = matches!(value.kind, Kind::Int(_));
    if !number && !matches!(value.kind, Kind::Str(_)) {
        return Err(unsupported());
    }
    let mut chars = spec.chars();
    let (first, second) = (chars.next(), chars.next());
    let is_align = |c: Option<char>| matches!(c, Some('<' | '>' | '^'));
    let (mut fill, mut align, mut rest) = (' ', None, spec);
    if let (Some(c), true) = (first, is_align(second)) {
        fill = c;
        align = second;
        rest = spec.get(c.len_utf8() + 1..).unwrap_or_default();
    } else if is_align(first) {
        align = first;
        rest = spec.get(1..).unwrap_or_default();
    }
    let zero = rest.starts_with('0') && align.is_none();
    let kind = if number { 'd' } else { 's' };
    let width = rest.strip_suffix(kind).unwrap_or(rest);
    let width = match width {
        "" => 0,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            let parsed = digits.parse::<usize>().ok().filter(|width| *width <= MAX_LEN);
            parsed.ok_or_else(|| too_large(call.at.clone()))?
        }
        _ => return Err(unsupported()),
    };
    if rest.starts_with('0') && (!number || align.is_some()) {
        return Err(unsupported());
    }
    let missing = width.saturating_sub(text.chars().count());
    let pad = |n: usize| fill.to_string().repeat(n);
    match align.unwrap_or(if number { '>' } else { '<' }) {
        _ if zero => {
            let digits = text.strip_prefix('-').unwrap_or(&text);
            out.push_str(text.get(..text.len() - digits.len()).unwrap_or_default());
            out.push_str(&"0".repeat(missing));
            out.push_str(digits);
        }
        '<' => out.push_str(&format!("{text}{}", pad(missing))),
        '^' => out.push_str(&format!("{}{text}{}", pad(missing / 2), pad(missing - missing / 2))),
        _ => out.push_str(&format!("{}{text}", pad(missing))),
    }
    Ok(())
}
