//! The request that `AccessFormatter` reads from a record: from its `args`, or from its message.

use std::ops::Range;

use logyard_compat::Compat;
use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use super::{RESET, phrases};
use crate::error::PercentError;
use crate::operand;
use crate::percent::Int;
use crate::str_format::write_plain;

/// One request of the access log.
pub(super) struct Request<'a> {
    client_addr: Part<'a>,
    method: Part<'a>,
    full_path: Part<'a>,
    http_version: Part<'a>,
    status: Int,
}

/// A value of `args`, or a range of the message's copy.
enum Part<'a> {
    Value(Value<'a>),
    Range(Range<usize>),
}

/// The two fields that are texts of several parts, as ranges of the buffer.
pub(super) struct Lines {
    pub(super) request_line: Range<usize>,
    pub(super) status_code: Range<usize>,
}

/// The request in `args`: address, method, path, version, status.
///
/// A stock SocketHandler has merged `args` into the message and sends none. CPython's AccessFormatter
/// fails on such a record; here the message is read, which uvicorn has made as
/// `ADDRESS - "METHOD PATH HTTP/VERSION" STATUS`. It is copied to `texts` for that.
pub(super) fn read<'a>(
    record: &Record<'a>,
    message: &[u8],
    texts: &mut Vec<u8>,
) -> Result<Request<'a>, PercentError> {
    let args = match record.attr(Attr::Args) {
        Value::Tuple(args) | Value::List(args) if !args.is_empty() => args,
        Value::None | Value::Tuple(_) => return parse(message, texts),
        other => {
            let kind = operand::type_name(other);
            let what = format!("`args` is of type {kind}, not the five parts of a request");
            return Err(PercentError::type_error(what));
        }
    };
    let mut parts = args.iter();
    let mut next = || parts.next().filter(|_| args.len() == 5);
    let (Some(client_addr), Some(method), Some(full_path), Some(http_version), Some(status)) =
        (next(), next(), next(), next(), next())
    else {
        let what = if args.len() > 5 {
            // 3.14 adds how many there are.
            "too many values to unpack (expected 5)".to_owned()
        } else {
            format!("not enough values to unpack (expected 5, got {})", args.len())
        };
        return Err(PercentError::value_error(what));
    };
    Ok(Request {
        client_addr: Part::Value(client_addr),
        method: Part::Value(method),
        full_path: Part::Value(full_path),
        http_version: Part::Value(http_version),
        status: whole(status)?,
    })
}

/// `int(status_code)`
fn whole(value: Value<'_>) -> Result<Int, PercentError> {
    let (Value::Str(text) | Value::Bytes(text) | Value::ByteArray(text)) = value else {
        return operand::to_int(value)?.ok_or_else(|| {
            let kind = operand::type_name(value);
            let what = format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{kind}'"
            );
            PercentError::type_error(what)
        });
    };
    let digits = std::str::from_utf8(text).unwrap_or_default().trim();
    digits.parse().map(Int::Small).map_err(|_| {
        let mut shown = Vec::new();
        // What is too long to be shown is left out.
        let shown_as = if let Value::ByteArray(text) = value { Value::Bytes(text) } else { value };
        let _ = logyard_record::write_repr(shown_as, &mut shown);
        let shown = String::from_utf8_lossy(&shown);
        PercentError::value_error(format!("invalid literal for int() with base 10: {shown}"))
    })
}

/// The request in a message.
fn parse<'a>(message: &[u8], texts: &mut Vec<u8>) -> Result<Request<'a>, PercentError> {
    let start = texts.len();
    texts.extend_from_slice(message);
    let parts = split(message).ok_or_else(|| {
        PercentError::type_error(
            "`args` did not come with the record, and the message is not as uvicorn's: \
             ADDRESS - \"METHOD PATH HTTP/VERSION\" STATUS",
        )
    })?;
    let moved = |range: Range<usize>| Part::Range(start + range.start..start + range.end);
    let [client_addr, method, full_path, http_version] = parts.texts.map(moved);
    Ok(Request { client_addr, method, full_path, http_version, status: Int::Small(parts.status) })
}

struct Parts {
    texts: [Range<usize>; 4],
    status: i64,
}

/// uvicorn quotes the path, so it has no blank; an address has none either.
fn split(message: &[u8]) -> Option<Parts> {
    let text = std::str::from_utf8(message).ok()?;
    let address = text.find(" - \"")?;
    let quote = text.rfind("\" ")?;
    let status: i64 = text.get(quote + 2..)?.parse().ok()?;
    let method = address + 4;
    let request = text.get(method..quote)?;
    let path = method + request.find(' ')? + 1;
    let version = method + request.rfind(" HTTP/")?;
    let full_path = path..version;
    if full_path.is_empty() || text.get(full_path.clone())?.contains(' ') {
        return None;
    }
    Some(Parts { texts: [0..address, method..path - 1, full_path, version + 6..quote], status })
}

impl Request<'_> {
    /// The address, which is a field as it is.
    pub(super) fn client_addr<'t>(&self, texts: &'t [u8]) -> Value<'t>
    where
        Self: 't,
    {
        match &self.client_addr {
            Part::Value(value) => *value,
            Part::Range(range) => Value::Str(texts.get(range.clone()).unwrap_or_default()),
        }
    }

    /// Appends the request line and the status with its phrase.
    pub(super) fn write(
        &self,
        use_colors: bool,
        compat: Compat,
        texts: &mut Vec<u8>,
    ) -> Result<Lines, PercentError> {
        let start = texts.len();
        if use_colors {
            texts.extend_from_slice(b"\x1b[1m");
        }
        write_part(&self.method, texts)?;
        texts.push(b' ');
        write_part(&self.full_path, texts)?;
        texts.extend_from_slice(b" HTTP/");
        write_part(&self.http_version, texts)?;
        if use_colors {
            texts.extend_from_slice(RESET);
        }
        let middle = texts.len();
        let colour = if use_colors { status_colour(&self.status) } else { None };
        if let Some(colour) = colour {
            texts.extend_from_slice(colour);
        }
        let phrase = match &self.status {
            Int::Small(status) => {
                logyard_record::write_int(*status, texts);
                phrases::phrase(*status, compat).unwrap_or_default()
            }
            Int::Big(status) => {
                texts.extend_from_slice(status.to_string().as_bytes());
                ""
            }
        };
        texts.push(b' ');
        texts.extend_from_slice(phrase.as_bytes());
        if colour.is_some() {
            texts.extend_from_slice(RESET);
        }
        Ok(Lines { request_line: start..middle, status_code: middle..texts.len() })
    }
}

/// As in an f-string.
fn write_part(part: &Part<'_>, texts: &mut Vec<u8>) -> Result<(), PercentError> {
    match part {
        Part::Value(value) => {
            write_plain(*value, texts)?;
        }
        Part::Range(range) => texts.extend_from_within(range.clone()),
    }
    Ok(())
}

/// `AccessFormatter.status_code_colours`
fn status_colour(status: &Int) -> Option<&'static [u8]> {
    let Int::Small(status) = status else { return None };
    Some(match status.div_euclid(100) {
        1 => b"\x1b[97m",
        2 => b"\x1b[32m",
        3 => b"\x1b[33m",
        4 => b"\x1b[31m",
        5 => b"\x1b[91m",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(message: &str) -> Option<(Vec<&str>, i64)> {
        let parts = split(message.as_bytes())?;
        Some((parts.texts.map(|range| message.get(range).unwrap()).to_vec(), parts.status))
    }

    #[test]
    fn uvicorns_message_is_read() {
        let read = parts("127.0.0.1:5000 - \"GET /a?b=\"c\" HTTP/1.1\" 200");
        assert_eq!(read, Some((vec!["127.0.0.1:5000", "GET", "/a?b=\"c\"", "1.1"], 200)));
        let read = parts(" - \"POST / HTTP/2\" 999");
        assert_eq!(read, Some((vec!["", "POST", "/", "2"], 999)));
    }

    #[test]
    fn other_messages_are_not() {
        for message in [
            "",
            "hello",
            "a - \"GET / HTTP/1.1\"",
            "a - \"GET / HTTP/1.1\" ok",
            "a - \"GET /\" 200",
            "a - \"GET  HTTP/1.1\" 200",
            "a - \"GET /a b HTTP/1.1\" 200",
            "a - \"GET / HTTP/1.1\" 200 ",
        ] {
            assert_eq!(parts(message), None, "{message}");
        }
    }
}
