//! The styles of a format: one file for each of `logging._STYLES`.

mod brace;
mod brace_check;
mod dollar;
mod percent;
mod whole;

use logyard_compat::Compat;
use logyard_pickle::{Dict, Value};
use logyard_record::{Attr, Record};

use crate::error::{FormatError, FormatSpecError, PercentError};
use brace::StrFormatStyle;
use dollar::StringTemplateStyle;
use percent::PercentStyle;

/// How a format names its fields: the `style` argument of `logging.Formatter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `%`: `%(message)s`.
    #[default]
    Percent,
    /// `{`: `{message}`, `str.format`.
    Brace,
    /// `$`: `${message}`, `string.Template`.
    Dollar,
}

impl Style {
    /// The style that Python names by this character, if it is known here.
    pub fn from_char(style: char) -> Option<Style> {
        match style {
            '%' => Some(Style::Percent),
            '{' => Some(Style::Brace),
            '$' => Some(Style::Dollar),
            _ => None,
        }
    }

    /// The format that stands for none or an empty one: the message alone.
    pub(crate) fn default_format(self) -> &'static str {
        match self {
            Style::Percent => PercentStyle::DEFAULT,
            Style::Brace => StrFormatStyle::DEFAULT,
            Style::Dollar => StringTemplateStyle::DEFAULT,
        }
    }
}

/// A format of any style, compiled.
#[derive(Debug)]
pub(crate) enum AnyStyle {
    Percent(PercentStyle),
    Brace(StrFormatStyle),
    Dollar(StringTemplateStyle),
}

impl AnyStyle {
    /// Compiles a format; none or an empty one is the style's own, the message alone. `validate`
    /// is `style.validate()`.
    pub(crate) fn new(
        style: Style,
        format: Option<&str>,
        validate: bool,
        compat: Compat,
    ) -> Result<AnyStyle, FormatSpecError> {
        let format = format.filter(|format| !format.is_empty()).unwrap_or(style.default_format());
        if validate {
            match style {
                Style::Percent => PercentStyle::validate(format)?,
                Style::Brace => StrFormatStyle::validate(format)?,
                Style::Dollar => StringTemplateStyle::validate(format)?,
            }
        }
        Ok(match style {
            Style::Percent => AnyStyle::Percent(PercentStyle::new(format, compat)),
            Style::Brace => AnyStyle::Brace(StrFormatStyle::new(format, compat)),
            Style::Dollar => AnyStyle::Dollar(StringTemplateStyle::new(format, compat)),
        })
    }

    pub(crate) fn uses_time(&self) -> bool {
        match self {
            AnyStyle::Percent(style) => style.uses_time(),
            AnyStyle::Brace(style) => style.uses_time(),
            AnyStyle::Dollar(style) => style.uses_time(),
        }
    }

    /// Whether the format may show the whole record, in a field without a name.
    pub(crate) fn shows_all(&self) -> bool {
        matches!(self, AnyStyle::Percent(style) if style.shows_all())
    }

    /// Each field's name with its byte offset in the format.
    pub(crate) fn fields(&self) -> Vec<(&str, usize)> {
        match self {
            AnyStyle::Percent(style) => style.fields().collect(),
            AnyStyle::Brace(style) => style.fields(),
            AnyStyle::Dollar(style) => style.fields().collect(),
        }
    }

    /// Why no record at all can have a text, with the byte offset: CPython loads such a format and
    /// then fails for each record.
    pub(crate) fn fault(&self) -> Option<(usize, PercentError)> {
        match self {
            AnyStyle::Percent(style) => style.fault(),
            AnyStyle::Brace(style) => style.fault(),
            AnyStyle::Dollar(style) => style.fault(),
        }
    }

    /// Appends the record's text; on an error `out` may hold a part of it.
    pub(crate) fn format(
        &self,
        subject: &Subject<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        match self {
            AnyStyle::Percent(style) => style.format(subject, out),
            AnyStyle::Brace(style) => style.format(subject, out),
            AnyStyle::Dollar(style) => style.format(subject, out),
        }
    }
}

fn missing(source: &Source) -> FormatError {
    FormatError::MissingField { field: source.name().to_owned() }
}

/// The error of what the format has from byte `at` to `end`.
fn bad_field(format: &str, at: usize, end: usize, error: PercentError) -> FormatError {
    if error.raised == crate::Raised::MemoryError {
        return FormatError::TooLong;
    }
    FormatError::BadField { at, field: format.get(at..end).unwrap_or_default().to_owned(), error }
}

/// A record with what `Formatter.format` adds to it before its fields are read.
pub(crate) struct Subject<'a, 'r> {
    pub(crate) record: &'r Record<'a>,
    pub(crate) message: &'a [u8],
    /// Only if the format uses it.
    pub(crate) asctime: Option<&'a [u8]>,
    /// The formatter's `defaults`, for what the record lacks.
    pub(crate) defaults: Option<Dict<'a>>,
    /// What stands before all of them.
    pub(crate) added: Added<'a>,
}

/// What a class's own `formatMessage` changes before the fields are read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Added<'a> {
    /// Fields that it sets, whether the record has them or not.
    pub(crate) fields: Fields<'a>,
    /// The message, where it is another than `getMessage()`.
    pub(crate) message: Option<&'a [u8]>,
    /// What the line ends with, before the exception's text; it is not written twice.
    pub(crate) end: &'a [u8],
}

/// Fields with their values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fields<'a> {
    /// Made for one record.
    Values(&'a [(&'static str, Value<'a>)]),
    /// Known ahead.
    Texts(&'a [(Box<str>, Box<[u8]>)]),
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Fields::Values(&[])
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Fields::Values(fields) => fields.len(),
            Fields::Texts(fields) => fields.len(),
        }
    }

    pub(crate) fn at(&self, index: usize) -> Option<(&'a str, Value<'a>)> {
        match self {
            Fields::Values(fields) => fields.get(index).copied(),
            Fields::Texts(fields) => {
                fields.get(index).map(|(name, text)| (&**name, Value::Str(text)))
            }
        }
    }

    fn get(&self, wanted: &str) -> Option<Value<'a>> {
        match self {
            Fields::Values(fields) => {
                fields.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
            }
            Fields::Texts(fields) => {
                fields.iter().find(|(name, _)| **name == *wanted).map(|(_, text)| Value::Str(text))
            }
        }
    }
}

/// Where a field's value is found, decided when the format is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Message,
    Asctime,
    Attr(Attr),
    /// What records have only if the client has sent it, at this compat level.
    Sent(Attr),
    /// What only some records have: from `extra` or a library.
    Extra(Box<str>),
}

impl Source {
    pub(crate) fn named(name: &str, compat: Compat) -> Source {
        match name {
            "message" => Source::Message,
            "asctime" => Source::Asctime,
            "taskName" if !compat.records_have_task_name() => Source::Sent(Attr::TaskName),
            _ => match Attr::from_key(name.as_bytes()) {
                Some(attr) => Source::Attr(attr),
                None => Source::Extra(name.into()),
            },
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Source::Message => "message",
            Source::Asctime => "asctime",
            Source::Attr(attr) | Source::Sent(attr) => attr.key(),
            Source::Extra(name) => name,
        }
    }
}

impl<'a> Subject<'a, '_> {
    /// The field's value; `None` if the record doesn't have it.
    pub(crate) fn get(&self, source: &Source) -> Option<Value<'a>> {
        if self.added.fields.len() > 0
            && let Some(value) = self.added.fields.get(source.name())
        {
            return Some(value);
        }
        match source {
            Source::Message => Some(Value::Str(self.message)),
            Source::Asctime => match self.asctime {
                Some(text) => Some(Value::Str(text)),
                None => self.record.get(b"asctime").or_else(|| self.default(b"asctime")),
            },
            Source::Attr(attr) => Some(self.record.attr(*attr)),
            Source::Sent(attr) => {
                self.record.sent(*attr).or_else(|| self.default(attr.key().as_bytes()))
            }
            Source::Extra(name) => {
                let name = name.as_bytes();
                self.record.get(name).or_else(|| self.default(name))
            }
        }
    }

    fn default(&self, name: &[u8]) -> Option<Value<'a>> {
        self.defaults?.get(name)
    }
}
