//! `RawConfigParser._read`: lines to sections and options.

use std::ops::Range;

use logyard_compat::Compat;

use super::{DEFAULT, Document, Entry, Section};
use crate::text::{Text, is_space};

/// What is wrong with a line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What it is.
    pub kind: ParseErrorKind,
    /// The text in question.
    pub at: Range<usize>,
}

/// configparser's errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// `MissingSectionHeaderError`: text before the first section. Reported once.
    MissingSectionHeader,
    /// `ParsingError`: neither `=` nor `:` in the line.
    NoDelimiter,
    /// `ParsingError`: nothing before the `=` or `:`.
    NoKey,
    /// `DuplicateSectionError`.
    DuplicateSection {
        /// The name.
        name: String,
        /// Where it stood first.
        first: Range<usize>,
    },
    /// `DuplicateOptionError`.
    DuplicateOption {
        /// The key in lower case.
        key: String,
        /// Where it stood first.
        first: Range<usize>,
    },
}

/// Reads a file's text. After an error it goes on, so that all of them are found; configparser stops at
/// the first that is not a `ParsingError`.
pub fn parse(text: &str) -> (Document, Vec<ParseError>) {
    parse_by(text, Compat::default())
}

/// The same by the rules of a compat level.
pub fn parse_by(text: &str, compat: Compat) -> (Document, Vec<ParseError>) {
    let last_bracket = compat.section_ends_at_last_bracket();
    let mut reader = Reader { last_bracket, ..Reader::default() };
    for (start, line) in (Lines { text, at: 0 }) {
        reader.line(start, line);
    }
    reader.finish()
}

/// Python's universal newlines: `\n`, `\r\n` and a lone `\r` end a line.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Lines<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let ending = rest.get(end..).unwrap_or_default();
        self.at += end + if ending.starts_with("\r\n") { 2 } else { ending.len().min(1) };
        Some((start, rest.get(..end).unwrap_or_default()))
    }
}

#[derive(Default)]
struct Reader {
    document: Document,
    errors: Vec<ParseError>,
    /// The section in hand: `None` before the first header.
    section: Option<Place>,
    /// The option that an indented line goes on with.
    option: Option<usize>,
    indent: usize,
    /// A section's name reaches to the last bracket of its line, not to the first.
    last_bracket: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Default,
    Named(usize),
}

impl Reader {
    fn line(&mut self, start: usize, line: &str) {
        let indent = line.chars().take_while(|c| is_space(*c)).count();
        let stripped = line.trim_start_matches(is_space);
        let at = start + (line.len() - stripped.len());
        let clean = stripped.trim_end_matches(is_space);
        if clean.is_empty() {
            // an empty line is part of a value, until the value's end is stripped
            self.continue_value("", at);
        } else if clean.starts_with(['#', ';']) {
            // a comment inside a value leaves no line behind
        } else if indent > self.indent && self.option.is_some() {
            self.continue_value(clean, at);
        } else {
            self.indent = indent;
            match header(clean, self.last_bracket) {
                Some(name) => self.header(name, at + 1),
                None if self.section.is_none() => self.missing_header(clean, at),
                None => self.entry(clean, at),
            }
        }
    }

    fn continue_value(&mut self, line: &str, at: usize) {
        let Some(option) = self.option else { return };
        let Some(entry) = self.current().and_then(|section| section.entries.get_mut(option)) else {
            return;
        };
        entry.value.push_from("\n", at..at);
        entry.value.push_exact(line, at);
    }

    fn header(&mut self, name: &str, at: usize) {
        let range = at..at + name.len();
        self.option = None;
        let known = self.document.index.get(name).copied();
        self.section = Some(match known {
            Some(index) => {
                let first =
                    self.document.sections.get(index).map_or(0..0, |section| section.at.clone());
                let kind = ParseErrorKind::DuplicateSection { name: name.to_owned(), first };
                self.errors.push(ParseError { kind, at: range });
                Place::Named(index)
            }
            None if name == DEFAULT => {
                self.document.default.at = range;
                Place::Default
            }
            None => {
                let index = self.document.sections.len();
                self.document.index.insert(name.to_owned(), index);
                let section = Section { name: name.to_owned(), at: range, ..Section::default() };
                self.document.sections.push(section);
                Place::Named(index)
            }
        });
    }

    fn missing_header(&mut self, clean: &str, at: usize) {
        if self.errors.is_empty() {
            let kind = ParseErrorKind::MissingSectionHeader;
            self.errors.push(ParseError { kind, at: at..at + clean.len() });
        }
    }

    fn entry(&mut self, clean: &str, at: usize) {
        let Some(delimiter) = clean.find(['=', ':']) else {
            let kind = ParseErrorKind::NoDelimiter;
            self.errors.push(ParseError { kind, at: at..at + clean.len() });
            return;
        };
        let (before, after) = clean.split_at(delimiter);
        let key_text = before.trim_end_matches(is_space);
        let key = key_text.to_lowercase();
        let key_at = at..at + key_text.len();
        if key.is_empty() {
            self.errors.push(ParseError { kind: ParseErrorKind::NoKey, at: at..at + clean.len() });
        }
        let value = after.get(1..).unwrap_or_default().trim_start_matches(is_space);
        let mut text = Text::default();
        text.push_exact(value, at + clean.len() - value.len());
        let entry = Entry { key: key.clone(), at: key_at.clone(), value: text };
        let Some(section) = self.current() else { return };
        let option = section.entries.len();
        let first = section.own(&key).map(|entry| entry.at.clone());
        section.entries.push(entry);
        // a line without a key takes no more lines
        self.option = (!key.is_empty()).then_some(option);
        match first {
            // the repeated option can't be looked up, but its lines are still its own
            Some(first) => {
                let kind = ParseErrorKind::DuplicateOption { key, first };
                self.errors.push(ParseError { kind, at: key_at });
            }
            None => {
                if let Some(section) = self.current() {
                    section.index.insert(key, option);
                }
            }
        }
    }

    fn current(&mut self) -> Option<&mut Section> {
        match self.section? {
            Place::Default => Some(&mut self.document.default),
            Place::Named(index) => self.document.sections.get_mut(index),
        }
    }

    /// `_join_multiline_values`: the end of each value is stripped.
    fn finish(mut self) -> (Document, Vec<ParseError>) {
        let document = &mut self.document;
        for section in document.sections.iter_mut().chain([&mut document.default]) {
            for entry in &mut section.entries {
                let end = entry.value.as_str().trim_end_matches(is_space).len();
                entry.value.truncate(end);
            }
        }
        (self.document, self.errors)
    }
}

/// `\[(?P<header>.+)\]`: the name reaches to the last bracket; what follows is ignored. Before 3.10 it is
/// `\[(?P<header>[^]]+)\]`.
fn header(clean: &str, last_bracket: bool) -> Option<&str> {
    let rest = clean.strip_prefix('[')?;
    let end = if last_bracket { rest.rfind(']') } else { rest.find(']') };
    rest.get(..end?).filter(|name| !name.is_empty())
}
