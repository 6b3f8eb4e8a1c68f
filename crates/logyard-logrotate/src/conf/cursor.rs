/// A place in a file; both count from 1, columns in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Line.
    pub(super) line: usize,
    /// Column.
    pub(super) column: usize,
}

/// The text of one file and how far it is read.
#[derive(Debug)]
pub(super) struct Cursor {
    text: Vec<u8>,
    at: usize,
    line: usize,
    line_start: usize,
}

/// The keywords that begin a script.
pub(super) const SCRIPTS: [&[u8]; 5] =
    [b"firstaction", b"prerotate", b"postrotate", b"lastaction", b"preremove"];

impl Cursor {
    pub(super) fn new(text: Vec<u8>) -> Cursor {
        Cursor { text, at: 0, line: 1, line_start: 0 }
    }

    pub(super) fn place(&self) -> Place {
        Place { line: self.line, column: self.at - self.line_start + 1 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
            self.line_start = self.at;
        }
        Some(byte)
    }

    /// Skips as long as `wanted` says so, and gives what was skipped.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &[u8] {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) {
        self.take_while(|byte| byte.is_ascii_whitespace());
    }

    /// The rest of the line, without the blanks around it and without an `=` before it.
    pub(super) fn value(&mut self) -> Vec<u8> {
        self.blanks();
        if self.peek() == Some(b'=') {
            self.next();
            self.blanks();
        }
        self.rest_of_line().trim_ascii_end().to_vec()
    }

    pub(super) fn rest_of_line(&mut self) -> Vec<u8> {
        self.take_while(|byte| byte != b'\n').to_vec()
    }

    fn blanks(&mut self) {
        self.take_while(|byte| byte != b'\n' && byte.is_ascii_whitespace());
    }

    /// The lines up to one that begins with `endscript`, which is skipped; `None` if there is none.
    pub(super) fn script(&mut self) -> Option<Vec<u8>> {
        let start = self.at;
        while self.peek().is_some() {
            self.take_while(|byte| byte != b'\n');
            self.next();
            let line = self.at;
            self.blanks();
            if self.take_while(|byte| !byte.is_ascii_whitespace()) == b"endscript" {
                return Some(self.text.get(start..line).unwrap_or_default().to_vec());
            }
        }
        None
    }

    /// Skips to the end of a block that has an error, over the `}`. Braces of scripts don't count.
    /// Gives false if the file ends before.
    pub(super) fn skip_block(&mut self) -> bool {
        while let Some(byte) = self.peek() {
            if byte == b'}' {
                self.next();
                return true;
            }
            if byte.is_ascii_whitespace() {
                self.next();
            } else if byte == b'#' {
                self.rest_of_line();
            } else if SCRIPTS.contains(&self.word()) {
                self.script();
            } else if self.peek() != Some(b'}') {
                self.next();
            }
        }
        false
    }

    fn word(&mut self) -> &[u8] {
        self.take_while(|byte| !byte.is_ascii_whitespace() && byte != b'}')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str) -> Cursor {
        Cursor::new(text.as_bytes().to_vec())
    }

    #[test]
    fn values_have_no_blanks_around() {
        let mut at = cursor(" =  a b \t\n x");
        assert_eq!(at.value(), b"a b");
        assert_eq!(at.place(), Place { line: 1, column: 10 });
        at.skip_space();
        assert_eq!(at.place(), Place { line: 2, column: 2 });
        assert_eq!(cursor("=3").value(), b"3");
    }

    #[test]
    fn a_script_ends_on_a_line_of_its_own() {
        let mut at = cursor(" echo\n x endscript\n  endscript foo");
        assert_eq!(at.script().unwrap(), b" echo\n x endscript\n");
        assert_eq!(at.value(), b"foo");
        assert_eq!(cursor("\necho\nendscripts").script(), None);
    }

    #[test]
    fn a_skipped_block_may_have_braces_in_scripts_and_comments() {
        let mut at = cursor("x\n# }\npostrotate\n}\nendscript\n a } b");
        assert!(at.skip_block());
        assert_eq!(at.value(), b"b");
        assert!(!cursor("postrotate }").skip_block());
    }
}
