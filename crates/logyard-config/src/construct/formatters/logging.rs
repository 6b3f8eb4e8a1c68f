//! `logging.Formatter`.

use std::ops::Range;

use logyard_format::Plain;

use super::Written;
use crate::construct::{Bound, Given, Signature};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::FormatterPlan;
use crate::problems::{Form, Problems, Reported};

pub(super) const FORMATTER: Signature = Signature {
    name: "Formatter",
    parameters: &["fmt", "datefmt", "style", "validate", "defaults"],
    required: 0,
};

impl Problems<'_> {
    /// The arguments that `logging.Formatter` has, and its subclasses too.
    pub(super) fn logging_formatter(
        &mut self,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        let fmt = self.text(bound, "fmt", "format");
        let datefmt = self.text(bound, "datefmt", "datefmt");
        let style = bound.known("style").and_then(|given| {
            let Some(given) = given else { return Ok('%') };
            let text = given.value.as_str().map_or_else(|| given.value.a_type(), str::to_owned);
            self.style(&text, given.at.clone())
        });
        let defaults = match bound.get("defaults") {
            Some(given) => self.defaults("defaults", given, written),
            None => Ok(Vec::new()),
        };
        (formatter.fmt, formatter.datefmt) = (fmt?, datefmt?);
        (formatter.style, formatter.defaults) = (style?, defaults?);
        formatter.validate = bound.get("validate").is_none_or(|given| given.value.truth());
        Ok(())
    }

    /// A text, or nothing: whatever else is false to Python.
    fn text(
        &mut self,
        bound: &Bound,
        parameter: &str,
        shown: &str,
    ) -> Result<Option<String>, Reported> {
        let Some(given) = bound.known(parameter)? else { return Ok(None) };
        match given.value.as_str() {
            Some(text) => return Ok(Some(text.to_owned())),
            None if !given.value.truth() => return Ok(None),
            None => {}
        }
        let what = format!("`{shown}` must be a str, not {}", given.value.a_type());
        let diagnostic = Diagnostic::error("bad-argument", what).at(given.at.clone(), "");
        self.report(diagnostic.help("put it in quotes"));
        Err(Reported)
    }

    /// One of `logging._STYLES`.
    fn style(&mut self, style: &str, at: Range<usize>) -> Result<char, Reported> {
        if let "%" | "{" | "$" = style {
            return Ok(style.chars().next().unwrap_or('%'));
        }
        self.report(
            Diagnostic::error("unknown-style", format!("there is no style `{style}`"))
                .at(at, "")
                .help("write %, { or $"),
        );
        Err(Reported)
    }

    /// A dict with plain values.
    pub(super) fn defaults(
        &mut self,
        name: &str,
        given: &Given,
        written: &Written,
    ) -> Result<Vec<(String, Plain)>, Reported> {
        plain_dict(name, &given.value, written).map_err(|problem| {
            self.report(problem.help(match self.form {
                Form::Ini => "write defaults = {'name': 'value'}",
                Form::Dict => "write the names with their values",
            }));
            Reported
        })
    }
}

/// A dict of names and plain values; none for None.
pub(super) fn plain_dict(
    parameter: &str,
    value: &Value,
    written: &Written,
) -> Result<Vec<(String, Plain)>, Diagnostic> {
    let problem = |what: String, at: &Range<usize>| {
        let (at, label) = (written.value)(at);
        Diagnostic::error("bad-defaults", what).at(at, label)
    };
    let pairs = match &value.kind {
        Kind::Dict(pairs) => &pairs[..],
        Kind::None => &[],
        _ => {
            return Err(problem(
                format!("{parameter} is {}, not a dict", value.a_type()),
                &value.at,
            ));
        }
    };
    let named = pairs.iter().map(|(key, value)| match (key.as_str(), plain(value)) {
        (Some(name), Some(plain)) => Ok((name.to_owned(), plain)),
        (_, plain) => {
            let what = format!("{parameter} holds names and plain values only");
            Err(problem(what, if plain.is_some() { &key.at } else { &value.at }))
        }
    });
    named.collect()
}

/// The value as data; none where it holds a stream or anything else that is not plain.
pub(super) fn plain(value: &Value) -> Option<Plain> {
    let all = |values: &[Value]| values.iter().map(plain).collect::<Option<Vec<_>>>();
    Some(match &value.kind {
        Kind::None => Plain::None,
        Kind::Bool(b) => Plain::Bool(*b),
        Kind::Int(i) => Plain::Int(*i),
        Kind::Float(f) => Plain::Float(*f),
        Kind::Str(s) => Plain::Str(s.clone()),
        Kind::Tuple(items) => Plain::Tuple(all(items)?),
        Kind::List(items) => Plain::List(all(items)?),
        Kind::Dict(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| Some((plain(key)?, plain(value)?)));
            Plain::Dict(pairs.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
