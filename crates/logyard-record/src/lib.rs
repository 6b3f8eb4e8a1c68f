//! Records as Python's `logging` has them, and Python's texts of their values.
//!
//! [`Record`] is what `logging.makeLogRecord` makes of a received dict. [`write_str`],
//! [`write_repr`] and [`write_ascii`] give the text that the newest CPython (3.13's rules) gives
//! for a value; see there for the limits. Objects of well-known classes (`datetime`, `Decimal`,
//! `OrderedDict` …) print as the real ones would, all others as `<module.Class object …>`.

mod attr;
mod known;
mod record;
mod text;
mod type_name;

pub use attr::Attr;
pub use known::{NumpyScalar, exception_name, is_exception, numpy_scalar};
pub use record::{Exception, NotARecord, Received, Record};
pub use text::{
    DEPTH_LIMIT, MAX_DIGITS, TEXT_LIMIT, TextError, write_ascii, write_float, write_int,
    write_repr, write_str,
};
pub use type_name::type_name;
