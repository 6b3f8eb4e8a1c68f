//! `logging.Formatter` from its parts.

use std::ops::Range;

use super::{advice, fields};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expr::{Kind, Value};
use crate::plan::{FormatterPlan, Plain};
use crate::problems::{Problems, Reported};

impl Problems<'_> {
    /// Only `logging.Formatter` for now; the place where other classes come in.
    pub(crate) fn formatter_class(
        &mut self,
        class: &str,
        at: Range<usize>,
    ) -> Result<(), Reported> {
        if class == "logging.Formatter" {
            return Ok(());
        }
        // _resolve imports, so a bare name is a module's
        let diagnostic = if class.contains('.') {
            let what = format!("the server can't run the formatter class {class}");
            Diagnostic::error("unsupported-formatter", what).help(advice::formatter(class))
        } else {
            let what = format!("`{class}` is not a class with its module");
            Diagnostic::error("unknown-class", what).help("write logging.Formatter")
        };
        self.report(diagnostic.at(at, ""));
        Err(Reported)
    }

    /// One of `logging._STYLES`.
    pub(crate) fn style(&mut self, style: &str, at: Range<usize>) -> Result<char, Reported> {
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

    /// The checks of `Formatter.__init__`. `part` tells where a range of the format, or of the date
    /// format, or all of it, stands in the file.
    pub(crate) fn check_formatter(
        &mut self,
        formatter: &FormatterPlan,
        part: &dyn Fn(bool, Option<Range<usize>>) -> Range<usize>,
    ) -> Result<(), Reported> {
        // PercentStyle.validate; what the other styles refuse, check_format knows
        let fmt = formatter.fmt.as_deref().filter(|fmt| !fmt.is_empty());
        if formatter.style == '%'
            && formatter.validate
            && fmt.is_some_and(|fmt| !has_percent_field(fmt))
        {
            self.report(
                Diagnostic::error("bad-format", "the format has no field such as %(message)s")
                    .at(part(false, None), "")
                    .help("write the fields as %(asctime)s %(levelname)s %(message)s"),
            );
            return Err(Reported);
        }
        if let Err(problem) = (self.options.check_format)(formatter) {
            let at = part(problem.in_datefmt, Some(problem.range));
            match problem.severity {
                Severity::Error => {
                    self.report(Diagnostic::error("bad-format", problem.message).at(at, ""));
                    return Err(Reported);
                }
                Severity::Warning => self.report(
                    Diagnostic::warning("format-fails", problem.message)
                        .at(at, "every record will fail here, and none will be written"),
                ),
            }
        }
        for (range, label, diagnostic) in fields::doubtful(formatter) {
            self.report(diagnostic.at(part(false, Some(range)), label));
        }
        Ok(())
    }
}

/// A value's place in the file, and what it was filled in to.
type Within<'w> = dyn Fn(&Range<usize>) -> (Range<usize>, String) + 'w;

/// `Formatter(defaults=...)`; `within` gives a value's place in the file and what it was filled in to.
pub(crate) fn formatter_defaults(
    value: Value,
    within: &Within,
) -> Result<Vec<(String, Plain)>, Diagnostic> {
    let problem = |what: String, at: &Range<usize>| {
        let (at, label) = within(at);
        Diagnostic::error("bad-defaults", what).at(at, label)
    };
    let pairs = match value.kind {
        Kind::Dict(pairs) => pairs,
        Kind::None => Vec::new(),
        _ => {
            return Err(problem(format!("defaults is {}, not a dict", value.a_type()), &value.at));
        }
    };
    let named = pairs.into_iter().map(|(key, value)| match (key.kind, plain(&value)) {
        (Kind::Str(name), Some(plain)) => Ok((name, plain)),
        (_, plain) => {
            let what = "defaults holds names and plain values only".to_owned();
            Err(problem(what, if plain.is_some() { &key.at } else { &value.at }))
        }
    });
    named.collect()
}

/// `%\(\w+\)[#0+ -]*(\*|\d+)?(\.(\*|\d+))?[diouxefgcrsa%]`, anywhere, in either case.
fn has_percent_field(format: &str) -> bool {
    format.match_indices("%(").any(|(at, _)| {
        let rest = format.get(at + 2..).unwrap_or_default();
        let name = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let Some(rest) = rest.get(name..).and_then(|rest| rest.strip_prefix(')')) else {
            return false;
        };
        let rest = size(rest.trim_start_matches(['#', '0', '+', ' ', '-']));
        let rest = match rest.strip_prefix('.') {
            Some(precision) => {
                let after = size(precision);
                if after.len() == precision.len() {
                    return false;
                }
                after
            }
            None => rest,
        };
        let kind = rest.chars().next().map(|c| c.to_ascii_lowercase());
        name > 0 && kind.is_some_and(|kind| "diouxefgcrsa%".contains(kind))
    })
}

/// What is left after a `*` or digits.
fn size(text: &str) -> &str {
    match text.strip_prefix('*') {
        Some(rest) => rest,
        None => text.trim_start_matches(|c: char| c.is_ascii_digit()),
    }
}

/// The value as data; none where it holds a stream or anything else that is not plain.
fn plain(value: &Value) -> Option<Plain> {
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
