use std::borrow::Cow;

use logyard_format::message;
use logyard_pickle::Value;
use logyard_record::{Attr, Record, write_str};

use crate::view::{Field, View};

/// Buffers that are used for one record after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    message: Vec<u8>,
}

/// A decoded record, as a query sees it: with what the client sent, and nothing that the receiver would
/// fill in.
#[derive(Clone)]
pub struct RecordView<'r> {
    record: &'r Record<'r>,
    message: &'r [u8],
}

impl<'r> RecordView<'r> {
    /// `scratch` is used for a message that has to be merged with its arguments. One that can't be
    /// merged is the text of `msg`.
    pub fn new(record: &'r Record<'r>, scratch: &'r mut Scratch) -> RecordView<'r> {
        let args = match record.attr(Attr::Args) {
            Value::None => false,
            Value::Tuple(args) => !args.is_empty(),
            _ => true,
        };
        if let (Value::Str(message), false) = (record.attr(Attr::Msg), args) {
            return RecordView { record, message };
        }
        let text = &mut scratch.message;
        text.clear();
        if message(record, text).is_err() {
            let _ = write_str(record.attr(Attr::Msg), text); // of a text without end, none
        }
        RecordView { record, message: text }
    }

    /// The record.
    pub fn record(&self) -> &'r Record<'r> {
        self.record
    }

    /// The message, merged with its arguments.
    pub fn message(&self) -> &'r [u8] {
        self.message
    }

    /// The traceback's text.
    pub fn exc_text(&self) -> Option<&'r [u8]> {
        text_of(self.record.sent(Attr::ExcText))
    }

    /// The stack's text.
    pub fn stack_info(&self) -> Option<&'r [u8]> {
        text_of(self.record.sent(Attr::StackInfo))
    }

    /// What the client added to the record, by its name.
    pub fn extras(&self) -> impl Iterator<Item = (&'r [u8], Value<'r>)> + use<'r> {
        self.record.pairs().iter().filter_map(|(key, value)| match key {
            Value::Str(key) if Attr::from_key(key).is_none() => Some((key, value)),
            _ => None,
        })
    }
}

fn text_of(value: Option<Value<'_>>) -> Option<&[u8]> {
    match value {
        Some(Value::Str(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

impl<'a> From<Value<'a>> for Field<'a> {
    fn from(value: Value<'a>) -> Field<'a> {
        match value {
            Value::None => Field::None,
            Value::Bool(truth) => Field::Bool(truth),
            Value::Int(n) => Field::Int(n),
            Value::Float(x) => Field::Float(x),
            Value::Str(text) => Field::Text(Cow::Borrowed(text)),
            other => {
                let mut text = Vec::new();
                let _ = write_str(other, &mut text); // of a text without end, none
                Field::Text(Cow::Owned(text))
            }
        }
    }
}

impl View for RecordView<'_> {
    fn level(&self) -> Option<i64> {
        Some(self.record.levelno())
    }

    fn level_name(&self) -> Option<&[u8]> {
        text_of(self.record.sent(Attr::LevelName))
    }

    fn logger(&self) -> Option<&[u8]> {
        Some(match self.record.name() {
            b"" => b"root",
            name => name,
        })
    }

    fn micros(&self) -> Option<i64> {
        self.record.created().map(|seconds| (seconds * 1e6) as i64)
    }

    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        is(self.message)
            || self.exc_text().is_some_and(&mut *is)
            || self.stack_info().is_some_and(&mut *is)
            || self.extras().any(|(_, value)| matches!(value, Value::Str(text) if is(text)))
    }

    fn field(&self, name: &str) -> Option<Field<'_>> {
        match name {
            "message" => return Some(Field::Text(Cow::Borrowed(self.message))),
            "name" => return self.logger().map(|name| Field::Text(Cow::Borrowed(name))),
            _ => {}
        }
        let sent = |key: &str| match Attr::from_key(key.as_bytes()) {
            Some(attr) => self.record.sent(attr),
            None => self.record.get(key.as_bytes()),
        };
        if let Some(value) = sent(name) {
            return Some(value.into());
        }
        // a dict in a dict
        let (first, rest) = name.split_once('.')?;
        let mut value = sent(first)?;
        for part in rest.split('.') {
            let Value::Dict(pairs) = value else { return None };
            value = pairs.get(part.as_bytes())?;
        }
        Some(value.into())
    }
}
