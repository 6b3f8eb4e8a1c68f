//! A record's texts as UTF-8.

use std::fmt::Write;

/// Appends WTF-8, in which a lone surrogate of a Python string is three bytes, as UTF-8: what has no
/// UTF-8 is written as Python's `backslashreplace` writes it. What is beyond `limit` bytes is left
/// out, and said to be.
pub(crate) fn push(bytes: &[u8], limit: usize, out: &mut String) {
    let (mut rest, left_out) = match bytes.split_at_checked(limit) {
        Some((kept, left_out)) if !left_out.is_empty() => (kept, left_out.len()),
        _ => (bytes, 0),
    };
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                out.push_str(text);
                break;
            }
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                out.push_str(std::str::from_utf8(good).unwrap_or_default());
                rest = escape(bad, left_out > 0, out);
            }
        }
    }
    if left_out > 0 {
        let _ = write!(out, "… ({left_out} bytes more)"); // a String takes all
    }
}

/// Escapes what `bad` begins with, and gives what comes behind.
fn escape<'b>(bad: &'b [u8], cut: bool, out: &mut String) -> &'b [u8] {
    match bad {
        // U+D800 to U+DFFF
        [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, rest @ ..] => {
            let point = 0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
            let _ = write!(out, "\\u{point:04x}");
            rest
        }
        // a character that the limit has cut through
        _ if cut && bad.len() < 4 => &[],
        [byte, rest @ ..] => {
            let _ = write!(out, "\\x{byte:02x}");
            rest
        }
        [] => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], limit: usize) -> String {
        let mut out = String::new();
        push(bytes, limit, &mut out);
        out
    }

    #[test]
    fn what_has_no_utf_8_is_escaped_as_python_does() {
        assert_eq!(text("grün".as_bytes(), 99), "grün");
        assert_eq!(text(b"a\xed\xb3\xbfb", 99), "a\\udcffb");
        assert_eq!(text(b"\xff\xed", 99), "\\xff\\xed");
    }

    #[test]
    fn what_is_left_out_is_told() {
        assert_eq!(text("grün".as_bytes(), 3), "gr… (2 bytes more)");
        assert_eq!(text(b"abcd", 4), "abcd");
    }
}
