//! `Decimal.__format__`: the specifications that libmpdec takes (`mpd_parse_fmt_str`) or else
//! `_pydecimal`, and the layout that `_pydecimal.Decimal.__format__` describes.

use super::layout;
use super::spec::{Group, Layout, Reader};
use crate::error::{PercentError, TEXT_LIMIT};
use crate::wtf8;

/// A Decimal as it is sent: its own text.
struct Decimal<'t> {
    negative: bool,
    body: Body<'t>,
}

enum Body<'t> {
    /// `Infinity`, `NaN123`, `sNaN`.
    Special(&'t [u8]),
    /// Digits without needless zeroes in front, and the power of ten of the last.
    Finite(Vec<u8>, i64),
}

impl<'t> Decimal<'t> {
    /// `None` if it isn't what `Decimal.__str__` writes.
    fn parse(text: &'t [u8]) -> Option<Decimal<'t>> {
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if text == b"Infinity" || text.starts_with(b"NaN") || text.starts_with(b"sNaN") {
            return Some(Decimal { negative, body: Body::Special(text) });
        }
        let text = std::str::from_utf8(text).ok()?;
        let (mantissa, exponent) = match text.split_once('E') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeroes = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..zeroes.min(digits.len() - 1));
        // CPython's exponents have 18 digits.
        let exponent = exponent.clamp(-1_999_999_999_999_999_999, 999_999_999_999_999_999);
        Some(Decimal { negative, body: Body::Finite(digits, exponent - fraction.len() as i64) })
    }
}

/// What libmpdec reads of a specification.
struct Spec {
    layout: Layout,
    /// A `0` before the width.
    zero: bool,
    /// One of `eEfFgG%`.
    kind: u8,
}

/// `None` is CPython's "invalid format string".
fn parse_spec(text: &[u8]) -> Option<Spec> {
    let mut reader = Reader { rest: text };
    let (mut fill, mut align) = (u32::from(b' '), None);
    let behind_fill = text.get(wtf8::prefix_len(text, 1)..).unwrap_or_default();
    if let Some(found @ (b'<' | b'>' | b'=' | b'^')) = behind_fill.first() {
        fill = wtf8::first_char(text)?;
        align = Some(*found);
        reader.rest = behind_fill.get(1..)?;
    } else {
        align = reader.any_of(b"<>=^").or(align);
    }
    let sign = reader.any_of(b"+- ");
    let no_neg_0 = reader.any_of(b"z").is_some();
    let alternate = reader.any_of(b"#").is_some();
    let zero = reader.any_of(b"0").is_some();
    if zero && align.is_some() || reader.rest.first() == Some(&b'0') {
        return None;
    }
    let width = reader.integer().ok()?.unwrap_or(0);
    let comma = reader.any_of(b",").is_some();
    // A `z` or `#` libmpdec doesn't know: CPython leaves it to `_pydecimal`, which is stricter.
    let python = no_neg_0 || alternate;
    let mut precision = None;
    if reader.any_of(b".").is_some() {
        let digits = reader.rest;
        precision = Some(reader.integer().ok()??);
        if python && digits.first() == Some(&b'0') && digits.len() > reader.rest.len() + 1 {
            return None;
        }
    }
    let kind = match reader.any_of(b"eEfFgG%nN") {
        // The C locale's numbers are `g`'s; it has its own separators.
        Some(b'n' | b'N') if comma => return None,
        Some(b'N') if python => return None,
        Some(b'n') => b'g',
        None | Some(b'N') => b'G',
        Some(kind) => kind,
    };
    if !reader.rest.is_empty() {
        return None;
    }
    let layout = Layout {
        fill: if zero { b'0'.into() } else { fill },
        align: if zero { b'=' } else { align.unwrap_or(b'>') },
        sign,
        no_neg_0,
        alternate,
        width,
        group: comma.then_some(Group { separator: b',', size: 3 }),
        precision,
        kind: 0,
    };
    Some(Spec { layout, zero, kind })
}

/// Appends a Decimal; `None` if `text` is none's.
pub(super) fn write(
    text: &[u8],
    spec: &[u8],
    out: &mut Vec<u8>,
) -> Option<Result<(), PercentError>> {
    let Decimal { negative, body } = Decimal::parse(text)?;
    let Some(Spec { mut layout, zero, kind }) = parse_spec(spec) else {
        return Some(Err(PercentError::value_error("invalid format string")));
    };
    let start = out.len();
    let (digits, exponent) = match body {
        Body::Finite(digits, exponent) => (digits, exponent),
        Body::Special(name) => {
            layout::push_sign(negative, layout.sign, out);
            let inside = out.len();
            out.extend_from_slice(name);
            if kind == b'%' {
                out.push(b'%');
            }
            if zero {
                layout = Layout { fill: b' '.into(), align: b'>', ..layout };
            }
            return Some(layout::pad(out, start, inside, &layout));
        }
    };
    let number = match Number::new(digits, exponent, kind, layout.precision) {
        Ok(number) => number,
        Err(error) => return Some(Err(error)),
    };
    let negative = negative && !(layout.no_neg_0 && number.is_zero());
    layout::push_sign(negative, layout.sign, out);
    let inside = out.len();
    number.write(kind, layout.alternate, out);
    // Zeroes that are asked for as a fill are no digits to be grouped; those of the width are.
    let done = if zero {
        layout::finish_number(out, start, inside, false, &layout)
    } else {
        layout::finish_number(out, start, inside, false, &Layout { width: 0, ..layout })
            .and_then(|()| layout::pad(out, start, inside, &layout))
    };
    Some(done)
}

/// A finite number, rounded, and where its point goes.
struct Number {
    digits: Vec<u8>,
    /// How many digits are before the point: may be below 0 or more than there are.
    point: i64,
    /// What the exponent shows.
    exponent: i64,
}

impl Number {
    fn new(
        digits: Vec<u8>,
        exponent: i64,
        kind: u8,
        precision: Option<usize>,
    ) -> Result<Number, PercentError> {
        let exponent = if kind == b'%' { exponent + 2 } else { exponent };
        let mut coefficient = Coefficient { digits, exponent };
        let fixed = matches!(kind, b'f' | b'F' | b'%');
        let places = precision.map(|places| i64::try_from(places).unwrap_or(i64::MAX));
        match (kind, places) {
            (b'e' | b'E', Some(places)) => coefficient.round(places.saturating_add(1))?,
            (b'f' | b'F' | b'%', Some(places)) => coefficient.rescale(-places)?,
            (b'g' | b'G', Some(places)) if coefficient.len() > places.max(1) => {
                coefficient.round(places.max(1))?;
            }
            _ => {}
        }
        if fixed && coefficient.is_zero() && coefficient.exponent > 0 {
            coefficient.exponent = 0;
        }
        let left = coefficient.exponent + coefficient.len();
        let point = match kind {
            b'e' | b'E' if coefficient.is_zero() => 1 - places.unwrap_or(0),
            b'e' | b'E' => 1,
            _ if fixed || coefficient.exponent <= 0 && left > -6 => left,
            _ => 1,
        };
        if point.unsigned_abs() > TEXT_LIMIT as u64 {
            return Err(PercentError::too_long());
        }
        Ok(Number { digits: coefficient.digits, point, exponent: left - point })
    }

    fn is_zero(&self) -> bool {
        self.digits.iter().all(|&digit| digit == b'0')
    }

    fn write(&self, kind: u8, alternate: bool, out: &mut Vec<u8>) {
        let zeroes = |count: i64, out: &mut Vec<u8>| {
            out.resize(out.len() + usize::try_from(count).unwrap_or(0), b'0');
        };
        let before = usize::try_from(self.point).unwrap_or(0).min(self.digits.len());
        let (whole, fraction) = self.digits.split_at_checked(before).unwrap_or_default();
        if whole.is_empty() {
            out.push(b'0');
        }
        out.extend_from_slice(whole);
        zeroes(self.point - self.digits.len() as i64, out);
        if alternate || !fraction.is_empty() {
            out.push(b'.');
        }
        if !fraction.is_empty() {
            zeroes(-self.point, out);
        }
        out.extend_from_slice(fraction);
        if self.exponent != 0 || matches!(kind, b'e' | b'E') {
            let letter = if kind.is_ascii_uppercase() { 'E' } else { 'e' };
            out.extend_from_slice(format!("{letter}{:+}", self.exponent).as_bytes());
        }
        if kind == b'%' {
            out.push(b'%');
        }
    }
}

/// Decimal digits and the power of ten of the last.
struct Coefficient {
    digits: Vec<u8>,
    exponent: i64,
}

impl Coefficient {
    fn len(&self) -> i64 {
        self.digits.len() as i64
    }

    fn is_zero(&self) -> bool {
        self.digits == b"0"
    }

    /// To so many digits; zero stays as it is.
    fn round(&mut self, places: i64) -> Result<(), PercentError> {
        if self.is_zero() {
            return Ok(());
        }
        self.rescale((self.exponent + self.len()).saturating_sub(places))?;
        if self.len() > places {
            // 999 has become 1000.
            self.digits.pop();
            self.exponent += 1;
        }
        Ok(())
    }

    /// To this exponent, with zeroes added or rounded half to even.
    fn rescale(&mut self, exponent: i64) -> Result<(), PercentError> {
        if self.is_zero() {
            self.exponent = exponent;
            return Ok(());
        }
        let added = self.exponent.saturating_sub(exponent);
        if added >= 0 {
            let added = usize::try_from(added).unwrap_or(usize::MAX);
            if added > TEXT_LIMIT {
                return Err(PercentError::too_long());
            }
            self.digits.resize(self.digits.len() + added, b'0');
            self.exponent = exponent;
            return Ok(());
        }
        let kept = self.len().saturating_add(added);
        self.exponent = exponent;
        let Ok(kept) = usize::try_from(kept) else {
            // Less than a tenth of the last place.
            self.digits = b"0".to_vec();
            return Ok(());
        };
        let dropped = self.digits.split_off(kept.min(self.digits.len()));
        let odd = self.digits.last().is_some_and(|digit| digit % 2 == 1);
        let (first, rest) = dropped.split_first().unwrap_or((&b'0', &[]));
        let above_half = rest.iter().any(|&digit| digit != b'0');
        let up = *first > b'5' || *first == b'5' && (above_half || odd);
        if up {
            self.increment();
        }
        if self.digits.is_empty() {
            self.digits.push(b'0');
        }
        Ok(())
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
        self.digits.insert(0, b'1');
    }
}

#[cfg(test)]
mod tests {
    fn format(text: &str, spec: &str) -> String {
        let mut out = Vec::new();
        match super::write(text.as_bytes(), spec.as_bytes(), &mut out).unwrap() {
            Ok(()) => String::from_utf8(out).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    // CPython 3.13's `format(Decimal(text), spec)`.
    #[test]
    fn decimals() {
        for (text, spec, expected) in [
            ("1", "#.0f", "1."),
            ("Infinity", "+012", "   +Infinity"),
            ("-NaN", "+9%", "    -NaN%"),
            ("NaN", "é=9", "ééééééNaN"),
            ("0", ".3e", "0.000e+3"),
            ("0E-9", "%", "0.0000000%"),
            ("12345", ",.0", "1E+4"),
            ("-0.4", "z.0f", "0"),
            ("9.99", ".1e", "1.0e+1"),
            ("9.99", ".2", "10"),
            ("99.95", ".3", "100"),
            ("-0E-5", "zg", "0.00000"),
            ("1234", "0=10,", "000001,234"),
            ("1234", "010,", "00,001,234"),
            ("1234567.891", ",.2f", "1,234,567.89"),
            ("1E-10", "", "1E-10"),
            ("1", "<05", "invalid format string"),
            ("1", ",n", "invalid format string"),
            ("1", "zN", "invalid format string"),
            ("NaN", "05", "  NaN"),
            ("NaN", "#05", "  NaN"),
            ("1", "z.01", "invalid format string"),
            ("1E+999999999", "f", "the text would pass 16 MiB"),
        ] {
            assert_eq!(format(text, spec), expected, "{text} {spec}");
        }
        assert!(super::write(b"1x", b"f", &mut Vec::new()).is_none());
    }
}
