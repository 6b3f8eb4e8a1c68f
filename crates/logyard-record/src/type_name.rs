use std::borrow::Cow;

use logyard_pickle::Value;

/// Python's name of a value's type, for messages (`type(value).__name__`).
pub fn type_name(value: Value<'_>) -> Cow<'static, str> {
    Cow::Borrowed(match value {
        Value::None => "NoneType",
        Value::Ellipsis => "ellipsis",
        Value::NotImplemented => "NotImplementedType",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::BigInt(_) => "int",
        Value::Float(_) => "float",
        Value::Complex(..) => "complex",
        Value::Str(_) => "str",
        Value::Bytes(_) => "bytes",
        Value::ByteArray(_) => "bytearray",
        Value::Tuple(_) => "tuple",
        Value::List(_) => "list",
        Value::Set(_) => "set",
        Value::FrozenSet(_) => "frozenset",
        Value::Dict(_) => "dict",
        Value::Class(_) => "type",
        Value::Object(object) => match object.class() {
            Some(class) => {
                let name = crate::known::short_name(class);
                // a name of any length may come from the network
                let shown = name.get(..100).unwrap_or(name);
                return Cow::Owned(String::from_utf8_lossy(shown).into_owned());
            }
            None => "object",
        },
    })
}
