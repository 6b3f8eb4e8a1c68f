use super::multibyte::{GB2312, push};

/// Appends one character in HZ (RFC 1843), where `~{` and `~}` enclose GB 2312; `within` tells
/// whether that is so. False if the codec hasn't got the character.
pub(super) fn encode(char: u32, within: &mut bool, out: &mut Vec<u8>) -> bool {
    if let Some(byte) = u8::try_from(char).ok().filter(u8::is_ascii) {
        if std::mem::take(within) {
            out.extend_from_slice(b"~}");
        }
        if byte == b'~' {
            out.push(b'~');
        }
        out.push(byte);
        return true;
    }
    let Some(code) = GB2312.get(char) else { return false };
    if !std::mem::replace(within, true) {
        out.extend_from_slice(b"~{");
    }
    push(code, out);
    true
}
