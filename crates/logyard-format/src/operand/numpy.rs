//! Numbers in numpy's scalars: `numpy.core.multiarray.scalar(dtype, bytes)`.

use logyard_pickle::{Class, Object, Value};
use num_bigint::BigInt;

use crate::percent::Int;

pub(super) enum Scalar {
    Int(Int),
    Float(f64),
}

/// The number in an integer or float of 8 to 64 bits.
pub(super) fn scalar(object: Object<'_>) -> Option<Scalar> {
    let Class { module: b"numpy.core.multiarray" | b"numpy._core.multiarray", name: b"scalar" } =
        object.class()?
    else {
        return None;
    };
    let (Value::Object(dtype), Value::Bytes(bytes)) = (object.arg(0)?, object.arg(1)?) else {
        return None;
    };
    let Some(Value::Str(kind)) = dtype.arg(0) else { return None };
    let Some(Value::Tuple(state)) = dtype.state() else { return None };
    let big_endian = matches!(state.iter().nth(1), Some(Value::Str(b">")));
    number(kind, bytes, big_endian)
}

fn number(kind: &[u8], bytes: &[u8], big_endian: bool) -> Option<Scalar> {
    let mut little = [0; 8];
    let little = little.get_mut(..bytes.len())?;
    little.copy_from_slice(bytes);
    if big_endian {
        little.reverse();
    }
    match (kind, &*little) {
        (b"i1" | b"i2" | b"i4" | b"i8", bytes) => {
            Some(Scalar::Int(small(BigInt::from_signed_bytes_le(bytes))))
        }
        (b"u1" | b"u2" | b"u4" | b"u8", bytes) => {
            let int = BigInt::from_bytes_le(num_bigint::Sign::Plus, bytes);
            Some(Scalar::Int(small(int)))
        }
        (b"f4", &[a, b, c, d]) => Some(Scalar::Float(f32::from_le_bytes([a, b, c, d]).into())),
        (b"f8", &[a, b, c, d, e, f, g, h]) => {
            Some(Scalar::Float(f64::from_le_bytes([a, b, c, d, e, f, g, h])))
        }
        _ => None,
    }
}

fn small(int: BigInt) -> Int {
    i64::try_from(&int).map_or(Int::Big(int), Int::Small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_numbers() {
        let int = |kind: &str, bytes: &[u8], big| match number(kind.as_bytes(), bytes, big) {
            Some(Scalar::Int(int)) => int,
            _ => panic!("{kind}"),
        };
        assert_eq!(int("i2", &[0xfe, 0xff], false), Int::Small(-2));
        assert_eq!(int("u2", &[0xff, 0xfe], true), Int::Small(0xfffe));
        assert_eq!(int("u8", &[0xff; 8], false), Int::Big(u64::MAX.into()));
        let float = number(b"f8", &1.5_f64.to_be_bytes(), true);
        assert!(matches!(float, Some(Scalar::Float(1.5))));
        assert!(number(b"f8", &[0; 4], false).is_none());
        assert!(number(b"f8", &[0; 9], false).is_none());
    }
}
