//! The format specification mini-language: `parse_internal_render_format_spec` in CPython's
//! `formatter_unicode.c`.

use crate::error::PercentError;

/// A specification as it is written. What it leaves out depends on the value's type, see
/// [`Spec::layout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    /// A code point.
    pub(super) fill: u32,
    pub(super) align: Option<u8>,
    /// A `0` before the width, with no fill of its own.
    pub(super) zero: bool,
    pub(super) sign: Option<u8>,
    /// `z`: no sign for what is rounded to zero.
    pub(super) no_neg_0: bool,
    /// `#`
    pub(super) alternate: bool,
    pub(super) width: Option<usize>,
    /// `,` or `_`
    pub(super) separator: Option<u8>,
    pub(super) precision: Option<usize>,
    /// A code point.
    pub(super) kind: Option<u32>,
}

/// Why a text is no specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooManyDigits,
    BothSeparators,
    NoPrecision,
    Trailing,
}

impl Fault {
    /// The error that CPython raises for it.
    pub(super) fn error(self, spec: &[u8], type_name: &str) -> PercentError {
        PercentError::value_error(match self {
            Fault::TooManyDigits => "Too many decimal digits in format string".into(),
            Fault::BothSeparators => "Cannot specify both ',' and '_'.".into(),
            Fault::NoPrecision => "Format specifier missing precision".into(),
            Fault::Trailing => {
                let spec = String::from_utf8_lossy(spec);
                format!("Invalid format specifier '{spec}' for object of type '{type_name}'")
            }
        })
    }
}

/// What is left of a specification.
pub(super) struct Reader<'s> {
    pub(super) rest: &'s [u8],
}

impl Reader<'_> {
    /// Takes the next byte if it is one of these.
    pub(super) fn any_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        if !bytes.contains(&first) {
            return None;
        }
        self.rest = rest;
        Some(first)
    }

    /// Digits, if there are any; too many for a `Py_ssize_t` are an error.
    pub(super) fn integer(&mut self) -> Result<Option<usize>, Fault> {
        let mut integer = None;
        while let Some(digit) = self.any_of(b"0123456789") {
            let so_far = integer.unwrap_or(0_i64);
            let next = so_far.checked_mul(10).and_then(|n| n.checked_add((digit - b'0').into()));
            integer = Some(next.ok_or(Fault::TooManyDigits)?);
        }
        Ok(integer.and_then(|integer| usize::try_from(integer).ok()))
    }
}

impl Spec {
    pub(crate) fn parse(text: &[u8]) -> Result<Spec, Fault> {
        let mut spec = Spec {
            fill: b' '.into(),
            align: None,
            zero: false,
            sign: None,
            no_neg_0: false,
            alternate: false,
            width: None,
            separator: None,
            precision: None,
            kind: None,
        };
        let mut reader = Reader { rest: text };
        let fill_len = crate::wtf8::prefix_len(text, 1);
        let mut behind_fill = Reader { rest: text.get(fill_len..).unwrap_or_default() };
        let mut filled = false;
        if let Some(align) = behind_fill.any_of(b"<>=^") {
            spec.align = Some(align);
            spec.fill = crate::wtf8::first_char(text).unwrap_or_default();
            filled = true;
            reader = behind_fill;
        } else {
            spec.align = reader.any_of(b"<>=^");
        }
        spec.sign = reader.any_of(b"+- ");
        spec.no_neg_0 = reader.any_of(b"z").is_some();
        spec.alternate = reader.any_of(b"#").is_some();
        if !filled && reader.any_of(b"0").is_some() {
            spec.zero = true;
            spec.fill = b'0'.into();
        }
        spec.width = reader.integer()?;
        spec.separator = reader.any_of(b",");
        if reader.any_of(b"_").is_some() && spec.separator.replace(b'_').is_some() {
            return Err(Fault::BothSeparators);
        }
        if spec.separator == Some(b'_') && reader.rest.first() == Some(&b',') {
            return Err(Fault::BothSeparators);
        }
        if reader.any_of(b".").is_some() {
            spec.precision = Some(reader.integer()?.ok_or(Fault::NoPrecision)?);
        }
        if crate::wtf8::count(reader.rest) > 1 {
            return Err(Fault::Trailing);
        }
        spec.kind = crate::wtf8::first_char(reader.rest);
        Ok(spec)
    }

    /// The specification for a type: its kind and alignment where none is given (`0` is no kind).
    pub(super) fn layout(self, kind: u8, align: u8) -> Result<Layout, PercentError> {
        let kind = self.kind.unwrap_or(kind.into());
        let group = match self.separator {
            None => None,
            Some(separator) => match u8::try_from(kind) {
                Ok(b'd' | b'e' | b'f' | b'g' | b'E' | b'G' | b'%' | b'F' | 0) => {
                    Some(Group { separator, size: 3 })
                }
                Ok(b'b' | b'o' | b'x' | b'X') if separator == b'_' => {
                    Some(Group { separator, size: 4 })
                }
                _ => {
                    let separator = char::from(separator);
                    let kind = shown(kind);
                    return Err(PercentError::value_error(format!(
                        "Cannot specify '{separator}' with '{kind}'."
                    )));
                }
            },
        };
        let zero_align = if align == b'>' { b'=' } else { align };
        let align = self.align.unwrap_or(if self.zero { zero_align } else { align });
        Ok(Layout {
            fill: self.fill,
            align,
            sign: self.sign,
            no_neg_0: self.no_neg_0,
            alternate: self.alternate,
            width: self.width.unwrap_or(0),
            group,
            precision: self.precision,
            kind,
        })
    }
}

/// A specification with nothing left open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) fill: u32,
    pub(super) align: u8,
    pub(super) sign: Option<u8>,
    pub(super) no_neg_0: bool,
    pub(super) alternate: bool,
    /// In characters; 0 is none.
    pub(super) width: usize,
    pub(super) group: Option<Group>,
    pub(super) precision: Option<usize>,
    /// A code point; 0 is none.
    pub(super) kind: u32,
}

/// How digits are grouped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) separator: u8,
    pub(super) size: usize,
}

impl Layout {
    /// The error for a kind that the type doesn't have.
    pub(super) fn unknown_kind(&self, type_name: &str) -> PercentError {
        let kind = shown(self.kind);
        PercentError::value_error(format!(
            "Unknown format code '{kind}' for object of type '{type_name}'"
        ))
    }
}

fn shown(kind: u32) -> String {
    match u8::try_from(kind) {
        Ok(byte @ 33..128) => char::from(byte).to_string(),
        _ => format!("\\x{kind:x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Spec, Fault> {
        Spec::parse(text.as_bytes())
    }

    #[test]
    fn all_parts() {
        let spec = parse("é^+z#012_.3f").unwrap();
        assert_eq!((spec.fill, spec.align, spec.sign), (0xe9, Some(b'^'), Some(b'+')));
        assert!(spec.no_neg_0 && spec.alternate && !spec.zero);
        assert_eq!((spec.width, spec.precision), (Some(12), Some(3)));
        assert_eq!((spec.separator, spec.kind), (Some(b'_'), Some(u32::from('f'))));
        let spec = parse("<<").unwrap();
        assert_eq!((spec.fill, spec.align), (u32::from('<'), Some(b'<')));
        let spec = parse("05").unwrap();
        assert!(spec.zero);
        assert_eq!(spec.layout(b'd', b'>').unwrap().align, b'=');
        assert_eq!(spec.layout(b's', b'<').unwrap().align, b'<');
    }

    #[test]
    fn faults() {
        assert_eq!(parse("99999999999999999999"), Err(Fault::TooManyDigits));
        assert_eq!(parse(",_"), Err(Fault::BothSeparators));
        assert_eq!(parse("_,"), Err(Fault::BothSeparators));
        assert_eq!(parse("5."), Err(Fault::NoPrecision));
        assert_eq!(parse("5xy"), Err(Fault::Trailing));
        let error = parse(",").unwrap().layout(b's', b'<').unwrap_err();
        assert_eq!(error.text, "Cannot specify ',' with 's'.");
    }
}
