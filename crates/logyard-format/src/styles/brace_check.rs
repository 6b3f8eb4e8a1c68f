//! `StrFormatStyle.validate`.

use logyard_pickle::Value;

use super::brace::StrFormatStyle;
use crate::error::FormatSpecError;
use crate::str_format::parse::{Field, Piece, Pieces};

impl StrFormatStyle {
    /// `StrFormatStyle.validate`.
    pub(crate) fn validate(format: &str) -> Result<(), FormatSpecError> {
        let refused = |at: usize, what: String| FormatSpecError {
            at,
            message: format!("invalid format: {what}"),
            help: help(format).to_owned(),
        };
        let mut any = false;
        for piece in Pieces::new(format.as_bytes()) {
            let field = match piece {
                Piece::Literal(_) => continue,
                Piece::Fault { at, text } => return Err(refused(at, text.to_owned())),
                Piece::Field(field) => field,
            };
            any |= !field.name.is_empty();
            if let Some(problem) = problem(&field) {
                return Err(refused(field.at, problem));
            }
        }
        if any { Ok(()) } else { Err(refused(0, "no fields".to_owned())) }
    }
}

fn help(format: &str) -> &'static str {
    match format {
        _ if format.contains("%(") => "this looks like a format for `style='%'`",
        _ if format.contains("${") => "this looks like a format for `style='$'`",
        _ => "a field is written `{name}` or `{name:<8}`; a brace that is none is doubled: `{{`",
    }
}

fn problem(field: &Field<'_>) -> Option<String> {
    let name = std::str::from_utf8(field.name).unwrap_or_default();
    let spec = std::str::from_utf8(field.spec).unwrap_or_default();
    if !name.is_empty() && !is_name(name) {
        return Some(format!("invalid field name/expression: {}", repr(name)));
    }
    let conversion = field.conversion.and_then(char::from_u32);
    if let Some(conversion) = conversion.filter(|c| !"rsa".contains(*c)) {
        return Some(format!("invalid conversion: {}", repr(&conversion.to_string())));
    }
    (!is_spec(spec)).then(|| format!("bad specifier: {}", repr(spec)))
}

fn repr(text: &str) -> String {
    let mut out = Vec::new();
    // What can't be written, for it is too long, isn't shown.
    let _ = logyard_record::write_repr(Value::Str(text.as_bytes()), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// `field_spec`: `^(\d+|\w+)(\.\w+|\[[^]]+\])*$`. Python's `$` is before a last newline, too.
fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('\n').unwrap_or(name);
    let Some(mut rest) = after_word(name) else { return false };
    while !rest.is_empty() {
        let after = if let Some(rest) = rest.strip_prefix('.') {
            after_word(rest)
        } else {
            let key = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            key.filter(|(key, _)| !key.is_empty()).map(|(_, after)| after)
        };
        let Some(after) = after else { return false };
        rest = after;
    }
    true
}

/// `fmt_spec`:
/// `^(.?[<>=^])?[+ -]?#?0?(\d+|{\w+})?[,_]?(\.(\d+|{\w+}))?[bcdefgnosx%]?$`, case ignored.
fn is_spec(spec: &str) -> bool {
    let spec = spec.strip_suffix('\n').unwrap_or(spec);
    const ALIGN: [char; 4] = ['<', '>', '=', '^'];
    let mut chars = spec.chars();
    let behind_fill = match chars.next() {
        Some(fill) if fill != '\n' => chars.as_str().strip_prefix(ALIGN),
        _ => None,
    };
    let rest = behind_fill.unwrap_or_else(|| spec.strip_prefix(ALIGN).unwrap_or(spec));
    let rest = rest.strip_prefix(['+', ' ', '-']).unwrap_or(rest);
    let rest = rest.strip_prefix('#').unwrap_or(rest);
    let rest = after_size(rest).unwrap_or(rest);
    let rest = rest.strip_prefix([',', '_']).unwrap_or(rest);
    let rest = match rest.strip_prefix('.') {
        None => rest,
        Some(rest) => match after_size(rest) {
            Some(rest) => rest,
            None => return false,
        },
    };
    // Python's re takes the long s for an s when it ignores case.
    let rest = rest
        .strip_prefix(|c: char| "bcdefgnosx%ſ".contains(c.to_ascii_lowercase()))
        .unwrap_or(rest);
    rest.is_empty()
}

/// What follows one or more characters of words.
fn after_word(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric());
    (rest.len() < text.len()).then_some(rest)
}

/// What follows digits or a `{name}`. A `0` of its own may come before a width; it is a digit too.
fn after_size(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() + 1 < text.len() || rest.len() < text.len() && !text.starts_with('0') {
        return Some(rest);
    }
    let name = rest.strip_prefix('{').and_then(after_word).and_then(|rest| rest.strip_prefix('}'));
    name.or((rest.len() < text.len()).then_some(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(format: &str) -> String {
        match StrFormatStyle::validate(format) {
            Ok(()) => String::new(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn good_formats() {
        for format in [
            "{message}",
            "{a.b[c d].e!r:*^+#012,.3F}",
            "{{}} {x:{w}.{p}}",
            "{x:0{w}}",
            "{0}{}",
            "{é_1:<<8}",
            "{x:}",
            "{x\n:5\n}",
        ] {
            assert_eq!(refusal(format), "", "{format}");
        }
    }

    #[test]
    fn refused_formats() {
        for (format, expected) in [
            ("", "no fields"),
            ("{}", "no fields"),
            ("%(message)s", "no fields"),
            ("{message", "expected '}' before end of string"),
            ("{a-b}", "invalid field name/expression: 'a-b'"),
            ("{a..b}", "invalid field name/expression: 'a..b'"),
            ("{a[]}", "invalid field name/expression: 'a[]'"),
            ("{a!x}", "invalid conversion: 'x'"),
            ("{a:%Y}", "bad specifier: '%Y'"),
            ("{a:z}", "bad specifier: 'z'"),
            ("{a:5.}", "bad specifier: '5.'"),
            ("{a:1{w}}", "bad specifier: '1{w}'"),
            ("{a:<<<}", "bad specifier: '<<<'"),
        ] {
            assert_eq!(refusal(format), format!("invalid format: {expected}"), "{format}");
        }
        assert_eq!(StrFormatStyle::validate("é{a}{b!x}").unwrap_err().at, 5);
    }
}
