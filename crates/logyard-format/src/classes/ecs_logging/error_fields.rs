//! What a traceback's text tells of an exception: its class, its message and the frames.

use std::ops::Range;

use logyard_pickle::Value;
use logyard_record::{Attr, Record, write_str};

use crate::error::PercentError;
use crate::operand;

/// The fields below `error`, as ranges of the buffer.
#[derive(Default)]
pub(super) struct ErrorFields {
    pub(super) kind: Option<Range<usize>>,
    pub(super) message: Option<Range<usize>>,
    pub(super) stack_trace: Option<Range<usize>>,
}

impl ErrorFields {
    /// Those of the last exception of `exc_text`, else the stack. A text that is no traceback is the
    /// stack trace as it is.
    pub(super) fn of(
        record: &Record<'_>,
        limit: Option<u64>,
        texts: &mut Vec<u8>,
    ) -> Result<ErrorFields, PercentError> {
        let mut fields = ErrorFields::default();
        let mut add = |text: &[u8]| {
            let start = texts.len();
            texts.extend_from_slice(text);
            Some(start..texts.len())
        };
        if let Value::Str(text) = record.attr(Attr::ExcText)
            && !text.is_empty()
        {
            match Traceback::read(text) {
                Some(traceback) => {
                    fields.kind = add(traceback.kind);
                    fields.message = add(traceback.message);
                    let frames = first_frames(traceback.frames, limit);
                    if !frames.is_empty() {
                        fields.stack_trace = add(frames);
                    }
                }
                None => fields.stack_trace = add(text),
            }
        }
        let stack = record.attr(Attr::StackInfo);
        if fields.stack_trace.is_none() && operand::is_true(stack) {
            let start = texts.len();
            write_str(stack, texts)?;
            fields.stack_trace = Some(start..texts.len());
        }
        Ok(fields)
    }
}

/// One exception's part of a text.
#[derive(Debug, PartialEq, Eq)]
struct Traceback<'t> {
    /// The class's name without its module.
    kind: &'t [u8],
    message: &'t [u8],
    /// Whole lines.
    frames: &'t [u8],
}

const TITLE: &[u8] = b"Traceback (most recent call last):\n";

impl<'t> Traceback<'t> {
    /// The last one: it is the exception that was logged, those before it are what it came of.
    fn read(text: &'t [u8]) -> Option<Traceback<'t>> {
        let starts = memchr::memmem::find_iter(text, TITLE);
        let at_line = |at: &usize| *at == 0 || text.get(at - 1) == Some(&b'\n');
        let body = match starts.filter(at_line).last() {
            Some(at) => text.get(at + TITLE.len()..)?,
            // an exception that was never raised
            None => text,
        };
        let mut len = 0;
        for line in body.split_inclusive(|&byte| byte == b'\n') {
            if !line.starts_with(b"  ") {
                break;
            }
            len += line.len();
        }
        let (frames, rest) = body.split_at_checked(len)?;
        let first = rest.split(|&byte| byte == b'\n').next()?;
        let (name, message) = match memchr::memmem::find(first, b": ") {
            Some(at) => (rest.get(..at)?, rest.get(at + 2..)?),
            None => (first, rest.get(first.len() + 1..).unwrap_or_default()),
        };
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"._<>".contains(byte);
        if name.is_empty() || !name.iter().all(is_name) {
            return None;
        }
        let kind = name.rsplit(|&byte| byte == b'.').next()?;
        Some(Traceback { kind, message, frames })
    }
}

/// `format_tb(tb, limit)`
fn first_frames(frames: &[u8], limit: Option<u64>) -> &[u8] {
    let Some(limit) = limit else { return frames };
    let mut seen = 0;
    let mut len = 0;
    for line in frames.split_inclusive(|&byte| byte == b'\n') {
        seen += u64::from(line.starts_with(b"  File "));
        if seen > limit {
            break;
        }
        len += line.len();
    }
    frames.get(..len).unwrap_or(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&str, &str, &str)> {
        let Traceback { kind, message, frames } = Traceback::read(text.as_bytes())?;
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        Some((text(kind), text(message), text(frames)))
    }

    #[test]
    fn the_last_exception_counts() {
        let text = "Traceback (most recent call last):\n  File \"a\", line 1, in f\n    f()\n\
                    KeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\n\
                    Traceback (most recent call last):\n  File \"b\", line 2, in g\napp.errors.Bad: one\ntwo";
        assert_eq!(read(text), Some(("Bad", "one\ntwo", "  File \"b\", line 2, in g\n")));
        assert_eq!(read("ValueError"), Some(("ValueError", "", "")));
        assert_eq!(read("  + Exception Group Traceback (most recent call last):\n  | x"), None);
        assert_eq!(read("what is this"), None);
    }

    #[test]
    fn frames_are_limited() {
        let frames = b"  File \"a\"\n    x\n    ^\n  File \"b\"\n    y\n";
        assert_eq!(first_frames(frames, Some(0)), b"");
        assert_eq!(first_frames(frames, Some(1)), b"  File \"a\"\n    x\n    ^\n");
        assert_eq!(first_frames(frames, Some(2)), frames);
    }
}
