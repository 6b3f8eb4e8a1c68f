//! From a record to its text: `logging.Formatter`, byte for byte as CPython has it.
//!
//! A [`Formatter`] is compiled once; [`Formatter::format`] then appends a record's text to the
//! caller's buffer. What one record leaves for the next (the `asctime` of the second, the merged
//! message) lives in a [`Scratch`].
//!
//! Texts are Python strings: UTF-8 that may also hold lone surrogates, three bytes each.

mod asctime;
pub mod classes;
mod error;
mod formatter;
mod json;
mod message;
mod operand;
mod percent;
mod plain;
mod scratch;
mod str_format;
mod styles;
mod wtf8;

pub use classes::Class;
pub use error::{FormatError, FormatSpecError, PercentError, Raised, TEXT_LIMIT};
pub use formatter::{FormatSpec, Formatter};
pub use message::message;
pub use plain::{Plain, pickle_dict};
pub use scratch::Scratch;
pub use styles::Style;
