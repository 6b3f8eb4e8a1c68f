use logyard_pickle::Value;
use logyard_record::{Attr, Record, write_str};

use crate::error::{FormatError, PercentError, Raised};
use crate::{operand, percent};

/// Appends `LogRecord.getMessage()`: `str(msg)`, merged with `args` if there are any.
///
/// A stock `SocketHandler` has merged them already. `args` is taken as it came (`makeLogRecord`
/// doesn't unpack a tuple of one dict, which only `LogRecord.__init__` does). A client that sent objects
/// in them has made the text itself. On an error `out` is as before.
pub fn message(record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
    if let Some(text) = record.message() {
        out.extend_from_slice(text);
        return Ok(());
    }
    merged(record.attr(Attr::Msg), record.attr(Attr::Args), out)
}

/// Appends `getMessage()` of a record with this `msg` and these `args`. On an error `out` is as before.
pub(crate) fn merged(
    msg: Value<'_>,
    args: Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let start = out.len();
    let done = merge(msg, args, out);
    done.map_err(|error| {
        out.truncate(start);
        match error.raised {
            Raised::MemoryError => FormatError::TooLong,
            _ => FormatError::BadArguments(error),
        }
    })
}

fn merge(msg: Value<'_>, args: Value<'_>, out: &mut Vec<u8>) -> Result<(), PercentError> {
    let mut text = Vec::new();
    match (msg, operand::is_true(args)) {
        (Value::Str(format), true) => percent::fill(format, args, out),
        (msg, true) => {
            write_str(msg, &mut text)?;
            percent::fill(&text, args, out)
        }
        (msg, false) => {
            write_str(msg, out)?;
            Ok(())
        }
    }
}
