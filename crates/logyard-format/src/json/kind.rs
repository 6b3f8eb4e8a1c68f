//! What an object is to a JSON encoder: an instance of a built-in's subclass, a member of an Enum, a
//! dataclass, or none of these.

use logyard_pickle::{Class, Dict, Object, Pairs, Seq, Value, Values};
use logyard_record::{NumpyScalar, is_exception, numpy_scalar};

use crate::operand::is_member;

/// An object as JSON's encoders see it.
pub(crate) enum Kind<'a> {
    /// An instance of a subclass of `dict`.
    Dict(Pairs<'a>),
    /// As `Dict`, from two-item sequences (an OrderedDict of Python 2).
    ItemPairs(Values<'a>),
    /// An instance of a subclass of `list`.
    List(Values<'a>),
    /// An instance of a subclass of `tuple`, mostly a namedtuple.
    Tuple(Seq<'a>),
    /// An instance of a subclass of `str`.
    Str(&'a [u8]),
    /// A `numpy.str_`.
    NumpyStr(Vec<u8>),
    /// An instance of a subclass of `int`.
    Int(Value<'a>),
    /// An instance of a subclass of `float`.
    Float(f64),
    /// An instance of a subclass of `bytes` or `bytearray`.
    Bytes(&'a [u8]),
    /// A member of an Enum, with its value, as far as the pickle tells.
    Enum(Value<'a>),
    /// An object that has attributes and nothing else, as a dataclass's instances do.
    Attributes(Dict<'a>),
    /// `datetime.datetime`
    DateTime,
    /// `datetime.date`
    Date,
    /// `datetime.time`; whether it has a zone
    Time(bool),
    /// `datetime.timedelta`
    TimeDelta,
    /// `uuid.UUID` and `decimal.Decimal`: orjson or msgspec know them.
    Uuid,
    Decimal,
    /// An exception.
    Exception,
    Other,
}

impl<'a> Kind<'a> {
    pub(crate) fn of(object: Object<'a>) -> Kind<'a> {
        let Some(class) = object.class() else { return Kind::Other };
        if let Some(kind) = known(class, object) {
            return kind;
        }
        if let Some(base) = object.base() {
            return subclass(base, object).unwrap_or(Kind::Other);
        }
        if is_exception(class) {
            return Kind::Exception;
        }
        if is_member(object) && class.module != b"builtins" {
            return match object.arg(0) {
                Some(
                    value @ (Value::None
                    | Value::Bool(_)
                    | Value::Int(_)
                    | Value::BigInt(_)
                    | Value::Float(_)
                    | Value::Str(_)
                    | Value::Bytes(_)
                    | Value::Tuple(_)),
                ) => Kind::Enum(value),
                _ => Kind::Other,
            };
        }
        bare(object).unwrap_or(Kind::Other)
    }
}

/// The classes that the encoders know, and those of the standard library that are no Enums.
fn known<'a>(class: Class<'a>, object: Object<'a>) -> Option<Kind<'a>> {
    Some(match (class.module, class.name) {
        (b"datetime", b"datetime") => Kind::DateTime,
        (b"datetime", b"date") => Kind::Date,
        (b"datetime", b"time") => {
            Kind::Time(object.arg(1).is_some_and(|zone| !matches!(zone, Value::None)))
        }
        (b"datetime", b"timedelta") => Kind::TimeDelta,
        (b"uuid", b"UUID") => Kind::Uuid,
        (b"decimal" | b"_decimal" | b"_pydecimal", b"Decimal") => Kind::Decimal,
        (b"collections", b"OrderedDict") => match object.arg(0) {
            Some(Value::List(items)) => Kind::ItemPairs(items.iter()),
            Some(_) => Kind::Other,
            None => Kind::Dict(object.pairs()),
        },
        (b"collections", b"defaultdict") => Kind::Dict(object.pairs()),
        (b"collections", b"Counter") => match object.arg(0) {
            Some(Value::Dict(counts)) => Kind::Dict(counts.iter()),
            Some(_) => Kind::Other,
            None => Kind::Dict(object.pairs()),
        },
        (b"django.utils.safestring", b"SafeString" | b"SafeText") => match object.arg(0) {
            Some(Value::Str(text)) => Kind::Str(text),
            _ => Kind::Other,
        },
        (b"numpy.core.multiarray" | b"numpy._core.multiarray", _) => match numpy_scalar(object) {
            Some(NumpyScalar::Float(float)) => Kind::Float(float),
            Some(NumpyScalar::Str(text)) => Kind::NumpyStr(text),
            Some(NumpyScalar::Bytes(bytes)) => Kind::Bytes(bytes),
            _ => Kind::Other,
        },
        (
            b"builtins" | b"collections" | b"datetime" | b"types" | b"functools" | b"operator"
            | b"pathlib" | b"pathlib._local" | b"ipaddress" | b"fractions" | b"zoneinfo" | b"pytz"
            | b"array" | b"itertools" | b"re",
            _,
        ) if !is_exception(class) && !class.name.ends_with(b"Flag") => Kind::Other,
        _ => return None,
    })
}

fn subclass<'a>(base: Class<'a>, object: Object<'a>) -> Option<Kind<'a>> {
    if base.module != b"builtins" {
        return None;
    }
    Some(match object.arg(0)? {
        Value::Str(text) => Kind::Str(text),
        int @ (Value::Int(_) | Value::BigInt(_)) => Kind::Int(int),
        Value::Float(float) => Kind::Float(float),
        Value::Bytes(bytes) | Value::ByteArray(bytes) => Kind::Bytes(bytes),
        Value::Tuple(items) => Kind::Tuple(items),
        Value::List(items) => Kind::List(items.iter()),
        Value::Dict(dict) => Kind::Dict(dict.iter()),
        _ => return None,
    })
}

/// What has no arguments: an instance of a subclass of list or dict (protocol 2 and up), or an object
/// with its attributes.
fn bare(object: Object<'_>) -> Option<Kind<'_>> {
    if object.args_len() > 0 || object.kwargs().is_some() {
        return None;
    }
    match (object.items().len(), object.pairs().len(), object.state()) {
        (1.., 0, _) => Some(Kind::List(object.items())),
        (0, 1.., _) => Some(Kind::Dict(object.pairs())),
        (0, 0, Some(Value::Dict(attributes))) => Some(Kind::Attributes(attributes)),
        _ => None,
    }
}
