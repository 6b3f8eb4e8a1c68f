//! `int(text)` of Python.

use crate::text::is_space;

/// Parses as Python's `int()` does: blanks around, a sign, underscores between digits. `None` when it is
/// no number, or one larger than 64 bits hold. Digits of other scripts are not taken.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim_matches(is_space);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let all = digits.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if digits.is_empty() || !plain || !all {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_int;

    #[test]
    fn as_python_reads_them() {
        assert_eq!(parse_int(" +1_000 "), Some(1000));
        assert_eq!(parse_int("-007"), Some(-7));
        for wrong in ["", "_1", "1_", "1__0", "yes", "1.0", "0x10", "+-1"] {
            assert_eq!(parse_int(wrong), None, "{wrong}");
        }
    }
}
