//! logyard's own JSON: one object for each record, for a handler with `json = true`.
//!
//! The names are those that python-json-logger and LogRecord have. Everything that JSON lacks has a form
//! here, so that as few records as can be fail: see [`JsonStyle::lenient`].

use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use super::logging::exception;
use crate::asctime::TimeFormat;
use crate::error::{FormatError, PercentError};
use crate::json::{Style as JsonStyle, Writer};
use crate::operand;
use crate::scratch::{Parts, Scratch};

/// The attributes that come before the extras, after `timestamp`, `levelname`, `name` and `message`.
const ATTRS: [Attr; 8] = [
    Attr::PathName,
    Attr::LineNo,
    Attr::FuncName,
    Attr::Process,
    Attr::ProcessName,
    Attr::Thread,
    Attr::ThreadName,
    Attr::TaskName,
];

/// The formatter.
#[derive(Debug)]
pub(crate) struct JsonLines {
    style: JsonStyle,
    time: TimeFormat,
}

impl JsonLines {
    pub(crate) fn new() -> JsonLines {
        JsonLines { style: JsonStyle::lenient(), time: TimeFormat::of("%Y-%m-%dT%H:%M:%S%z") }
    }

    /// Appends one line, without its end.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let Parts { message, times, json } = scratch.parts(record)?;
        let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
        let time = times.asctime(created, msecs, &self.time, zone);
        let time = time.map_err(FormatError::bad_time)?;
        let mut stamp = std::mem::take(&mut json.stamp);
        write_time(time, record, &mut stamp);
        let mut repr = Vec::new();
        let traceback = exception(record, &mut repr)?;
        let mut writer = Writer::new(&self.style, json, out);
        let done = write(&mut writer, record, message, &stamp, traceback);
        json.stamp = stamp;
        done.map_err(FormatError::not_json)
    }
}

fn write(
    writer: &mut Writer<'_>,
    record: &Record<'_>,
    message: &[u8],
    time: &[u8],
    traceback: Option<Value<'_>>,
) -> Result<(), PercentError> {
    writer.begin();
    writer.plain_key("timestamp");
    writer.text(time)?;
    for attr in [Attr::LevelName, Attr::Name] {
        writer.plain_key(attr.key());
        writer.value(record.attr(attr))?;
    }
    writer.plain_key("message");
    writer.text(message)?;
    for attr in ATTRS {
        let value = record.attr(attr);
        if !matches!(value, Value::None) {
            writer.plain_key(attr.key());
            writer.value(value)?;
        }
    }
    let pairs = record.pairs();
    if record.has_only_text_keys() {
        // Those of all records are passed over together.
        for (name, slot) in pairs.usual_slots().1 {
            if is_extra(name)
                && let Some(value) = pairs.at(slot)
            {
                write_extra(writer, Value::Str(name), value)?;
            }
        }
    } else {
        for (key, value) in pairs.iter() {
            match key {
                Value::Str(name) if !is_extra(name) => {}
                key => write_extra(writer, key, value)?,
            }
        }
    }
    if let Some(text) = traceback {
        writer.plain_key("exc_info");
        writer.value(text)?;
    }
    let stack = record.attr(Attr::StackInfo);
    if operand::is_true(stack) {
        writer.plain_key("stack_info");
        writer.value(stack)?;
    }
    writer.end()
}

/// Whether it is no attribute of all records; formatters in the worker may have left `message` and
/// `asctime`.
fn is_extra(name: &[u8]) -> bool {
    Attr::from_key(name).is_none() && !matches!(name, b"message" | b"asctime")
}

fn write_extra(
    writer: &mut Writer<'_>,
    key: Value<'_>,
    value: Value<'_>,
) -> Result<(), PercentError> {
    match key {
        Value::Str(b"timestamp") => writer.plain_key("timestamp_"),
        key => writer.key_of(key)?,
    }
    writer.value(value)
}

/// `2023-11-14T22:13:20+0100` with the milliseconds and a colon: `2023-11-14T22:13:20.500+01:00`.
fn write_time(time: &[u8], record: &Record<'_>, out: &mut Vec<u8>) {
    let milliseconds = match (record.attr(Attr::Msecs), record.created()) {
        (Value::Float(msecs @ 0.0..1000.0), _) => msecs as u16,
        (_, Some(created)) => (created.rem_euclid(1.0) * 1e3) as u16 % 1000,
        (_, None) => 0,
    };
    let digit = |number: u16| b'0' + (number % 10) as u8;
    let (clock, zone) = time.split_at(time.len().saturating_sub("+0100".len()));
    let (hours, minutes) = zone.split_at(zone.len().min("+01".len()));
    out.clear();
    out.extend_from_slice(clock);
    out.push(b'.');
    out.extend([digit(milliseconds / 100), digit(milliseconds / 10), digit(milliseconds)]);
    out.extend_from_slice(hours);
    out.push(b':');
    out.extend_from_slice(minutes);
}
