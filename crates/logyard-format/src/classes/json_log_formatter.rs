//! JSON-log-formatter: `json_log_formatter` of 1.2.

use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use super::python_json_logger::timestamp;
use crate::FormatSpec;
use crate::error::{FormatError, FormatSpecError, PercentError, Raised};
use crate::json::{Content, DefaultHook, Fields, Kind, Style as JsonStyle, Writer};
use crate::operand;
use crate::scratch::{Parts, Scratch};
use crate::styles::AnyStyle;

/// Which of the package's formatters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// `JSONFormatter`: the message, the time and the extras.
    Plain,
    /// `VerboseJSONFormatter`: the record's attributes, too.
    Verbose,
    /// `FlatJSONFormatter`: what is no plain value becomes text.
    Flat,
}

/// What `VerboseJSONFormatter` adds, in its order.
const VERBOSE: [Attr; 12] = [
    Attr::FileName,
    Attr::FuncName,
    Attr::LevelName,
    Attr::LineNo,
    Attr::Module,
    Attr::Name,
    Attr::PathName,
    Attr::Process,
    Attr::ProcessName,
    Attr::StackInfo,
    Attr::Thread,
    Attr::ThreadName,
];

/// One of the formatters, compiled.
#[derive(Debug)]
pub(crate) struct JsonLogFormatter {
    variant: Variant,
    json: JsonStyle,
}

impl JsonLogFormatter {
    pub(crate) fn new(
        variant: Variant,
        spec: &FormatSpec<'_>,
    ) -> Result<JsonLogFormatter, FormatSpecError> {
        // The format is not used, only validated.
        AnyStyle::new(spec.style, spec.fmt, spec.validate, spec.compat)?;
        Ok(JsonLogFormatter { variant, json: JsonStyle::json(DefaultHook::Vars) })
    }

    /// `JSONFormatter.format`. The time of a record that has none is that of its logging, where the
    /// package takes the moment of formatting; the traceback is the text that the client sent, where
    /// the package formats an `exc_info` that no stock client sends.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        _: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let Parts { message, json, .. } = scratch.parts(record)?;
        let mut stamp = std::mem::take(&mut json.stamp);
        let mut fields = Fields::new(std::mem::take(&mut json.fields));
        for (key, value) in record.pairs().iter() {
            if !matches!(key, Value::Str(name) if is_builtin(name)) {
                fields.set(key, Content::Value(value));
            }
        }
        if self.variant == Variant::Verbose {
            for attr in VERBOSE {
                let name = Value::Str(attr.key().as_bytes());
                fields.set(name, Content::Value(record.attr(attr)));
            }
        }
        fields.set(Value::Str(b"message"), Content::Value(Value::Str(message)));
        let done = match fields.contains(b"time") {
            true => Ok(()),
            false => write_time(record, &mut stamp),
        };
        let done = done.and_then(|()| {
            if !fields.contains(b"time") {
                fields.set(Value::Str(b"time"), Content::Value(Value::Str(&stamp)));
            }
            let traceback = record.attr(Attr::ExcText);
            if operand::is_true(traceback) {
                fields.set(Value::Str(b"exc_info"), Content::Value(traceback));
            }
            let start = out.len();
            match self.write(&fields, &mut Writer::new(&self.json, json, out)) {
                // `to_json` catches these three, for keys that JSON doesn't have
                Err(KeyOrValue::Key(error)) if is_caught(&error) => {
                    out.truncate(start);
                    out.extend_from_slice(b"{}");
                    Ok(())
                }
                Err(KeyOrValue::Key(error) | KeyOrValue::Value(error)) => {
                    Err(FormatError::not_json(error))
                }
                Ok(()) => Ok(()),
            }
        });
        json.fields = fields.into_memory();
        json.stamp = stamp;
        done
    }

    fn write(&self, fields: &Fields<'_>, writer: &mut Writer<'_>) -> Result<(), KeyOrValue> {
        writer.begin();
        for (key, content) in fields.iter() {
            writer.key_of(key).map_err(KeyOrValue::Key)?;
            let Content::Value(value) = content else { continue };
            let done = match value {
                value if is_datetime(value) => writer.iso_datetime(value),
                value if self.variant == Variant::Flat && !is_kept(value) => writer.str_of(value),
                value => writer.value_or_str(value, is_caught),
            };
            done.map_err(KeyOrValue::Value)?;
        }
        writer.end().map_err(KeyOrValue::Value)
    }
}

/// Where an error was: it is caught only at a key.
enum KeyOrValue {
    Key(PercentError),
    Value(PercentError),
}

/// The moment of the record, as `datetime.isoformat` writes it.
fn write_time(record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
    out.clear();
    timestamp::write(record.attr(Attr::Created), timestamp::Form::Iso, out)
        .map_err(FormatError::bad_time)
}

/// `BUILTIN_ATTRS`
fn is_builtin(name: &[u8]) -> bool {
    Attr::from_key(name).is_some() || matches!(name, b"message" | b"asctime")
}

fn is_datetime(value: Value<'_>) -> bool {
    matches!(value, Value::Object(object) if matches!(Kind::of(object), Kind::DateTime))
}

/// `FlatJSONFormatter.keep`
fn is_kept(value: Value<'_>) -> bool {
    match value {
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::Complex(..)
        | Value::Str(_) => true,
        Value::Object(object) => matches!(
            Kind::of(object),
            Kind::Str(_)
                | Kind::NumpyStr(_)
                | Kind::Int(_)
                | Kind::Float(_)
                | Kind::Decimal
                | Kind::DateTime
                | Kind::Enum(Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Str(_))
        ),
        _ => false,
    }
}

fn is_caught(error: &PercentError) -> bool {
    matches!(error.raised, Raised::TypeError | Raised::ValueError | Raised::OverflowError)
}
