mod character_names;
mod codec;
mod errors;
mod escapes;
mod hz;
mod iso2022;
mod multibyte;
mod names;
mod table;
mod utf7;

pub use codec::{Codec, EncodeError, State};
pub use errors::Errors;
pub use names::lookup;

pub(crate) use codec::next_code_point;

/// A codec or an error handler that can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Python doesn't know it either (`LookupError`).
    #[error("unknown encoding `{0}`")]
    Unknown(String),
    /// Python opens a file with this codec, but nobody could read lines in it.
    #[error("encoding `{0}` can't write lines: use `utf-8` or another encoding of texts")]
    NotForLines(String),
    /// Python has no such error handler.
    #[error(
        "unknown error handler `{0}`: expected `strict`, `backslashreplace` or another of Python's"
    )]
    UnknownErrors(String),
}
