//! Where words begin and end, in bytes that are mostly UTF-8.

/// Whether a character is part of a word.
pub(crate) fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Whether the bytes end with a character of a word.
pub(crate) fn ends_in_word(bytes: &[u8]) -> bool {
    match bytes.last() {
        None => false,
        Some(&last) if last.is_ascii() => is_word(last.into()),
        Some(_) => {
            // a character has four bytes at most
            let tail = bytes.get(bytes.len().saturating_sub(4)..).unwrap_or_default();
            let starts = (0..tail.len()).rev().filter_map(|at| tail.get(at..));
            let last = starts.map(std::str::from_utf8).find_map(Result::ok);
            last.and_then(|text| text.chars().next_back()).is_some_and(is_word)
        }
    }
}

/// Whether the bytes begin with a character of a word.
pub(crate) fn begins_in_word(bytes: &[u8]) -> bool {
    match bytes.first() {
        None => false,
        Some(&first) if first.is_ascii() => is_word(first.into()),
        Some(_) => first_char(bytes).is_some_and(is_word),
    }
}

/// The character at the beginning; none if the bytes there are no UTF-8.
fn first_char(bytes: &[u8]) -> Option<char> {
    let head = bytes.get(..bytes.len().min(4)).unwrap_or_default();
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    valid.chars().next()
}

/// Calls `each` with the words of a text, as they are written there. Always the same words as
/// [`ends_in_word`] and [`begins_in_word`] tell apart.
pub(crate) fn words<'t>(text: &'t [u8], each: &mut dyn FnMut(&'t [u8])) {
    let mut start = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let (is, len) = if byte.is_ascii() {
            (byte == b'_' || byte.is_ascii_alphanumeric(), 1)
        } else {
            match text.get(at..).and_then(first_char) {
                Some(c) => (is_word(c), c.len_utf8()),
                None => (false, 1),
            }
        };
        match (is, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                each(text.get(from..at).unwrap_or_default());
                start = None;
            }
            _ => {}
        }
        at += len;
    }
    if let Some(from) = start {
        each(text.get(from..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_digits_and_underscores() {
        let mut found = Vec::new();
        let text = "„Fehler“ in a_b-c.d, Größe=3\u{e9}".as_bytes();
        words(text, &mut |word| found.push(String::from_utf8_lossy(word).into_owned()));
        assert_eq!(found, ["Fehler", "in", "a_b", "c", "d", "Größe", "3é"]);
        let mut found = Vec::new();
        words(b"a\xed\xa0\x80b\xffc", &mut |word| found.push(word));
        assert_eq!(found, [b"a", b"b", b"c"]);
    }

    #[test]
    fn edges_are_seen_from_both_sides() {
        for (text, begins, ends) in
            [("", false, false), ("a", true, true), ("é.", true, false), ("“é", false, true)]
        {
            let text = text.as_bytes();
            assert_eq!((begins_in_word(text), ends_in_word(text)), (begins, ends));
        }
        assert!(!begins_in_word(b"\xff") && !ends_in_word(b"a\xff") && ends_in_word(b"\xffa"));
    }
}
