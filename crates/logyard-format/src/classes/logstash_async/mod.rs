//! python-logstash-async: `LogstashFormatter` and `LogstashEcsFormatter` of `logstash_async.formatter`, 4.1.

mod nested;
mod schema;

use std::ops::Range;

use logyard_libc::Zone;
use logyard_pickle::{Kept, Pairs, Value};
use logyard_record::{Attr, Record};

use super::logging::keep;
use super::python_json_logger::timestamp;
use super::traceback::Traceback;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::json::{Clash, Content, DefaultHook, Fields, Kind, Nested, Style as JsonStyle, Writer};
use crate::operand;
use crate::plain::{Plain, pickle_dict};
use crate::scratch::{Parts, Scratch};
use schema::Schema;

/// The default of `message_type`.
pub const MESSAGE_TYPE: &str = "python-logstash";

/// The release whose lines are written.
const VERSION: &str = "4.1.0";

/// `LogstashEcsFormatter.ecs_version`
const ECS_VERSION: &str = "8.11.0";

/// The arguments of the two classes, and what they ask their process for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// `LogstashEcsFormatter`
    pub ecs: bool,
    /// `message_type`
    pub message_type: Plain,
    /// `tags`; left out if it is false to Python.
    pub tags: Plain,
    /// `extra_prefix`: where the extras go; empty for the top.
    pub extra_prefix: String,
    /// `extra`: fields for all records.
    pub extra: Vec<(String, Plain)>,
    /// `ensure_ascii`
    pub ensure_ascii: bool,
    /// `metadata`; left out if it is false to Python.
    pub metadata: Plain,
    /// `socket.gethostname()`
    pub host: String,
    /// `sys.argv[0]`
    pub program: String,
    /// `sys.executable`
    pub interpreter: String,
    /// The interpreter's version.
    pub interpreter_version: String,
}

/// `LogstashFormatter` or `LogstashEcsFormatter`, compiled.
#[derive(Debug)]
pub(crate) struct LogstashFormatter {
    schema: &'static Schema,
    /// `ecs.version` is a field, and dotted names are dicts within dicts.
    ecs: bool,
    json: JsonStyle,
    prefix: Box<[u8]>,
    /// The fields that are the same for all records, and the own extras under the last key.
    fixed: Kept,
}

/// What `fixed` has the own extras under: no name of a field.
const OWN: &str = "";

impl LogstashFormatter {
    pub(crate) fn new(options: &Options) -> Result<LogstashFormatter, FormatSpecError> {
        let text = |text: &str| Plain::Str(text.to_owned());
        let own = options.extra.iter().map(|(name, value)| (text(name), value.clone()));
        let fixed = [
            ("host", text(&options.host)),
            ("program", text(&options.program)),
            ("type", options.message_type.clone()),
            ("@metadata", options.metadata.clone()),
            ("tags", options.tags.clone()),
            ("interpreter", text(&options.interpreter)),
            ("interpreter_version", text(&options.interpreter_version)),
            (OWN, Plain::Dict(own.collect())),
        ];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value));
        Ok(LogstashFormatter {
            schema: if options.ecs { &schema::ECS } else { &schema::LOGSTASH },
            ecs: options.ecs,
            json: JsonStyle::json(DefaultHook::Logstash).ensure_ascii(options.ensure_ascii),
            prefix: options.extra_prefix.as_bytes().into(),
            fixed: keep(&pickle_dict(&fixed))?,
        })
    }

    /// `LogstashFormatter.format`. What the package takes from an exception is read from the text that
    /// the client sent of it.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let mut texts = scratch.take_buffer();
        let done = Texts::of(record, &mut texts)
            .and_then(|places| self.append(record, zone, &places, &texts, scratch, out));
        scratch.give_back(texts);
        done
    }

    fn append(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        places: &Texts,
        texts: &[u8],
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let Parts { message, json, .. } = scratch.parts(record)?;
        let text = |place: &Range<usize>| Value::Str(texts.get(place.clone()).unwrap_or_default());
        let mut fields = Fields::new(std::mem::take(&mut json.fields));
        self.primary(record, Value::Str(message), text(&places.timestamp), &mut fields);
        // what the package takes out again is not put in
        for (key, value) in record.pairs().iter() {
            if !matches!(key, Value::Str(name) if is_skipped(name)) {
                fields.set(key, Content::Value(value));
            }
        }
        self.extra(record, &mut fields);
        if let Some(traceback) = &places.traceback {
            let error_type = places.error_type.as_ref().map_or(Value::None, text);
            set(&mut fields, self.schema.error_type, error_type);
            set(&mut fields, self.schema.stack_trace, text(traceback));
        }
        json.zone = Some(zone.clone());
        let done = if self.ecs {
            let mut nested = Nested::new(Clash::Replace, std::mem::take(&mut json.nested));
            let mut writer = Writer::new(&self.json, json, out);
            let done = self.write_nested(&fields, &mut nested, &mut writer);
            json.nested = nested.into_memory();
            done
        } else {
            let mut moved = Fields::new(std::mem::take(&mut json.more_fields));
            let mut writer = Writer::new(&self.json, json, out);
            let done = self.write(&fields, &mut moved, &mut writer);
            json.more_fields = moved.into_memory();
            done
        };
        json.fields = fields.into_memory();
        done.map_err(FormatError::not_json)
    }

    /// `_get_primary_fields`
    fn primary<'a>(
        &'a self,
        record: &Record<'a>,
        message: Value<'a>,
        timestamp: Value<'a>,
        fields: &mut Fields<'a>,
    ) {
        let schema = self.schema;
        set(fields, "@timestamp", timestamp);
        set(fields, "@version", Value::Str(b"1"));
        set(fields, schema.host, self.fixed(b"host"));
        set(fields, schema.log_level, record.attr(Attr::LevelName));
        set(fields, schema.log_source, self.fixed(b"host"));
        set(fields, "message", message);
        set(fields, schema.pid, record.attr(Attr::Process));
        set(fields, schema.program, self.fixed(b"program"));
        set(fields, schema.message_type, self.fixed(b"type"));
        for (name, key) in [("@metadata", &b"@metadata"[..]), ("tags", b"tags")] {
            let value = self.fixed(key);
            if operand::is_true(value) {
                set(fields, name, value);
            }
        }
        if self.ecs {
            set(fields, "ecs.version", Value::Str(ECS_VERSION.as_bytes()));
        }
    }

    /// `_get_extra_fields`, but for exceptions.
    fn extra<'a>(&'a self, record: &Record<'a>, fields: &mut Fields<'a>) {
        let schema = self.schema;
        set(fields, schema.func_name, record.attr(Attr::FuncName));
        set(fields, "interpreter", self.fixed(b"interpreter"));
        set(fields, "interpreter_version", self.fixed(b"interpreter_version"));
        set(fields, schema.line, record.attr(Attr::LineNo));
        set(fields, schema.logger_name, record.attr(Attr::Name));
        set(fields, "logstash_async_version", Value::Str(VERSION.as_bytes()));
        set(fields, schema.path, record.attr(Attr::PathName));
        set(fields, schema.process_name, record.attr(Attr::ProcessName));
        set(fields, schema.thread_name, record.attr(Attr::ThreadName));
        if let Value::Dict(own) = self.fixed(OWN.as_bytes()) {
            for (key, value) in own.iter() {
                if !matches!(key, Value::Str(name) if is_skipped(name)) {
                    fields.set(key, Content::Value(value));
                }
            }
        }
        let task = record.attr(Attr::TaskName);
        if operand::is_true(task) {
            set(fields, "task_name", task);
        }
    }

    fn fixed(&self, name: &[u8]) -> Value<'_> {
        match self.fixed.value() {
            Value::Dict(fixed) => fixed.get(name).unwrap_or(Value::None),
            _ => Value::None,
        }
    }

    fn is_prefix(&self, key: Value<'_>) -> bool {
        matches!(key, Value::Str(key) if *key == *self.prefix)
    }

    /// Whether a field is not moved below the prefix.
    fn stays(&self, key: Value<'_>) -> bool {
        self.prefix.is_empty()
            || self.is_prefix(key)
            || matches!(key, Value::Str(name) if self.schema.is_top(name))
    }

    /// `_move_extra_record_fields_to_prefix` and `_serialize`.
    fn write<'a>(
        &self,
        fields: &Fields<'a>,
        moved: &mut Fields<'a>,
        writer: &mut Writer<'_>,
    ) -> Result<(), PercentError> {
        if self.prefix.is_empty() {
            return fields.write(writer);
        }
        let there = fields.iter().find(|(key, _)| self.is_prefix(*key));
        if let Some((_, Content::Value(value))) = there {
            for (key, value) in pairs_of(value)? {
                moved.set(key, Content::Value(value));
            }
        }
        for (key, content) in fields.iter().filter(|(key, _)| !self.stays(*key)) {
            moved.set(key, content);
        }
        writer.begin();
        for (key, content) in fields.iter().filter(|(key, _)| self.stays(*key)) {
            writer.key_of(key)?;
            match content {
                _ if self.is_prefix(key) => moved.write(writer)?,
                Content::Value(value) => writer.value(value)?,
                _ => {}
            }
        }
        if there.is_none() {
            writer.key(&self.prefix)?;
            moved.write(writer)?;
        }
        writer.end()
    }
}

/// `FORMATTER_RECORD_FIELD_SKIP_LIST`
fn is_skipped(name: &[u8]) -> bool {
    Attr::from_key(name).is_some() || matches!(name, b"asctime" | b"id")
}

fn set<'a>(fields: &mut Fields<'a>, name: &'static str, value: Value<'a>) {
    fields.set(Value::Str(name.as_bytes()), Content::Value(value));
}

/// The items of what the record has under the prefix, which takes more items only if it is a dict.
fn pairs_of(value: Value<'_>) -> Result<Pairs<'_>, PercentError> {
    if let Value::Dict(dict) = value {
        return Ok(dict.iter());
    }
    if let Value::Object(object) = value
        && let Kind::Dict(pairs) = Kind::of(object)
    {
        return Ok(pairs);
    }
    let object = match value {
        Value::Object(object) => Some(Kind::of(object)),
        _ => None,
    };
    let what = match (value, object) {
        (Value::Tuple(_) | Value::List(_) | Value::Set(_), _)
        | (_, Some(Kind::Tuple(_) | Kind::List(_))) => {
            "list indices must be integers or slices, not str".to_owned()
        }
        (Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_), _)
        | (_, Some(Kind::Int(_) | Kind::Float(_) | Kind::Str(_) | Kind::NumpyStr(_))) => {
            let kind = operand::type_name(value);
            format!("'{kind}' object does not support item assignment")
        }
        // its text
        _ => "'str' object does not support item assignment".to_owned(),
    };
    Err(PercentError::type_error(what))
}

/// Places in a buffer of texts that are made for one record.
struct Texts {
    timestamp: Range<usize>,
    error_type: Option<Range<usize>>,
    traceback: Option<Range<usize>>,
}

impl Texts {
    fn of(record: &Record<'_>, out: &mut Vec<u8>) -> Result<Texts, FormatError> {
        timestamp::write(record.attr(Attr::Created), timestamp::Form::Milliseconds, out)
            .map_err(FormatError::bad_time)?;
        let mut texts = Texts { timestamp: 0..out.len(), error_type: None, traceback: None };
        let Value::Str(text) = record.attr(Attr::ExcText) else { return Ok(texts) };
        if text.is_empty() {
            return Ok(texts);
        }
        let told =
            record.exception().and_then(|exception| exception.class.rsplit(|&b| b == b'.').next());
        let kind = told.or_else(|| Traceback::read(text).map(|traceback| traceback.kind));
        if let Some(kind) = kind {
            let start = out.len();
            out.extend_from_slice(kind);
            texts.error_type = Some(start..out.len());
        }
        let start = out.len();
        out.extend_from_slice(text);
        out.push(b'\n');
        texts.traceback = Some(start..out.len());
        Ok(texts)
    }
}
