//! What a QueueHandler makes of a record before those behind it get it.

use logyard_config::Plan;
use logyard_format::{FormatError, Scratch};
use logyard_libc::Zone;
use logyard_pickle::{Limits, Machine, PickleError, Value};
use logyard_record::{Attr, NotARecord, Received, Record};
use thiserror::Error;

use crate::formatters::Formatters;
use crate::handler_routes::HandlerRoute;
use crate::running::Running;
use crate::start::StartError;

/// A buffer above this many bytes is given back: one huge record should not hold memory for ever.
const KEEP: usize = 1 << 20;

/// `STOP`, the end of each pickle.
const STOP: u8 = b'.';

/// A QueueHandler, as those behind it need it.
pub(crate) struct QueueRoute {
    pub(crate) name: String,
    /// Index into [`Running::formatters`]: what the record's message becomes.
    formatter: u16,
    /// Whether it has a formatter of its own.
    own: bool,
}

/// How a handler lies behind a QueueHandler.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    /// Index into [`Running::queues`].
    pub(crate) queue: u16,
    /// Whether its formatter asks for nothing that the QueueHandler changes but the message.
    pub(crate) message_only: bool,
}

/// Why those behind a QueueHandler can't have a record.
#[derive(Debug, Error)]
pub(crate) enum QueueError {
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("the record with its text for the queue can't be read: {0}")]
    Pickle(#[from] PickleError),
    #[error("the record with its text for the queue can't be read: {0}")]
    Record(#[from] NotARecord),
    /// Something stands behind the end of its pickle.
    #[error("the record's pickle goes on behind its end, so it can't go through a QueueHandler")]
    Longer,
}

impl QueueRoute {
    pub(crate) fn new(
        plan: &Plan,
        handler: usize,
        formatters: &mut Formatters,
    ) -> Result<QueueRoute, StartError> {
        let handler = plan.handlers.get(handler);
        let own = handler.and_then(|handler| handler.formatter);
        let own = own.and_then(|index| plan.formatters.get(index));
        Ok(QueueRoute {
            name: handler.map(|handler| handler.name.clone()).unwrap_or_default(),
            formatter: formatters.add(own, plan.compat)?,
            own: own.is_some(),
        })
    }

    /// Whether `prepare` would change nothing that these handlers' formatters could see.
    pub(crate) fn is_transparent<'r>(
        &self,
        record: &Record<'_>,
        mut handlers: impl Iterator<Item = &'r HandlerRoute>,
    ) -> bool {
        let nothing = |attr| matches!(record.attr(attr), Value::None | Value::Str(b""));
        !self.own
            && matches!(record.attr(Attr::Msg), Value::Str(_))
            && [Attr::Args, Attr::ExcInfo, Attr::ExcText, Attr::StackInfo].into_iter().all(nothing)
            && handlers.all(|handler| handler.behind.is_none_or(|behind| behind.message_only))
    }
}

/// What a worker thread makes such records with.
pub(crate) struct Queued {
    machine: Machine,
    text: Vec<u8>,
    pickle: Vec<u8>,
}

impl Queued {
    pub(crate) fn new(limits: &Limits) -> Queued {
        Queued { machine: Machine::new(limits.clone()), text: Vec::new(), pickle: Vec::new() }
    }

    /// The record's text by the QueueHandler, which [`Queued::prepare`] then takes.
    pub(crate) fn format(
        &mut self,
        running: &Running,
        route: &QueueRoute,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
    ) -> Result<(), QueueError> {
        self.text.clear();
        if let Some(formatter) = running.formatters.get(usize::from(route.formatter)) {
            formatter.formatter.format(record, zone, scratch, &mut self.text)?;
        }
        Ok(())
    }

    /// `QueueHandler.prepare`: the record's text becomes its message, exception and stack included, and
    /// `args`, `exc_info`, `exc_text` and `stack_info` become None.
    ///
    /// The sender's pickle is read again, with opcodes behind it that set these items of its dict.
    pub(crate) fn prepare<'q>(
        &'q mut self,
        frame: &[u8],
        received: &Received,
    ) -> Result<Record<'q>, QueueError> {
        let Queued { machine, text, pickle } = self;
        let Some((&STOP, items)) = frame.split_last() else { return Err(QueueError::Longer) };
        pickle.clear();
        pickle.extend_from_slice(items);
        pickle.push(b'('); // MARK
        for key in ["message", "msg"] {
            push_text(key.as_bytes(), pickle);
            push_text(text, pickle);
        }
        for attr in [Attr::Args, Attr::ExcInfo, Attr::ExcText, Attr::StackInfo] {
            push_text(attr.key().as_bytes(), pickle);
            pickle.push(b'N'); // NONE
        }
        pickle.extend_from_slice(b"u."); // SETITEMS, STOP
        let prepared = Record::new(machine.load(pickle)?, received)?;
        match prepared.attr(Attr::Msg) {
            Value::Str(msg) if msg == text.as_slice() => Ok(prepared),
            _ => Err(QueueError::Longer),
        }
    }

    /// Gives back the memory of a record that was huge.
    pub(crate) fn done(&mut self) {
        for buffer in [&mut self.text, &mut self.pickle] {
            if buffer.capacity() > KEEP {
                *buffer = Vec::new();
            }
        }
    }
}

impl QueueError {
    /// A short name of the cause, for counting.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            QueueError::Format(error) => error.reason(),
            QueueError::Pickle(_) | QueueError::Longer => "not-a-pickle",
            QueueError::Record(_) => "not-a-record",
        }
    }
}

/// `BINUNICODE`
fn push_text(text: &[u8], pickle: &mut Vec<u8>) {
    pickle.push(b'X');
    pickle.extend_from_slice(&(text.len() as u32).to_le_bytes()); // at most TEXT_LIMIT
    pickle.extend_from_slice(text);
}
