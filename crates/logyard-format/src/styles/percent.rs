//! `logging.PercentStyle`.

use super::{Source, Subject, bad_field, missing};
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::percent::parse::{Conversion, Field, Key, Piece, Pieces, Spec};
use crate::percent::{Filler, Operands, needs_operand, open_key, star_wants_int, wrong_type_name};
use logyard_compat::Compat;

use logyard_pickle::Value;

/// A `%` format, compiled.
#[derive(Debug)]
pub(crate) struct PercentStyle {
    format: Box<str>,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(Box<[u8]>),
    /// A bare `%(name)s`, which most fields are.
    Plain {
        source: Source,
        at: usize,
        len: usize,
    },
    Field {
        operand: Operand,
        spec: Spec,
        at: usize,
        len: usize,
    },
}

/// What a conversion is applied to.
#[derive(Debug)]
enum Operand {
    Named(Source),
    /// The first conversion without a name takes the mapping itself.
    Whole,
    /// Nothing is left for a conversion without a name after any other: an error.
    Missing,
    /// The name's parenthesis isn't closed: an error.
    Open,
}

impl PercentStyle {
    pub(crate) const DEFAULT: &str = "%(message)s";

    /// Compiles a format. What is wrong with it CPython only finds out with a record, so it is no
    /// error here; see [`PercentStyle::fault`].
    pub(crate) fn new(format: &str, compat: Compat) -> PercentStyle {
        let mut segments = Vec::new();
        let mut unused = true;
        let mut pieces = Pieces::new(format.as_bytes());
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Literal(text) => match segments.last_mut() {
                    Some(Segment::Literal(before)) => {
                        *before = [&**before, text].concat().into();
                    }
                    _ => segments.push(Segment::Literal(text.into())),
                },
                Piece::Field(Field { at, key, spec }) => {
                    let len = pieces.pos() - at;
                    let operand = match key {
                        Key::Open => Operand::Open,
                        Key::Next if unused => Operand::Whole,
                        Key::Next => Operand::Missing,
                        Key::Named(name) => {
                            // A key is cut at ASCII parentheses, so it is valid UTF-8 as well.
                            let name = std::str::from_utf8(name).unwrap_or_default();
                            Operand::Named(Source::named(name, compat))
                        }
                    };
                    unused = false;
                    segments.push(match operand {
                        Operand::Named(source) if spec.is_plain() => {
                            Segment::Plain { source, at, len }
                        }
                        operand => Segment::Field { operand, spec, at, len },
                    });
                }
            }
        }
        PercentStyle { format: format.into(), segments }
    }

    /// `PercentStyle.validate`.
    pub(crate) fn validate(format: &str) -> Result<(), FormatSpecError> {
        if (0..format.len()).any(|at| is_valid_field(format, at)) {
            return Ok(());
        }
        let help = match format.find("%(") {
            Some(_) => {
                "a field is written `%(name)s`: close the parenthesis and end it with one of d i o u x X e E f F g G c r s a"
            }
            None if format.contains('{') => "this looks like a format for `style='{'`",
            None if format.contains('$') => "this looks like a format for `style='$'`",
            None => "name a field, as in `%(message)s`, or set `validate` to False",
        };
        Err(FormatSpecError {
            at: format.find("%(").unwrap_or(0),
            message: format!("Invalid format '{format}' for '%' style"),
            help: help.to_owned(),
        })
    }

    /// `usesTime`: a search for the text, whatever it means where it stands.
    pub(crate) fn uses_time(&self) -> bool {
        self.format.contains("%(asctime)")
    }

    /// Appends the record's text; on an error `out` may hold a part of it.
    pub(crate) fn format(
        &self,
        subject: &Subject<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let mut filler = Filler::new(out);
        for segment in &self.segments {
            let (done, at, len) = match segment {
                Segment::Literal(text) => (filler.literal(text), 0, 0),
                Segment::Plain { source, at, len } => match subject.get(source) {
                    Some(Value::Str(text)) => (filler.literal(text), *at, *len),
                    Some(value) => {
                        (filler.field(&Spec::PLAIN, &mut Operands::One(value)), *at, *len)
                    }
                    None => return Err(missing(source)),
                },
                Segment::Field { operand: Operand::Named(source), spec, at, len } => {
                    let Some(value) = subject.get(source) else { return Err(missing(source)) };
                    (filler.field(spec, &mut Operands::One(value)), *at, *len)
                }
                Segment::Field { operand, spec, at, len } => {
                    (unnamed(operand, spec, subject, &mut filler), *at, *len)
                }
            };
            if let Err(error) = done {
                return Err(bad_field(&self.format, at, at + len, error));
            }
        }
        Ok(())
    }

    /// Whether a conversion without a name takes the record's whole `__dict__`.
    pub(crate) fn shows_all(&self) -> bool {
        let whole =
            |segment: &Segment| matches!(segment, Segment::Field { operand: Operand::Whole, .. });
        self.segments.iter().any(whole)
    }

    /// Each field's name with its byte offset in the format.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Plain { source, at, .. }
            | Segment::Field { operand: Operand::Named(source), at, .. } => {
                Some((source.name(), *at))
            }
            _ => None,
        })
    }

    /// Why no record at all can have a text, with the byte offset: CPython loads such a format and
    /// then fails for each record.
    pub(crate) fn fault(&self) -> Option<(usize, PercentError)> {
        self.segments.iter().find_map(|segment| match segment {
            Segment::Field { operand, spec, at, .. } => {
                let error = match operand {
                    Operand::Open => open_key(),
                    Operand::Missing => needs_operand(),
                    Operand::Named(_) if spec.has_star() => needs_operand(),
                    Operand::Whole if spec.has_star() => star_wants_int(),
                    Operand::Named(_) | Operand::Whole => match (operand, spec.end) {
                        (_, Err(fault)) => fault.error(),
                        (Operand::Whole, Ok(conversion)) if !conversion.is_text() => {
                            wrong_type_name(conversion, "dict")
                        }
                        _ => return None,
                    },
                };
                Some((*at, error))
            }
            _ => None,
        })
    }
}

/// A conversion without a name: the first takes the record's whole `__dict__`.
fn unnamed(
    operand: &Operand,
    spec: &Spec,
    subject: &Subject<'_, '_>,
    filler: &mut Filler<'_>,
) -> Result<(), PercentError> {
    match (operand, spec.end) {
        (Operand::Open, _) => Err(open_key()),
        (Operand::Whole, _) if spec.has_star() => Err(star_wants_int()),
        (Operand::Whole, Ok(conversion)) if conversion.is_text() => {
            let mut text = Vec::new();
            subject.write_dict(conversion == Conversion::Ascii, &mut text)?;
            let spec = Spec { end: Ok(Conversion::Str), ..*spec };
            filler.field(&spec, &mut Operands::One(Value::Str(&text)))
        }
        (Operand::Whole, Ok(conversion)) => Err(wrong_type_name(conversion, "dict")),
        (Operand::Whole, Err(fault)) => Err(fault.error()),
        _ => filler.field(spec, &mut Operands::Spent),
    }
}

/// Whether `PercentStyle.validation_pattern` matches at a place:
/// `%\(\w+\)[#0+ -]*(\*|\d+)?(\.(\*|\d+))?[diouxefgcrsa%]`, case ignored.
fn is_valid_field(format: &str, at: usize) -> bool {
    let Some(rest) = format.get(at..).and_then(|rest| rest.strip_prefix("%(")) else {
        return false;
    };
    let after_name = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    if after_name.len() == rest.len() {
        return false;
    }
    let Some(rest) = after_name.strip_prefix(')') else { return false };
    let rest = after_size(rest.trim_start_matches(['#', '0', '+', ' ', '-']));
    let rest = match rest.strip_prefix('.') {
        Some(precision) => match after_size(precision) {
            rest if rest.len() < precision.len() => rest,
            _ => return false,
        },
        None => rest,
    };
    // Python's re takes these two for an `s` and an `i` when it ignores case.
    rest.starts_with(|c: char| "diouxefgcrsa%ſİı".contains(c.to_ascii_lowercase()))
}

/// What follows a `*` or a number.
fn after_size(text: &str) -> &str {
    text.strip_prefix('*').unwrap_or_else(|| text.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(format: &str) -> bool {
        PercentStyle::validate(format).is_ok()
    }

    #[test]
    fn validation_searches_for_one_good_field() {
        for format in
            ["%(message)s", "a %y %(x)-10.3d", "%%(x)s", "%(é_1)*.*S", "%(x)#0+ -5.%s %(a)%"]
        {
            assert!(is_valid(format), "{format}");
        }
        for format in ["", "message", "%s", "%()s", "%(x)", "%(x)y", "%(a b)s", "%(x).s", "%(x)ls"]
        {
            assert!(!is_valid(format), "{format}");
        }
    }

    #[test]
    fn a_refusal_tells_where_and_what() {
        let error = PercentStyle::validate("é %(message) y").unwrap_err();
        assert_eq!(error.at, 3);
        assert_eq!(error.message, "Invalid format 'é %(message) y' for '%' style");
        assert!(PercentStyle::validate("{message}").unwrap_err().help.contains("style='{'"));
    }

    #[test]
    fn fields_and_faults_are_known_before_any_record() {
        let style = PercentStyle::new("%(asctime)s %(user)-8s %(lineno)d", Compat::default());
        let fields: Vec<_> = style.fields().collect();
        assert_eq!(fields, [("asctime", 0), ("user", 12), ("lineno", 23)]);
        assert!(style.uses_time() && style.fault().is_none());
        let fault = |format| {
            PercentStyle::new(format, Compat::default()).fault().map(|(at, error)| (at, error.text))
        };
        assert_eq!(fault("%(a)s %(b)"), Some((6, "incomplete format".into())));
        assert_eq!(fault("%(a)s %s"), Some((6, "not enough arguments for format string".into())));
        assert_eq!(fault("%d"), Some((0, "%d format: a real number is required, not dict".into())));
        assert_eq!(fault("%(a)*d").unwrap().0, 0);
        assert_eq!(fault("%s %(a)s 5%%"), None);
    }
}
