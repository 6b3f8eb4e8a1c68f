//! python-json-logger: `pythonjsonlogger.json.JsonFormatter` and its siblings, by the rules of 4.2.0,
//! and `pythonjsonlogger.jsonlogger.JsonFormatter` of 2.0.7.

mod names;
pub(super) mod timestamp;

use logyard_compat::Compat;
use logyard_libc::Zone;
use logyard_pickle::{Kept, Pairs, Value};
use logyard_record::{Attr, Record};

use super::logging::{exception, keep};
use crate::FormatSpec;
use crate::asctime::TimeFormat;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::json::{Content, DefaultHook, Fields, Kind, Style as JsonStyle, Writer};
use crate::operand;
use crate::plain::{Plain, pickle_dict};
use crate::scratch::{Parts, Scratch};
use crate::styles::{Added, AnyStyle, Source, Subject};

/// What its formatters take besides the arguments of `logging.Formatter`.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Whose rules hold.
    pub release: Release,
    /// What turns the dict into JSON.
    pub encoder: Encoder,
    /// `json_default`: what is done with values that JSON doesn't have.
    pub default: Default,
    /// The names of the fields, where `fmt` is a list or its style is `,`. Else `fmt` names them in its
    /// style.
    pub fields: Option<Vec<String>>,
    /// `prefix`: stands before the JSON.
    pub prefix: String,
    /// `rename_fields`: old names with new ones.
    pub rename_fields: Vec<(String, String)>,
    /// `rename_fields_keep_missing`: new names that no field got are there with null.
    pub rename_fields_keep_missing: bool,
    /// `static_fields`
    pub static_fields: Vec<(String, Plain)>,
    /// `reserved_attrs`: attributes that are no extras; `None` for the package's own list.
    pub reserved_attrs: Option<Vec<String>>,
    /// `timestamp`: the name of a field with the record's time.
    pub timestamp: Option<String>,
    /// `stack_info_as_array`
    pub stack_info_as_array: bool,
}

/// A release of python-json-logger whose output is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// 2.0.7
    Two,
    /// 4.2.0
    Four,
}

/// Which library writes the JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoder {
    /// `json.dumps`
    Json {
        /// `json_indent` as text; a number is so many spaces.
        indent: Option<String>,
        /// `json_ensure_ascii`
        ensure_ascii: bool,
    },
    /// orjson
    Orjson {
        /// `json_indent`: two spaces.
        indent: bool,
    },
    /// msgspec
    Msgspec,
}

/// `json_default` and `json_encoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// The package's own encoder or function.
    Package,
    /// None, with the encoder's plain class: such values are errors.
    None,
    /// `str`
    Str,
}

impl std::default::Default for Options {
    /// `JsonFormatter()` of 4.2.0.
    fn default() -> Options {
        Options {
            release: Release::Four,
            encoder: Encoder::Json { indent: None, ensure_ascii: true },
            default: Default::Package,
            fields: None,
            prefix: String::new(),
            rename_fields: Vec::new(),
            rename_fields_keep_missing: false,
            static_fields: Vec::new(),
            reserved_attrs: None,
            timestamp: None,
            stack_info_as_array: false,
        }
    }
}

/// One of the formatters, compiled.
#[derive(Debug)]
pub(crate) struct JsonFormatter {
    release: Release,
    json: JsonStyle,
    prefix: Box<str>,
    /// Fields that are always there, each with its name in the output.
    required: Vec<(Source, Box<[u8]>)>,
    /// Only if `asctime` is one of them.
    time: Option<TimeFormat>,
    utc: bool,
    defaults: Option<Kept>,
    static_fields: Option<Kept>,
    rename: Names,
    /// `rename_fields`, in order, where the order matters.
    renamed: Vec<Pair>,
    keep_missing: bool,
    /// Attributes of every record that are extras here, for they are not reserved.
    attrs: Vec<Attr>,
    /// What is not an extra, besides the attributes.
    skip: Names,
    /// Whether `taskName` is an attribute of every record.
    task_name_is_of_all: bool,
    /// Whether `message` and `asctime`, which formatting sets, are extras.
    adds_message: bool,
    adds_asctime: bool,
    timestamp: Option<Box<[u8]>>,
    timestamp_form: timestamp::Form,
    stack_as_array: bool,
}

/// A name and another one for it.
type Pair = (Box<[u8]>, Box<[u8]>);

/// Names with others, found by looking half-way again and again.
#[derive(Debug)]
struct Names(Vec<Pair>);

impl Names {
    fn new(mut names: Vec<Pair>) -> Names {
        names.sort();
        Names(names)
    }

    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        self.0.get(at).map(|(_, other)| &**other)
    }
}

impl JsonFormatter {
    pub(crate) fn new(
        spec: &FormatSpec<'_>,
        options: &Options,
    ) -> Result<JsonFormatter, FormatSpecError> {
        let release = options.release;
        let required = match &options.fields {
            Some(fields) => fields.iter().map(String::as_str).collect(),
            None => {
                // The style is compiled only to be validated.
                AnyStyle::new(spec.style, spec.fmt, spec.validate, spec.compat)?;
                let fmt = spec.fmt.filter(|fmt| !fmt.is_empty());
                names::names(fmt.unwrap_or(spec.style.default_format()), spec.style, release)
            }
        };
        let pairs = |pairs: &[(String, String)]| {
            let boxed = |text: &String| text.as_bytes().into();
            pairs.iter().map(|(old, new)| (boxed(old), boxed(new))).collect::<Vec<_>>()
        };
        let rename = Names::new(pairs(&options.rename_fields));
        let new_name = |name: &str| match release {
            Release::Two => name.as_bytes().into(),
            Release::Four => rename.get(name.as_bytes()).unwrap_or(name.as_bytes()).into(),
        };
        let reserved: Vec<&str> = match &options.reserved_attrs {
            Some(reserved) => reserved.iter().map(String::as_str).collect(),
            None => own_reserved(release, spec.compat),
        };
        let skips = |name: &str| required.contains(&name) || reserved.contains(&name);
        let has_task_name = spec.compat.records_have_task_name();
        let time = required.contains(&"asctime").then(|| TimeFormat::new(spec));
        let kept = |fields: &[(String, Plain)]| match fields {
            [] => Ok(None),
            fields => keep(&pickle_dict(fields)).map(Some),
        };
        Ok(JsonFormatter {
            release,
            json: json_style(options),
            prefix: (*options.prefix).into(),
            required: required
                .iter()
                .map(|name| (Source::named(name, spec.compat), new_name(name)))
                .collect(),
            utc: spec.utc,
            // 2.0.7 hands them on to `logging.Formatter`, whose format it doesn't use
            defaults: match release {
                Release::Two => None,
                Release::Four => spec.defaults.map(keep).transpose()?,
            },
            static_fields: kept(&options.static_fields)?,
            renamed: pairs(&options.rename_fields),
            keep_missing: options.rename_fields_keep_missing,
            attrs: Attr::ALL
                .into_iter()
                .filter(|attr| !skips(attr.key()) && (*attr != Attr::TaskName || has_task_name))
                .collect(),
            task_name_is_of_all: has_task_name,
            adds_message: !skips("message"),
            adds_asctime: !skips("asctime"),
            skip: Names::new(
                required
                    .iter()
                    .chain(&reserved)
                    .map(|name| (name.as_bytes().into(), Box::default()))
                    .collect(),
            ),
            time,
            timestamp: options.timestamp.as_deref().map(new_name),
            rename,
            timestamp_form: match (&options.encoder, options.default) {
                (Encoder::Msgspec, _) => timestamp::Form::Zulu,
                (Encoder::Json { .. }, Default::Str) => timestamp::Form::Str,
                (Encoder::Json { .. }, Default::None) => timestamp::Form::Refused,
                _ => timestamp::Form::Iso,
            },
            stack_as_array: options.stack_info_as_array,
        })
    }

    /// `format`
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let dict = message_dict(record.attr(Attr::Msg));
        let Parts { message, times, json } = match dict {
            // `record.message` is empty then
            Some(_) => scratch.without_message(),
            None => scratch.parts(record)?,
        };
        let asctime = match &self.time {
            Some(format) => {
                let zone = if self.utc { &Zone::Utc } else { zone };
                let (created, msecs) = (record.attr(Attr::Created), record.attr(Attr::Msecs));
                Some(times.asctime(created, msecs, format, zone).map_err(FormatError::bad_time)?)
            }
            None => None,
        };
        let mut repr = Vec::new();
        let traceback = exception(record, &mut repr)?;
        let mut stamp = std::mem::take(&mut json.stamp);
        let mut fields = Fields::new(std::mem::take(&mut json.fields));
        let subject = Subject { record, message, asctime, defaults: None, added: Added::default() };
        let stamped = self.write_timestamp(record, &mut stamp);
        let write = || {
            self.add_given(&subject, &mut fields);
            self.add_message(record, dict, traceback, &mut fields)?;
            self.add_extras(&subject, &mut fields);
            stamped?;
            if let Some(name) = &self.timestamp {
                fields.set(
                    Value::Str(name),
                    match self.timestamp_form {
                        timestamp::Form::Refused => Content::NotSerializable("datetime"),
                        _ => Content::Value(Value::Str(&stamp)),
                    },
                );
            }
            self.rename_at_last(&mut fields)?;
            out.extend_from_slice(self.prefix.as_bytes());
            fields.write(&mut Writer::new(&self.json, json, out)).map_err(FormatError::not_json)
        };
        let done = write();
        json.fields = fields.into_memory();
        json.stamp = stamp;
        done
    }

    /// The defaults, the required fields and the static ones.
    fn add_given<'a>(&'a self, subject: &Subject<'a, '_>, fields: &mut Fields<'a>) {
        for (key, value) in items(&self.defaults) {
            fields.set(self.renamed(key), Content::Value(value));
        }
        for (source, name) in &self.required {
            let value = subject.get(source).unwrap_or(Value::None);
            fields.set(Value::Str(name), Content::Value(value));
        }
        for (key, value) in items(&self.static_fields) {
            fields.set(self.renamed(key), Content::Value(value));
        }
    }

    /// A message that is a dict, the traceback and the stack.
    fn add_message<'a>(
        &'a self,
        record: &Record<'a>,
        dict: Option<Pairs<'a>>,
        mut traceback: Option<Value<'a>>,
        fields: &mut Fields<'a>,
    ) -> Result<(), FormatError> {
        // a stack that isn't needed isn't cut into lines
        let is_own =
            |(key, value)| matches!(key, Value::Str(b"stack_info")) && operand::is_true(value);
        let mut stack = match dict.clone().into_iter().flatten().any(is_own) {
            true => None,
            false => self.stack(record)?,
        };
        for (key, value) in dict.into_iter().flatten() {
            // What the dict has of these goes first, unless it is false.
            let (own, content) = (operand::is_true(value), Content::Value(value));
            let content = match key {
                Value::Str(b"exc_info") => {
                    traceback.take().filter(|_| !own).map_or(content, Content::Value)
                }
                Value::Str(b"stack_info") => stack.take().unwrap_or(content),
                _ => content,
            };
            fields.set(self.renamed(key), content);
        }
        if let Some(text) = traceback {
            fields.set(self.renamed(Value::Str(b"exc_info")), Content::Value(text));
        }
        if let Some(content) = stack {
            fields.set(self.renamed(Value::Str(b"stack_info")), content);
        }
        Ok(())
    }

    /// `formatStack(record.stack_info)`
    fn stack<'a>(&self, record: &Record<'a>) -> Result<Option<Content<'a>>, FormatError> {
        let stack = record.attr(Attr::StackInfo);
        match stack {
            _ if !operand::is_true(stack) => Ok(None),
            _ if !self.stack_as_array => Ok(Some(Content::Value(stack))),
            Value::Str(text) => Ok(Some(Content::Lines(text))),
            other => Err(FormatError::NotJson(PercentError::attribute(format!(
                "'{}' object has no attribute 'splitlines'",
                operand::type_name(other)
            )))),
        }
    }

    /// `merge_record_extra`: what the record's `__dict__` has besides.
    fn add_extras<'a>(&'a self, subject: &Subject<'a, '_>, fields: &mut Fields<'a>) {
        let Subject { record, message, asctime, .. } = subject;
        let new_name = |name: &'a [u8]| Value::Str(self.rename.get(name).unwrap_or(name));
        for attr in &self.attrs {
            fields.set(new_name(attr.key().as_bytes()), Content::Value(record.attr(*attr)));
        }
        let [mut message, mut asctime] =
            [Some(*message).filter(|_| self.adds_message), asctime.filter(|_| self.adds_asctime)];
        let mut add = |key: Value<'a>, value: Value<'a>| {
            let Value::Str(name) = key else { return fields.set(key, Content::Value(value)) };
            let value = match name {
                b"message" => message.take().map_or(value, Value::Str),
                b"asctime" => asctime.take().map_or(value, Value::Str),
                _ => value,
            };
            fields.set(new_name(name), Content::Value(value));
        };
        let pairs = record.pairs();
        if record.has_only_text_keys() && self.task_name_is_of_all {
            // Those of all records are passed over together.
            for (name, slot) in pairs.usual_slots().1 {
                if self.is_extra(name)
                    && let Some(value) = pairs.at(slot)
                {
                    add(Value::Str(name), value);
                }
            }
        } else {
            for (key, value) in pairs.iter() {
                match key {
                    Value::Str(name) if !self.is_extra(name) => {}
                    key => add(key, value),
                }
            }
        }
        for (name, text) in [(&b"message"[..], message), (b"asctime", asctime)] {
            if let Some(text) = text {
                fields.set(new_name(name), Content::Value(Value::Str(text)));
            }
        }
    }

    /// Whether a key of the client's dict is neither reserved nor private.
    fn is_extra(&self, name: &[u8]) -> bool {
        let of_all = Attr::from_key(name)
            .is_some_and(|attr| attr != Attr::TaskName || self.task_name_is_of_all);
        !(of_all || name.starts_with(b"_") || self.skip.get(name).is_some())
    }

    /// What 2.0.7 does at last: each renamed field goes to the end, and has to be there. 4.2.0 may add
    /// the new names that are missing.
    fn rename_at_last<'a>(&'a self, fields: &mut Fields<'a>) -> Result<(), FormatError> {
        for (old, new) in &self.renamed {
            match self.release {
                Release::Two => {
                    let Some(content) = fields.pop(old) else {
                        let field = String::from_utf8_lossy(old).into_owned();
                        return Err(FormatError::MissingRenamed { field });
                    };
                    if old != new {
                        fields.set(Value::Str(new), content);
                    }
                }
                Release::Four if self.keep_missing && !fields.contains(new) => {
                    fields.set(Value::Str(new), Content::Value(Value::None));
                }
                Release::Four => {}
            }
        }
        Ok(())
    }

    /// `_get_rename`, which 2.0.7 does not have.
    fn renamed<'a>(&'a self, key: Value<'a>) -> Value<'a> {
        match (self.release, key) {
            (Release::Four, Value::Str(name)) => Value::Str(self.rename.get(name).unwrap_or(name)),
            _ => key,
        }
    }

    /// The record's time as the encoder writes a datetime in UTC.
    fn write_timestamp(&self, record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.clear();
        if self.timestamp.is_none() {
            return Ok(());
        }
        let created = record.attr(Attr::Created);
        timestamp::write(created, self.timestamp_form, out).map_err(FormatError::bad_time)
    }
}

/// A message that is a dict, or of a subclass.
fn message_dict(msg: Value<'_>) -> Option<Pairs<'_>> {
    match msg {
        Value::Dict(dict) => Some(dict.iter()),
        Value::Object(object) => match Kind::of(object) {
            Kind::Dict(pairs) => Some(pairs),
            _ => None,
        },
        _ => None,
    }
}

fn items<'a>(kept: &'a Option<Kept>) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
    let dict = match kept.as_ref().map(Kept::value) {
        Some(Value::Dict(dict)) => Some(dict.iter()),
        _ => None,
    };
    dict.into_iter().flatten()
}

/// `RESERVED_ATTRS`
fn own_reserved(release: Release, compat: Compat) -> Vec<&'static str> {
    let knows_task_name = release == Release::Four && compat.records_have_task_name();
    let attrs = Attr::ALL.into_iter().filter(|attr| *attr != Attr::TaskName || knows_task_name);
    attrs.map(Attr::key).chain(["message", "asctime"]).collect()
}

fn json_style(options: &Options) -> JsonStyle {
    let own = |own| match options.default {
        Default::Package => own,
        Default::None => DefaultHook::None,
        Default::Str => DefaultHook::Str,
    };
    match &options.encoder {
        Encoder::Json { indent, ensure_ascii } => {
            let own = own(match options.release {
                Release::Two => DefaultHook::PythonJsonLogger2,
                Release::Four => DefaultHook::PythonJsonLogger,
            });
            JsonStyle::json(own).ensure_ascii(*ensure_ascii).indent(indent.as_deref())
        }
        Encoder::Orjson { indent } => {
            JsonStyle::orjson(own(DefaultHook::PythonJsonLoggerFast), *indent)
        }
        Encoder::Msgspec => JsonStyle::msgspec(own(DefaultHook::PythonJsonLoggerFast)),
    }
}
