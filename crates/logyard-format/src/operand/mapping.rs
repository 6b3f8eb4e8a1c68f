//! Values that `%(key)s` conversions look their operands up in.

use logyard_pickle::{Class, Dict, Object, Seq, Value};

use super::{attribute, key_repr};
use crate::error::PercentError;

/// An operand of `%(key)s` conversions: what CPython's `PyMapping_Check` accepts.
#[derive(Clone, Copy)]
pub(crate) enum Mapping<'a> {
    /// `dict`, or the one in a `UserDict`.
    Dict(Dict<'a>),
    /// `OrderedDict` and its like, pickled as an object with items.
    Object(Object<'a>),
    /// `Counter`: a key that is not there counts 0.
    Counter(Option<Dict<'a>>),
    /// `ChainMap`: the first of the maps that has the key.
    Chain(Seq<'a>),
    /// Has `[]`, but not for text; with the error for that.
    Sequence(&'static str),
}

impl<'a> Mapping<'a> {
    pub(crate) fn of(value: Value<'a>) -> Option<Mapping<'a>> {
        match value {
            Value::Dict(dict) => Some(Mapping::Dict(dict)),
            Value::List(_) => Some(Mapping::Sequence(LIST)),
            Value::Bytes(_) => Some(Mapping::Sequence(BYTES)),
            Value::ByteArray(_) => Some(Mapping::Sequence(BYTEARRAY)),
            Value::Object(object) => Mapping::of_object(object),
            _ => None,
        }
    }

    fn of_object(object: Object<'a>) -> Option<Mapping<'a>> {
        let Class { module, name } = object.class()?;
        match (module, name) {
            (b"builtins", b"range") => Some(Mapping::Sequence(RANGE)),
            (b"collections", b"OrderedDict" | b"defaultdict") => Some(Mapping::Object(object)),
            (b"collections", b"Counter") => match object.arg(0) {
                None => Some(Mapping::Counter(None)),
                Some(Value::Dict(counts)) => Some(Mapping::Counter(Some(counts))),
                Some(_) => None,
            },
            (b"collections", b"UserDict") => match attribute(object, b"data")? {
                Value::Dict(dict) => Some(Mapping::Dict(dict)),
                _ => None,
            },
            (b"collections", b"ChainMap") => match attribute(object, b"maps")? {
                Value::List(maps) => Some(Mapping::Chain(maps)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Bytes that looking for `key` compares, at the most and in round numbers.
    pub(crate) fn cost(self, key: &[u8]) -> usize {
        let keys = match self {
            Mapping::Dict(dict) | Mapping::Counter(Some(dict)) => dict.len(),
            Mapping::Object(object) => object.pairs().len(),
            Mapping::Chain(maps) => maps.iter().map(|map| 1 + own_len(map)).sum(),
            Mapping::Counter(None) | Mapping::Sequence(_) => 0,
        };
        keys.saturating_mul(1 + key.len() / 64)
    }

    pub(crate) fn get(self, key: &[u8]) -> Result<Value<'a>, PercentError> {
        let found = match self {
            Mapping::Dict(dict) => dict.get(key),
            Mapping::Object(object) => pair_of(object, key),
            Mapping::Counter(counts) => {
                counts.and_then(|counts| counts.get(key)).or(Some(Value::Int(0)))
            }
            Mapping::Chain(maps) => maps.iter().find_map(|map| match map {
                Value::Dict(dict) => dict.get(key),
                Value::Object(object) => pair_of(object, key),
                _ => None,
            }),
            Mapping::Sequence(error) => return Err(PercentError::type_error(error)),
        };
        found.ok_or_else(|| PercentError::key(key_repr(key)))
    }
}

/// Keys of one of a ChainMap's maps: a dict or a subclass of it.
fn own_len(map: Value<'_>) -> usize {
    match map {
        Value::Dict(dict) => dict.len(),
        Value::Object(object) => object.pairs().len(),
        _ => 0,
    }
}

fn pair_of<'a>(object: Object<'a>, key: &[u8]) -> Option<Value<'a>> {
    let is_key = |found: Value<'_>| matches!(found, Value::Str(text) if text == key);
    object.pairs().find(|&(found, _)| is_key(found)).map(|(_, value)| value)
}

const LIST: &str = "list indices must be integers or slices, not str";
const BYTES: &str = "byte indices must be integers or slices, not str";
const BYTEARRAY: &str = "bytearray indices must be integers or slices, not str";
const RANGE: &str = "range indices must be integers or slices, not str";
