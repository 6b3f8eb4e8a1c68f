//! The styles of a format: one file for each of `logging._STYLES`.

mod percent;
mod whole;

use logyard_pickle::{Dict, Value};
use logyard_record::{Attr, Record};

pub(crate) use percent::PercentStyle;

/// How a format names its fields: the `style` argument of `logging.Formatter`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// `%`: `%(message)s`.
    #[default]
    Percent,
}

impl Style {
    /// The style that Python names by this character, if it is known here.
    pub fn from_char(style: char) -> Option<Style> {
        match style {
            '%' => Some(Style::Percent),
            _ => None,
        }
    }
}

/// A record with what `Formatter.format` adds to it before its fields are read.
pub(crate) struct Subject<'a, 'r> {
    pub(crate) record: &'r Record<'a>,
    pub(crate) message: &'a [u8],
    /// Only if the format uses it.
    pub(crate) asctime: Option<&'a [u8]>,
    /// The formatter's `defaults`, for what the record lacks.
    pub(crate) defaults: Option<Dict<'a>>,
}

/// Where a field's value is found, decided when the format is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Message,
    Asctime,
    Attr(Attr),
    /// What only some records have: from `extra` or a library.
    Extra(Box<str>),
}

impl Source {
    pub(crate) fn named(name: &str) -> Source {
        match name {
            "message" => Source::Message,
            "asctime" => Source::Asctime,
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
            Source::Attr(attr) => attr.key(),
            Source::Extra(name) => name,
        }
    }
}

impl<'a> Subject<'a, '_> {
    /// The field's value; `None` if the record doesn't have it.
    pub(crate) fn get(&self, source: &Source) -> Option<Value<'a>> {
        match source {
            Source::Message => Some(Value::Str(self.message)),
            Source::Asctime => match self.asctime {
                Some(text) => Some(Value::Str(text)),
                None => self.record.get(b"asctime").or_else(|| self.default(b"asctime")),
            },
            Source::Attr(attr) => Some(self.record.attr(*attr)),
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
