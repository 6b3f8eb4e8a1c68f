//! What a traceback's text tells of an exception: its class, its message and the frames.

/// One exception's part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Traceback<'t> {
    /// The class's name without its module.
    pub(super) kind: &'t [u8],
    pub(super) message: &'t [u8],
    /// Whole lines.
    pub(super) frames: &'t [u8],
}

const TITLE: &[u8] = b"Traceback (most recent call last):\n";

impl<'t> Traceback<'t> {
    /// The last one: it is the exception that was logged, those before it are what it came of.
    pub(super) fn read(text: &'t [u8]) -> Option<Traceback<'t>> {
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
}
