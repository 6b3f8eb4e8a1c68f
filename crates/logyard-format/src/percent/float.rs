//! `%e`, `%f` and `%g` of a double: C's layout, Python's `PyOS_double_to_string`.

use std::io::Write;

/// No double has more digits than this after its point (2**-1074 has 1,074), nor more significant
/// ones (767): beyond it only zeroes follow, which are added without asking the standard library,
/// whose precision is a `u16`.
const MOST_DIGITS: usize = 1_100;

/// Appends the text of a number without its sign; `letter` is one of `eEfFgG`.
pub(crate) fn write_magnitude(
    value: f64,
    letter: u8,
    precision: usize,
    alternate: bool,
    out: &mut Vec<u8>,
) {
    let value = value.abs();
    let start = out.len();
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if value.is_infinite() {
        out.extend_from_slice(b"inf");
    } else {
        match letter {
            b'f' | b'F' => fixed(value, precision, alternate, out),
            b'e' | b'E' => scientific(value, precision, alternate, out),
            _ => general(value, precision, alternate, false, out),
        }
    }
    if letter.is_ascii_uppercase()
        && let Some(text) = out.get_mut(start..)
    {
        text.make_ascii_uppercase();
    }
}

/// Appends a number without its sign as `g`, but with one digit at least after its point: what
/// `float.__format__` does where a precision has no letter. `dot_zero` false is `g` itself.
pub(crate) fn write_general(
    value: f64,
    precision: usize,
    alternate: bool,
    dot_zero: bool,
    out: &mut Vec<u8>,
) {
    if value.is_finite() {
        general(value.abs(), precision, alternate, dot_zero, out);
    } else {
        write_magnitude(value, b'g', precision, alternate, out);
    }
}

fn fixed(value: f64, precision: usize, alternate: bool, out: &mut Vec<u8>) {
    let digits = precision.min(MOST_DIGITS);
    put(out, format_args!("{value:.digits$}"));
    zeroes(precision - digits, out);
    if alternate && precision == 0 {
        out.push(b'.');
    }
}

fn scientific(value: f64, precision: usize, alternate: bool, out: &mut Vec<u8>) {
    let exponent = mantissa(value, precision.min(MOST_DIGITS), out);
    zeroes(precision.saturating_sub(MOST_DIGITS), out);
    if alternate && precision == 0 {
        out.push(b'.');
    }
    write_exponent(exponent, out);
}

fn general(value: f64, precision: usize, alternate: bool, dot_zero: bool, out: &mut Vec<u8>) {
    let precision = precision.max(1);
    let start = out.len();
    let exponent = mantissa(value, (precision - 1).min(MOST_DIGITS), out);
    let small = exponent < -4;
    let large = usize::try_from(exponent)
        .is_ok_and(|exponent| exponent + usize::from(dot_zero) >= precision);
    if small || large {
        if alternate {
            zeroes((precision - 1).saturating_sub(MOST_DIGITS), out);
            if precision == 1 {
                out.push(b'.');
            }
        } else {
            drop_zeroes(start, out);
        }
        write_exponent(exponent, out);
    } else {
        // The same digits with the point moved; `exponent` is in -4..precision here.
        out.truncate(start);
        let places = (precision as i64 - 1 - i64::from(exponent)).max(0) as usize;
        fixed(value, places, alternate, out);
        if !alternate {
            drop_zeroes(start, out);
        }
        if dot_zero && !out.get(start..).unwrap_or_default().contains(&b'.') {
            out.extend_from_slice(b".0");
        }
    }
}

/// Appends `d.ddd` and gives the exponent back.
fn mantissa(value: f64, digits: usize, out: &mut Vec<u8>) -> i32 {
    let start = out.len();
    put(out, format_args!("{value:.digits$e}"));
    let text = out.get(start..).unwrap_or_default();
    let Some(e) = memchr::memrchr(b'e', text) else { return 0 };
    let exponent = text.get(e + 1..).and_then(|digits| std::str::from_utf8(digits).ok());
    let exponent = exponent.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    out.truncate(start + e);
    exponent
}

/// C's exponent: a sign and two digits at the least.
fn write_exponent(exponent: i32, out: &mut Vec<u8>) {
    let sign = if exponent < 0 { '-' } else { '+' };
    put(out, format_args!("e{sign}{:02}", exponent.unsigned_abs()));
}

/// Drops the zeroes at the end of the fraction, and its point if nothing is left of it.
fn drop_zeroes(start: usize, out: &mut Vec<u8>) {
    if !out.get(start..).unwrap_or_default().contains(&b'.') {
        return;
    }
    while out.last() == Some(&b'0') {
        out.pop();
    }
    if out.last() == Some(&b'.') {
        out.pop();
    }
}

fn zeroes(count: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + count, b'0');
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a `Vec` has no failure to report.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64, letter: u8, precision: usize, alternate: bool) -> String {
        let mut out = Vec::new();
        write_magnitude(value, letter, precision, alternate, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fixed_is_exact() {
        assert_eq!(text(0.5, b'f', 0, false), "0");
        assert_eq!(text(2.675, b'f', 2, false), "2.67");
        assert_eq!(text(3.0, b'f', 0, true), "3.");
        assert_eq!(text(-1.5, b'f', 6, false), "1.500000");
        assert_eq!(text(0.1, b'f', 70_000, false).len(), 70_002);
    }

    #[test]
    fn scientific_has_two_exponent_digits() {
        assert_eq!(text(12345.678, b'e', 3, false), "1.235e+04");
        assert_eq!(text(1e-300, b'E', 0, false), "1E-300");
        assert_eq!(text(0.0, b'e', 0, true), "0.e+00");
    }

    #[test]
    fn general_chooses() {
        assert_eq!(text(100_000.0, b'g', 6, false), "100000");
        assert_eq!(text(1_000_000.0, b'g', 6, false), "1e+06");
        assert_eq!(text(0.0001, b'g', 6, false), "0.0001");
        assert_eq!(text(0.00001, b'G', 6, false), "1E-05");
        assert_eq!(text(3.0, b'g', 6, true), "3.00000");
        assert_eq!(text(3.0, b'g', 1, true), "3.");
        assert_eq!(text(0.0, b'g', 0, false), "0");
        assert_eq!(text(999_999.5, b'g', 6, false), "1e+06");
        assert_eq!(text(10.0, b'g', 2, false), "10");
    }

    #[test]
    fn what_is_not_finite_has_a_name() {
        assert_eq!(text(f64::NAN, b'F', 6, false), "NAN");
        assert_eq!(text(f64::NEG_INFINITY, b'g', 6, true), "inf");
    }
}
