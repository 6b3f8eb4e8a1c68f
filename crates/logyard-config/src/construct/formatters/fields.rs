//! Fields of a `%` format that load well and fail at each record.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::plan::FormatterPlan;
use crate::suggest::nearest;

/// Attributes of a LogRecord that are always text.
const TEXTS: [&str; 10] = [
    "message",
    "asctime",
    "levelname",
    "name",
    "pathname",
    "filename",
    "module",
    "funcName",
    "threadName",
    "processName",
];

/// The others.
const OTHERS: [&str; 13] = [
    "levelno",
    "lineno",
    "process",
    "thread",
    "created",
    "msecs",
    "relativeCreated",
    "taskName",
    "exc_info",
    "exc_text",
    "stack_info",
    "msg",
    "args",
];

/// The fields that are surely not what was meant, each with its place in the format and a label.
pub(super) fn doubtful(formatter: &FormatterPlan) -> Vec<(Range<usize>, &'static str, Diagnostic)> {
    let format = formatter.fmt.as_deref().unwrap_or_default();
    if formatter.style != '%' {
        return Vec::new();
    }
    let doubts = fields(format).into_iter().filter_map(|Field { at, name, conversion }| {
        let known = |known: &&str| *known == name;
        if TEXTS.iter().any(&known) {
            let number = "diouxXeEfFgG".contains(conversion);
            return number.then(|| {
                let what = format!("`{name}` is text, and %{conversion} wants a number");
                let diagnostic =
                    Diagnostic::warning("format-fails", what).help(format!("write %({name})s"));
                (at, "every record will fail here, and none will be written", diagnostic)
            });
        }
        let of_its_own = formatter.defaults.iter().any(|(default, _)| default == name);
        if of_its_own || OTHERS.iter().any(known) {
            return None;
        }
        // thread_id may well be a field of the workers, threads hardly is
        let close = nearest(name, TEXTS.into_iter().chain(OTHERS))
            .filter(|close| close.len().abs_diff(name.len()) <= 1)?;
        let diagnostic = Diagnostic::warning(
            "unknown-field",
            format!("Python's records have no `{name}`, unless the workers add it"),
        )
        .help(format!("did you mean %({close}){conversion}?"));
        Some((at, "every record without it fails here, and is not written", diagnostic))
    });
    doubts.collect()
}

struct Field<'f> {
    at: Range<usize>,
    name: &'f str,
    conversion: char,
}

/// The named fields of a format that `%` takes; what it does not take has been reported.
fn fields(format: &str) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(start) = format.get(at..).and_then(|rest| rest.find('%')).map(|n| at + n) {
        let rest = format.get(start + 1..).unwrap_or_default();
        at = start + 2;
        let Some((name, spec)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'))
        else {
            continue;
        };
        let after =
            spec.trim_start_matches(|c: char| "#0- +*.hlL".contains(c) || c.is_ascii_digit());
        let Some(conversion) = after.chars().next() else { break };
        let end = format.len() - after.len() + conversion.len_utf8();
        fields.push(Field { at: start..end, name, conversion });
        at = end;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(format: &str) -> Vec<(&str, String)> {
        let formatter = FormatterPlan {
            fmt: Some(format.to_owned()),
            defaults: vec![("mesage".to_owned(), crate::plan::Plain::None)],
            ..FormatterPlan::default()
        };
        let told = doubtful(&formatter).into_iter();
        told.map(|(at, _, diagnostic)| {
            (&format[at], diagnostic.message + "; " + &diagnostic.help[0])
        })
        .collect()
    }

    #[test]
    fn texts_as_numbers_and_names_that_are_nearly_right() {
        let number = "`asctime` is text, and %d wants a number; write %(asctime)s";
        assert_eq!(told("é %(asctime)-5.3d %(lineno)d"), [("%(asctime)-5.3d", number.to_owned())]);
        let close = "Python's records have no `Message`, unless the workers add it; \
                     did you mean %(message)s?";
        assert_eq!(told("%% %(Message)s%(thread_id)s"), [("%(Message)s", close.to_owned())]);
        assert_eq!(told("%(levelName)-8s").len(), 1);
        let well = "%(message)s %%(message)d %(mesage)s %(user)s %(msecs)03d %(levelname).1s %(";
        assert!(told(well).is_empty(), "{:?}", told(well));
    }
}
