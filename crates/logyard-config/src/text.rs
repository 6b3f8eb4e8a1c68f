//! Text that remembers where in the file its pieces come from.

use std::ops::Range;

/// A value as the program sees it (lines joined, references filled in) with the way back to the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    /// Where the piece starts in `text`; it ends where the next one starts.
    at: usize,
    /// The bytes of the file it stands for.
    source: Range<usize>,
    /// Whether it is those very bytes, rather than what they were replaced by.
    exact: bool,
}

impl Text {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends text that stands in the file from `start` on.
    pub(crate) fn push_exact(&mut self, text: &str, start: usize) {
        self.push(text, start..start + text.len(), true);
    }

    /// Appends text that is not in the file as such, but comes from `source`.
    pub(crate) fn push_from(&mut self, text: &str, source: Range<usize>) {
        self.push(text, source, false);
    }

    fn push(&mut self, text: &str, source: Range<usize>, exact: bool) {
        self.pieces.push(Piece { at: self.text.len(), source, exact });
        self.text.push_str(text);
    }

    /// Appends a part of another text, its origin kept.
    pub(crate) fn push_part(&mut self, other: &Text, range: Range<usize>) {
        for (index, piece) in other.pieces.iter().enumerate() {
            let end = other.pieces.get(index + 1).map_or(other.text.len(), |next| next.at);
            let from = piece.at.max(range.start);
            let to = end.min(range.end);
            let Some(part) = other.text.get(from..to).filter(|part| !part.is_empty()) else {
                continue;
            };
            if piece.exact {
                self.push_exact(part, piece.source.start + (from - piece.at));
            } else {
                self.push_from(part, piece.source.clone());
            }
        }
    }

    /// Cuts the text to its first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        // the first piece stays, so that an empty value still has a place
        let mut first = true;
        self.pieces.retain(|piece| std::mem::take(&mut first) || piece.at < len);
    }

    /// The bytes of the file that a range of the text comes from.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.origin(range.start, false);
        let end = self.origin(range.end, range.end > range.start);
        start..end.max(start)
    }

    /// The bytes of the file that the whole text comes from.
    pub fn whole(&self) -> Range<usize> {
        self.source(0..self.text.len())
    }

    /// `end`: the offset is the end of a range, so it belongs to the piece before it.
    fn origin(&self, offset: usize, end: bool) -> usize {
        let after = |piece: &&Piece| if end { piece.at < offset } else { piece.at <= offset };
        match self.pieces.iter().rev().find(after) {
            Some(piece) if piece.exact => {
                (piece.source.start + (offset - piece.at)).min(piece.source.end)
            }
            Some(piece) if end => piece.source.end,
            Some(piece) => piece.source.start,
            None => 0,
        }
    }
}

/// `str.isspace` for one character, which is also what Python's `\s` and `str.strip` go by.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_lead_back_to_the_file() {
        let mut value = Text::default();
        value.push_exact("('", 10);
        value.push_from("/var/log", 12..20);
        value.push_exact("/x.log',)", 20);
        assert_eq!(value.as_str(), "('/var/log/x.log',)");
        assert_eq!(value.source(0..1), 10..11);
        assert_eq!(value.source(1..16), 11..26);
        assert_eq!(value.source(4..6), 12..20);
        let mut empty = Text::default();
        empty.push_exact("", 10);
        empty.push_from("\n", 12..12);
        empty.push_exact("", 12);
        empty.truncate(0);
        assert_eq!(empty.whole(), 10..10);
        let mut part = Text::default();
        part.push_part(&value, 5..13);
        assert_eq!(part.as_str(), "r/log/x.");
        assert_eq!(part.whole(), 12..23);
    }
}
