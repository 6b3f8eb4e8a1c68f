//! The `%` operator of `str`: CPython's `PyUnicode_Format`.
//!
//! [`parse`] knows the grammar, this file the operands, [`convert`](Filler::convert) and the files
//! beside it the text of each conversion.

use logyard_pickle::{Value, Values};

use crate::error::{PercentError, TEXT_LIMIT};
use crate::operand::{self, Mapping};

mod float;
mod number;
pub(crate) mod parse;

pub(crate) use float::{write_general, write_magnitude};
pub(crate) use number::Int;
use parse::{Conversion, Fault, Field, Flags, Key, Piece, Pieces, Size, Spec};

/// Appends `format % operand`; on an error `out` may hold a part of it.
pub(crate) fn fill(
    format: &[u8],
    operand: Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    let operands = match operand {
        Value::Tuple(items) => Operands::Items(items.iter()),
        value => Operands::One(value),
    };
    fill_with(format, Mapping::of(operand), operands, out)
}

/// Appends `format % (a, b)`; on an error `out` may hold a part of it.
pub(crate) fn fill_two(
    format: &[u8],
    operands: [Value<'_>; 2],
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    fill_with(format, None, Operands::Two(operands), out)
}

fn fill_with<'a>(
    format: &[u8],
    mapping: Option<Mapping<'a>>,
    mut operands: Operands<'a>,
    out: &mut Vec<u8>,
) -> Result<(), PercentError> {
    let mut filler = Filler::new(out);
    for piece in Pieces::new(format) {
        match piece {
            Piece::Literal(text) => filler.literal(text)?,
            Piece::Field(Field { key, spec, .. }) => {
                if key != Key::Next {
                    let mapping = mapping.ok_or_else(needs_mapping)?;
                    let Key::Named(key) = key else { return Err(open_key()) };
                    filler.spend(mapping.cost(key))?;
                    operands = Operands::One(mapping.get(key)?);
                }
                filler.field(&spec, &mut operands)?;
            }
        }
    }
    let left_over = match operands {
        Operands::Items(mut items) => items.next().is_some(),
        Operands::One(_) | Operands::Two(_) => true,
        Operands::Spent => false,
    };
    if left_over && mapping.is_none() {
        return Err(PercentError::type_error(
            "not all arguments converted during string formatting",
        ));
    }
    Ok(())
}

/// The operands that are still to be used.
pub(crate) enum Operands<'a> {
    /// What is left of a tuple.
    Items(Values<'a>),
    /// A tuple of two.
    Two([Value<'a>; 2]),
    /// A single value, or the one that a key has chosen.
    One(Value<'a>),
    /// None.
    Spent,
}

impl<'a> Operands<'a> {
    fn next(&mut self) -> Result<Value<'a>, PercentError> {
        let next = match self {
            Operands::Items(items) => items.next(),
            Operands::Two([first, second]) => {
                let first = *first;
                *self = Operands::One(*second);
                Some(first)
            }
            Operands::One(value) => {
                let value = *value;
                *self = Operands::Spent;
                Some(value)
            }
            Operands::Spent => None,
        };
        next.ok_or_else(needs_operand)
    }
}

/// How a conversion's text is to be laid out: a [`Spec`] with its stars filled in.
struct Layout {
    flags: Flags,
    /// In characters; 0 is none.
    width: usize,
    precision: Option<usize>,
}

/// Appends a record's text piece by piece, within [`TEXT_LIMIT`].
pub(crate) struct Filler<'o> {
    pub(crate) out: &'o mut Vec<u8>,
    /// Bytes made so far. Those that a precision cuts off again count too, and those that were only
    /// looked at, so that a format can't have a large value read or written over and over for
    /// nothing.
    made: usize,
}

impl Filler<'_> {
    pub(crate) fn new(out: &mut Vec<u8>) -> Filler<'_> {
        Filler { out, made: 0 }
    }

    pub(crate) fn literal(&mut self, text: &[u8]) -> Result<(), PercentError> {
        self.out.extend_from_slice(text);
        self.spend(text.len())
    }

    /// Counts text that has been made.
    pub(crate) fn spend(&mut self, bytes: usize) -> Result<(), PercentError> {
        self.made = self.made.saturating_add(bytes);
        if self.made > TEXT_LIMIT { Err(PercentError::too_long()) } else { Ok(()) }
    }

    /// Counts what has been made since `out` had the length `start`, and work that left no text.
    pub(crate) fn spend_from(&mut self, start: usize, worked: usize) -> Result<(), PercentError> {
        self.spend(self.out.len().saturating_sub(start).saturating_add(worked))
    }

    /// Appends one conversion.
    pub(crate) fn field(
        &mut self,
        spec: &Spec,
        operands: &mut Operands<'_>,
    ) -> Result<(), PercentError> {
        let (conversion, layout) = resolve(spec, operands)?;
        self.convert(conversion, &layout, operands.next()?)
    }

    fn convert(
        &mut self,
        conversion: Conversion,
        layout: &Layout,
        value: Value<'_>,
    ) -> Result<(), PercentError> {
        match conversion {
            Conversion::Str | Conversion::Repr | Conversion::Ascii => {
                self.text(conversion, layout, value)
            }
            Conversion::Char => self.character(layout, value),
            Conversion::Int(letter) => self.int(letter, layout, value),
            Conversion::Float(letter) => self.float(letter, layout, value),
        }
    }

    fn text(
        &mut self,
        conversion: Conversion,
        layout: &Layout,
        value: Value<'_>,
    ) -> Result<(), PercentError> {
        let start = self.out.len();
        let cut = |text: &[u8]| match layout.precision {
            Some(chars) => crate::wtf8::prefix_len(text, chars),
            None => text.len(),
        };
        let mut extra = 0;
        if let (Conversion::Str, Value::Str(text)) = (conversion, value) {
            self.out.extend_from_slice(text.get(..cut(text)).unwrap_or_default());
        } else {
            let written = match conversion {
                Conversion::Repr => logyard_record::write_repr(value, self.out),
                Conversion::Ascii => logyard_record::write_ascii(value, self.out),
                _ => logyard_record::write_str(value, self.out),
            };
            let worked = written?;
            let text = self.out.get(start..).unwrap_or_default();
            let keep = cut(text);
            extra = worked + text.len() - keep;
            self.out.truncate(start + keep);
        }
        number::pad_text(self.out, start, layout)?;
        self.spend(self.out.len() - start + extra)
    }

    fn character(&mut self, layout: &Layout, value: Value<'_>) -> Result<(), PercentError> {
        let start = self.out.len();
        match value {
            Value::Str(text) if crate::wtf8::count(text) == 1 => self.out.extend_from_slice(text),
            _ => match operand::to_index(value) {
                Some(Int::Small(code @ 0..0x11_0000)) => crate::wtf8::push(code as u32, self.out),
                Some(_) => return Err(PercentError::overflow("%c arg not in range(0x110000)")),
                None => return Err(PercentError::type_error("%c requires int or char")),
            },
        }
        number::pad_text(self.out, start, layout)?;
        self.spend(self.out.len() - start)
    }

    fn int(&mut self, letter: u8, layout: &Layout, value: Value<'_>) -> Result<(), PercentError> {
        let start = self.out.len();
        self.spend(operand::cost(value))?;
        let whole = matches!(letter, b'o' | b'x' | b'X');
        let int = if whole { operand::to_index(value) } else { operand::to_int(value)? };
        let Some(int) = int else { return Err(wrong_type(Conversion::Int(letter), value)) };
        number::write_int(&int, letter, layout, self.out)?;
        self.spend(self.out.len() - start)
    }

    fn float(&mut self, letter: u8, layout: &Layout, value: Value<'_>) -> Result<(), PercentError> {
        let start = self.out.len();
        self.spend(operand::cost(value))?;
        let Some(float) = operand::to_float(value)? else {
            return Err(wrong_type(Conversion::Float(letter), value));
        };
        let precision = layout.precision.unwrap_or(6);
        if precision > TEXT_LIMIT {
            return Err(PercentError::too_long());
        }
        // CPython has no sign for nan, whatever its sign bit.
        number::push_sign(float.is_sign_negative() && !float.is_nan(), layout, self.out);
        let digits = self.out.len();
        float::write_magnitude(float, letter, precision, layout.flags.alternate, self.out);
        number::pad_number(self.out, start, digits, layout)?;
        self.spend(self.out.len() - start)
    }
}

/// Takes the stars' operands, in CPython's order of errors.
fn resolve(spec: &Spec, operands: &mut Operands<'_>) -> Result<(Conversion, Layout), PercentError> {
    let mut flags = spec.flags;
    let width = match spec.width {
        Size::Unset => 0,
        Size::Fixed(width) => width,
        Size::Star => {
            let width = star(operands, "Python int too large to convert to C ssize_t")?;
            flags.left |= width < 0;
            // C can't negate the smallest one, and CPython then has no width.
            usize::try_from(width.checked_abs().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let precision = match spec.precision {
        Size::Unset => None,
        Size::Fixed(precision) => Some(precision),
        Size::Star => {
            const TOO_LARGE: &str = "Python int too large to convert to C int";
            let precision = star(operands, TOO_LARGE)?;
            let precision =
                i32::try_from(precision).map_err(|_| PercentError::overflow(TOO_LARGE))?;
            Some(usize::try_from(precision).unwrap_or(0))
        }
    };
    match spec.end {
        Ok(conversion) => Ok((conversion, Layout { flags, width, precision })),
        Err(fault) => {
            if let Fault::Unsupported { .. } = fault {
                operands.next()?;
            }
            Err(fault.error())
        }
    }
}

fn star(operands: &mut Operands<'_>, too_large: &'static str) -> Result<i64, PercentError> {
    match operand::to_index(operands.next()?) {
        Some(Int::Small(int)) => Ok(int),
        Some(Int::Big(_)) => Err(PercentError::overflow(too_large)),
        None => Err(star_wants_int()),
    }
}

impl Fault {
    /// The error that CPython raises for it.
    pub(crate) fn error(self) -> PercentError {
        match self {
            Fault::Incomplete => PercentError::value_error("incomplete format"),
            Fault::WidthTooBig => PercentError::value_error("width too big"),
            Fault::PrecisionTooBig => PercentError::value_error("precision too big"),
            Fault::Unsupported { character, index } => {
                let shown = match u8::try_from(character) {
                    Ok(byte @ 31..127) => char::from(byte),
                    _ => '?',
                };
                PercentError::value_error(format!(
                    "unsupported format character '{shown}' ({character:#x}) at index {index}"
                ))
            }
        }
    }
}

pub(crate) fn needs_operand() -> PercentError {
    PercentError::type_error("not enough arguments for format string")
}

pub(crate) fn star_wants_int() -> PercentError {
    PercentError::type_error("* wants int")
}

fn needs_mapping() -> PercentError {
    PercentError::type_error("format requires a mapping")
}

pub(crate) fn open_key() -> PercentError {
    PercentError::value_error("incomplete format key")
}

fn wrong_type(conversion: Conversion, value: Value<'_>) -> PercentError {
    wrong_type_name(conversion, &operand::type_name(value))
}

/// The error for an operand of a type that the conversion doesn't take.
pub(crate) fn wrong_type_name(conversion: Conversion, type_name: &str) -> PercentError {
    PercentError::type_error(match conversion {
        Conversion::Int(letter @ (b'o' | b'x' | b'X')) => {
            let letter = char::from(letter);
            format!("%{letter} format: an integer is required, not {type_name}")
        }
        Conversion::Int(letter) => {
            let letter = char::from(letter);
            format!("%{letter} format: a real number is required, not {type_name}")
        }
        Conversion::Float(_) => format!("must be real number, not {type_name}"),
        _ => "%c requires int or char".to_owned(),
    })
}
