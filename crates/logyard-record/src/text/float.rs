//! Python's text of floats: the shortest digits that read back as the same number
//! (`PyOS_double_to_string` with format `r`), laid out by Python's rules.

use super::int::write_unsigned;

/// Appends `repr(x)`, which is `str(x)` too.
pub fn write_float(x: f64, out: &mut Vec<u8>) {
    Shortest::of(x).write(true, out);
}

/// Appends a complex number as `complex.__repr__` does.
pub(crate) fn write_complex(real: f64, imag: f64, out: &mut Vec<u8>) {
    write_complex_parts(Shortest::of(real), Shortest::of(imag), real, out);
}

/// Appends a number that numpy keeps in four bytes; from `large` on it has an exponent.
pub(crate) fn write_float32(x: f32, large: f64, out: &mut Vec<u8>) {
    Shortest::of32(x, large).write(true, out);
}

/// Appends a complex number that numpy keeps in two times four bytes.
pub(crate) fn write_complex64(real: f32, imag: f32, large: f64, out: &mut Vec<u8>) {
    let (re, im) = (Shortest::of32(real, large), Shortest::of32(imag, large));
    write_complex_parts(re, im, f64::from(real), out);
}

fn write_complex_parts(real: Shortest, imag: Shortest, sign: f64, out: &mut Vec<u8>) {
    // a real part of +0.0 is left out, one of -0.0 is not
    if sign == 0.0 && sign.is_sign_positive() {
        imag.write(false, out);
        out.push(b'j');
        return;
    }
    out.push(b'(');
    real.write(false, out);
    if !imag.negative {
        out.push(b'+');
    }
    imag.write(false, out);
    out.extend_from_slice(b"j)");
}

/// The shortest digits of a number and where its point stands.
struct Shortest {
    negative: bool,
    /// `inf` or `nan`; the digits then mean nothing.
    word: Option<&'static [u8]>,
    digits: [u8; 20],
    len: usize,
    /// The number is 0.DIGITS times ten to this power.
    point: i32,
    /// Whether it is written with an exponent.
    exponent: bool,
}

impl Shortest {
    fn of(x: f64) -> Self {
        match Self::special(x.is_nan(), x.is_infinite(), x.is_sign_negative()) {
            Some(special) => special,
            None => Self::parse(zmij::Buffer::new().format_finite(x)),
        }
    }

    fn of32(x: f32, large: f64) -> Self {
        let mut this = match Self::special(x.is_nan(), x.is_infinite(), x.is_sign_negative()) {
            Some(special) => return special,
            None => Self::parse(zmij::Buffer::new().format_finite(x)),
        };
        // numpy goes by the number itself: the float next to 0.0001 is below it
        let size = f64::from(x.abs());
        this.exponent = size != 0.0 && !(1e-4..large).contains(&size);
        this
    }

    fn special(nan: bool, infinite: bool, negative: bool) -> Option<Self> {
        let (word, negative): (&[u8], bool) = match (nan, infinite) {
            // Python shows no sign on nan
            (true, _) => (b"nan", false),
            (_, true) => (b"inf", negative),
            _ => return None,
        };
        let word = Some(word);
        Some(Self { negative, word, digits: [b'0'; 20], len: 1, point: 1, exponent: false })
    }

    /// Takes apart what zmij wrote, in whichever notation it did.
    fn parse(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse().unwrap_or(0)),
            None => (text, 0),
        };
        let digits = [b'0'; 20];
        let mut this =
            Self { negative, word: None, digits, len: 0, point: exponent, exponent: false };
        let mut before_point = true;
        for byte in number.bytes() {
            if byte == b'.' {
                before_point = false;
                continue;
            }
            if this.len == 0 && byte == b'0' {
                this.point -= i32::from(!before_point);
                continue;
            }
            this.point += i32::from(before_point);
            // 17 digits tell any float; zeros after them only move the point
            if let Some(place) = this.digits.get_mut(this.len) {
                *place = byte;
                this.len += 1;
            }
        }
        while this.len > 0 && this.digits[this.len - 1] == b'0' {
            this.len -= 1;
        }
        if this.len == 0 {
            this.len = 1;
            this.digits[0] = b'0';
            this.point = 1;
        }
        // format_float_short: at 1e16 and above, and below 1e-4
        this.exponent = this.point <= -4 || this.point > 16;
        this
    }

    /// Writes the number; `dot_zero` adds `.0` to a whole one.
    fn write(&self, dot_zero: bool, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        if let Some(word) = self.word {
            out.extend_from_slice(word);
            return;
        }
        let digits = &self.digits[..self.len];
        if self.exponent {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            let exponent = self.point - 1;
            out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
            write_unsigned(u64::from(exponent.unsigned_abs()), 2, out);
        } else if self.point <= 0 {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + self.point.unsigned_abs() as usize, b'0');
            out.extend_from_slice(digits);
        } else {
            let whole = self.point as usize;
            if digits.len() <= whole {
                out.extend_from_slice(digits);
                out.resize(out.len() + whole - digits.len(), b'0');
                if dot_zero {
                    out.extend_from_slice(b".0");
                }
            } else {
                out.extend_from_slice(&digits[..whole]);
                out.push(b'.');
                out.extend_from_slice(&digits[whole..]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(x: f64) -> String {
        let mut out = Vec::new();
        write_float(x, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn layout() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1e-05"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (-f64::NAN, "nan"),
        ];
        for (x, expected) in cases {
            assert_eq!(text(x), expected);
        }
    }

    #[test]
    fn complex_numbers() {
        let text = |re, im| {
            let mut out = Vec::new();
            write_complex(re, im, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(0.0, 1.0), "1j");
        assert_eq!(text(-0.0, 1.0), "(-0+1j)");
        assert_eq!(text(1.0, -2.5), "(1-2.5j)");
        assert_eq!(text(f64::NAN, f64::INFINITY), "(nan+infj)");
        assert_eq!(text(1e16, -0.0), "(1e+16-0j)");
    }

    proptest! {
        #[test]
        fn reads_back(bits: u64) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            prop_assert_eq!(text(x).parse::<f64>().unwrap().to_bits(), bits);
        }
    }
}
