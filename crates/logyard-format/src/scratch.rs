use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use crate::asctime::Times;
use crate::error::FormatError;
use crate::json::JsonScratch;
use crate::operand;

/// A message buffer above this many bytes is given back after its record.
const KEEP: usize = 1 << 20;

/// What formatting keeps from one record to the next: one for each thread.
///
/// It holds the text of the current record's message, so that several formatters merge it only
/// once, and the `asctime` texts of the last seconds, and memory for JSON.
#[derive(Default)]
pub struct Scratch {
    message: Vec<u8>,
    /// Whether `message` is that of the current record.
    merged: bool,
    times: Times,
    /// What a class makes for its own fields.
    fields: Vec<u8>,
    json: JsonScratch,
}

impl Scratch {
    /// An empty one.
    pub fn new() -> Scratch {
        Scratch::default()
    }

    /// Has to be called before a record's first formatting: forgets the last record's message.
    pub fn next_record(&mut self) {
        self.merged = false;
        if self.message.capacity() > KEEP {
            self.message = Vec::new();
        }
    }

    /// An empty buffer for what a class makes of a record; [`Scratch::give_back`] keeps its memory.
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.fields);
        buffer.clear();
        buffer
    }

    /// See [`Scratch::take_buffer`].
    pub(crate) fn give_back(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= KEEP {
            self.fields = buffer;
        }
    }

    /// The times for what a class makes of a record's moment.
    pub(crate) fn times(&mut self) -> &mut Times {
        &mut self.times
    }

    /// The message of `record`, and what is kept for its times and for JSON.
    pub(crate) fn parts<'s>(&'s mut self, record: &Record<'s>) -> Result<Parts<'s>, FormatError> {
        let Scratch { message, merged, times, json, .. } = self;
        if let Some(message) = record.message() {
            return Ok(Parts { message, times, json });
        }
        if let Value::Str(message) = record.attr(Attr::Msg)
            && !operand::is_true(record.attr(Attr::Args))
        {
            return Ok(Parts { message, times, json });
        }
        if !*merged {
            message.clear();
            crate::message(record, message)?;
            *merged = true;
        }
        Ok(Parts { message, times, json })
    }

    /// As [`Scratch::parts`], with an empty message.
    pub(crate) fn without_message(&mut self) -> Parts<'_> {
        Parts { message: b"", times: &mut self.times, json: &mut self.json }
    }
}

/// What is kept, taken apart.
pub(crate) struct Parts<'s> {
    pub(crate) message: &'s [u8],
    pub(crate) times: &'s mut Times,
    pub(crate) json: &'s mut JsonScratch,
}
