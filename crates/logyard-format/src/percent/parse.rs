//! The grammar of a `%` format, read piece by piece: `unicode_format_arg_parse` in CPython's
//! `unicodeobject.c`, without the operands.

/// What a `%` format is made of, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'f> {
    /// Text that is copied (a `%%` gives `%`).
    Literal(&'f [u8]),
    /// A conversion.
    Field(Field<'f>),
}

/// One conversion, `%(key)-10.3s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'f> {
    /// Byte offset of the `%` in the format.
    pub(crate) at: usize,
    pub(crate) key: Key<'f>,
    pub(crate) spec: Spec,
}

/// The mapping key of a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'f> {
    /// `%s`: the next operand.
    Next,
    /// `%(key)s`.
    Named(&'f [u8]),
    /// `%(key` with no closing parenthesis: an error, but one that a missing mapping precedes.
    Open,
}

/// All of a conversion but its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) flags: Flags,
    pub(crate) width: Size,
    pub(crate) precision: Size,
    /// What to do with the operand, or why there's nothing to be done. CPython notices a fault only
    /// after it has fetched the operands before it, and their absence is then the error it raises.
    pub(crate) end: Result<Conversion, Fault>,
}

impl Spec {
    /// A bare `%s`.
    pub(crate) const PLAIN: Spec = Spec {
        flags: Flags { alternate: false, zero: false, left: false, blank: false, sign: false },
        width: Size::Unset,
        precision: Size::Unset,
        end: Ok(Conversion::Str),
    };

    /// `%s` with nothing that matters; flags do nothing without a width.
    pub(crate) fn is_plain(&self) -> bool {
        Spec { flags: Spec::PLAIN.flags, ..*self } == Spec::PLAIN
    }

    /// Whether it takes its width or precision from the operands.
    pub(crate) fn has_star(&self) -> bool {
        self.width == Size::Star || self.precision == Size::Star
    }
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Unset,
    Fixed(usize),
    /// `*`: taken from the operands.
    Star,
}

/// The flag characters that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// `#`
    pub(crate) alternate: bool,
    /// `0`
    pub(crate) zero: bool,
    /// `-`
    pub(crate) left: bool,
    /// ` `
    pub(crate) blank: bool,
    /// `+`
    pub(crate) sign: bool,
}

/// What the letter asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversion {
    Str,
    Repr,
    Ascii,
    Char,
    /// `d`, `i`, `u`, `o`, `x` or `X`.
    Int(u8),
    /// `e`, `E`, `f`, `F`, `g` or `G`.
    Float(u8),
}

impl Conversion {
    /// Whether it takes any operand, by its text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Conversion::Str | Conversion::Repr | Conversion::Ascii)
    }
}

/// Why a format can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Incomplete,
    WidthTooBig,
    PrecisionTooBig,
    /// The character and its index, counted in characters.
    Unsupported {
        character: u32,
        index: usize,
    },
}

/// Reads a format from the left; ends after the first fault.
pub(crate) struct Pieces<'f> {
    format: &'f [u8],
    pos: usize,
}

impl<'f> Pieces<'f> {
    pub(crate) fn new(format: &'f [u8]) -> Pieces<'f> {
        Pieces { format, pos: 0 }
    }

    /// Byte offset of what is read next.
    pub(crate) fn pos(&self) -> usize {
        self.pos
    }

    fn rest(&self) -> &'f [u8] {
        self.format.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.pos).copied()
    }

    fn field(&mut self, at: usize) -> Field<'f> {
        let key = self.key();
        let mut spec = Spec {
            flags: Flags::default(),
            width: Size::Unset,
            precision: Size::Unset,
            end: Err(Fault::Incomplete),
        };
        if key != Key::Open {
            spec.end = self.spec(&mut spec);
        }
        if key == Key::Open || spec.end.is_err() {
            self.pos = self.format.len();
        }
        Field { at, key, spec }
    }

    /// The key, up to the parenthesis that closes it; pairs inside belong to it.
    fn key(&mut self) -> Key<'f> {
        if self.peek() != Some(b'(') {
            return Key::Next;
        }
        self.pos += 1;
        let inside = self.rest();
        let mut depth = 1_usize;
        for (len, &byte) in inside.iter().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.pos += len + 1;
                return Key::Named(inside.get(..len).unwrap_or_default());
            }
        }
        Key::Open
    }

    fn spec(&mut self, spec: &mut Spec) -> Result<Conversion, Fault> {
        spec.flags = self.flags();
        // Py_ssize_t for the width, int for the precision: larger ones are CPython's errors.
        spec.width = self.size(i64::MAX).ok_or(Fault::WidthTooBig)?;
        if self.peek() == Some(b'.') {
            self.pos += 1;
            spec.precision = match self.size(i32::MAX.into()).ok_or(Fault::PrecisionTooBig)? {
                Size::Unset => Size::Fixed(0),
                size => size,
            };
        }
        if let Some(b'h' | b'l' | b'L') = self.peek() {
            self.pos += 1;
        }
        let letter = self.peek().ok_or(Fault::Incomplete)?;
        let conversion = match letter {
            b's' => Conversion::Str,
            b'r' => Conversion::Repr,
            b'a' => Conversion::Ascii,
            b'c' => Conversion::Char,
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => Conversion::Int(letter),
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => Conversion::Float(letter),
            _ => {
                let before = self.format.get(..self.pos).unwrap_or_default();
                return Err(Fault::Unsupported {
                    character: crate::wtf8::first_char(self.rest()).unwrap_or_default(),
                    index: crate::wtf8::count(before),
                });
            }
        };
        self.pos += 1;
        Ok(conversion)
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.alternate = true,
                b'0' => flags.zero = true,
                b'-' => flags.left = true,
                b' ' => flags.blank = true,
                b'+' => flags.sign = true,
                _ => break,
            }
            self.pos += 1;
        }
        flags
    }

    /// A number, a `*`, or nothing; `None` when the number is above `max`.
    fn size(&mut self, max: i64) -> Option<Size> {
        if self.peek() == Some(b'*') {
            self.pos += 1;
            return Some(Size::Star);
        }
        let mut size = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let digit = i64::from(digit - b'0');
            let so_far = size.unwrap_or(0_i64);
            if so_far > (max - digit) / 10 {
                return None;
            }
            size = Some(so_far * 10 + digit);
            self.pos += 1;
        }
        match size {
            None => Some(Size::Unset),
            Some(size) => usize::try_from(size).ok().map(Size::Fixed),
        }
    }
}

impl<'f> Iterator for Pieces<'f> {
    type Item = Piece<'f>;

    fn next(&mut self) -> Option<Piece<'f>> {
        let rest = self.rest();
        let at = self.pos;
        match memchr::memchr(b'%', rest) {
            None if rest.is_empty() => None,
            None => {
                self.pos = self.format.len();
                Some(Piece::Literal(rest))
            }
            Some(0) if rest.get(1) == Some(&b'%') => {
                self.pos += 2;
                Some(Piece::Literal(b"%"))
            }
            Some(0) => {
                self.pos += 1;
                Some(Piece::Field(self.field(at)))
            }
            Some(len) => {
                self.pos += len;
                Some(Piece::Literal(rest.get(..len).unwrap_or_default()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(format: &str) -> Field<'_> {
        match Pieces::new(format.as_bytes()).next() {
            Some(Piece::Field(field)) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn literals_and_fields() {
        let pieces: Vec<_> = Pieces::new(b"a%%b%(x)sc").collect();
        assert_eq!(pieces.len(), 5);
        assert_eq!(pieces[1], Piece::Literal(b"%"));
        assert!(matches!(pieces[3], Piece::Field(Field { at: 4, key: Key::Named(b"x"), .. })));
        assert_eq!(pieces[4], Piece::Literal(b"c"));
    }

    #[test]
    fn keys_nest() {
        assert_eq!(field("%(a(b)c)s").key, Key::Named(b"a(b)c"));
        assert_eq!(field("%()s").key, Key::Named(b""));
        assert_eq!(field("%(a(b)s").key, Key::Open);
    }

    #[test]
    fn sizes() {
        let spec = field("%-+ #010.20ld").spec;
        assert!(spec.flags.left && spec.flags.sign && spec.flags.blank);
        assert!(spec.flags.alternate && spec.flags.zero);
        assert_eq!((spec.width, spec.precision), (Size::Fixed(10), Size::Fixed(20)));
        assert_eq!(spec.end, Ok(Conversion::Int(b'd')));
        assert_eq!(field("%.s").spec.precision, Size::Fixed(0));
        let spec = field("%*.*s").spec;
        assert_eq!((spec.width, spec.precision), (Size::Star, Size::Star));
    }

    #[test]
    fn faults() {
        let end = |format| field(format).spec.end;
        assert_eq!(end("%"), Err(Fault::Incomplete));
        assert_eq!(end("%5."), Err(Fault::Incomplete));
        assert_eq!(end("%(a)"), Err(Fault::Incomplete));
        assert_eq!(end("%99999999999999999999s"), Err(Fault::WidthTooBig));
        assert_eq!(end("%.2147483648s"), Err(Fault::PrecisionTooBig));
        assert_eq!(end("%lld"), Err(Fault::Unsupported { character: 0x6c, index: 2 }));
        assert_eq!(end("%5%"), Err(Fault::Unsupported { character: 0x25, index: 2 }));
        assert_eq!(end("%é"), Err(Fault::Unsupported { character: 0xe9, index: 1 }));
    }

    #[test]
    fn nothing_follows_a_fault() {
        assert_eq!(Pieces::new(b"a%yb%s").count(), 2);
        assert_eq!(Pieces::new(b"%(a").count(), 1);
    }
}
