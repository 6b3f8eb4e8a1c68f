use encoding_rs::{Encoder, EncoderResult, Encoding};

/// A codec of a time before Unicode: the Web's encoder of that name, where it gives Python's bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Legacy {
    pub(super) encoding: &'static Encoding,
    /// The Web's encoder has the C1 controls at the bytes that Python leaves undefined.
    pub(super) without_c1: bool,
}

impl Legacy {
    /// Appends one character; false if the codec hasn't got it.
    pub(super) fn encode(&self, char: char, out: &mut Vec<u8>) -> bool {
        if char.is_ascii() {
            out.extend_from_slice(char.encode_utf8(&mut [0]).as_bytes());
            return true;
        }
        if self.without_c1 && ('\u{80}'..='\u{9F}').contains(&char) {
            return false;
        }
        let mut encoder: Encoder = self.encoding.new_encoder();
        let mut text = [0; 4];
        // GB18030 takes up to four bytes for a character; no codec here takes more.
        let mut bytes = [0; 16];
        let (result, _, written) = encoder.encode_from_utf8_without_replacement(
            char.encode_utf8(&mut text),
            &mut bytes,
            true,
        );
        let fits = matches!(result, EncoderResult::InputEmpty);
        if fits {
            out.extend_from_slice(bytes.get(..written).unwrap_or_default());
        }
        fits
    }
}
