//! `float.__format__` and `complex.__format__`.

use super::layout;
use super::spec::Layout;
use crate::error::{PercentError, TEXT_LIMIT};
use crate::percent;

/// Appends a float, or an integer that is to look like one.
pub(super) fn write(
    float: f64,
    type_name: &str,
    layout: &Layout,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    let start = out.len();
    let kind = match u8::try_from(layout.kind) {
        Ok(kind @ (0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%')) => kind,
        _ => return Err(layout.unknown_kind(type_name)),
    };
    check_precision(layout)?;
    let (float, letter) = if kind == b'%' { (float * 100.0, b'f') } else { (float, kind) };
    let digits = write_signed(float, letter, true, layout.sign, layout, out);
    if kind == b'%' {
        out.push(b'%');
    }
    layout::finish_number(out, start, digits, false, layout)
}

/// Appends a complex number.
pub(super) fn write_complex(
    (real, imag): (f64, f64),
    layout: &Layout,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    let kind = match u8::try_from(layout.kind) {
        Ok(kind @ (0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n')) => kind,
        _ => return Err(layout.unknown_kind("complex")),
    };
    check_precision(layout)?;
    if layout.fill == u32::from(b'0') {
        return Err(PercentError::value_error(
            "Zero padding is not allowed in complex format specifier",
        ));
    }
    if layout.align == b'=' {
        return Err(PercentError::value_error(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    let start = out.len();
    // A real part of +0.0 is left out where no kind is given.
    let alone = kind == 0 && real.to_bits() == 0;
    let unpadded = Layout { width: 0, ..*layout };
    let mut part = |float: f64, sign: Option<u8>| {
        let start = out.len();
        let digits = write_signed(float, kind, false, sign, layout, out);
        layout::finish_number(out, start, digits, false, &unpadded)
    };
    if alone {
        part(imag, layout.sign)?;
    } else {
        part(real, layout.sign)?;
        part(imag, Some(b'+'))?;
    }
    out.push(b'j');
    if kind == 0 && !alone {
        out.insert(start, b'(');
        out.push(b')');
    }
    layout::pad(out, start, start, layout)
}

fn check_precision(layout: &Layout) -> Result<(), PercentError> {
    match layout.precision {
        Some(precision) if precision > i32::MAX as usize => {
            Err(PercentError::value_error("precision too big"))
        }
        Some(precision) if precision > TEXT_LIMIT => Err(PercentError::too_long()),
        _ => Ok(()),
    }
}

/// Appends a sign and the number; gives the offset of its digits back. No letter (0) is `repr`,
/// with a precision `g`; `dot_zero` is for a float, which then shows that it is one.
fn write_signed(
    float: f64,
    letter: u8,
    dot_zero: bool,
    sign: Option<u8>,
    layout: &Layout,
    out: &mut Vec<u8>,
) -> usize {
    let start = out.len();
    match (letter, layout.precision) {
        (0, None) => write_repr(float, dot_zero, layout.alternate, out),
        (0, Some(precision)) => {
            percent::write_general(float, precision, layout.alternate, dot_zero, out);
        }
        (letter, precision) => {
            let letter = if letter == b'n' { b'g' } else { letter };
            percent::write_magnitude(float, letter, precision.unwrap_or(6), layout.alternate, out);
        }
    }
    let text = out.get(start..).unwrap_or_default();
    let mantissa = text.iter().take_while(|byte| !matches!(byte, b'e' | b'E'));
    let is_zero = float.is_finite() && mantissa.clone().all(|byte| matches!(byte, b'0' | b'.'));
    let negative = float.is_sign_negative() && !float.is_nan() && !(layout.no_neg_0 && is_zero);
    let len = text.len();
    layout::push_sign(negative, sign, out);
    let sign_len = out.len() - start - len;
    if let Some(written) = out.get_mut(start..) {
        written.rotate_right(sign_len);
    }
    start + sign_len
}

/// `repr(abs(float))`, without the `.0` of a whole number or, for `#`, with a point at least.
fn write_repr(float: f64, dot_zero: bool, alternate: bool, out: &mut Vec<u8>) {
    let start = out.len();
    logyard_record::write_float(float.abs(), out);
    let text = out.get(start..).unwrap_or_default();
    if text.ends_with(b".0") && !dot_zero {
        out.truncate(out.len() - 2);
    }
    if alternate && float.is_finite() {
        let text = out.get(start..).unwrap_or_default();
        if !text.contains(&b'.') {
            let at = memchr::memchr(b'e', text).unwrap_or(text.len());
            out.insert(start + at, b'.');
        }
    }
}
