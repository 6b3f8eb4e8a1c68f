mod codec;
mod errors;
mod legacy;
mod names;

pub use codec::{Codec, EncodeError};
pub use errors::Errors;
pub use names::lookup;

pub(crate) use codec::next_code_point;

/// A codec or an error handler that can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Python doesn't know it either (`LookupError`).
    #[error("unknown encoding `{0}`")]
    Unknown(String),
    /// Python has this codec, logyard hasn't yet.
    #[error("encoding `{0}` is not supported yet: use `utf-8` or another of Python's common ones")]
    NotSupported(String),
    /// Python has no such error handler.
    #[error(
        "unknown error handler `{0}`: expected `strict`, `backslashreplace` or another of Python's"
    )]
    UnknownErrors(String),
    /// Python has this error handler, logyard hasn't yet.
    #[error("error handler `{0}` is not supported yet: `backslashreplace` loses nothing either")]
    ErrorsNotSupported(String),
}
