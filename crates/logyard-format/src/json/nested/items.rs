//! What a value holds.

use logyard_pickle::{Pairs, Value, Values};

use crate::error::PercentError;
use crate::json::Kind;
use crate::operand::type_name;

/// The items of a value that holds others: those that Python takes for a dict, a list, a tuple or a set.
pub(super) enum Items<'a> {
    Values(Values<'a>),
    Pairs(Pairs<'a>),
    /// As `Pairs`, from two-item sequences.
    ItemPairs(Values<'a>),
}

impl<'a> Items<'a> {
    pub(super) fn of(value: Value<'a>) -> Option<Items<'a>> {
        Some(match value {
            Value::Dict(dict) => Items::Pairs(dict.iter()),
            Value::Tuple(seq) | Value::List(seq) | Value::Set(seq) => Items::Values(seq.iter()),
            Value::Object(object) => match Kind::of(object) {
                Kind::Dict(pairs) => Items::Pairs(pairs),
                Kind::ItemPairs(items) => Items::ItemPairs(items),
                Kind::List(items) => Items::Values(items),
                Kind::Tuple(items) => Items::Values(items.iter()),
                _ => return None,
            },
            _ => return None,
        })
    }

    pub(super) fn has_keys(&self) -> bool {
        !matches!(self, Items::Values(_))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = (Option<Value<'a>>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Items::Values(values) => Some((None, values.next()?)),
            Items::Pairs(pairs) => pairs.next().map(|(key, value)| (Some(key), value)),
            Items::ItemPairs(items) => match items.next()? {
                Value::List(two) | Value::Tuple(two) => {
                    let mut two = two.iter();
                    Some((Some(two.next()?), two.next()?))
                }
                _ => None,
            },
        }
    }
}

/// A key's text.
pub(super) enum Text<'a> {
    Given(&'a [u8]),
    Made(Vec<u8>),
}

/// The text of a key in which a dot is looked for: the error of `'.' in key` for what is no text.
pub(super) fn text_of(key: Value<'_>) -> Result<Text<'_>, PercentError> {
    if let Value::Str(text) = key {
        return Ok(Text::Given(text));
    }
    if let Value::Object(object) = key {
        match Kind::of(object) {
            Kind::Str(text) | Kind::Enum(Value::Str(text)) => return Ok(Text::Given(text)),
            Kind::NumpyStr(text) => return Ok(Text::Made(text)),
            _ => {}
        }
    }
    let kind = type_name(key);
    Err(PercentError::type_error(match key {
        Value::Bytes(_) => "a bytes-like object is required, not 'str'".to_owned(),
        Value::Tuple(_) | Value::FrozenSet(_) => {
            format!("keys must be str, int, float, bool or None, not {kind}")
        }
        _ => format!("argument of type '{kind}' is not iterable"),
    }))
}
