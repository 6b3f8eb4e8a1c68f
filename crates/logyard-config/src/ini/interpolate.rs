//! `configparser.BasicInterpolation`: `%(name)s` and `%%`.

use std::ops::Range;

use super::{Document, Section, Text};

/// `configparser.MAX_INTERPOLATION_DEPTH`.
const MAX_DEPTH: usize = 10;

/// References of one value, counted through all depths: ten levels of ten references each would be ten
/// thousand million (CPython would try).
const MAX_REFERENCES: usize = 10_000;

/// Bytes of one value.
const MAX_LEN: usize = 1 << 20;

/// Why a value's references could not be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterpolationError {
    /// What is wrong.
    pub kind: InterpolationErrorKind,
    /// The reference in question, in the file.
    pub at: Range<usize>,
}

/// configparser's errors, and our own limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterpolationErrorKind {
    /// `InterpolationSyntaxError`: a `%` that starts neither `%%` nor `%(name)s`.
    Syntax,
    /// `InterpolationMissingOptionError`.
    Missing {
        /// The name in lower case.
        name: String,
    },
    /// `InterpolationDepthError`: most often a name that refers to itself.
    Depth,
    /// More than 10,000 references or 1 MiB of text; CPython has no limit.
    TooLong,
}

struct Filling<'d> {
    document: &'d Document,
    section: &'d Section,
    out: Text,
    references: usize,
}

pub(super) fn interpolate(
    document: &Document,
    section: &Section,
    raw: &Text,
) -> Result<Text, InterpolationError> {
    if !raw.as_str().contains('%') {
        return Ok(raw.clone());
    }
    let mut filling = Filling { document, section, out: Text::default(), references: 0 };
    filling.some(raw, None, 1)?;
    if filling.out.as_str().is_empty() {
        filling.out.push_from("", raw.whole());
    }
    Ok(filling.out)
}

impl Filling<'_> {
    /// `_interpolate_some`. `from` is the reference in the value itself that led here; its place stands
    /// for all that comes of it. The recursion is bounded by `MAX_DEPTH`.
    fn some(
        &mut self,
        raw: &Text,
        from: Option<&Range<usize>>,
        depth: usize,
    ) -> Result<(), InterpolationError> {
        let fail = |kind, at: Range<usize>| Err(InterpolationError { kind, at });
        let place = |range: Range<usize>| from.cloned().unwrap_or_else(|| raw.source(range));
        let text = raw.as_str();
        if depth > MAX_DEPTH {
            return fail(InterpolationErrorKind::Depth, place(0..text.len()));
        }
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| rest.find('%')) {
            let percent = at + found;
            self.append(raw, at..percent, from)?;
            let rest = text.get(percent + 1..).unwrap_or_default();
            if rest.starts_with('%') {
                self.append(raw, percent..percent + 1, from)?;
                at = percent + 2;
                continue;
            }
            let Some(name) = reference(rest) else {
                let end = percent + 1 + rest.chars().next().map_or(0, char::len_utf8);
                return fail(InterpolationErrorKind::Syntax, place(percent..end));
            };
            let end = percent + name.len() + 4;
            let source = place(percent..end);
            let name = name.to_lowercase();
            let Some(entry) = self.document.raw(self.section, &name) else {
                return fail(InterpolationErrorKind::Missing { name }, source);
            };
            self.references += 1;
            if self.references > MAX_REFERENCES {
                return fail(InterpolationErrorKind::TooLong, source);
            }
            if entry.value.as_str().contains('%') {
                self.some(&entry.value, Some(&source), depth + 1)?;
            } else {
                self.append(&entry.value, 0..entry.value.as_str().len(), Some(&source))?;
            }
            at = end;
        }
        self.append(raw, at..text.len(), from)
    }

    fn append(
        &mut self,
        raw: &Text,
        range: Range<usize>,
        from: Option<&Range<usize>>,
    ) -> Result<(), InterpolationError> {
        match from {
            None => self.out.push_part(raw, range),
            Some(source) => {
                let part = raw.as_str().get(range).unwrap_or_default();
                self.out.push_from(part, source.clone());
            }
        }
        if self.out.as_str().len() > MAX_LEN {
            let at = from.cloned().unwrap_or_else(|| raw.whole());
            return Err(InterpolationError { kind: InterpolationErrorKind::TooLong, at });
        }
        Ok(())
    }
}

/// The name of `(name)s`, what stands after a percent sign.
fn reference(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('(')?;
    let name = inner.get(..inner.find(')')?)?;
    let after = inner.get(name.len() + 1..)?;
    (!name.is_empty() && after.starts_with('s')).then_some(name)
}
