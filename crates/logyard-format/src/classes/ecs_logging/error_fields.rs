//! The fields below `error`.

use std::ops::Range;

use logyard_pickle::Value;
use logyard_record::{Attr, Record, write_str};

use crate::classes::traceback::Traceback;
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
        // what the client tells of it needs no guess
        if let Some(exception) = record.exception() {
            let class = exception.class.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
            fields.kind = add(class);
            fields.message = add(exception.message);
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

    #[test]
    fn frames_are_limited() {
        let frames = b"  File \"a\"\n    x\n    ^\n  File \"b\"\n    y\n";
        assert_eq!(first_frames(frames, Some(0)), b"");
        assert_eq!(first_frames(frames, Some(1)), b"  File \"a\"\n    x\n    ^\n");
        assert_eq!(first_frames(frames, Some(2)), frames);
    }
}
