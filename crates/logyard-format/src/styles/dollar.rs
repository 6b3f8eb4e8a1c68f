//! `logging.StringTemplateStyle`: `string.Template`.

use logyard_compat::Compat;
use logyard_pickle::Value;

use super::{Source, Subject, bad_field, missing};
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::percent::Filler;

/// A `$` format, compiled.
#[derive(Debug)]
pub(crate) struct StringTemplateStyle {
    format: Box<str>,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(Box<[u8]>),
    Field {
        source: Source,
        at: usize,
        end: usize,
    },
    /// A `$` that begins nothing; CPython finds it with each record.
    Fault {
        at: usize,
    },
}

/// What a format is made of, in order.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'f> {
    Literal(&'f str),
    /// The name, and the byte after the field.
    Field(&'f str, usize),
    /// A bare `$`.
    Bare,
}

impl StringTemplateStyle {
    pub(crate) const DEFAULT: &str = "${message}";

    /// Compiles a format. What is wrong with it CPython only finds out with a record, so it is no
    /// error here; see [`StringTemplateStyle::fault`].
    pub(crate) fn new(format: &str, compat: Compat) -> StringTemplateStyle {
        let mut segments = Vec::new();
        for (at, piece) in pieces(format) {
            match piece {
                Piece::Literal(text) => match segments.last_mut() {
                    Some(Segment::Literal(before)) => {
                        *before = [&**before, text.as_bytes()].concat().into();
                    }
                    _ => segments.push(Segment::Literal(text.as_bytes().into())),
                },
                Piece::Field(name, end) => {
                    segments.push(Segment::Field { source: Source::named(name, compat), at, end });
                }
                Piece::Bare => segments.push(Segment::Fault { at }),
            }
        }
        StringTemplateStyle { format: format.into(), segments }
    }

    /// `StringTemplateStyle.validate`.
    pub(crate) fn validate(format: &str) -> Result<(), FormatSpecError> {
        let refused = |at: usize, what: &str, help: &str| {
            let message = format!("invalid format: {what}");
            Err(FormatSpecError { at, message, help: help.to_owned() })
        };
        let mut any = false;
        for (at, piece) in pieces(format) {
            match piece {
                Piece::Literal(_) => {}
                Piece::Field(..) => any = true,
                Piece::Bare => {
                    return refused(
                        at,
                        "bare '$' not allowed",
                        "a `$` that is none is doubled: `$$`",
                    );
                }
            }
        }
        if any {
            return Ok(());
        }
        let help = match format {
            _ if format.contains("%(") => "this looks like a format for `style='%'`",
            _ if format.contains('{') => "this looks like a format for `style='{'`",
            _ => "a field is written `$name` or `${name}`",
        };
        refused(0, "no fields", help)
    }

    /// `usesTime`: a search for the text, whatever it means where it stands.
    pub(crate) fn uses_time(&self) -> bool {
        self.format.contains("$asctime") || self.format.contains("${asctime}")
    }

    /// Appends the record's text; on an error `out` may hold a part of it.
    pub(crate) fn format(
        &self,
        subject: &Subject<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        if !subject.record.has_only_text_keys() {
            // `substitute(**values)`, a function in Python, takes no others. (`str.format` does.)
            let error = PercentError::type_error("keywords must be strings");
            return Err(bad_field(&self.format, 0, self.format.len(), error));
        }
        let mut filler = Filler::new(out);
        for segment in &self.segments {
            let (done, at, end) = match segment {
                Segment::Literal(text) => (filler.literal(text), 0, 0),
                Segment::Field { source, at, end } => match subject.get(source) {
                    Some(Value::Str(text)) => (filler.literal(text), *at, *end),
                    Some(value) => {
                        let start = filler.out.len();
                        let done = logyard_record::write_str(value, filler.out);
                        let done = done.map_err(PercentError::from);
                        (done.and_then(|worked| filler.spend_from(start, worked)), *at, *end)
                    }
                    None => return Err(missing(source)),
                },
                Segment::Fault { at } => (Err(self.invalid(*at)), *at, *at + 1),
            };
            done.map_err(|error| bad_field(&self.format, at, end, error))?;
        }
        Ok(())
    }

    /// Each field's name with its byte offset in the format.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Field { source, at, .. } => Some((source.name(), *at)),
            _ => None,
        })
    }

    /// Why no record at all can have a text, with the byte offset.
    pub(crate) fn fault(&self) -> Option<(usize, PercentError)> {
        self.segments.iter().find_map(|segment| match segment {
            Segment::Fault { at } => Some((*at, self.invalid(*at))),
            _ => None,
        })
    }

    /// `Template._invalid`: the place is that behind the `$`, by lines as `str.splitlines` cuts
    /// them and characters from 1 on.
    fn invalid(&self, at: usize) -> PercentError {
        let before = self.format.get(..at + 1).unwrap_or_default();
        let (mut line, mut column) = (1, 0);
        let mut chars = before.chars().peekable();
        while let Some(c) = chars.next() {
            column += 1;
            let ends = match c {
                '\r' => chars.peek() != Some(&'\n'),
                '\n' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                    true
                }
                _ => false,
            };
            if ends {
                line += 1;
                column = 0;
            }
        }
        PercentError::value_error(format!(
            "Invalid placeholder in string: line {line}, col {column}"
        ))
    }
}

/// `Template.pattern`: each piece with its byte offset.
fn pieces(format: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut pos = 0;
    std::iter::from_fn(move || {
        let rest = format.get(pos..).filter(|rest| !rest.is_empty())?;
        let at = pos;
        let Some(behind) = rest.strip_prefix('$') else {
            let len = rest.find('$').unwrap_or(rest.len());
            pos += len;
            return Some((at, Piece::Literal(rest.get(..len)?)));
        };
        let piece = if behind.starts_with('$') {
            pos += 2;
            Piece::Literal("$")
        } else if let Some(name) = identifier(behind) {
            pos += 1 + name.len();
            Piece::Field(name, pos)
        } else if let Some(name) = braced(behind) {
            pos += 3 + name.len();
            Piece::Field(name, pos)
        } else {
            pos += 1;
            Piece::Bare
        };
        Some((at, piece))
    })
}

/// The name that a text begins with, in ASCII.
fn identifier(text: &str) -> Option<&str> {
    let is_part = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let name = text.get(..text.find(|c| !is_part(c)).unwrap_or(text.len()))?;
    name.starts_with(|c: char| !c.is_ascii_digit()).then_some(name)
}

fn braced(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    identifier(name).filter(|found| found.len() == name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_cut_in_pieces() {
        let all: Vec<_> = pieces("a$b_1-$$${c}$ ${d e}").collect();
        assert_eq!(
            all,
            [
                (0, Piece::Literal("a")),
                (1, Piece::Field("b_1", 5)),
                (5, Piece::Literal("-")),
                (6, Piece::Literal("$")),
                (8, Piece::Field("c", 12)),
                (12, Piece::Bare),
                (13, Piece::Literal(" ")),
                (14, Piece::Bare),
                (15, Piece::Literal("{d e}")),
            ]
        );
        assert_eq!(pieces("$é$1").filter(|(_, piece)| *piece == Piece::Bare).count(), 2);
    }

    #[test]
    fn validation() {
        let refusal =
            |format| StringTemplateStyle::validate(format).err().map(|e| (e.at, e.message));
        assert_eq!(refusal("$message $$"), None);
        let bare = "invalid format: bare '$' not allowed".to_owned();
        assert_eq!(refusal("$a é$"), Some((5, bare)));
        assert_eq!(refusal("$$x"), Some((0, "invalid format: no fields".to_owned())));
    }

    #[test]
    fn fields_and_faults_are_known_before_any_record() {
        let style = StringTemplateStyle::new("$asctime ${user}", Compat::default());
        assert!(style.uses_time() && style.fault().is_none());
        assert_eq!(style.fields().collect::<Vec<_>>(), [("asctime", 0), ("user", 9)]);
        let (at, error) =
            StringTemplateStyle::new("a\r\nb\u{2028}é $", Compat::default()).fault().unwrap();
        assert_eq!(at, 10);
        assert_eq!(error.text, "Invalid placeholder in string: line 3, col 3");
    }
}
