use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use crate::asctime::Times;
use crate::error::FormatError;
use crate::operand;

/// A message buffer above this many bytes is given back after its record.
const KEEP: usize = 1 << 20;

/// What formatting keeps from one record to the next: one for each thread.
///
/// It holds the text of the current record's message, so that several formatters merge it only
/// once, and the `asctime` texts of the last seconds.
#[derive(Default)]
pub struct Scratch {
    message: Vec<u8>,
    /// Whether `message` is that of the current record.
    merged: bool,
    times: Times,
    /// What a class makes for its own fields.
    fields: Vec<u8>,
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

    /// The message of `record`, and the times for its `asctime`.
    pub(crate) fn message<'s>(
        &'s mut self,
        record: &Record<'s>,
    ) -> Result<(&'s [u8], &'s mut Times), FormatError> {
        let Scratch { message, merged, times, .. } = self;
        if let Value::Str(text) = record.attr(Attr::Msg)
            && !operand::is_true(record.attr(Attr::Args))
        {
            return Ok((text, times));
        }
        if !*merged {
            message.clear();
            crate::message(record, message)?;
            *merged = true;
        }
        Ok((message, times))
    }
}
