//! The type of a plain scalar: PyYAML's `Resolver`, YAML 1.1's regular expressions by hand.

use super::{Tag, timestamp};

/// The tag of a text without quotes.
pub(super) fn resolve(text: &str) -> Tag {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Tag::Null,
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false"
        | "False" | "FALSE" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => return Tag::Bool,
        "<<" => return Tag::Merge,
        "=" => return Tag::Value,
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        Tag::Str
    } else if is_float(text) {
        Tag::Float
    } else if is_int(text) {
        Tag::Int
    } else if timestamp::parts(text).is_some() {
        Tag::Timestamp
    } else {
        Tag::Str
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// `[0-9][0-9_]*`: what is left after it.
fn number(text: &str) -> Option<&str> {
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| trim(text))
}

/// `[0-9_]*`: what is left after it.
fn trim(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_')
}

/// `(?:[eE][-+][0-9]+)?$`
fn exponent(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return text.is_empty() };
    let digits = rest.strip_prefix(['-', '+']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `(?::[0-5]?[0-9])+`: what is left after it, if it is there.
fn sixties(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(part) = rest.strip_prefix(':') {
        let digits = part.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let small = part.starts_with(|c| ('0'..='5').contains(&c));
        let taken = match digits {
            2 if small => 2,
            1 | 2 => 1,
            _ => break,
        };
        rest = part.get(taken..).unwrap_or_default();
    }
    (rest.len() < text.len()).then_some(rest)
}

fn is_float(text: &str) -> bool {
    let bare = unsigned(text);
    if matches!(bare, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if let Some(rest) = text.strip_prefix('.') {
        return number(rest).is_some_and(exponent);
    }
    let Some(rest) = number(bare) else { return false };
    if let Some(rest) = rest.strip_prefix('.') {
        return exponent(trim(rest));
    }
    sixties(rest).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| trim(rest).is_empty())
}

fn is_int(text: &str) -> bool {
    let bare = unsigned(text);
    let all = |digits: &str, wanted: &dyn Fn(u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|b| b == b'_' || wanted(b))
    };
    if let Some(digits) = bare.strip_prefix("0b") {
        return all(digits, &|b| matches!(b, b'0' | b'1'));
    }
    if let Some(digits) = bare.strip_prefix("0x") {
        return all(digits, &|b| b.is_ascii_hexdigit());
    }
    if let Some(digits) = bare.strip_prefix('0') {
        return digits.is_empty() || all(digits, &|b| matches!(b, b'0'..=b'7'));
    }
    match number(bare) {
        Some(rest) => rest.is_empty() || sixties(rest) == Some(""),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_yaml_1_1() {
        for (texts, tag) in [
            (
                &["1", "-1", "+1", "010", "0b1_0", "0x1F", "1_000", "1:30", "190:20:30", "0_"][..],
                Tag::Int,
            ),
            (
                &["1.", "1.5e+3", ".5", "-1.5", "1:30.5", ".inf", "-.INF", ".NaN", "1_0.0_1"],
                Tag::Float,
            ),
            (
                &[
                    "1e3", "1.5e3", "0o17", "08", "+.nan", "-.5", ".", "-", "+", "1:60", "0:30",
                    "0x",
                ],
                Tag::Str,
            ),
            (&["2001-01-01", "2001-1-1 1:00:00", "2001-12-14t21:59:43.10-05:00"], Tag::Timestamp),
            (&["2001-1-1", "2001-01-01 1:0:00", "y", "n", "yEs", "nULL", "a"], Tag::Str),
        ] {
            for text in texts {
                assert_eq!(resolve(text), tag, "{text}");
            }
        }
    }
}
