//! The grammar of a `str.format` text, read piece by piece: `MarkupIterator_next` and `parse_field`
//! in CPython's `stringlib/unicode_format.h`.

/// What a format is made of, in order. Nothing follows a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'f> {
    /// Text that is copied.
    Literal(&'f [u8]),
    Field(Field<'f>),
    /// What is wrong with the format from byte `at` on, in CPython's words (a ValueError).
    Fault {
        at: usize,
        text: &'static str,
    },
}

/// One replacement field, `{name!conversion:spec}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'f> {
    /// Byte offset of the `{` in the format.
    pub(crate) at: usize,
    pub(crate) name: &'f [u8],
    /// The character after `!`, whatever it is.
    pub(crate) conversion: Option<u32>,
    pub(crate) spec: &'f [u8],
    /// Byte offset of `spec`.
    pub(crate) spec_at: usize,
}

/// Reads a format from the left.
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

    fn slice(&self, from: usize, to: usize) -> &'f [u8] {
        self.format.get(from..to).unwrap_or_default()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.format.get(self.pos).copied()?;
        self.pos += 1;
        Some(byte)
    }

    fn fault(&mut self, at: usize, text: &'static str) -> Piece<'f> {
        self.pos = self.format.len();
        Piece::Fault { at, text }
    }

    /// The field whose `{` is at `at`; `pos` is behind it.
    fn field(&mut self, at: usize) -> Piece<'f> {
        let name_at = self.pos;
        let end = loop {
            match self.take() {
                None => return self.fault(at, "expected '}' before end of string"),
                Some(b'{') => return self.fault(at, "unexpected '{' in field name"),
                Some(b'[') => {
                    // To the bracket that closes it: what else is in it means nothing here.
                    let rest = self.format.get(self.pos..).unwrap_or_default();
                    self.pos += memchr::memchr(b']', rest).unwrap_or(rest.len());
                }
                Some(end @ (b'}' | b':' | b'!')) => break end,
                Some(_) => {}
            }
        };
        let name = self.slice(name_at, self.pos - 1);
        let mut field = Field { at, name, conversion: None, spec: b"", spec_at: self.pos };
        if end == b'}' {
            return Piece::Field(field);
        }
        if end == b'!' {
            let rest = self.format.get(self.pos..).unwrap_or_default();
            let Some(conversion) = crate::wtf8::first_char(rest) else {
                return self.fault(at, "end of string while looking for conversion specifier");
            };
            self.pos += crate::wtf8::prefix_len(rest, 1);
            field.conversion = Some(conversion);
            match self.take() {
                Some(b'}') => return Piece::Field(field),
                Some(b':') | None => {}
                Some(_) => return self.fault(at, "expected ':' after conversion specifier"),
            }
        }
        field.spec_at = self.pos;
        let mut depth = 1_usize;
        while let Some(byte) = self.take() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                field.spec = self.slice(field.spec_at, self.pos - 1);
                return Piece::Field(field);
            }
        }
        self.fault(at, "unmatched '{' in format spec")
    }
}

impl<'f> Iterator for Pieces<'f> {
    type Item = Piece<'f>;

    fn next(&mut self) -> Option<Piece<'f>> {
        let rest = self.format.get(self.pos..).filter(|rest| !rest.is_empty())?;
        let at = self.pos;
        let Some(len) = memchr::memchr2(b'{', b'}', rest) else {
            self.pos = self.format.len();
            return Some(Piece::Literal(rest));
        };
        let (brace, next) = (rest.get(len), rest.get(len + 1));
        if brace == next {
            // `{{` or `}}`: the first of the two belongs to the text.
            self.pos += len + 2;
            return Some(Piece::Literal(self.slice(at, at + len + 1)));
        }
        if len > 0 {
            self.pos += len;
            return Some(Piece::Literal(self.slice(at, at + len)));
        }
        Some(match (brace, next) {
            (Some(b'}'), _) => self.fault(at, "Single '}' encountered in format string"),
            (_, None) => self.fault(at, "Single '{' encountered in format string"),
            _ => {
                self.pos += 1;
                self.field(at)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(format: &str) -> Vec<Piece<'_>> {
        Pieces::new(format.as_bytes()).collect()
    }

    fn fault(format: &str) -> &'static str {
        match pieces(format).last() {
            Some(Piece::Fault { text, .. }) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn literals_and_fields() {
        let all = pieces("a{{b}}{x.y[}:!]!r:>{w}}c");
        assert_eq!(all[0], Piece::Literal(b"a{"));
        assert_eq!(all[1], Piece::Literal(b"b}"));
        let field = Field {
            at: 6,
            name: b"x.y[}:!]",
            conversion: Some(u32::from('r')),
            spec: b">{w}",
            spec_at: 18,
        };
        assert_eq!(all[2], Piece::Field(field));
        assert_eq!(all[3], Piece::Literal(b"c"));
    }

    #[test]
    fn faults() {
        assert_eq!(fault("a}"), "Single '}' encountered in format string");
        assert_eq!(fault("a{"), "Single '{' encountered in format string");
        assert_eq!(fault("{a"), "expected '}' before end of string");
        assert_eq!(fault("{a[0"), "expected '}' before end of string");
        assert_eq!(fault("{a{b}"), "unexpected '{' in field name");
        assert_eq!(fault("{a!"), "end of string while looking for conversion specifier");
        assert_eq!(fault("{a!rx}"), "expected ':' after conversion specifier");
        assert_eq!(fault("{a!r"), "unmatched '{' in format spec");
        assert_eq!(fault("{a:{b}"), "unmatched '{' in format spec");
        assert_eq!(pieces("{a").len(), 1);
    }
}
