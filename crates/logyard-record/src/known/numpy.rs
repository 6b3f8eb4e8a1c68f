//! numpy's scalars: `multiarray.scalar(dtype, bytes)`.
//!
//! Booleans, integers, floats and complex numbers of 4 and 8 bytes, text and bytes. Their `repr` is
//! that of the numpy they come from, which the module's name tells: `np.float64(1.5)` from version
//! 2 on, `1.5` before. Within version 2 the newest's rules (2.5) hold.

use logyard_pickle::{Object, Value};

use super::text_of;
use crate::text::{
    Form, Printer, write_bytes_repr, write_complex, write_complex64, write_float, write_float32,
    write_int, write_str_repr,
};

/// A numpy scalar of a kind that is known, named as numpy's class is.
pub enum NumpyScalar<'a> {
    /// `numpy.bool`
    Bool(bool),
    /// `numpy.int8` to `int64`
    Int(i64),
    /// `numpy.uint8` to `uint64`
    Unsigned(u64),
    /// `numpy.float64`
    Float(f64),
    /// `numpy.float32`
    Float32(f32),
    /// `numpy.complex128`
    Complex(f64, f64),
    /// `numpy.complex64`
    Complex64(f32, f32),
    /// `numpy.str_`, in UTF-8
    Str(Vec<u8>),
    /// `numpy.bytes_`
    Bytes(&'a [u8]),
}

/// Reads a numpy scalar: `None` for every other object and for kinds that are not known. The work
/// is in the length of the object's second argument.
pub fn numpy_scalar<'a>(object: Object<'a>) -> Option<NumpyScalar<'a>> {
    let (dtype, raw) = parts(object)?;
    read(type_code(dtype)?, is_big_endian(dtype), raw)
}

/// `float64`: the class of a scalar in module `numpy`.
pub(crate) fn scalar_class(object: Object<'_>) -> Option<&'static str> {
    let (dtype, _) = parts(object)?;
    match type_code(dtype)? {
        b"b1" if object.class()?.module == b"numpy._core.multiarray" => Some("bool"),
        b"b1" => Some("bool_"),
        code => class_name(code),
    }
}

/// The dtype and the bytes of a scalar.
fn parts(object: Object<'_>) -> Option<(Object<'_>, &[u8])> {
    let class = object.class()?;
    let (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"scalar") =
        (class.module, class.name)
    else {
        return None;
    };
    match (object.arg(0)?, object.arg(1)?) {
        (Value::Object(dtype), Value::Bytes(raw)) => Some((dtype, raw)),
        _ => None,
    }
}

pub(crate) fn print_scalar<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (dtype, raw) = parts(object)?;
    let code = type_code(dtype)?;
    p.spend(raw.len());
    let scalar = read(code, is_big_endian(dtype), raw)?;
    let is_two = object.class()?.module == b"numpy._core.multiarray";
    // from here on, four-byte floats have an exponent
    let large = if is_two { 1e6 } else { 1e16 };
    if form == Form::Str || !is_two {
        write(&scalar, form, large, p);
        return Some(());
    }
    p.out.extend_from_slice(b"np.");
    if matches!(scalar, NumpyScalar::Bool(_)) {
        // np.True_
        write(&scalar, form, large, p);
        p.out.push(b'_');
        return Some(());
    }
    p.out.extend_from_slice(class_name(code)?.as_bytes());
    // a complex number brings its own parentheses, unless it is only imaginary
    p.out.push(b'(');
    let inner = p.out.len();
    write(&scalar, form, large, p);
    if p.out.get(inner) == Some(&b'(') {
        p.out.remove(inner);
    } else {
        p.out.push(b')');
    }
    Some(())
}

/// The code of `numpy.dtype('f8', False, True)`.
fn type_code(dtype: Object<'_>) -> Option<&[u8]> {
    let class = dtype.class()?;
    if (class.module, class.name) != (b"numpy", b"dtype") {
        return None;
    }
    text_of(dtype.arg(0)?)
}

/// The byte order is the second item of the dtype's state.
fn is_big_endian(dtype: Object<'_>) -> bool {
    let Some(Value::Tuple(state)) = dtype.state() else { return false };
    matches!(state.iter().nth(1), Some(Value::Str(b">")))
}

fn class_name(code: &[u8]) -> Option<&'static str> {
    Some(match code {
        b"i1" => "int8",
        b"i2" => "int16",
        b"i4" => "int32",
        b"i8" => "int64",
        b"u1" => "uint8",
        b"u2" => "uint16",
        b"u4" => "uint32",
        b"u8" => "uint64",
        b"f4" => "float32",
        b"f8" => "float64",
        b"c8" => "complex64",
        b"c16" => "complex128",
        [b'U', ..] => "str_",
        [b'S', ..] => "bytes_",
        _ => return None,
    })
}

fn read<'a>(code: &[u8], big: bool, raw: &'a [u8]) -> Option<NumpyScalar<'a>> {
    Some(match code {
        b"b1" => NumpyScalar::Bool(number::<1>(raw, big)? != [0]),
        b"i1" => NumpyScalar::Int(i8::from_le_bytes(number(raw, big)?).into()),
        b"i2" => NumpyScalar::Int(i16::from_le_bytes(number(raw, big)?).into()),
        b"i4" => NumpyScalar::Int(i32::from_le_bytes(number(raw, big)?).into()),
        b"i8" => NumpyScalar::Int(i64::from_le_bytes(number(raw, big)?)),
        b"u1" => NumpyScalar::Unsigned(u8::from_le_bytes(number(raw, big)?).into()),
        b"u2" => NumpyScalar::Unsigned(u16::from_le_bytes(number(raw, big)?).into()),
        b"u4" => NumpyScalar::Unsigned(u32::from_le_bytes(number(raw, big)?).into()),
        b"u8" => NumpyScalar::Unsigned(u64::from_le_bytes(number(raw, big)?)),
        b"f4" => NumpyScalar::Float32(f32::from_le_bytes(number(raw, big)?)),
        b"f8" => NumpyScalar::Float(f64::from_le_bytes(number(raw, big)?)),
        b"c8" => {
            let (real, imag) = raw.split_at_checked(4)?;
            NumpyScalar::Complex64(
                f32::from_le_bytes(number(real, big)?),
                f32::from_le_bytes(number(imag, big)?),
            )
        }
        b"c16" => {
            let (real, imag) = raw.split_at_checked(8)?;
            NumpyScalar::Complex(
                f64::from_le_bytes(number(real, big)?),
                f64::from_le_bytes(number(imag, big)?),
            )
        }
        [b'U', ..] => NumpyScalar::Str(ucs4_text(raw, big)?),
        [b'S', ..] => NumpyScalar::Bytes(trim_nuls(raw)),
        _ => return None,
    })
}

/// The bytes of a number, the lowest first.
fn number<const N: usize>(raw: &[u8], big: bool) -> Option<[u8; N]> {
    let mut bytes: [u8; N] = raw.try_into().ok()?;
    if big {
        bytes.reverse();
    }
    Some(bytes)
}

fn trim_nuls(raw: &[u8]) -> &[u8] {
    let len = raw.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    raw.get(..len).unwrap_or_default()
}

fn ucs4_text(raw: &[u8], big: bool) -> Option<Vec<u8>> {
    let mut text = String::new();
    for unit in raw.chunks(4) {
        text.push(char::from_u32(u32::from_le_bytes(number(unit, big)?))?);
    }
    text.truncate(text.trim_end_matches('\0').len());
    Some(text.into_bytes())
}

fn write(scalar: &NumpyScalar<'_>, form: Form, large: f64, p: &mut Printer<'_, '_>) {
    let room = p.room();
    let out = &mut *p.out;
    match *scalar {
        NumpyScalar::Bool(true) => out.extend_from_slice(b"True"),
        NumpyScalar::Bool(false) => out.extend_from_slice(b"False"),
        NumpyScalar::Int(n) => write_int(n, out),
        NumpyScalar::Unsigned(n) => crate::text::write_unsigned(n, 1, out),
        NumpyScalar::Float(x) => write_float(x, out),
        NumpyScalar::Float32(x) => write_float32(x, large, out),
        NumpyScalar::Complex(real, imag) => write_complex(real, imag, out),
        NumpyScalar::Complex64(real, imag) => write_complex64(real, imag, large, out),
        NumpyScalar::Str(ref text) if form == Form::Str => out.extend_from_slice(text),
        NumpyScalar::Str(ref text) => write_str_repr(text, room, out),
        NumpyScalar::Bytes(bytes) => write_bytes_repr(bytes, room, out),
    }
}
