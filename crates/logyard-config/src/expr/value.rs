//! Values of expressions.

use std::ops::Range;

use crate::plan::AtTime;

/// A value and the part of the expression that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The value.
    pub kind: Kind,
    /// Byte range in the expression.
    pub at: Range<usize>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An `int` within 64 bits; larger ones are refused.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `str` without lone surrogates.
    Str(String),
    /// A `bytes`.
    Bytes(Vec<u8>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `list`.
    List(Vec<Value>),
    /// A `dict` in insertion order, each key once.
    Dict(Vec<(Value, Value)>),
    /// Something with a name.
    Object(Object),
}

/// The objects that are known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// `sys.stdout`.
    Stdout,
    /// `sys.stderr`.
    Stderr,
    /// `datetime.time(...)`.
    Time(AtTime),
    /// A `datetime.date`: year, month, day.
    Date(u16, u8, u8),
    /// A `datetime.datetime`.
    DateTime(Moment),
    /// A class of `logging` or `logging.handlers`, by its full name.
    Class(&'static str),
    /// A module by its full name.
    Module(&'static str),
    /// `os.environ`.
    Environ,
    /// A function by its full name, not called.
    Function(&'static str),
}

/// What a `datetime.datetime` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Year, month, day.
    pub date: (u16, u8, u8),
    /// The time of day.
    pub time: AtTime,
    /// Minutes east of UTC; `None` for one without a zone.
    pub offset: Option<i16>,
}

impl Value {
    /// Python's truth value.
    pub fn truth(&self) -> bool {
        match &self.kind {
            Kind::None => false,
            Kind::Bool(b) => *b,
            Kind::Int(i) => *i != 0,
            Kind::Float(f) => *f != 0.0,
            Kind::Str(s) => !s.is_empty(),
            Kind::Bytes(b) => !b.is_empty(),
            Kind::Tuple(items) | Kind::List(items) => !items.is_empty(),
            Kind::Dict(pairs) => !pairs.is_empty(),
            Kind::Object(_) => true,
        }
    }

    /// The name of the value's type in Python.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::None => "NoneType",
            Kind::Bool(_) => "bool",
            Kind::Int(_) => "int",
            Kind::Float(_) => "float",
            Kind::Str(_) => "str",
            Kind::Bytes(_) => "bytes",
            Kind::Tuple(_) => "tuple",
            Kind::List(_) => "list",
            Kind::Dict(_) => "dict",
            Kind::Object(object) => match object {
                Object::Stdout | Object::Stderr => "TextIOWrapper",
                Object::Time(_) => "time",
                Object::Date(..) => "date",
                Object::DateTime(_) => "datetime",
                Object::Class(_) => "type",
                Object::Module(_) => "module",
                Object::Environ => "_Environ",
                Object::Function(_) => "function",
            },
        }
    }

    /// The type's name with its article, for messages.
    pub(crate) fn a_type(&self) -> String {
        let name = self.type_name();
        let article = if name.starts_with(['i', '_']) { "an" } else { "a" };
        format!("{article} {name}")
    }

    /// The value as an `int`: an `int` or a `bool`.
    pub fn as_int(&self) -> Option<i64> {
        match self.kind {
            Kind::Bool(b) => Some(i64::from(b)),
            Kind::Int(i) => Some(i),
            _ => None,
        }
    }

    /// The value as a number.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self.kind {
            Kind::Float(f) => Some(f),
            _ => self.as_int().map(|i| i as f64),
        }
    }

    /// The text of a `str`.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(s) => Some(s),
            _ => None,
        }
    }

    /// How much memory the value stands for, roughly: bytes of text and items.
    pub(crate) fn weight(&self) -> usize {
        match &self.kind {
            Kind::Str(s) => s.len() + 1,
            Kind::Bytes(b) => b.len() + 1,
            Kind::Tuple(items) | Kind::List(items) => {
                1 + items.iter().map(Value::weight).sum::<usize>()
            }
            Kind::Dict(pairs) => {
                1 + pairs.iter().map(|(k, v)| k.weight() + v.weight()).sum::<usize>()
            }
            _ => 1,
        }
    }

    /// The part that keeps the value from being a key of a dict.
    pub(crate) fn unhashable(&self) -> Option<&Value> {
        match &self.kind {
            Kind::List(_) | Kind::Dict(_) => Some(self),
            Kind::Tuple(items) => items.iter().find_map(Value::unhashable),
            _ => None,
        }
    }

    /// `==` of Python for plain values.
    pub(crate) fn equals(&self, other: &Value) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Tuple(a), Kind::Tuple(b)) | (Kind::List(a), Kind::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Kind::Dict(a), Kind::Dict(b)) => {
                let has = |key: &Value, value: &Value| {
                    b.iter().any(|(k, v)| k.equals(key) && v.equals(value))
                };
                a.len() == b.len() && a.iter().all(|(key, value)| has(key, value))
            }
            _ => match (self.as_int(), other.as_int(), self.as_number(), other.as_number()) {
                (Some(a), Some(b), ..) => a == b,
                (_, _, Some(a), Some(b)) => a == b,
                _ => self.kind == other.kind,
            },
        }
    }

    /// `str(value)` for what has a plain text.
    pub(crate) fn to_text(&self) -> Option<String> {
        match &self.kind {
            Kind::Str(s) => Some(s.clone()),
            Kind::None => Some("None".to_owned()),
            Kind::Bool(true) => Some("True".to_owned()),
            Kind::Bool(false) => Some("False".to_owned()),
            Kind::Int(i) => Some(i.to_string()),
            Kind::Float(f) => Some(super::format::float_repr(*f)),
            _ => None,
        }
    }
}
