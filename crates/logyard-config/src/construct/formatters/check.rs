//! The checks of `Formatter.__init__`.

use std::ops::Range;

use super::{Written, fields};
use crate::construct::Bound;
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

impl Problems<'_> {
    /// The checks of `Formatter.__init__`.
    pub(super) fn check_formatter(
        &mut self,
        formatter: &FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        let part = |in_datefmt: bool, range: Option<Range<usize>>| match (
            bound.get(if in_datefmt { "datefmt" } else { "fmt" }),
            range,
        ) {
            (Some(given), Some(range)) => (written.text)(given, range),
            (Some(given), None) => given.at.clone(),
            (None, _) => bound.at.clone(),
        };
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
        if let Err(problem) = (self.options.check_format)(formatter, self.options.settings.compat) {
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
