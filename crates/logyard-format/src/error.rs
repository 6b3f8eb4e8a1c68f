use std::borrow::Cow;

use logyard_record::TextError;

/// Longest text of one record, in bytes. CPython has no limit but memory; a width such as
/// `%999999999d` would use that up.
pub const TEXT_LIMIT: usize = 16 << 20;

/// The exception that CPython's formatting would have raised: its `%`, or what the style has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct PercentError {
    /// The exception's class.
    pub raised: Raised,
    /// CPython's own message; for a `KeyError` the `repr` of the key.
    pub text: Cow<'static, str>,
}

/// Classes of exceptions that filling a format can raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// A key that the mapping doesn't have.
    KeyError,
    /// An operand of the wrong type, too few or too many of them.
    TypeError,
    /// A fault of the format, or a value such as `nan` for `%d`.
    ValueError,
    /// A list or tuple without that item, or a positional field.
    IndexError,
    /// A value without that attribute.
    AttributeError,
    /// A number that the conversion can't hold.
    OverflowError,
    /// The text would be longer than [`TEXT_LIMIT`].
    MemoryError,
    /// A value is nested too deeply to be written.
    RecursionError,
    /// A text with a surrogate, which UTF-8 doesn't have.
    UnicodeEncodeError,
}

impl Raised {
    /// The exception's name in Python.
    pub fn name(self) -> &'static str {
        match self {
            Raised::KeyError => "KeyError",
            Raised::TypeError => "TypeError",
            Raised::ValueError => "ValueError",
            Raised::IndexError => "IndexError",
            Raised::AttributeError => "AttributeError",
            Raised::OverflowError => "OverflowError",
            Raised::MemoryError => "MemoryError",
            Raised::RecursionError => "RecursionError",
            Raised::UnicodeEncodeError => "UnicodeEncodeError",
        }
    }
}

impl PercentError {
    pub(crate) fn type_error(text: impl Into<Cow<'static, str>>) -> PercentError {
        PercentError { raised: Raised::TypeError, text: text.into() }
    }

    pub(crate) fn value_error(text: impl Into<Cow<'static, str>>) -> PercentError {
        PercentError { raised: Raised::ValueError, text: text.into() }
    }

    pub(crate) fn overflow(text: &'static str) -> PercentError {
        PercentError { raised: Raised::OverflowError, text: text.into() }
    }

    pub(crate) fn index(text: impl Into<Cow<'static, str>>) -> PercentError {
        PercentError { raised: Raised::IndexError, text: text.into() }
    }

    pub(crate) fn attribute(text: String) -> PercentError {
        PercentError { raised: Raised::AttributeError, text: text.into() }
    }

    pub(crate) fn key(repr: String) -> PercentError {
        PercentError { raised: Raised::KeyError, text: repr.into() }
    }

    pub(crate) fn too_many_digits() -> PercentError {
        PercentError::value_error(
            "Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit",
        )
    }

    pub(crate) fn too_long() -> PercentError {
        PercentError { raised: Raised::MemoryError, text: "the text would pass 16 MiB".into() }
    }
}

impl From<TextError> for PercentError {
    fn from(error: TextError) -> PercentError {
        match error {
            TextError::TooLong => PercentError::too_long(),
            TextError::TooManyDigits => PercentError::too_many_digits(),
            TextError::TooDeep => PercentError {
                raised: Raised::RecursionError,
                text: "maximum recursion depth exceeded while getting the repr of an object".into(),
            },
        }
    }
}

/// Why a record has no text under a formatter. CPython prints such a record's failure on stderr and
/// writes nothing to the handler's target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The format names a field that this record doesn't have.
    #[error(
        "the record has no field `{field}`, which the format names; have the client send it in `extra`, or take it out of the format"
    )]
    MissingField {
        /// The field's name as the format has it.
        field: String,
    },
    /// The format and a field's value don't go together.
    #[error("the format can't be filled at byte {at} (`{field}`): {error}")]
    BadField {
        /// Byte offset of the conversion in the format.
        at: usize,
        /// The conversion's text.
        field: String,
        /// What CPython would have raised.
        error: PercentError,
    },
    /// `msg % args` fails: the client sent arguments that don't suit the message.
    #[error("the message can't be merged with its arguments: {0}")]
    BadArguments(PercentError),
    /// `created` or `msecs` is no time.
    #[error("the record's `created` or `msecs` is no time: {0}")]
    BadTime(PercentError),
    /// A field that is appended as text is not text.
    #[error("the record's `{field}` is of type {type_name}, but has to be text")]
    NotText {
        /// `exc_text` or `stack_info`.
        field: &'static str,
        /// The Python name of its type.
        type_name: String,
    },
    /// `rename_fields` names a field that this record doesn't have, which python-json-logger 2 needs.
    #[error(
        "the record has no field `{field}`, which `rename_fields` names; name only fields that all records have"
    )]
    MissingRenamed {
        /// The field's old name.
        field: String,
    },
    /// What the record holds can't be written as JSON.
    #[error("the record can't be written as JSON: {0}")]
    NotJson(PercentError),
    /// `exc_info` came without its text and can't be written.
    #[error("the record's `exc_info` can't be written: {0}")]
    BadException(PercentError),
    /// The formatter's class has no text for this record.
    #[error("{class} can't format the record: {error}")]
    Class {
        /// The class's name in Python, with its module.
        class: &'static str,
        /// What it would have raised.
        error: PercentError,
    },
    /// The text would be longer than [`TEXT_LIMIT`].
    #[error("the record's text would be longer than 16 MiB")]
    TooLong,
}

impl FormatError {
    /// What was raised while a time was written.
    pub(crate) fn bad_time(error: PercentError) -> FormatError {
        match error.raised {
            Raised::MemoryError => FormatError::TooLong,
            _ => FormatError::BadTime(error),
        }
    }

    /// What was raised while JSON was written.
    pub(crate) fn not_json(error: PercentError) -> FormatError {
        match error.raised {
            Raised::MemoryError => FormatError::TooLong,
            _ => FormatError::NotJson(error),
        }
    }

    /// A short name of the cause, for counting.
    pub fn reason(&self) -> &'static str {
        match self {
            FormatError::MissingField { .. } | FormatError::MissingRenamed { .. } => {
                "missing-field"
            }
            FormatError::BadField { .. } => "bad-field",
            FormatError::BadArguments(_) => "bad-arguments",
            FormatError::BadTime(_) => "bad-time",
            FormatError::NotJson(_) => "not-json",
            FormatError::BadException(_) => "bad-exception",
            FormatError::NotText { .. } => "not-text",
            FormatError::Class { .. } => "formatter-class",
            FormatError::TooLong => "too-long",
        }
    }

    /// The exception that CPython's `Formatter.format` raises here.
    pub fn raised(&self) -> Raised {
        match self {
            // PercentStyle.format turns the KeyError into a ValueError.
            FormatError::MissingField { .. } => Raised::ValueError,
            FormatError::MissingRenamed { .. } => Raised::KeyError,
            FormatError::BadField { error, .. }
            | FormatError::Class { error, .. }
            | FormatError::BadArguments(error)
            | FormatError::BadTime(error)
            | FormatError::NotJson(error)
            | FormatError::BadException(error) => error.raised,
            FormatError::NotText { .. } => Raised::TypeError,
            FormatError::TooLong => Raised::MemoryError,
        }
    }
}

/// A formatter's description that CPython refuses when it loads the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormatSpecError {
    /// Byte offset in the format where the problem begins.
    pub at: usize,
    /// What is wrong, in CPython's words.
    pub message: String,
    /// What to do about it.
    pub help: String,
}
