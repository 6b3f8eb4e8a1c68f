//! What is written for a value that JSON doesn't have: Python's `default=` argument.

use logyard_pickle::Value;
use logyard_record::{TextError, exception_name, write_repr, write_str};

use crate::error::PercentError;
use crate::operand::type_name;

/// A function that packages give as `default`. It is called for what the encoder itself can't write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DefaultHook {
    /// None: a TypeError.
    None,
    /// `str`
    Str,
    /// `repr`
    Repr,
    /// What JSON-log-formatter gives: the attributes of what has a `__dict__`, else `str`.
    Vars,
    /// What logstash_async makes of values before it gives them to `json`: moments in UTC, sets as lists,
    /// digits of a UUID, `repr`.
    Logstash,
    /// What python-json-logger gives to `json`: times in ISO format, exceptions with their class's name,
    /// an Enum's value, bytes in URL-safe base64, dataclasses as objects, classes by name, `str`.
    PythonJsonLogger,
    /// What python-json-logger 2 gave to `json`: times in ISO format, `str`, or null where that fails.
    PythonJsonLogger2,
    /// What python-json-logger gives to orjson and msgspec, which write times, Enums and dataclasses
    /// themselves.
    PythonJsonLoggerFast,
}

/// What a hook makes of a value.
pub(super) enum Hooked {
    /// The text in the buffer, as a string.
    Text,
    Null,
}

impl DefaultHook {
    /// Whether times are given to JSON in ISO format.
    pub(super) fn knows_times(self) -> bool {
        matches!(self, DefaultHook::PythonJsonLogger | DefaultHook::PythonJsonLogger2)
    }

    /// Whether times are moments in UTC, sets are lists, and a UUID is its digits.
    pub(super) fn is_logstash(self) -> bool {
        self == DefaultHook::Logstash
    }

    /// Whether dataclasses become objects.
    pub(super) fn knows_dataclasses(self) -> bool {
        matches!(self, DefaultHook::PythonJsonLogger | DefaultHook::Vars)
    }

    /// Whether all that has a `__dict__` becomes an object of it, exceptions too.
    pub(super) fn knows_vars(self) -> bool {
        self == DefaultHook::Vars
    }

    /// Whether bytes become base64.
    pub(super) fn knows_bytes(self) -> bool {
        matches!(self, DefaultHook::PythonJsonLogger | DefaultHook::PythonJsonLoggerFast)
    }

    /// Whether a plain Enum's member becomes its value.
    pub(super) fn knows_enums(self) -> bool {
        matches!(self, DefaultHook::PythonJsonLogger | DefaultHook::PythonJsonLoggerFast)
    }

    /// Writes a value's text to `text`, which is empty. It gives what [`write_str`] does, too.
    pub(super) fn apply(
        self,
        value: Value<'_>,
        text: &mut Vec<u8>,
    ) -> Result<(Hooked, usize), PercentError> {
        match self {
            DefaultHook::None => Err(PercentError::not_serializable(&type_name(value))),
            DefaultHook::Str | DefaultHook::Vars => Ok((Hooked::Text, write_str(value, text)?)),
            DefaultHook::Repr | DefaultHook::Logstash => {
                Ok((Hooked::Text, write_repr(value, text)?))
            }
            DefaultHook::PythonJsonLogger2 => match write_str(value, text) {
                Ok(paid) => Ok((Hooked::Text, paid)),
                Err(TextError::TooLong) => Err(TextError::TooLong.into()),
                Err(_) => Ok((Hooked::Null, 0)),
            },
            DefaultHook::PythonJsonLogger | DefaultHook::PythonJsonLoggerFast => {
                let paid = match write_named(value, text) {
                    Ok(paid) => paid,
                    // `str` and `repr` both raise; of an exception they are not caught
                    Err(error) if error == TextError::TooLong || is_exception_value(value) => {
                        return Err(error.into());
                    }
                    Err(_) => {
                        text.clear();
                        text.extend_from_slice(b"__could_not_encode__");
                        0
                    }
                };
                Ok((Hooked::Text, paid))
            }
        }
    }
}

/// `ValueError: text` of an exception, the name of a class, `str` of all else.
fn write_named(value: Value<'_>, text: &mut Vec<u8>) -> Result<usize, TextError> {
    match value {
        Value::Object(object) => {
            if let Some(name) = exception_name(object) {
                text.extend_from_slice(name);
                text.extend_from_slice(b": ");
            }
            write_str(value, text)
        }
        Value::Class(class) => {
            let paid = write_str(value, text)?;
            if text.starts_with(b"<class '") {
                let name = class.name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
                text.clear();
                text.extend_from_slice(name);
            }
            Ok(paid)
        }
        value => write_str(value, text),
    }
}

fn is_exception_value(value: Value<'_>) -> bool {
    matches!(value, Value::Object(object) if exception_name(object).is_some())
}
