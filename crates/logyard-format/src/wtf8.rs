//! Characters of Python text, which is UTF-8 that may also hold lone surrogates (three bytes each).

/// How many characters (code points) there are: `len(text)`.
pub(crate) fn count(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| !is_continuation(byte)).count()
}

/// The byte length of the first `chars` characters: `len(text[:chars])` in bytes.
pub(crate) fn prefix_len(text: &[u8], chars: usize) -> usize {
    if chars >= text.len() {
        return text.len();
    }
    text.iter()
        .enumerate()
        .filter(|&(_, &byte)| !is_continuation(byte))
        .nth(chars)
        .map_or(text.len(), |(at, _)| at)
}

/// The first character's code point.
pub(crate) fn first_char(text: &[u8]) -> Option<u32> {
    let (&first, rest) = text.split_first()?;
    let (mut value, more) = match first {
        0..0x80 => (u32::from(first), 0),
        0x80..0xe0 => (u32::from(first & 0x1f), 1),
        0xe0..0xf0 => (u32::from(first & 0x0f), 2),
        0xf0.. => (u32::from(first & 0x07), 3),
    };
    for &byte in rest.iter().take(more) {
        value = value << 6 | u32::from(byte & 0x3f);
    }
    Some(value)
}

/// Appends a code point below 0x110000, a surrogate too: `chr(value)`.
pub(crate) fn push(value: u32, out: &mut Vec<u8>) {
    match char::from_u32(value) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let tail = |shift: u32| 0x80 | (value >> shift & 0x3f) as u8;
            out.extend_from_slice(&[0xe0 | (value >> 12 & 0x0f) as u8, tail(6), tail(0)]);
        }
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_cut() {
        let text = "aé€😀".as_bytes();
        assert_eq!(count(text), 4);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|n| prefix_len(text, n)), [0, 1, 3, 6, 10, 10]);
        assert_eq!(prefix_len(b"", 3), 0);
    }

    #[test]
    fn code_points_go_in_and_out() {
        for value in [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xdfff, 0xffff, 0x10000, 0x10ffff] {
            let mut out = Vec::new();
            push(value, &mut out);
            assert_eq!(first_char(&out), Some(value));
            assert_eq!(count(&out), 1);
        }
        assert_eq!(first_char(b""), None);
    }
}
