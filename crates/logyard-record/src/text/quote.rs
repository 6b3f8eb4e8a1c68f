//! `repr` of strings and bytes: which quote, what is escaped (`unicode_repr`, `PyBytes_Repr`).

use super::unprintable::RANGES;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the `repr` of a string; `text` is WTF-8. Stops early once `out` is longer than `end`,
/// since the caller gives up then.
pub(crate) fn write_str_repr(text: &[u8], end: usize, out: &mut Vec<u8>) {
    let text = useful(text, end, out);
    let quote = quote_for(text);
    out.push(quote);
    // text[plain..at] needs no escape and is not yet written
    let (mut plain, mut at) = (0, 0);
    while let Some(&byte) = text.get(at) {
        if is_plain(byte, quote) {
            at += 1;
            continue;
        }
        let (point, len) = next_point(text, at);
        if byte >= 0x80 && is_printable(point) {
            at += len;
            continue;
        }
        out.extend_from_slice(text.get(plain..at).unwrap_or_default());
        if out.len() > end {
            return;
        }
        at += len;
        plain = at;
        write_escape(point, out);
    }
    out.extend_from_slice(text.get(plain..at).unwrap_or_default());
    out.push(quote);
}

/// Appends the `repr` of bytes. Stops early once `out` is longer than `end`.
pub(crate) fn write_bytes_repr(bytes: &[u8], end: usize, out: &mut Vec<u8>) {
    let bytes = useful(bytes, end, out);
    let quote = quote_for(bytes);
    write_bytes(bytes, quote, quote, end, out);
}

/// Appends the `repr` of a bytearray (`bytearray_repr`), which escapes single quotes within double
/// ones as well. Stops early once `out` is longer than `end`.
pub(crate) fn write_bytearray_repr(bytes: &[u8], end: usize, out: &mut Vec<u8>) {
    let bytes = useful(bytes, end, out);
    out.extend_from_slice(b"bytearray(");
    write_bytes(bytes, quote_for(bytes), b'\'', end, out);
    out.push(b')');
}

fn write_bytes(bytes: &[u8], quote: u8, escaped: u8, end: usize, out: &mut Vec<u8>) {
    out.push(b'b');
    out.push(quote);
    for run in bytes.chunks(4096) {
        if out.len() > end {
            return;
        }
        for &byte in run {
            if is_plain(byte, escaped) {
                out.push(byte);
            } else {
                // a byte is escaped like the code point of the same number
                write_escape(u32::from(byte), out);
            }
        }
    }
    out.push(quote);
}

/// Replaces what is not ASCII in `out[start..]` by its escapes, as `ascii()` does with the `repr`
/// (`PyObject_ASCII`: the error handler `backslashreplace`).
pub(crate) fn escape_non_ascii(start: usize, end: usize, out: &mut Vec<u8>) {
    let Some(text) = out.get(start..) else { return };
    let Some(first) = text.iter().position(|byte| !byte.is_ascii()) else { return };
    let tail = out.split_off(start + first);
    let mut at = 0;
    while let Some(&byte) = tail.get(at) {
        if byte.is_ascii() {
            out.push(byte);
            at += 1;
            continue;
        }
        if out.len() > end {
            return;
        }
        let (point, len) = next_point(&tail, at);
        write_escape(point, out);
        at += len;
    }
}

/// As much of the text as may matter: no byte is written in less than one.
fn useful<'t>(text: &'t [u8], end: usize, out: &[u8]) -> &'t [u8] {
    text.get(..end.saturating_add(8).saturating_sub(out.len())).unwrap_or(text)
}

/// Single quotes, unless the text has some and no double ones.
fn quote_for(text: &[u8]) -> u8 {
    if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' }
}

/// Whether an ASCII byte stands for itself.
fn is_plain(byte: u8, quote: u8) -> bool {
    (0x20..0x7f).contains(&byte) && byte != quote && byte != b'\\'
}

/// `str.isprintable` for one code point from U+0080 on.
pub(crate) fn is_printable(point: u32) -> bool {
    let after = RANGES.partition_point(|&(first, _)| first <= point);
    after.checked_sub(1).and_then(|at| RANGES.get(at)).is_none_or(|&(_, last)| last < point)
}

fn write_escape(point: u32, out: &mut Vec<u8>) {
    let (letter, digits) = match point {
        0x09 => return out.extend_from_slice(b"\\t"),
        0x0a => return out.extend_from_slice(b"\\n"),
        0x0d => return out.extend_from_slice(b"\\r"),
        0x22 => return out.extend_from_slice(b"\\\""),
        0x27 => return out.extend_from_slice(b"\\'"),
        0x5c => return out.extend_from_slice(b"\\\\"),
        0..=0xff => (b'x', 2),
        0x100..=0xffff => (b'u', 4),
        _ => (b'U', 8),
    };
    out.extend_from_slice(&[b'\\', letter]);
    write_hex(u128::from(point), digits, out);
}

/// Appends the lowest `digits` hexadecimal digits of `n`.
pub(crate) fn write_hex(n: u128, digits: u32, out: &mut Vec<u8>) {
    for place in (0..digits).rev() {
        out.push(HEX[(n >> (4 * place)) as usize & 15]);
    }
}

/// The code point at `at` in WTF-8 and its length in bytes. On bytes that are not WTF-8 (values
/// from the pickle machine always are) it goes on byte by byte.
pub(crate) fn next_point(text: &[u8], at: usize) -> (u32, usize) {
    let byte = |ahead: usize| text.get(at + ahead).map_or(0, |&byte| u32::from(byte));
    let rest = |ahead: usize| byte(ahead) & 0x3f;
    let first = byte(0);
    let (point, len) = match first {
        0..0xc0 => (first, 1),
        0xc0..0xe0 => ((first & 0x1f) << 6 | rest(1), 2),
        0xe0..0xf0 => ((first & 0x0f) << 12 | rest(1) << 6 | rest(2), 3),
        _ => ((first & 0x07) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3), 4),
    };
    (point, len.min(text.len() - at).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repr(text: &[u8]) -> String {
        let mut out = Vec::new();
        write_str_repr(text, usize::MAX, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings() {
        assert_eq!(repr(b""), "''");
        assert_eq!(repr(b"it's"), "\"it's\"");
        assert_eq!(repr(b"it's \"so\""), "'it\\'s \"so\"'");
        assert_eq!(repr("\"\\\t\r\n\0\x7f".as_bytes()), r#"'"\\\t\r\n\x00\x7f'"#);
        assert_eq!(repr("é\u{a0}\u{ad}ÿ".as_bytes()), r"'é\xa0\xadÿ'");
        assert_eq!(repr("\u{2028}\u{378}日\u{3000}".as_bytes()), r"'\u2028\u0378日\u3000'");
        assert_eq!(repr("😀\u{1f1e6}\u{e0001}".as_bytes()), "'😀\u{1f1e6}\\U000e0001'");
        assert_eq!(repr(b"a\xed\xb2\x80z"), r"'a\udc80z'");
    }

    #[test]
    fn bytes() {
        let mut out = Vec::new();
        write_bytes_repr(b"\x00\xff'\"\\\n~", usize::MAX, &mut out);
        assert_eq!(out, br#"b'\x00\xff\'"\\\n~'"#);
        let mut out = Vec::new();
        write_bytes_repr(b"it's", usize::MAX, &mut out);
        write_bytearray_repr(b"it's", usize::MAX, &mut out);
        assert_eq!(out, br#"b"it's"bytearray(b"it\'s")"#);
    }

    #[test]
    fn ascii() {
        let mut out = "ö'é日😀'".as_bytes().to_vec();
        out.extend_from_slice(b"\xed\xb2\x80");
        escape_non_ascii(2, usize::MAX, &mut out);
        assert_eq!(out, "ö'\\xe9\\u65e5\\U0001f600'\\udc80".as_bytes());
    }

    #[test]
    fn stops_when_over() {
        let mut out = Vec::new();
        write_str_repr(&[1; 100_000], 1000, &mut out);
        assert!(out.len() < 1010);
        let mut out = Vec::new();
        write_bytes_repr(&[1; 100_000], 1000, &mut out);
        assert!(out.len() < 1000 + 4 * 4096 + 4);
    }

    #[test]
    fn broken_wtf8_ends() {
        for text in [&b"\xe9"[..], b"\xf0\x9f", b"\x80\xff", b"\xc3"] {
            let mut out = Vec::new();
            write_str_repr(text, usize::MAX, &mut out);
            assert!(out.starts_with(b"'") && out.ends_with(b"'"));
        }
    }

    #[test]
    fn ranges_are_in_order() {
        assert!(RANGES.iter().all(|(first, last)| first <= last));
        assert!(RANGES.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
    }
}
