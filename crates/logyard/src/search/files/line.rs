use std::borrow::Cow;

use logyard_query::{Field, Fields, View};

use super::shape::{Known, Shape};

/// A record of a text file: its first line, and those below.
pub(crate) struct Line {
    text: Vec<u8>,
    known: Known,
}

impl Line {
    pub(super) fn new(mut text: Vec<u8>, shape: &Shape) -> Line {
        while text.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            text.pop();
        }
        let known = shape.read(&text);
        Line { text, known }
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

impl View for Line {
    fn level(&self) -> Option<i64> {
        self.known.level
    }

    fn level_name(&self) -> Option<&[u8]> {
        self.text.get(self.known.level_name.clone()?)
    }

    fn logger(&self) -> Option<&[u8]> {
        self.text.get(self.known.logger.clone()?)
    }

    fn micros(&self) -> Option<i64> {
        self.known.micros
    }

    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        is(&self.text)
    }

    fn field(&self, name: &str) -> Option<Field<'_>> {
        (name == "message").then_some(Field::Text(Cow::Borrowed(&self.text)))
    }

    fn fields(&self) -> Fields {
        Fields::OfAText
    }
}
