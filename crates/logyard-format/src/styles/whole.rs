//! The record's `__dict__` as text, for the odd format that has a `%s` without a name.

use logyard_pickle::Value;
use logyard_record::{Attr, write_ascii, write_repr};

use super::Subject;
use crate::error::PercentError;

impl Subject<'_, '_> {
    /// Appends `repr(record.__dict__)`, or its `ascii`: first what `LogRecord.__init__` sets, then
    /// what the client sent beyond that, then what `Formatter.format` adds, then what the class does.
    pub(crate) fn write_dict(&self, ascii: bool, out: &mut Vec<u8>) -> Result<(), PercentError> {
        let added = self.added.fields;
        let added = (0..added.len()).filter_map(|index| added.at(index));
        let find = |key: &[u8]| {
            added.clone().find(|(name, _)| name.as_bytes() == key).map(|(_, value)| value)
        };
        let write = if ascii { write_ascii } else { write_repr };
        let mut separator = b'{';
        let mut entry = |key: Value<'_>, value: Value<'_>| {
            out.push(separator);
            if separator == b',' {
                out.push(b' ');
            }
            separator = b',';
            write(key, out)?;
            out.extend_from_slice(b": ");
            write(value, out)?;
            if out.len() > crate::TEXT_LIMIT { Err(PercentError::too_long()) } else { Ok(()) }
        };
        for attr in Attr::ALL {
            let key = attr.key().as_bytes();
            entry(Value::Str(key), find(key).unwrap_or_else(|| self.record.attr(attr)))?;
        }
        let (mut message, mut asctime) = (Some(self.message), self.asctime);
        for (key, value) in self.record.pairs().iter() {
            let value = match key {
                Value::Str(b"message") => message.take().map_or(value, Value::Str),
                Value::Str(b"asctime") => asctime.take().map_or(value, Value::Str),
                Value::Str(name) if Attr::from_key(name).is_some() => continue,
                Value::Str(name) => find(name).unwrap_or(value),
                _ => value,
            };
            entry(key, value)?;
        }
        if let Some(text) = message {
            entry(Value::Str(b"message"), Value::Str(text))?;
        }
        if let Some(text) = asctime {
            entry(Value::Str(b"asctime"), Value::Str(text))?;
        }
        for (name, value) in added.clone() {
            if Attr::from_key(name.as_bytes()).is_none()
                && self.record.get(name.as_bytes()).is_none()
            {
                entry(Value::Str(name.as_bytes()), value)?;
            }
        }
        out.push(b'}');
        Ok(())
    }
}
