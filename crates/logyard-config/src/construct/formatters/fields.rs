//! Fields of a format that load well and fail at each record.

use std::ops::Range;

use logyard_format::Class;

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
    if let Class::PythonJsonLogger(_) = formatter.class {
        // it only names fields, and what a record lacks is null
        return Vec::new();
    }
    let format = formatter.fmt.as_deref().unwrap_or_default();
    let fields = match formatter.style {
        '{' => braces(format),
        '$' => dollars(format),
        _ => percents(format),
    };
    let doubts = fields.into_iter().filter_map(|field| {
        let name = format.get(field.name.clone())?;
        let with = |name: &str, after: &str| {
            let before = format.get(field.at.start..field.name.start).unwrap_or_default();
            format!("{before}{name}{after}")
        };
        let known = |known: &&str| *known == name;
        if TEXTS.iter().any(&known) {
            return field.number.map(|letter| {
                let (code, plain) = if formatter.style == '{' { (':', "}") } else { ('%', ")s") };
                let what = format!("`{name}` is text, and {code}{letter} wants a number");
                let help = format!("write {}", with(name, plain));
                let diagnostic = Diagnostic::warning("format-fails", what).help(help);
                (
                    field.at.clone(),
                    "every record will fail here, and none will be written",
                    diagnostic,
                )
            });
        }
        if is_of_class(name, &formatter.class) {
            return None;
        }
        let of_its_own = formatter.defaults.iter().any(|(default, _)| default == name);
        if of_its_own || OTHERS.iter().any(known) {
            return None;
        }
        // thread_id may well be a field of the workers, threads hardly is
        let close = nearest(name, TEXTS.into_iter().chain(OTHERS))
            .filter(|close| close.len().abs_diff(name.len()) <= 1)?;
        let after = format.get(field.name.end..field.at.end).unwrap_or_default();
        let diagnostic = Diagnostic::warning(
            "unknown-field",
            format!("Python's records have no `{name}`, unless the workers add it"),
        )
        .help(format!("did you mean {}?", with(close, after)));
        Some((field.at, "every record without it fails here, and is not written", diagnostic))
    });
    doubts.collect()
}

/// Fields that the formatter's class adds.
fn is_of_class(name: &str, class: &Class) -> bool {
    match class {
        Class::Uvicorn(options) => match name {
            "levelprefix" => true,
            "client_addr" | "request_line" | "status_code" => options.access,
            _ => false,
        },
        Class::Colorlog(_) => {
            name.ends_with("log_color")
                || logyard_format::classes::colorlog::escape_code(name).is_some()
        }
        _ => false,
    }
}

/// One field of a format, as byte ranges.
struct Field {
    at: Range<usize>,
    name: Range<usize>,
    /// A code for numbers that it is formatted with.
    number: Option<char>,
}

/// The named fields of a format that `%` takes; what it does not take has been reported.
fn percents(format: &str) -> Vec<Field> {
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
        let number = Some(conversion).filter(|c| "diouxXeEfFgG".contains(*c));
        fields.push(Field { at: start..end, name: start + 2..start + 2 + name.len(), number });
        at = end;
    }
    fields
}

/// Those of a format that `str.format` takes.
fn braces(format: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(start) = format.get(at..).and_then(|rest| rest.find('{')).map(|n| at + n) {
        let rest = format.get(start + 1..).unwrap_or_default();
        at = start + 1;
        if rest.starts_with('{') {
            at += 1;
            continue;
        }
        // a specification may hold fields of its own
        let mut depth = 1;
        let close = rest.bytes().position(|b| {
            depth += i32::from(b == b'{') - i32::from(b == b'}');
            depth == 0
        });
        let Some(inner) = close.and_then(|close| rest.get(..close)) else { break };
        let len = inner.find(['.', '[', '!', ':']).unwrap_or(inner.len());
        // an attribute or an item of a text may be anything
        let spec = match inner.get(len..).unwrap_or_default() {
            part if part.starts_with(['.', '[']) => "",
            part => part.split_once(':').map_or("", |(_, spec)| spec),
        };
        let number = spec.chars().last().filter(|c| "bcdeEfFgGnoxX%".contains(*c));
        at = start + 1 + inner.len() + 1;
        fields.push(Field { at: start..at, name: start + 1..start + 1 + len, number });
    }
    fields
}

/// Those of a format that `string.Template` takes.
fn dollars(format: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(start) = format.get(at..).and_then(|rest| rest.find('$')).map(|n| at + n) {
        let rest = format.get(start + 1..).unwrap_or_default();
        let braced = rest.starts_with('{');
        let name = start + 1 + usize::from(braced);
        let rest = format.get(name..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        // `$$` is a dollar sign
        at = (name + len + usize::from(braced)).max(start + 2);
        if len > 0 {
            fields.push(Field { at: start..at, name: name..name + len, number: None });
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(style: char, format: &str) -> Vec<(&str, String)> {
        let formatter = FormatterPlan {
            fmt: Some(format.to_owned()),
            style,
            defaults: vec![("mesage".to_owned(), logyard_format::Plain::None)],
            ..FormatterPlan::default()
        };
        let told = doubtful(&formatter).into_iter();
        told.map(|(at, _, diagnostic)| {
            (&format[at], diagnostic.message + "; " + &diagnostic.help[0])
        })
        .collect()
    }

    fn unknown(name: &str, help: &str) -> String {
        format!(
            "Python's records have no `{name}`, unless the workers add it; did you mean {help}?"
        )
    }

    #[test]
    fn texts_as_numbers_and_names_that_are_nearly_right() {
        let number = "`asctime` is text, and %d wants a number; write %(asctime)s";
        assert_eq!(
            told('%', "é %(asctime)-5.3d %(lineno)d"),
            [("%(asctime)-5.3d", number.to_owned())]
        );
        assert_eq!(
            told('%', "%% %(Message)-8s%(thread_id)s"),
            [("%(Message)-8s", unknown("Message", "%(message)-8s"))]
        );
        assert_eq!(told('%', "%(levelName)-8s").len(), 1);
        let well = "%(message)s %%(message)d %(mesage)s %(user)s %(msecs)03d %(levelname).1s %(";
        assert_eq!(told('%', well), []);
    }

    #[test]
    fn fields_in_braces() {
        assert_eq!(
            told('{', "é {{x}} {Message!r:>{lineno}} {msgs[0]} {thread_id}"),
            [
                ("{Message!r:>{lineno}}", unknown("Message", "{message!r:>{lineno}}")),
                ("{msgs[0]}", unknown("msgs", "{msg[0]}")),
            ]
        );
        let number = "`asctime` is text, and :d wants a number; write {asctime}";
        assert_eq!(told('{', "{asctime:05d}"), [("{asctime:05d}", number.to_owned())]);
        let well = "{message:<8} {{mssage}} {mesage} {msecs:03.0f} {name[0]:d} {asctime:s} {";
        assert_eq!(told('{', well), []);
    }

    #[test]
    fn fields_after_dollars() {
        assert_eq!(
            told('$', "é $$Message $Message ${levlname}-$thread_id"),
            [
                ("$Message", unknown("Message", "$message")),
                ("${levlname}", unknown("levlname", "${levelname}")),
            ]
        );
        assert_eq!(told('$', "$message ${name} $mesage $lineno$ 5"), []);
    }
}
