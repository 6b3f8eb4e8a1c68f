//! ecs-logging: `ecs_logging.StdlibFormatter` of 2.3.

mod error_fields;
mod names;

use std::ops::Range;

use error_fields::ErrorFields;
use logyard_libc::Zone;
use logyard_pickle::{Kept, Value};
use logyard_record::{Attr, Record};

use super::logging::keep;
use crate::FormatSpec;
use crate::asctime::TimeFormat;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::json::{Clash, DefaultHook, Id, Name, Nested, Style as JsonStyle, Writer};
use crate::operand;
use crate::plain::{Plain, pickle_dict};
use crate::scratch::{Parts, Scratch};
use crate::styles::AnyStyle;

/// The version of ECS that the package writes.
const ECS_VERSION: &[u8] = b"1.6.0";

/// The arguments that only `StdlibFormatter` has.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// `stack_trace_limit`: the first frames that are written; all without it.
    pub stack_trace_limit: Option<u64>,
    /// `extra`: fields for all records.
    pub extra: Vec<(String, Plain)>,
    /// `exclude_fields`: fields that are left out, with all below them.
    pub exclude_fields: Vec<String>,
    /// `ensure_ascii`
    pub ensure_ascii: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            stack_trace_limit: None,
            extra: Vec::new(),
            exclude_fields: Vec::new(),
            ensure_ascii: true,
        }
    }
}

/// `StdlibFormatter`, compiled.
#[derive(Debug)]
pub(crate) struct EcsFormatter {
    json: JsonStyle,
    time: TimeFormat,
    stack_trace_limit: Option<u64>,
    extra: Option<Kept>,
    exclude: Vec<Box<[u8]>>,
}

impl EcsFormatter {
    pub(crate) fn new(
        options: &Options,
        spec: &FormatSpec<'_>,
    ) -> Result<EcsFormatter, FormatSpecError> {
        // The format is not used, only validated.
        AnyStyle::new(spec.style, spec.fmt, spec.validate, spec.compat)?;
        let extra = match &options.extra[..] {
            [] => None,
            extra => Some(keep(&pickle_dict(extra))?),
        };
        let style = JsonStyle::json(DefaultHook::Repr);
        Ok(EcsFormatter {
            json: style.ensure_ascii(options.ensure_ascii).separators(",", ":").sort_keys(),
            time: TimeFormat::new(&FormatSpec {
                default_time_format: "%Y-%m-%dT%H:%M:%S",
                default_msec_format: Some("%s.%03dZ"),
                ..FormatSpec::default()
            }),
            stack_trace_limit: options.stack_trace_limit,
            extra,
            exclude: options.exclude_fields.iter().map(|field| field.as_bytes().into()).collect(),
        })
    }

    /// `StdlibFormatter.format`. What the package takes from an exception is read from the text that
    /// the client sent of it.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        _: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let mut texts = scratch.take_buffer();
        let done = self.append(record, scratch, &mut texts, out);
        scratch.give_back(texts);
        done
    }

    fn append(
        &self,
        record: &Record<'_>,
        scratch: &mut Scratch,
        texts: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let Parts { message, times, json } = scratch.parts(record)?;
        let timestamp = match self.excludes(b"@timestamp") {
            true => None,
            false => {
                let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
                let time = times.asctime(created, msecs, &self.time, &Zone::Utc);
                Some(time.map_err(FormatError::bad_time)?)
            }
        };
        let refused = |error| FormatError::Class { class: "ecs_logging.StdlibFormatter", error };
        let level = self.level(record, texts).map_err(refused)?;
        let error = ErrorFields::of(record, self.stack_trace_limit, texts).map_err(refused)?;
        // The records' own fields have places in `texts` by now.
        let texts = &**texts;
        let text = |range: Range<usize>| Value::Str(texts.get(range).unwrap_or_default());
        let mut tree = Nested::new(Clash::Refuse, std::mem::take(&mut json.nested));
        let own = [
            ("@timestamp", timestamp.map(Value::Str)),
            ("log.level", level.map(text)),
            ("log.origin.function", Some(record.attr(Attr::FuncName))),
            ("log.origin.file.line", Some(record.attr(Attr::LineNo))),
            ("log.origin.file.name", Some(record.attr(Attr::FileName))),
            ("log.original", Some(Value::Str(message))),
            ("log.logger", Some(record.attr(Attr::Name))),
            ("process.pid", Some(record.attr(Attr::Process))),
            ("process.name", Some(record.attr(Attr::ProcessName))),
            ("process.thread.id", Some(record.attr(Attr::Thread))),
            ("process.thread.name", Some(record.attr(Attr::ThreadName))),
            ("error.type", error.kind.map(text)),
            ("error.message", error.message.map(text)),
            ("error.stack_trace", error.stack_trace.map(text)),
        ];
        let done = self
            .fill(record, &own, Value::Str(message), &mut tree)
            .map_err(refused)
            .and_then(|root| {
                let mut writer = Writer::new(&self.json, json, out);
                write(root, &mut tree, &mut writer).map_err(FormatError::not_json)
            });
        json.nested = tree.into_memory();
        done
    }

    /// `format_to_ecs`: gives the dict of all fields.
    fn fill<'a>(
        &'a self,
        record: &Record<'a>,
        own: &[(&'static str, Option<Value<'a>>)],
        message: Value<'a>,
        tree: &mut Nested<'a>,
    ) -> Result<Id, PercentError> {
        let root = tree.dict()?;
        for (field, value) in own {
            if let Some(value) = value.filter(|value| !matches!(value, Value::None))
                && !self.excludes(field.as_bytes())
            {
                tree.put(root, Name::Given(field.as_bytes()), value)?;
            }
        }
        // one key, dot and all
        if !self.excludes(b"ecs.version") {
            tree.add(root, Name::Given(b"ecs.version"), Value::Str(ECS_VERSION))?;
        }
        self.add_extras(record, tree, root)?;
        if !self.excludes(b"message") && tree.find(root, b"message").is_none() {
            tree.add(root, Name::Given(b"message"), message)?;
        }
        Ok(root)
    }

    /// `levelname.lower()`; nothing for an empty name.
    fn level(
        &self,
        record: &Record<'_>,
        texts: &mut Vec<u8>,
    ) -> Result<Option<Range<usize>>, PercentError> {
        let name = record.attr(Attr::LevelName);
        if !operand::is_true(name) || self.excludes(b"log.level") {
            return Ok(None);
        }
        let Value::Str(name) = name else {
            let kind = operand::type_name(name);
            let what = format!("'{kind}' object has no attribute 'lower'");
            return Err(PercentError::attribute(what));
        };
        let start = texts.len();
        match std::str::from_utf8(name) {
            Ok(name) if !name.is_ascii() => texts.extend_from_slice(name.to_lowercase().as_bytes()),
            _ => texts.extend(name.iter().map(u8::to_ascii_lowercase)),
        }
        Ok(Some(start..texts.len()))
    }

    /// What the client and the configuration add.
    fn add_extras<'a>(
        &'a self,
        record: &Record<'a>,
        tree: &mut Nested<'a>,
        root: Id,
    ) -> Result<(), PercentError> {
        let extras = tree.dict()?;
        for (key, value) in record.pairs().iter() {
            if !matches!(key, Value::Str(name) if names::is_of_record(name)) {
                tree.flatten(extras, key, value)?;
            }
        }
        if let Some(Value::Dict(own)) = self.extra.as_ref().map(Kept::value) {
            for (key, value) in own.iter() {
                if let Value::Str(name) = key {
                    tree.put(extras, Name::Given(name), value)?;
                }
            }
        }
        // Elastic APM's have names of their own in ECS; what is there already stays.
        for (old, new) in names::ELASTIC_APM {
            let Some(item) = tree.find(extras, old) else { continue };
            let value = tree.value(item);
            tree.remove(item);
            if let Some(value) = value
                && tree.find(extras, new).is_none()
            {
                tree.add(extras, Name::Given(new), value)?;
            }
        }
        let mut next = tree.child(extras, None);
        while let Some(item) = next {
            let field = tree.key(item);
            let skip = field.starts_with(b"elasticapm_labels.")
                || matches!(tree.value(item), Some(Value::None))
                || self.excludes(field);
            if !skip {
                tree.put_item(root, item)?;
            }
            next = tree.child(extras, Some(item));
        }
        Ok(())
    }

    /// `_is_field_excluded`: the field or one that it is below of.
    fn excludes(&self, field: &[u8]) -> bool {
        self.exclude.iter().any(|excluded| match field.strip_prefix(&**excluded) {
            Some(rest) => matches!(rest.first(), None | Some(b'.')),
            None => false,
        })
    }
}

/// `json_dumps`: three fields first, the others in the order of their names.
fn write(root: Id, tree: &mut Nested<'_>, writer: &mut Writer<'_>) -> Result<(), PercentError> {
    tree.sort(root);
    writer.begin();
    if let Some(item) = tree.find(root, b"@timestamp") {
        write_first("@timestamp", item, tree, writer)?;
    }
    if let Some(log) = tree.find(root, b"log") {
        if !tree.as_dict(log)? {
            return Err(no_pop(tree.value(log).unwrap_or(Value::None)));
        }
        if let Some(item) = tree.find(log, b"level") {
            write_first("log.level", item, tree, writer)?;
            if tree.is_empty(log) {
                tree.remove(log);
            }
        }
    }
    if let Some(item) = tree.find(root, b"message") {
        write_first("message", item, tree, writer)?;
    }
    tree.write_items(root, writer)?;
    writer.end()
}

/// The error of `value.pop("level")`.
fn no_pop(value: Value<'_>) -> PercentError {
    if matches!(value, Value::List(_)) {
        return PercentError::type_error("'str' object cannot be interpreted as an integer");
    }
    let kind = operand::type_name(value);
    PercentError::attribute(format!("'{kind}' object has no attribute 'pop'"))
}

/// Writes an item and takes it out.
fn write_first(
    name: &'static str,
    item: Id,
    tree: &mut Nested<'_>,
    writer: &mut Writer<'_>,
) -> Result<(), PercentError> {
    writer.plain_key(name);
    tree.write(item, writer)?;
    tree.remove(item);
    Ok(())
}
