//! A dict as text, with comments where the syntax has them.

mod comments;
mod json;
mod python;
mod toml;
mod yaml;

pub(super) use comments::Comments;

use crate::expr::{Kind, Object, Value};
use crate::plan::AtTime;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Yaml,
    Toml,
    /// `LOGGING = {...}`
    Python,
}

/// Writes a document. Recurses as deep as the document, which was bounded when it was read.
pub(super) fn emit(form: Form, pairs: &[(Value, Value)], mut comments: Comments) -> String {
    match form {
        Form::Json => json::document(pairs),
        Form::Yaml => yaml::document(pairs, &mut comments),
        Form::Toml => toml::document(pairs, &mut comments),
        Form::Python => python::document(pairs, &mut comments),
    }
}

/// A text in double quotes, as JSON, YAML, TOML and Python all read it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // YAML takes these for line ends or refuses them
            '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A float that reads as one everywhere; JSON's NaN and Infinity are Python's.
fn float(value: f64, nan: &str, infinity: &str) -> String {
    if value.is_nan() {
        nan.to_owned()
    } else if value.is_infinite() {
        format!("{}{infinity}", if value < 0.0 { "-" } else { "" })
    } else {
        format!("{value:?}")
    }
}

/// `04:30:00`
fn time(time: &AtTime) -> String {
    let AtTime { hour, minute, second, microsecond } = time;
    match microsecond {
        0 => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}"),
    }
}

/// A date, a time or both, with `between` them: other objects are in no document.
fn moment(object: &Object, between: &str) -> String {
    match object {
        Object::Time(at) => time(at),
        Object::Date(year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
        Object::DateTime(moment) => {
            let (year, month, day) = moment.date;
            let offset = moment.offset.map_or(String::new(), |minutes| {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            });
            format!("{year:04}-{month:02}-{day:02}{between}{}{offset}", time(&moment.time))
        }
        _ => String::new(),
    }
}

/// Whether a list fits on a line: nothing but plain values in it.
fn plain(items: &[Value]) -> bool {
    let plain = |item: &Value| !matches!(item.kind, Kind::Dict(_) | Kind::List(_) | Kind::Tuple(_));
    items.iter().all(plain)
}
