use logyard_pickle::{Class, Object, Value};

use crate::known;

/// The name of a value's type as CPython's messages have it (C's `tp_name`): a class's own name,
/// with the module before it for classes that are written in C.
pub fn type_name(value: Value<'_>) -> String {
    let name = match value {
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
        Value::Object(object) => return of_object(object),
    };
    name.to_owned()
}

fn of_object(object: Object<'_>) -> String {
    if let Some(name) = known::scalar_class(object) {
        return format!("numpy.{name}");
    }
    let Some(class) = object.class() else { return "object".to_owned() };
    let name = known::short_name(class);
    // a name of any length may come from the network
    let name = String::from_utf8_lossy(name.get(..100).unwrap_or(name));
    match module_in_c(class) {
        Some(module) => format!("{module}.{name}"),
        None => name.into_owned(),
    }
}

/// The module that is part of the name.
fn module_in_c(class: Class<'_>) -> Option<&'static str> {
    match (class.module, class.name) {
        (b"datetime", _) => Some("datetime"),
        (b"decimal", _) => Some("decimal"),
        (b"collections", b"OrderedDict" | b"defaultdict" | b"deque") => Some("collections"),
        (b"itertools", _) => Some("itertools"),
        (b"operator", _) => Some("operator"),
        (b"types", b"SimpleNamespace") => Some("types"),
        _ => None,
    }
}
