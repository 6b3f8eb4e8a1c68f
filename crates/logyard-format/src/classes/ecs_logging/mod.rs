//! ecs-logging: `ecs_logging.StdlibFormatter` of 2.3.

mod error_fields;
mod names;
mod tree;

use error_fields::ErrorFields;
use logyard_libc::Zone;
use logyard_pickle::{Kept, Value};
use logyard_record::{Attr, Record};
use tree::{Leaf, Tree};

use super::logging::keep;
use crate::FormatSpec;
use crate::asctime::TimeFormat;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::json::{DefaultHook, Kind, Style as JsonStyle, Writer};
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
        let mut tree = Tree::default();
        let text = |range: std::ops::Range<usize>| Value::Str(texts.get(range).unwrap_or_default());
        let mut level = level.map(text);
        if self.excludes(b"log.level") {
            level = None;
        }
        if !self.excludes(b"ecs.version") {
            tree.add_whole(b"ecs.version", Value::Str(ECS_VERSION));
        }
        let own = [
            (&b"log.origin.function"[..], record.attr(Attr::FuncName)),
            (b"log.origin.file.line", record.attr(Attr::LineNo)),
            (b"log.origin.file.name", record.attr(Attr::FileName)),
            (b"log.original", Value::Str(message)),
            (b"log.logger", record.attr(Attr::Name)),
            (b"process.pid", record.attr(Attr::Process)),
            (b"process.name", record.attr(Attr::ProcessName)),
            (b"process.thread.id", record.attr(Attr::Thread)),
            (b"process.thread.name", record.attr(Attr::ThreadName)),
            (b"error.type", error.kind.map_or(Value::None, text)),
            (b"error.message", error.message.map_or(Value::None, text)),
            (b"error.stack_trace", error.stack_trace.map_or(Value::None, text)),
        ];
        for (field, value) in own {
            if !matches!(value, Value::None) && !self.excludes(field) {
                tree.add(field, value);
            }
        }
        self.add_extras(record, &mut tree).map_err(refused)?;
        let own_message = tree.take(b"message").map_err(refused)?;
        let message = match own_message {
            Some(leaf) => Some(leaf.value),
            None if self.excludes(b"message") => None,
            None => Some(Value::Str(message)),
        };
        let leaves = tree.sorted(timestamp.is_some(), level.is_some()).map_err(refused)?;
        let mut writer = Writer::new(&self.json, json, out);
        writer.begin();
        let first = [
            (&b"@timestamp"[..], timestamp.map(Value::Str)),
            (b"log.level", level),
            (b"message", message),
        ];
        write(&first, &leaves, &mut writer).map_err(FormatError::not_json)
    }

    /// `levelname.lower()`; nothing for an empty name.
    fn level(
        &self,
        record: &Record<'_>,
        texts: &mut Vec<u8>,
    ) -> Result<Option<std::ops::Range<usize>>, PercentError> {
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
        tree: &mut Tree<'a>,
    ) -> Result<(), PercentError> {
        let mut extras = Tree::default();
        for (key, value) in record.pairs().iter() {
            match key {
                Value::Str(name) if names::is_of_record(name) => {}
                Value::Str(name) => extras.flatten(name, value)?,
                other => {
                    let kind = operand::type_name(other);
                    let what = format!("'{kind}' object has no attribute 'startswith'");
                    return Err(PercentError::attribute(what));
                }
            }
        }
        extras.check_nesting()?;
        if let Some(Value::Dict(own)) = self.extra.as_ref().map(Kept::value) {
            for (key, value) in own.iter() {
                if let Value::Str(name) = key {
                    extras.add_own(name, value)?;
                }
            }
        }
        extras.rename_elastic_apm();
        for leaf in extras.into_leaves() {
            let field = leaf.field();
            let skip = field.starts_with(b"elasticapm_labels.")
                || matches!(leaf.value, Value::None)
                || self.excludes(field);
            if !skip {
                tree.push(leaf);
            }
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
fn write(
    first: &[(&[u8], Option<Value<'_>>)],
    leaves: &[Leaf<'_>],
    writer: &mut Writer<'_>,
) -> Result<(), PercentError> {
    for (name, value) in first {
        if let Some(value) = value {
            writer.key(name)?;
            writer.value(*value)?;
        }
    }
    tree::write(leaves, writer)?;
    writer.end()
}

/// Whether a value is one of `collections.abc.Mapping`, and its items.
fn mapping(value: Value<'_>) -> Option<logyard_pickle::Pairs<'_>> {
    match value {
        Value::Dict(dict) => Some(dict.iter()),
        Value::Object(object) => match Kind::of(object) {
            Kind::Dict(pairs) => Some(pairs),
            _ => None,
        },
        _ => None,
    }
}
