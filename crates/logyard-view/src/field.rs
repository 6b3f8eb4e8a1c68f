use std::fmt;

use logyard_pickle::Value;
use logyard_record::{write_float, write_repr};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

/// One attribute's value. What is neither a number nor a text is there as Python's `repr` of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Field {
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An `int` that fits.
    Int(i64),
    /// A finite `float`.
    Float(f64),
    /// A `str`, or the `repr` of anything else.
    Text(String),
}

impl Field {
    /// Reads a value; its text is cut at `limit` bytes.
    pub(crate) fn read(value: Value<'_>, limit: usize, scratch: &mut Vec<u8>) -> Field {
        match value {
            Value::None => Field::None,
            Value::Bool(truth) => Field::Bool(truth),
            Value::Int(number) => Field::Int(number),
            Value::Float(number) if number.is_finite() => Field::Float(number),
            Value::Str(bytes) => Field::Text(cut(bytes, limit)),
            other => {
                scratch.clear();
                match write_repr(other, scratch) {
                    Ok(_) => Field::Text(cut(scratch, limit)),
                    Err(error) => Field::Text(format!("<{error}>")),
                }
            }
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Field::Int(number) => Some(*number as f64),
            Field::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// How many bytes of text it holds.
    pub(crate) fn len(&self) -> usize {
        match self {
            Field::Text(text) => text.len(),
            _ => 8,
        }
    }
}

/// As Python prints it: `None`, `True`, `0.5`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::None => f.write_str("None"),
            Field::Bool(true) => f.write_str("True"),
            Field::Bool(false) => f.write_str("False"),
            Field::Int(number) => number.fmt(f),
            Field::Float(number) => {
                let mut digits = Vec::new();
                write_float(*number, &mut digits);
                f.write_str(&String::from_utf8_lossy(&digits))
            }
            Field::Text(text) => f.write_str(text),
        }
    }
}

pub(crate) fn cut(bytes: &[u8], limit: usize) -> String {
    let mut out = String::new();
    text::push(bytes, limit, &mut out);
    out
}

/// Attributes and their values, in the order in which the client sent them. An object in JSON.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub Vec<(String, Field)>);

impl Fields {
    /// The value of a name. Of two equal names the last counts, as in Python.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, field)| field)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
