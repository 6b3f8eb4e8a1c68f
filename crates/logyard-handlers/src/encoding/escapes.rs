//! Python's codecs for its own literals. They have all characters.

/// `unicode_escape`: what a literal has between its quotes.
pub(super) fn unicode_escape(char: u32, out: &mut Vec<u8>) {
    match u8::try_from(char) {
        Ok(b'\t') => out.extend_from_slice(b"\\t"),
        Ok(b'\n') => out.extend_from_slice(b"\\n"),
        Ok(b'\r') => out.extend_from_slice(b"\\r"),
        Ok(b'\\') => out.extend_from_slice(b"\\\\"),
        Ok(byte @ b' '..=b'~') => out.push(byte),
        _ => out.extend_from_slice(backslash(char).as_bytes()),
    }
}

/// `raw_unicode_escape`: Latin-1, and escapes for the rest.
pub(super) fn raw_unicode_escape(char: u32, out: &mut Vec<u8>) {
    match u8::try_from(char) {
        Ok(byte) => out.push(byte),
        Err(_) => out.extend_from_slice(backslash(char).as_bytes()),
    }
}

/// `\xe9`, `\u20ac`, `\U0001f600`.
pub(super) fn backslash(char: u32) -> String {
    match char {
        0..=0xFF => format!("\\x{char:02x}"),
        0x100..=0xFFFF => format!("\\u{char:04x}"),
        _ => format!("\\U{char:08x}"),
    }
}
