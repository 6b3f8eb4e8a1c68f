//! Lines of JSON, as the known formatters write them.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use logyard_query::Field;
use serde_json::Value;

use super::shape::{Known, level};

/// What formatters call these, the surest first.
const TIMES: [&str; 6] = ["created", "@timestamp", "timestamp", "asctime", "time", "date"];
const LEVELS: [&str; 6] = ["levelname", "levelno", "log.level", "level", "severity", "levelName"];
const LOGGERS: [&str; 5] = ["name", "logger", "log.logger", "logger_name", "loggerName"];

/// The object that a line is.
pub(super) fn object(line: &[u8]) -> Option<Value> {
    if line.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(line).ok().filter(Value::is_object)
}

/// What a record tells; nothing, if it is no object.
pub(super) fn read(record: &[u8], zone: &TimeZone) -> Known {
    let Some(object) = object(record) else { return Known::default() };
    let texts = |names: &[&str]| {
        let found = names.iter().find_map(|name| find(&object, name)?.as_str());
        found.map(|text| text.as_bytes().to_vec())
    };
    let level = LEVELS.iter().find_map(|name| match find(&object, name)? {
        Value::String(name) => level(name.as_bytes()),
        value => value.as_i64(),
    });
    Known {
        level,
        level_name: texts(&LEVELS),
        logger: texts(&LOGGERS),
        micros: TIMES.iter().find_map(|name| micros(find(&object, name)?, zone)),
        fields: Vec::new(),
        object: Some(object),
    }
}

/// A field by its name; with dots, one of an object in it.
pub(super) fn find<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    if let Some(value) = object.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    find(object.get(first)?, rest)
}

/// The value as queries know it.
pub(super) fn field(value: &Value) -> Field<'_> {
    match value {
        Value::Null => Field::None,
        Value::Bool(is) => Field::Bool(*is),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(n), _) => Field::Int(n),
            (None, x) => Field::Float(x.unwrap_or(f64::NAN)),
        },
        Value::String(text) => Field::Text(Cow::Borrowed(text.as_bytes())),
        other => Field::Text(Cow::Owned(other.to_string().into_bytes())),
    }
}

/// Calls `is` with each text in it, until it says yes; what it said.
pub(super) fn any_text(value: &Value, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let mut open = vec![value]; // serde_json has a limit of depth
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if is(text.as_bytes()) => return true,
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    false
}

fn micros(value: &Value, zone: &TimeZone) -> Option<i64> {
    if let Some(number) = value.as_f64() {
        // seconds; or what is too large for that, milliseconds, as some write
        return Some((if number < 1e11 { number * 1e6 } else { number * 1e3 }).round() as i64);
    }
    let text = value.as_str()?.replacen(',', ".", 1);
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp.as_microsecond());
    }
    let time: DateTime = text.parse().ok()?;
    Some(zone.to_ambiguous_zoned(time).compatible().ok()?.timestamp().as_microsecond())
}
