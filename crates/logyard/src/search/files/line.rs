use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use logyard_query::{Field, View};

use super::json;
use super::shape::{Known, Shape};

/// A record of a text file: its first line, and those below.
pub(crate) struct Line {
    text: Vec<u8>,
    shape: Rc<Shape>,
    /// Looked for when it is asked for: most queries ask for a word first.
    known: OnceCell<Known>,
}

impl Line {
    pub(super) fn new(mut text: Vec<u8>, shape: &Rc<Shape>) -> Line {
        while text.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            text.pop();
        }
        Line { text, shape: Rc::clone(shape), known: OnceCell::new() }
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// Bytes of its text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| self.shape.read(&self.text))
    }
}

impl View for Line {
    fn level(&self) -> Option<i64> {
        self.known().level
    }

    fn level_name(&self) -> Option<&[u8]> {
        self.known().level_name.as_deref()
    }

    fn logger(&self) -> Option<&[u8]> {
        self.known().logger.as_deref()
    }

    fn micros(&self) -> Option<i64> {
        self.known().micros
    }

    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        if is(&self.text) {
            return true;
        }
        // where JSON escapes something, what was logged is not what is written
        matches!(*self.shape, Shape::Json(_))
            && memchr::memchr(b'\\', &self.text).is_some()
            && self.known().object.as_ref().is_some_and(|object| json::any_text(object, is))
    }

    fn field(&self, name: &str) -> Option<Field<'_>> {
        match &*self.shape {
            Shape::Json(_) => json::find(self.known().object.as_ref()?, name).map(json::field),
            Shape::Lines(lines) => {
                if let Some(number) = lines.fields.iter().position(|field| field == name) {
                    let range = self.known().fields.get(number)?.clone()?;
                    return self.text.get(range).map(|text| Field::Text(Cow::Borrowed(text)));
                }
                (name == "message").then_some(Field::Text(Cow::Borrowed(&self.text)))
            }
        }
    }
}
