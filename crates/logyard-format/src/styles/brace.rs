//! `logging.StrFormatStyle`.

use logyard_compat::Compat;
use logyard_pickle::Value;

use super::{Source, Subject, bad_field, missing};
use crate::error::{FormatError, PercentError, Raised};
use crate::percent::Filler;
use crate::str_format::lookup::{self, First, Name, Step};
use crate::str_format::parse::{self, Piece, Pieces};
use crate::str_format::{self, Spec};

/// How deep fields may be within specifications: `{x:{y}}` is two (`PyUnicode_Format`).
const DEPTH: usize = 2;

/// A `str.format` format, compiled.
#[derive(Debug)]
pub(crate) struct StrFormatStyle {
    format: Box<str>,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(Box<[u8]>),
    /// A bare `{name}`, which most fields are.
    Plain {
        source: Source,
        at: usize,
        end: usize,
    },
    Field(Box<Field>),
    /// What is wrong with the format from here on; CPython finds it with each record.
    Fault {
        at: usize,
        end: usize,
        error: PercentError,
    },
}

#[derive(Debug)]
struct Field {
    source: Source,
    steps: Vec<Step>,
    conversion: Option<Conversion>,
    spec: FieldSpec,
    at: usize,
    end: usize,
}

/// What comes after the `!`.
#[derive(Clone, Copy, Debug)]
enum Conversion {
    Str,
    Repr,
    Ascii,
    Unknown(u32),
}

#[derive(Debug)]
enum FieldSpec {
    Fixed(Spec),
    /// Has fields itself, and is known only with the record.
    Nested(Vec<Segment>),
}

impl StrFormatStyle {
    pub(crate) const DEFAULT: &str = "{message}";

    /// Compiles a format. What is wrong with it CPython only finds out with a record, so it is no
    /// error here; see [`StrFormatStyle::fault`].
    pub(crate) fn new(format: &str, compat: Compat) -> StrFormatStyle {
        StrFormatStyle {
            format: format.into(),
            segments: compile(format.as_bytes(), 0, DEPTH, compat),
        }
    }

    /// `usesTime`: a search for the text, whatever it means where it stands.
    pub(crate) fn uses_time(&self) -> bool {
        self.format.contains("{asctime")
    }

    /// Appends the record's text; on an error `out` may hold a part of it.
    pub(crate) fn format(
        &self,
        subject: &Subject<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        self.fill(&self.segments, subject, &mut Filler::new(out))
    }

    /// Goes no deeper than [`DEPTH`].
    fn fill(
        &self,
        segments: &[Segment],
        subject: &Subject<'_, '_>,
        filler: &mut Filler<'_>,
    ) -> Result<(), FormatError> {
        for segment in segments {
            let (done, at, end) = match segment {
                Segment::Literal(text) => (filler.literal(text), 0, 0),
                Segment::Plain { source, at, end } => match subject.get(source) {
                    Some(Value::Str(text)) => (filler.literal(text), *at, *end),
                    Some(value) => {
                        let start = filler.out.len();
                        let done = str_format::write_plain(value, filler.out);
                        (done.and_then(|worked| filler.spend_from(start, worked)), *at, *end)
                    }
                    None => return Err(missing(source)),
                },
                Segment::Field(field) => {
                    let Some(value) = subject.get(&field.source) else {
                        return Err(missing(&field.source));
                    };
                    let value = match found(field, value) {
                        Ok(value) => value,
                        Err(error) => {
                            return Err(bad_field(&self.format, field.at, field.end, error));
                        }
                    };
                    let done = match &field.spec {
                        FieldSpec::Fixed(spec) => write(value, field.conversion, spec, filler),
                        FieldSpec::Nested(segments) => {
                            // The conversion's own error comes before those of the specification.
                            if let Some(error) = field.conversion.and_then(Conversion::fault) {
                                return Err(bad_field(&self.format, field.at, field.end, error));
                            }
                            let mut text = Vec::new();
                            self.fill(segments, subject, &mut Filler::new(&mut text))?;
                            let spec = Spec::new(&text);
                            filler
                                .spend(text.len())
                                .and_then(|()| write(value, field.conversion, &spec, filler))
                        }
                    };
                    (done, field.at, field.end)
                }
                Segment::Fault { at, end, error } => (Err(error.clone()), *at, *end),
            };
            if let Err(error) = done {
                return Err(bad_field(&self.format, at, end, error));
            }
        }
        Ok(())
    }

    /// Each field's name with its byte offset in the format.
    pub(crate) fn fields(&self) -> Vec<(&str, usize)> {
        let mut fields = Vec::new();
        // Depth first, by a stack of what is left of each level.
        let mut levels = vec![self.segments.iter()];
        while let Some(level) = levels.last_mut() {
            match level.next() {
                None => {
                    levels.pop();
                }
                Some(Segment::Plain { source, at, .. }) => fields.push((source.name(), *at)),
                Some(Segment::Field(field)) => {
                    fields.push((field.source.name(), field.at));
                    if let FieldSpec::Nested(segments) = &field.spec {
                        levels.push(segments.iter());
                    }
                }
                Some(_) => {}
            }
        }
        fields
    }

    /// Why no record at all can have a text, with the byte offset.
    pub(crate) fn fault(&self) -> Option<(usize, PercentError)> {
        fault(&self.segments)
    }
}

/// Goes no deeper than [`DEPTH`].
fn fault(segments: &[Segment]) -> Option<(usize, PercentError)> {
    segments.iter().find_map(|segment| match segment {
        Segment::Fault { at, error, .. } => Some((*at, error.clone())),
        Segment::Field(field) => {
            let step = field.steps.iter().find_map(|step| match step {
                Step::Fault(text) => Some(PercentError::value_error(*text)),
                _ => None,
            });
            let own = step.or_else(|| field.conversion.and_then(Conversion::fault));
            own.map(|error| (field.at, error)).or_else(|| match &field.spec {
                FieldSpec::Nested(segments) => fault(segments),
                FieldSpec::Fixed(_) => None,
            })
        }
        _ => None,
    })
}

/// The segments of a format, or of a specification that begins at byte `base` of it.
fn compile(format: &[u8], base: usize, depth: usize, compat: Compat) -> Vec<Segment> {
    let end = base + format.len();
    if depth == 0 {
        let error = PercentError::value_error("Max string recursion exceeded");
        return vec![Segment::Fault { at: base, end, error }];
    }
    let mut segments = Vec::new();
    let mut pieces = Pieces::new(format);
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(text) => match segments.last_mut() {
                Some(Segment::Literal(before)) => *before = [&**before, text].concat().into(),
                _ => segments.push(Segment::Literal(text.into())),
            },
            Piece::Field(field) => {
                segments.push(compiled(field, base, base + pieces.pos(), depth, compat));
            }
            Piece::Fault { at, text } => {
                let error = PercentError::value_error(text);
                segments.push(Segment::Fault { at: base + at, end, error });
            }
        }
    }
    segments
}

fn compiled(
    field: parse::Field<'_>,
    base: usize,
    end: usize,
    depth: usize,
    compat: Compat,
) -> Segment {
    let at = base + field.at;
    // A name is cut at ASCII marks, so it is valid UTF-8 as well.
    let Name { first, steps } = lookup::parse(std::str::from_utf8(field.name).unwrap_or_default());
    let name = match (first.fault(), first) {
        (None, First::Named(name)) => name,
        (error, _) => {
            let error = error.unwrap_or_else(|| PercentError::value_error("no name"));
            return Segment::Fault { at, end, error };
        }
    };
    let source = Source::named(name, compat);
    if steps.is_empty() && field.conversion.is_none() && field.spec.is_empty() {
        return Segment::Plain { source, at, end };
    }
    let conversion = field.conversion.map(|letter| match u8::try_from(letter) {
        Ok(b's') => Conversion::Str,
        Ok(b'r') => Conversion::Repr,
        Ok(b'a') => Conversion::Ascii,
        _ => Conversion::Unknown(letter),
    });
    let spec = if field.spec.contains(&b'{') {
        FieldSpec::Nested(compile(field.spec, base + field.spec_at, depth - 1, compat))
    } else {
        FieldSpec::Fixed(Spec::new(field.spec))
    };
    Segment::Field(Box::new(Field { source, steps, conversion, spec, at, end }))
}

impl Conversion {
    fn fault(self) -> Option<PercentError> {
        let Conversion::Unknown(letter) = self else { return None };
        let letter = match u8::try_from(letter) {
            Ok(byte @ 33..127) => char::from(byte).to_string(),
            _ => format!("\\x{letter:x}"),
        };
        Some(PercentError::value_error(format!("Unknown conversion specifier {letter}")))
    }
}

/// The value at the end of a field's steps.
fn found<'a>(field: &Field, value: Value<'a>) -> Result<Value<'a>, PercentError> {
    let found = field.steps.iter().try_fold(value, |value, step| step.take(value));
    found.map_err(|error| match error.raised {
        // PercentStyle.format takes any KeyError for a field that the record lacks.
        Raised::KeyError => PercentError::value_error(format!(
            "Formatting field not found in record: {}",
            error.text
        )),
        _ => error,
    })
}

fn write(
    value: Value<'_>,
    conversion: Option<Conversion>,
    spec: &Spec,
    filler: &mut Filler<'_>,
) -> Result<(), PercentError> {
    let start = filler.out.len();
    if let Some(error) = conversion.and_then(Conversion::fault) {
        return Err(error);
    }
    let convert = match conversion {
        None => {
            let worked = str_format::write(value, spec, filler.out)?;
            return filler.spend_from(start, worked);
        }
        Some(Conversion::Repr) => logyard_record::write_repr,
        Some(Conversion::Ascii) => logyard_record::write_ascii,
        _ => logyard_record::write_str,
    };
    if spec.is_empty() {
        let worked = convert(value, filler.out)?;
        return filler.spend_from(start, worked);
    }
    let mut text = Vec::new();
    let worked = convert(value, &mut text)?;
    filler.spend(text.len().saturating_add(worked))?;
    let worked = str_format::write(Value::Str(&text), spec, filler.out)?;
    filler.spend_from(start, worked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_fields_are_plain() {
        let style =
            StrFormatStyle::new("{asctime} {levelname:<8} {{{message}}}", Compat::default());
        assert!(style.uses_time());
        let plain = |segment: &&Segment| matches!(segment, Segment::Plain { .. });
        assert_eq!(style.segments.iter().filter(plain).count(), 2);
        assert_eq!(style.segments.len(), 6);
    }

    #[test]
    fn fields_and_faults_are_known_before_any_record() {
        let style = StrFormatStyle::new("{asctime} {user.name!r:>{width}}", Compat::default());
        assert_eq!(style.fields(), [("asctime", 0), ("user", 10), ("width", 24)]);
        assert_eq!(style.fault(), None);
        let fault = |format| {
            StrFormatStyle::new(format, Compat::default())
                .fault()
                .map(|(at, error)| (at, error.text))
        };
        assert_eq!(fault("a {b"), Some((2, "expected '}' before end of string".into())));
        assert_eq!(fault("{b!x}"), Some((0, "Unknown conversion specifier x".into())));
        assert_eq!(fault("{b.}"), Some((0, "Empty attribute in format string".into())));
        assert_eq!(fault("{b:{c:{d}}}"), Some((6, "Max string recursion exceeded".into())));
        let positional = "Replacement index 0 out of range for positional args tuple";
        assert_eq!(fault("é{}"), Some((2, positional.into())));
    }
}
