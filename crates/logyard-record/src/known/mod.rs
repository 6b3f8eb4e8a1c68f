//! Objects whose class is known, and how each prints. They stay inert: a printer reads the
//! arguments and state that the pickle has for the object and writes what CPython would print for
//! the real one. If those aren't what the class sends, the object prints as an opaque one.

mod builtins;
mod collections;
mod datetime;
mod exceptions;
mod http;
mod number;
mod numpy;
mod opaque;
mod path;
mod tzinfo;
mod unicode_error;

use logyard_pickle::{Class, Object, Value};

use crate::text::{Form, Printer};
pub(crate) use builtins::write_class;
pub use exceptions::{exception_name, is_exception};
pub(crate) use numpy::scalar_class;
pub use numpy::{NumpyScalar, numpy_scalar};

/// Longest class name that is looked at, in bytes: the names here are far shorter.
const NAME_LIMIT: usize = 255;

/// Prints one object, whatever it is.
pub(crate) fn print<'a>(object: Object<'a>, form: Form, p: &mut Printer<'a, '_>) {
    let mark = p.mark();
    if known(object, form, p).is_none() {
        p.back_to(mark);
        opaque::print(object, p);
    }
}

/// The table of known classes. `None` if the class isn't in it, or the object's parts are not what
/// that class sends; some text may have been written then.
fn known<'a>(object: Object<'a>, form: Form, p: &mut Printer<'a, '_>) -> Option<()> {
    let Some(class) = object.class() else { return tzinfo::print_zone_info(object, form, p) };
    if class.name.len() > NAME_LIMIT {
        return None;
    }
    match (class.module, class.name) {
        (b"datetime", b"datetime") => datetime::print_datetime(object, form, p),
        (b"datetime", b"date") => datetime::print_date(object, form, p),
        (b"datetime", b"time") => datetime::print_time(object, form, p),
        (b"datetime", b"timedelta") => datetime::print_timedelta(object, form, p),
        (b"datetime", b"timezone") => tzinfo::print_timezone(object, form, p),
        (b"zoneinfo", b"ZoneInfo._unpickle" | b"ZoneInfo") => {
            tzinfo::print_zone_info(object, form, p)
        }
        (b"pytz", b"_UTC" | b"_p") => tzinfo::print_pytz(object, form, p),

        (b"decimal" | b"_decimal" | b"_pydecimal", b"Decimal") => {
            number::print_named_text(class, object, form, p)
        }
        (b"ipaddress", b"IPv4Address" | b"IPv6Address") => {
            number::print_address(class, object, form, p)
        }
        (b"ipaddress", b"IPv4Interface" | b"IPv4Network" | b"IPv6Interface" | b"IPv6Network") => {
            number::print_named_text(class, object, form, p)
        }
        (b"fractions", b"Fraction") => number::print_fraction(object, form, p),
        (b"uuid", b"UUID") => number::print_uuid(object, form, p),

        (b"collections", b"OrderedDict") => collections::print_ordered_dict(object, p),
        (b"collections", b"defaultdict") => collections::print_default_dict(object, p),
        (b"collections", b"deque") => collections::print_deque(object, p),
        (b"collections", b"Counter") => collections::print_counter(object, p),
        (b"collections", b"UserDict" | b"UserList" | b"UserString") => {
            collections::print_user(class, object, form, p)
        }
        (b"collections", b"ChainMap") => collections::print_chain_map(object, p),

        (b"pathlib" | b"pathlib._local", b"PosixPath" | b"PurePosixPath") => {
            path::print_posix(class, object, form, p)
        }
        (b"pathlib" | b"pathlib._local", b"WindowsPath" | b"PureWindowsPath") => {
            path::print_windows(class, object, form, p)
        }

        (b"http", b"HTTPStatus") => http::print_status(object, form, p),

        (b"builtins", b"range" | b"slice") => builtins::print_call(class, object, p),
        (b"builtins", b"type") => builtins::print_type_of_singleton(object, p),
        (b"builtins", b"getattr") => builtins::print_attribute(object, form, p),
        (b"types", b"SimpleNamespace") => builtins::print_namespace(object, p),

        (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"scalar") => {
            numpy::print_scalar(object, form, p)
        }

        (b"django.utils.safestring", b"SafeString" | b"SafeText") => {
            opaque::print_text_subclass(object, form, p)
        }

        _ if is_exception(class) => exceptions::print(class, object, form, p),
        _ => opaque::print_subclass(object, form, p),
    }
}

/// Writes what stands for an object inside itself.
pub(crate) fn write_again<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) {
    let Some(class) = object.class() else { return p.out.extend_from_slice(b"...") };
    match (class.module, class.name) {
        (b"collections", b"deque") => p.out.extend_from_slice(b"[...]"),
        (b"collections", b"OrderedDict" | b"ChainMap") => p.out.extend_from_slice(b"..."),
        (b"collections", b"UserDict") => p.out.extend_from_slice(b"{...}"),
        (b"collections", b"UserList") => p.out.extend_from_slice(b"[...]"),
        (b"collections", b"defaultdict") => collections::write_default_dict_again(object, p),
        (b"types", b"SimpleNamespace") => p.out.extend_from_slice(b"namespace(...)"),
        _ => opaque::write_again(class, p),
    }
}

/// The last part of a class's dotted name (`__name__`).
pub(crate) fn short_name(class: Class<'_>) -> &[u8] {
    class.name.rsplit(|&byte| byte == b'.').next().unwrap_or_default()
}

/// The text of a str.
fn text_of(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// The number of an int that fits.
fn int_of(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(n) => Some(n),
        _ => None,
    }
}

/// Bytes of one of the `lengths`. A Python 2 pickle has them as a str, which the machine has read
/// as UTF-8 or, if it is not that, as Latin-1: both ways back are tried.
fn bytes_of(value: Value<'_>, lengths: &[usize]) -> Option<([u8; 16], usize)> {
    let mut bytes = [0; 16];
    let mut len = 0;
    match value {
        Value::Bytes(raw) => {
            bytes.get_mut(..raw.len())?.copy_from_slice(raw);
            len = raw.len();
        }
        // no two right lengths differ by so much that a text would have both
        Value::Str(raw) if lengths.contains(&raw.len()) => {
            bytes.get_mut(..raw.len())?.copy_from_slice(raw);
            len = raw.len();
        }
        Value::Str(raw) => {
            let mut at = 0;
            while at < raw.len() {
                let (point, width) = crate::text::next_point(raw, at);
                *bytes.get_mut(len)? = u8::try_from(point).ok()?;
                len += 1;
                at += width;
            }
        }
        _ => return None,
    }
    lengths.contains(&len).then_some((bytes, len))
}
