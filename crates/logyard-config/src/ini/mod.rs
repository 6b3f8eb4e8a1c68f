//! Python's `configparser.ConfigParser` with its default settings, every part with its place.

mod interpolate;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

pub use crate::text::Text;
pub use interpolate::{InterpolationError, InterpolationErrorKind};
pub use parse::{ParseError, ParseErrorKind, parse, parse_by};

/// The section whose options show in all others.
pub const DEFAULT: &str = "DEFAULT";

/// A file that was read.
#[derive(Debug, Clone, Default)]
pub struct Document {
    sections: Vec<Section>,
    index: HashMap<String, usize>,
    default: Section,
    /// The `defaults` that `ConfigParser` was made with; `[DEFAULT]` goes over them.
    defines: HashMap<String, Entry>,
}

/// One section.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// The name between the brackets, as written.
    pub name: String,
    /// Where the name stands.
    pub at: Range<usize>,
    /// The section's own options, in order, keys in lower case.
    pub entries: Vec<Entry>,
    index: HashMap<String, usize>,
}

/// One option.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The key in lower case.
    pub key: String,
    /// Where the key stands; empty for one that is not from the file.
    pub at: Range<usize>,
    /// The value before interpolation.
    pub value: Text,
}

impl Document {
    /// The sections without `[DEFAULT]`, in the order of their first appearance.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The `[DEFAULT]` section; empty when there is none.
    pub fn default_section(&self) -> &Section {
        &self.default
    }

    /// A section by its exact name; never `[DEFAULT]`.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.index.get(name).and_then(|index| self.sections.get(*index))
    }

    /// Sets one of the `defaults` of `ConfigParser(defaults)`.
    pub fn define(&mut self, key: &str, value: &str) {
        let key = key.to_lowercase();
        let mut text = Text::default();
        text.push_from(value, 0..0);
        self.defines.insert(key.clone(), Entry { key, at: 0..0, value: text });
    }

    /// An option's text as written (`raw=True`), looked up in the section, `[DEFAULT]` and the defaults.
    pub fn raw<'d>(&'d self, section: &'d Section, key: &str) -> Option<&'d Entry> {
        section.own(key).or_else(|| self.default.own(key)).or_else(|| self.defines.get(key))
    }

    /// An option's value with its references filled in; `None` when there is no such option.
    pub fn get(&self, section: &Section, key: &str) -> Result<Option<Text>, InterpolationError> {
        match self.raw(section, key) {
            Some(entry) => interpolate::interpolate(self, section, &entry.value).map(Some),
            None => Ok(None),
        }
    }

    /// All keys that the section shows, inherited ones included.
    pub fn keys<'d>(&'d self, section: &'d Section) -> impl Iterator<Item = &'d str> {
        let inherited = self.default.entries.iter().map(|entry| entry.key.as_str());
        let defines = self.defines.keys().map(String::as_str);
        section.entries.iter().map(|entry| entry.key.as_str()).chain(inherited).chain(defines)
    }
}

impl Section {
    /// The section's own option, none of `[DEFAULT]`.
    pub fn own(&self, key: &str) -> Option<&Entry> {
        self.index.get(key).and_then(|index| self.entries.get(*index))
    }
}
