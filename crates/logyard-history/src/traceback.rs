/// What a traceback's text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traceback<'t> {
    /// The exception's type as Python prints it, such as `KeyError` or `shop.errors.OutOfStock`; of a
    /// chain, that of the last one.
    pub exception: &'t [u8],
    /// The frames of that exception, the innermost last.
    pub frames: Vec<Frame<'t>>,
}

/// A line of a traceback: `File "shop/cart.py", line 12, in add`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'t> {
    /// The file's path.
    pub file: &'t [u8],
    /// The line's number.
    pub line: u32,
    /// The function's name.
    pub function: &'t [u8],
}

/// Frames that are kept: those of a recursion without end are many.
const MOST_FRAMES: usize = 200;

impl<'t> Traceback<'t> {
    /// Reads the text of `traceback.format_exception`. None if it is something else.
    pub fn parse(text: &'t [u8]) -> Option<Traceback<'t>> {
        let mut found: Option<Traceback<'t>> = None;
        let mut is_open = false;
        for line in text.split(|byte| *byte == b'\n') {
            // of a group's exceptions, the group's own lines: they begin with `  | `
            let line = line.strip_prefix(b"  | ").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.ends_with(b"Traceback (most recent call last):") {
                // a nested one begins with a deeper sign
                if line.starts_with(b"   ") {
                    break;
                }
                (found, is_open) = (Some(Traceback::default()), true);
            } else if let Some(traceback) = found.as_mut().filter(|_| is_open) {
                if let Some(frame) = Frame::parse(line) {
                    if traceback.frames.len() < MOST_FRAMES {
                        traceback.frames.push(frame);
                    }
                } else if line.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                    let end = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
                    traceback.exception = line.get(..end).unwrap_or_default();
                    is_open = false;
                }
            }
        }
        found.filter(|traceback| !traceback.exception.is_empty())
    }

    /// The frames in the service's own code; all of them if none is.
    pub fn own_frames(&self) -> impl Iterator<Item = &Frame<'t>> {
        let any = self.frames.iter().any(Frame::is_own);
        self.frames.iter().filter(move |frame| !any || frame.is_own())
    }
}

impl<'t> Frame<'t> {
    fn parse(line: &'t [u8]) -> Option<Frame<'t>> {
        let rest = line.strip_prefix(b"  File \"")?;
        let end = rest.windows(8).position(|window| window == b"\", line ")?;
        let (file, rest) = (rest.get(..end)?, rest.get(end + 8..)?);
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let line = std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()?;
        let function = rest.get(digits..)?.strip_prefix(b", in ").unwrap_or_default();
        Some(Frame { file, line, function })
    }

    /// Whether it is neither in the standard library nor in an installed package.
    pub fn is_own(&self) -> bool {
        const OTHERS: [&[u8]; 4] =
            [b"/site-packages/", b"/dist-packages/", b"/lib/python", b"/lib64/python"];
        let contains = |part: &&[u8]| self.file.windows(part.len()).any(|window| window == *part);
        !self.file.starts_with(b"<") && !OTHERS.iter().any(contains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_exception_of_a_chain_counts() {
        let text = br#"Traceback (most recent call last):
  File "/srv/shop/cart.py", line 3, in add
    item = stock[name]
           ~~~~~^^^^^^
KeyError: 'a: b'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/lib/python3.13/threading.py", line 1, in run
  File "/srv/shop/cart.py", line 5, in <module>
    raise OutOfStock(name)
shop.errors.OutOfStock: a
  File "x", line 1, in y"#;
        let found = Traceback::parse(text).unwrap();
        assert_eq!(found.exception, b"shop.errors.OutOfStock");
        assert_eq!(found.frames.len(), 2);
        let own: Vec<_> = found.own_frames().map(|frame| (frame.line, frame.function)).collect();
        assert_eq!(own, [(5, &b"<module>"[..])]);
        assert_eq!(Traceback::parse(b"no traceback"), None);
        assert_eq!(Traceback::parse(b"Traceback (most recent call last):"), None);
    }

    #[test]
    fn of_a_group_the_group_counts() {
        let text = br#"  + Exception Group Traceback (most recent call last):
  |   File "/srv/a.py", line 1, in <module>
  |     raise ExceptionGroup("two", [ValueError(1), KeyError(2)])
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/b.py", line 2, in f
    | ValueError: 1
    +------------------------------------"#;
        let found = Traceback::parse(text).unwrap();
        assert_eq!((found.exception, found.frames.len()), (&b"ExceptionGroup"[..], 1));
    }
}
