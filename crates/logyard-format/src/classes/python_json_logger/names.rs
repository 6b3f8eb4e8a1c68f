//! Which fields a format names: `BaseJsonFormatter.parse`. The format is not filled in.

use super::Release;
use crate::styles::Style;

/// The names in a format, in order.
pub(super) fn names(format: &str, style: Style, release: Release) -> Vec<&str> {
    match (style, release) {
        (Style::Percent, _) => between(format, "%(", ')'),
        (Style::Brace, _) => between(format, "{", '}'),
        (Style::Dollar, Release::Two) => between(format, "${", '}'),
        (Style::Dollar, Release::Four) => dollars(format),
    }
}

/// `OPEN(.+?)CLOSE`, everywhere.
fn between<'f>(format: &'f str, open: &str, close: char) -> Vec<&'f str> {
    let mut names = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find(open) {
        let after = rest.get(at + open.len()..).unwrap_or_default();
        match inner(after, close) {
            Some(name) => {
                names.push(name);
                rest = after.get(name.len() + close.len_utf8()..).unwrap_or_default();
            }
            // the next try begins one character behind this one's start
            None => rest = rest.get(at + 1..).unwrap_or_default(),
        }
    }
    names
}

/// `.+?` before `close`: at least one character, no new line.
fn inner(text: &str, close: char) -> Option<&str> {
    let first = text.chars().next().filter(|c| *c != '\n')?;
    let end = text.get(first.len_utf8()..)?.find([close, '\n'])? + first.len_utf8();
    text.get(end..)?.starts_with(close).then(|| text.get(..end))?
}

/// `\$(?:\$|\{(.+?)\}|([_a-z][_a-z0-9]*))`, in either case.
fn dollars(format: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('$') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let braced = rest.strip_prefix('{').and_then(|after| inner(after, '}'));
        let name = rest.split(|c: char| !is_word(c)).next().unwrap_or_default();
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some(name) = braced {
            names.push(name);
            rest = rest.get(name.len() + 2..).unwrap_or_default();
        } else if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            names.push(name);
            rest = rest.get(name.len()..).unwrap_or_default();
        }
    }
    names
}

/// `[_a-z0-9]` in either case, by which Python takes four more letters.
fn is_word(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || matches!(c, 'ſ' | 'K' | 'İ' | 'ı')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_patterns() {
        let four = |format, style| names(format, style, Release::Four);
        let percent = "%(a)s %()s %(b c)d %(d\n) %(e";
        assert_eq!(four(percent, Style::Percent), ["a", ")s %(b c"]);
        assert_eq!(four("%(%(x)s", Style::Percent), ["%(x"]);
        assert_eq!(four("{{a}} {b:>3}{}{c", Style::Brace), ["{a", "b:>3", "}{c"][..2]);
        let dollar = "$a_1 ${b c} $$d ${ $é $1 $Kſ ${e\n} ${f}";
        assert_eq!(four(dollar, Style::Dollar), ["a_1", "b c", "Kſ", "f"]);
        assert_eq!(names("$a ${b}$${c}", Style::Dollar, Release::Two), ["b", "c"]);
    }
}
