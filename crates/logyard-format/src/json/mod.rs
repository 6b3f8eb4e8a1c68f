//! Values as JSON, as Python's encoders write them: `json.dumps`, orjson and msgspec.
//!
//! A [`Writer`] appends one JSON text: an object by [`Writer::begin`], [`Writer::key`],
//! [`Writer::value`] (or [`Writer::text`], [`Writer::raw`]) and [`Writer::end`], with the separators
//! and the indentation of its [`Style`]. A value is any that a pickle can hold; what JSON has no form
//! for goes by the style's [`DefaultHook`], which is Python's `default=` argument.
//!
//! Nothing here recurses over a value; the text is at most [`crate::TEXT_LIMIT`] bytes.

mod default;
mod escape;
mod fields;
mod float;
mod iso;
mod kind;
mod nested;
mod walk;

pub(crate) use default::DefaultHook;
use escape::Escape;
pub(crate) use fields::{Content, Fields, FieldsScratch};
pub(crate) use kind::Kind;
use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::TextError;
pub(crate) use nested::{Clash, Id, Name, Nested, NestedScratch};
use walk::{Frame, recycled};

use crate::error::{PercentError, Raised, TEXT_LIMIT};

/// Which encoder's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The standard library's `json`.
    Json,
    /// orjson 3, with `OPT_NON_STR_KEYS`.
    Orjson,
    /// `msgspec.json.Encoder` with `enc_hook`.
    Msgspec,
    /// logyard's own: `json`, where it writes JSON.
    Lenient,
}

/// How JSON is laid out, and what is written for what JSON doesn't have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Style {
    dialect: Dialect,
    escape: Escape,
    /// Between items, before the indentation.
    item_separator: Box<str>,
    key_separator: Box<str>,
    /// What stands before each item on its own line, once for each level.
    indent: Option<Box<str>>,
    sort_keys: bool,
    default: DefaultHook,
}

impl Style {
    /// `json.dumps(…, default=…)`.
    pub(crate) fn json(default: DefaultHook) -> Style {
        Style {
            dialect: Dialect::Json,
            escape: Escape::Ascii,
            item_separator: ", ".into(),
            key_separator: ": ".into(),
            indent: None,
            sort_keys: false,
            default,
        }
    }

    /// `ensure_ascii`: whether what is not ASCII is escaped. True at first.
    pub(crate) fn ensure_ascii(self, ascii: bool) -> Style {
        Style { escape: if ascii { Escape::Ascii } else { Escape::Unicode }, ..self }
    }

    /// `indent`: each item on its own line, after this text for each level. Sets the separator of
    /// items to a comma alone, as `json.dumps` does unless `separators` are given.
    pub(crate) fn indent(self, indent: Option<&str>) -> Style {
        match indent {
            None => self,
            Some(indent) => {
                Style { item_separator: ",".into(), indent: Some(indent.into()), ..self }
            }
        }
    }

    /// `separators`.
    pub(crate) fn separators(self, item: &str, key: &str) -> Style {
        Style { item_separator: item.into(), key_separator: key.into(), ..self }
    }

    /// `sort_keys`: the keys of dicts within values are sorted. What the caller writes by
    /// [`Writer::key`] stays in the caller's order.
    pub(crate) fn sort_keys(self) -> Style {
        Style { sort_keys: true, ..self }
    }

    /// logyard's own, which refuses as little as can be: one line in UTF-8 without spaces; nan and the
    /// infinities are null; keys of any type are texts; a text with a surrogate is ASCII with escapes; all
    /// else is as in python-json-logger.
    pub(crate) fn lenient() -> Style {
        let json = Style::json(DefaultHook::PythonJsonLogger).separators(",", ":");
        Style { dialect: Dialect::Lenient, escape: Escape::Unicode, ..json }
    }

    /// `orjson.dumps(…, default, OPT_NON_STR_KEYS)`, with `OPT_INDENT_2` if `indent`.
    pub(crate) fn orjson(default: DefaultHook, indent: bool) -> Style {
        let style =
            Style { dialect: Dialect::Orjson, escape: Escape::Unicode, ..Style::json(default) };
        match indent {
            true => style.indent(Some("  ")),
            false => style.separators(",", ":"),
        }
    }

    /// `msgspec.json.Encoder(enc_hook=…).encode`.
    pub(crate) fn msgspec(default: DefaultHook) -> Style {
        Style { dialect: Dialect::Msgspec, escape: Escape::Unicode, ..Style::json(default) }
            .separators(",", ":")
    }
}

/// What is kept from one JSON text to the next, so that writing one needs no memory anew.
#[derive(Default)]
pub(crate) struct JsonScratch {
    frames: Vec<Frame<'static>>,
    /// A value's text before it is quoted.
    text: Vec<u8>,
    /// For the dict of a record.
    pub(crate) fields: FieldsScratch,
    /// For a dict within it.
    pub(crate) more_fields: FieldsScratch,
    /// For the dicts that are made of dotted names.
    pub(crate) nested: NestedScratch,
    /// For the text of a time.
    pub(crate) stamp: Vec<u8>,
    /// That in which logstash_async has the times of extras.
    pub(crate) zone: Option<Zone>,
}

/// Writes one JSON text to the end of a buffer. On an error the buffer holds a part of it.
pub(crate) struct Writer<'w> {
    style: &'w Style,
    scratch: &'w mut JsonScratch,
    out: &'w mut Vec<u8>,
    /// Length of `out` past which the text is too long.
    end: usize,
    /// Objects and arrays that are open.
    level: usize,
    /// Whether the innermost one has nothing in it yet.
    empty: bool,
}

impl<'w> Writer<'w> {
    /// One that appends to `out`.
    pub(crate) fn new(
        style: &'w Style,
        scratch: &'w mut JsonScratch,
        out: &'w mut Vec<u8>,
    ) -> Writer<'w> {
        let end = out.len().saturating_add(TEXT_LIMIT);
        Writer { style, scratch, out, end, level: 0, empty: true }
    }

    /// Opens an object: the whole text, or the value of the last key.
    pub(crate) fn begin(&mut self) {
        self.open(b'{');
    }

    /// Closes it.
    pub(crate) fn end(&mut self) -> Result<(), PercentError> {
        self.close(b'}');
        self.check()
    }

    /// Opens an array: the value of the last key, or an item.
    pub(crate) fn begin_list(&mut self) {
        self.open(b'[');
    }

    /// What comes before an item of the open array; its value has to follow.
    pub(crate) fn item(&mut self) {
        self.separate();
    }

    /// Closes it.
    pub(crate) fn end_list(&mut self) -> Result<(), PercentError> {
        self.close(b']');
        self.check()
    }

    /// The next key of the open object; its value has to follow.
    pub(crate) fn key(&mut self, key: &[u8]) -> Result<(), PercentError> {
        self.separate();
        self.string(key)?;
        self.out.extend_from_slice(self.style.key_separator.as_bytes());
        Ok(())
    }

    /// As [`Writer::key`], for a key that needs no escape.
    pub(crate) fn plain_key(&mut self, key: &'static str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'"');
        self.out.extend_from_slice(self.style.key_separator.as_bytes());
    }

    /// As [`Writer::key`], for a key of any type.
    pub(crate) fn key_of(&mut self, key: Value<'_>) -> Result<(), PercentError> {
        match key {
            Value::Str(key) => self.key(key),
            key => {
                self.separate();
                self.other_key(key)?;
                self.out.extend_from_slice(self.style.key_separator.as_bytes());
                Ok(())
            }
        }
    }

    /// A string.
    pub(crate) fn text(&mut self, text: &[u8]) -> Result<(), PercentError> {
        self.string(text)
    }

    /// An array of a text's lines: `text.splitlines()`.
    pub(crate) fn lines(&mut self, text: &[u8]) -> Result<(), PercentError> {
        self.open(b'[');
        for line in escape::splitlines(text) {
            self.separate();
            self.string(line)?;
        }
        self.close(b']');
        self.check()
    }

    /// JSON as it is.
    pub(crate) fn raw(&mut self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.level += 1;
        self.empty = true;
    }

    fn close(&mut self, bracket: u8) {
        self.level = self.level.saturating_sub(1);
        if !self.empty {
            self.new_line();
        }
        self.out.push(bracket);
        self.empty = false;
    }

    /// What comes before an item or a key.
    fn separate(&mut self) {
        if !self.empty {
            self.out.extend_from_slice(self.style.item_separator.as_bytes());
        }
        self.empty = false;
        self.new_line();
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.style.indent {
            self.out.push(b'\n');
            // The caller's next check sees what is too long; what is nested deeply is long.
            let room = self.end.saturating_sub(self.out.len()) / indent.len().max(1);
            for _ in 0..self.level.min(room.saturating_add(1)) {
                self.out.extend_from_slice(indent.as_bytes());
            }
        }
    }

    fn string(&mut self, text: &[u8]) -> Result<(), PercentError> {
        let mut escape = self.style.escape;
        let suspect = self.style.dialect != Dialect::Json && !text.is_ascii();
        if suspect && std::str::from_utf8(text).is_err() {
            match self.style.dialect {
                Dialect::Lenient => escape = Escape::Ascii,
                _ => return Err(self.surrogate()),
            }
        }
        escape::quote(text, escape, self.end, self.out)?;
        self.check()
    }

    /// orjson and msgspec write UTF-8, which has no form for a surrogate.
    fn surrogate(&self) -> PercentError {
        let (raised, text) = match self.style.dialect {
            Dialect::Msgspec => (Raised::UnicodeEncodeError, "surrogates not allowed"),
            _ => (Raised::TypeError, "str is not valid UTF-8: surrogates not allowed"),
        };
        PercentError { raised, text: text.into() }
    }

    fn check(&self) -> Result<(), PercentError> {
        if self.out.len() > self.end { Err(PercentError::too_long()) } else { Ok(()) }
    }
}

impl PercentError {
    fn circular() -> PercentError {
        PercentError::value_error("Circular reference detected")
    }

    fn not_serializable(kind: &str) -> PercentError {
        PercentError::type_error(format!("Object of type {kind} is not JSON serializable"))
    }

    fn too_deep() -> PercentError {
        TextError::TooDeep.into()
    }
}

#[cfg(test)]
mod tests;
