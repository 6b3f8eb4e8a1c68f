//! `str`, `repr` and `ascii` of values, as the newest CPython prints them.

mod float;
mod int;
mod printer;
mod quote;
mod unprintable;

use logyard_pickle::Value;
use thiserror::Error;

pub use float::write_float;
pub(crate) use float::{write_complex, write_complex64, write_float32};
pub(crate) use int::write_unsigned;
pub use int::{MAX_DIGITS, write_int};
pub(crate) use printer::{Comma, Form, Printer, Step};
pub(crate) use quote::{next_point, write_bytes_repr, write_hex, write_str_repr};

/// Longest text of one value, in bytes. It is the longest frame by default: a value that prints
/// longer than the frame it came in is escapes or sharing, and sharing can blow up without end.
pub const TEXT_LIMIT: usize = 16 << 20;

/// Containers within containers that are printed, at most: about where CPython 3.13 raises
/// RecursionError (its C stack limit).
pub const DEPTH_LIMIT: usize = 10_000;

/// Why a value has no text. CPython raises in the same place, or would run out of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text would be longer than [`TEXT_LIMIT`].
    #[error("the text of the value is longer than {} MiB", TEXT_LIMIT >> 20)]
    TooLong,
    /// Containers are nested deeper than [`DEPTH_LIMIT`] (RecursionError in CPython).
    #[error("the value is nested more than {DEPTH_LIMIT} deep")]
    TooDeep,
    /// An integer has more than [`MAX_DIGITS`] digits (ValueError in CPython).
    #[error("an integer in the value has more than {MAX_DIGITS} digits")]
    TooManyDigits,
}

/// Appends `str(value)` as WTF-8. On an error `out` is as before.
///
/// Gives the bytes that were worked on without leaving text (a path's parts may cancel each other).
/// Who writes one value many times has to bound their sum as well as the text's length.
pub fn write_str(value: Value<'_>, out: &mut Vec<u8>) -> Result<usize, TextError> {
    match value {
        // what nearly every attribute is
        Value::Str(text) => out.extend_from_slice(text),
        Value::Int(n) => write_int(n, out),
        _ => return printer::print(value, Form::Str, TEXT_LIMIT, out),
    }
    Ok(0)
}

/// Appends `repr(value)` as WTF-8. On an error `out` is as before. It gives what [`write_str`] does.
pub fn write_repr(value: Value<'_>, out: &mut Vec<u8>) -> Result<usize, TextError> {
    printer::print(value, Form::Repr, TEXT_LIMIT, out)
}

/// Appends `ascii(value)`. On an error `out` is as before. It gives what [`write_str`] does.
pub fn write_ascii(value: Value<'_>, out: &mut Vec<u8>) -> Result<usize, TextError> {
    let start = out.len();
    let paid = printer::print(value, Form::Repr, TEXT_LIMIT, out)?;
    let end = start.saturating_add(TEXT_LIMIT);
    quote::escape_non_ascii(start, end, out);
    if out.len() > end {
        out.truncate(start);
        return Err(TextError::TooLong);
    }
    Ok(paid)
}
