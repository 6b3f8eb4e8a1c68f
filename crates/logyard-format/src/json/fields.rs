//! The dict that a JSON formatter makes of a record: an ordered map, as Python's dict is one.

use std::collections::HashMap;

use logyard_pickle::Value;

use super::{Writer, recycled};
use crate::error::PercentError;

/// Up to here a key is found by looking at each; beyond it there is an index.
const SMALL: usize = 48;

/// What a key stands for.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    Value(Value<'a>),
    /// An array of a text's lines.
    Lines(&'a [u8]),
    /// An object of this type, for which there is no `default`: an error.
    NotSerializable(&'static str),
}

/// Keys with what they stand for, in the order in which they came first. A key that comes again gets
/// the new value in its old place.
pub(crate) struct Fields<'a> {
    entries: Vec<Entry<'a>>,
    /// The places of the text keys, if there are many.
    index: Option<HashMap<&'a [u8], usize>>,
}

#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    key: Value<'a>,
    /// None where it has been taken out.
    content: Option<Content<'a>>,
}

/// The memory of a map, for the next one.
#[derive(Default)]
pub(crate) struct FieldsScratch(Vec<Entry<'static>>);

impl<'a> Fields<'a> {
    /// An empty one in the memory of an earlier one.
    pub(crate) fn new(memory: FieldsScratch) -> Fields<'a> {
        Fields { entries: recycled(memory.0), index: None }
    }

    /// Gives the memory back.
    pub(crate) fn into_memory(self) -> FieldsScratch {
        FieldsScratch(recycled(self.entries))
    }

    /// `fields[key] = content`
    pub(crate) fn set(&mut self, key: Value<'a>, content: Content<'a>) {
        match self.find(key) {
            Some(entry) => entry.content = Some(content),
            None => {
                if let (Some(index), Value::Str(text)) = (&mut self.index, key) {
                    index.insert(text, self.entries.len());
                }
                self.entries.push(Entry { key, content: Some(content) });
            }
        }
    }

    /// `fields.pop(key)`. A key that comes again goes to the end.
    pub(crate) fn pop(&mut self, key: &[u8]) -> Option<Content<'a>> {
        let taken = self.find(Value::Str(key))?.content.take();
        if let Some(index) = &mut self.index {
            index.remove(key);
        }
        taken
    }

    /// `key in fields`
    pub(crate) fn contains(&mut self, key: &[u8]) -> bool {
        self.find(Value::Str(key)).is_some()
    }

    fn find(&mut self, key: Value<'_>) -> Option<&mut Entry<'a>> {
        if self.entries.len() <= SMALL {
            return self.entries.iter_mut().find(|entry| entry.is(key));
        }
        let Value::Str(text) = key else {
            // Few records have any; two of them are equal only within one dict, which has each once.
            return None;
        };
        let entries = &self.entries;
        let index = self.index.get_or_insert_with(|| {
            let texts = entries.iter().enumerate().filter_map(|(at, entry)| match entry.key {
                Value::Str(text) if entry.content.is_some() => Some((text, at)),
                _ => None,
            });
            texts.collect()
        });
        let at = *index.get(text)?;
        self.entries.get_mut(at)
    }

    /// The keys with what they stand for, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Value<'a>, Content<'a>)> {
        self.entries.iter().filter_map(|entry| Some((entry.key, entry.content?)))
    }

    /// Writes them as one object.
    pub(crate) fn write(&self, writer: &mut Writer<'_>) -> Result<(), PercentError> {
        writer.begin();
        for Entry { key, content } in &self.entries {
            let Some(content) = content else { continue };
            writer.key_of(*key)?;
            match content {
                Content::Value(value) => writer.value(*value)?,
                Content::Lines(text) => writer.lines(text)?,
                Content::NotSerializable(kind) => {
                    return Err(PercentError::not_serializable(kind));
                }
            }
        }
        writer.end()
    }
}

impl Entry<'_> {
    fn is(&self, key: Value<'_>) -> bool {
        self.content.is_some()
            && match (self.key, key) {
                (Value::Str(own), Value::Str(key)) => own == key,
                (Value::Int(own), Value::Int(key)) => own == key,
                _ => false,
            }
    }
}
