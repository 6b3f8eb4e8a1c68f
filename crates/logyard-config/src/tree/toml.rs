//! `tomllib.load`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::{Date, Offset, Time};

use super::dict::{Builder, Key};
use super::{Read, syntax, too_large_number};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Moment, Object, Value};
use crate::plan::AtTime;

/// Reads a whole text. The parser bounds how deep it may nest (80).
pub(super) fn read(text: &str) -> Result<Read, Diagnostic> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        syntax(error.message().to_owned(), at)
    })?;
    let at = table.span();
    Ok((Value { kind: dict(table.get_ref())?, at }, Vec::new()))
}

fn dict(table: &DeTable<'_>) -> Result<Kind, Diagnostic> {
    // the table is in the order of its names; Python's is in the order of the file
    let mut pairs = table.iter().collect::<Vec<_>>();
    pairs.sort_by_key(|(key, _)| key.span().start);
    let mut dict = Builder::default();
    for (key, value) in pairs {
        let name = key.get_ref().to_string();
        let key = Value { kind: Kind::Str(name.clone()), at: key.span() };
        drop(dict.insert(Key::Str(name), key, self::value(value)?));
    }
    Ok(dict.finish())
}

fn value(value: &Spanned<DeValue<'_>>) -> Result<Value, Diagnostic> {
    let at = value.span();
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Str(text.to_string()),
        DeValue::Integer(int) => {
            let number = i64::from_str_radix(int.as_str(), int.radix());
            Kind::Int(number.map_err(|_| too_large_number(at.clone()))?)
        }
        DeValue::Float(float) => Kind::Float(number(float.as_str())),
        DeValue::Boolean(b) => Kind::Bool(*b),
        DeValue::Array(items) => {
            Kind::List(items.iter().map(self::value).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => dict(table)?,
        DeValue::Datetime(moment) => Kind::Object(match (moment.date, moment.time) {
            (Some(date), Some(time)) => Object::DateTime(Moment {
                date: self::date(date),
                time: self::time(time),
                offset: moment.offset.map(|offset| match offset {
                    Offset::Z => 0,
                    Offset::Custom { minutes } => minutes,
                }),
            }),
            (Some(date), None) => {
                let (year, month, day) = self::date(date);
                Object::Date(year, month, day)
            }
            (None, Some(time)) => Object::Time(self::time(time)),
            (None, None) => return Err(syntax("neither date nor time", at)),
        }),
    };
    Ok(Value { kind, at })
}

/// The parser has checked the text; Rust takes `inf` and `nan` as TOML writes them.
fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn date(date: Date) -> (u16, u8, u8) {
    (date.year, date.month, date.day)
}

fn time(time: Time) -> AtTime {
    AtTime {
        hour: time.hour,
        minute: time.minute,
        second: time.second.unwrap_or(0),
        microsecond: time.nanosecond.unwrap_or(0) / 1000,
    }
}
