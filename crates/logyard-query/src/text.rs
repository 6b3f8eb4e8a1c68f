use regex::bytes::Regex;

use crate::fold::{begins_in_word, ends_in_word, words};
use crate::pattern::Pattern;

/// Calls `each` with every word of a text, with its ASCII letters in lower case: what an index keeps, so
/// that [`TextTest::words`] can be looked up in it. `word` is used for words with capitals.
pub fn tokens(text: &[u8], word: &mut Vec<u8>, each: &mut dyn FnMut(&[u8])) {
    words(text, &mut |found| {
        if found.iter().any(u8::is_ascii_uppercase) {
            word.clear();
            word.extend(found.iter().map(u8::to_ascii_lowercase));
            each(word);
        } else {
            each(found);
        }
    });
}

/// A word, a phrase or a regular expression that is looked for in texts.
#[derive(Clone, Debug)]
pub struct TextTest {
    pattern: Pattern,
    /// Whether what is found must begin and end where words do.
    begins: bool,
    ends: bool,
    /// See [`TextTest::words`].
    words: Vec<Vec<u8>>,
}

impl TextTest {
    /// `text` as it was written, but for stars at its ends: these say that a word goes on there.
    pub(crate) fn phrase(text: &str, open_start: bool, open_end: bool) -> TextTest {
        let begins = !open_start && begins_in_word(text.as_bytes());
        let ends = !open_end && ends_in_word(text.as_bytes());
        let bytes = text.as_bytes();
        let mut inner = Vec::new();
        words(bytes, &mut |word| {
            let at = word.as_ptr() as usize - bytes.as_ptr() as usize;
            let whole = (at > 0 || !open_start) && (at + word.len() < bytes.len() || !open_end);
            // of others the case counts in an index, but not here
            if whole && word.is_ascii() {
                inner.push(word.to_ascii_lowercase());
            }
        });
        inner.sort();
        inner.dedup();
        TextTest { pattern: Pattern::literal(text), begins, ends, words: inner }
    }

    /// Parts of one word, with any letters between them.
    pub(crate) fn parts<'p>(
        parts: impl Iterator<Item = &'p str>,
        begins: bool,
        ends: bool,
    ) -> TextTest {
        let pattern = Pattern::parts(parts);
        TextTest { pattern, begins, ends, words: Vec::new() }
    }

    pub(crate) fn regex(pattern: Pattern) -> TextTest {
        TextTest { pattern, begins: false, ends: false, words: Vec::new() }
    }

    /// Whether it is in this text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        if !self.begins && !self.ends {
            return self.pattern.regex().is_match(text);
        }
        let mut at = 0;
        while let Some(found) = self.pattern.regex().find_at(text, at) {
            let before = text.get(..found.start()).unwrap_or_default();
            let after = text.get(found.end()..).unwrap_or_default();
            let is_part = self.begins && ends_in_word(before) || self.ends && begins_in_word(after);
            if !is_part {
                return true;
            }
            // what begins one byte later may overlap
            at = found.start() + 1;
        }
        false
    }

    /// Words that every text that it is in has, as [`tokens`] gives them.
    pub fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// A text that it is in has a match of this, wherever it lies in other bytes; none if that can't be
    /// said.
    pub fn anywhere(&self) -> Option<&Regex> {
        self.pattern.anywhere()
    }
}
