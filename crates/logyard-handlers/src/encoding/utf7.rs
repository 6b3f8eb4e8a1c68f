/// UTF-7 (RFC 2152), within `+…-`: bits of UTF-16 that wait for more of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Whether base 64 is in force.
    within: bool,
    bits: u32,
    /// How many there are: 0, 2 or 4 between characters.
    count: u32,
}

/// Appends one character, which may be a surrogate.
pub(super) fn encode(char: u32, state: &mut State, out: &mut Vec<u8>) {
    if let Some(byte) = u8::try_from(char).ok().filter(|&byte| is_direct(byte)) {
        if state.within {
            leave(state, out);
            if byte == b'-' || is_base64(byte) {
                out.push(b'-');
            }
        }
        out.push(byte);
        return;
    }
    if !state.within {
        out.push(b'+');
        if char == u32::from(b'+') {
            out.push(b'-');
            return;
        }
        state.within = true;
    }
    match char.checked_sub(0x1_0000) {
        None => push(char, state, out),
        Some(rest) => {
            push(0xD800 | rest >> 10, state, out);
            push(0xDC00 | rest & 0x3FF, state, out);
        }
    }
}

/// Ends what was written at once: base 64 ends with it.
pub(super) fn finish(state: &mut State, out: &mut Vec<u8>) {
    if state.within {
        leave(state, out);
        out.push(b'-');
    }
}

fn leave(state: &mut State, out: &mut Vec<u8>) {
    if state.count > 0 {
        out.push(digit(state.bits << (6 - state.count)));
    }
    *state = State::default();
}

fn push(unit: u32, state: &mut State, out: &mut Vec<u8>) {
    state.bits = state.bits << 16 | unit;
    state.count += 16;
    while state.count >= 6 {
        state.count -= 6;
        out.push(digit(state.bits >> state.count));
    }
    state.bits &= (1 << state.count) - 1;
}

fn digit(bits: u32) -> u8 {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    DIGITS.get((bits & 63) as usize).copied().unwrap_or(b'A')
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Whether CPython's encoder writes the character as it is.
fn is_direct(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'}') && byte != b'+' && byte != b'\\'
}
