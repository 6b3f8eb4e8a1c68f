//! A LogRecord as `logging.makeLogRecord` would make it from a received dict.

use logyard_pickle::{Dict, Seq, Slot, Value};
use thiserror::Error;

use crate::attr::Attr;
use crate::type_name;

/// What the receiver knows: `makeLogRecord` makes a record of its own first, and what the dict has
/// not got stays as it was there.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// When the record came in, in seconds since the epoch.
    pub created: f64,
    /// `msecs` of that moment.
    pub msecs: f64,
    /// When the server started, in seconds since the epoch.
    pub started: f64,
    /// The server's process id.
    pub pid: u32,
}

/// Why a payload is no record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotARecord {
    /// The payload is neither a dict nor a dict with what goes beside it.
    #[error("the payload is of type {kind}, not a dict of a record's attributes")]
    NotADict {
        /// Python's name of its type.
        kind: String,
    },
    /// `name` is neither a str nor None (`getLogger` raises TypeError).
    #[error("`name` is of type {kind}, not str")]
    Name {
        /// Python's name of its type.
        kind: String,
    },
    /// `levelno` is no number: it can't be compared with a handler's level.
    #[error("`levelno` is of type {kind}, not a number")]
    LevelNo {
        /// Python's name of its type.
        kind: String,
    },
    /// There is no `levelno`, which leaves it None.
    #[error("there is no `levelno`")]
    NoLevelNo,
}

/// A received record: the attributes that all records have, found once, and the rest in the dict.
#[derive(Clone)]
pub struct Record<'a> {
    pairs: Dict<'a>,
    /// Where each attribute is, if the dict has it.
    slots: [Slot; Attr::COUNT],
    zone: Slot,
    name: &'a [u8],
    levelno: i64,
    only_text_keys: bool,
    received: Received,
    beside: Option<Dict<'a>>,
}

impl<'a> Record<'a> {
    /// Reads a decoded payload: one pass over its pairs, no allocation. It is the record's dict, or a
    /// tuple of that and a dict of what goes beside it (docs/reference/protocol.md).
    ///
    /// # Errors
    ///
    /// If it is not a dict, or `name` or `levelno` are of a type with which `getLogger(name)` or
    /// the comparison with a handler's level would raise TypeError.
    pub fn new(value: Value<'a>, received: &Received) -> Result<Record<'a>, NotARecord> {
        let (pairs, beside) = match value {
            Value::Dict(pairs) => (pairs, None),
            Value::Tuple(two) => {
                with_beside(two).ok_or_else(|| NotARecord::NotADict { kind: type_name(value) })?
            }
            _ => return Err(NotARecord::NotADict { kind: type_name(value) }),
        };
        let Found { slots, zone, only_text_keys } = find_attrs(pairs);
        let name = match pairs.at(slots[Attr::Name as usize]) {
            Some(Value::Str(name)) => name,
            Some(Value::None) | None => b"",
            Some(other) => return Err(NotARecord::Name { kind: type_name(other) }),
        };
        let levelno = match pairs.at(slots[Attr::LevelNo as usize]) {
            Some(Value::Int(n)) => n,
            Some(Value::Bool(truth)) => i64::from(truth),
            Some(Value::Float(x)) if x.is_nan() => i64::MIN,
            // saturates
            Some(Value::Float(x)) => x.floor() as i64,
            Some(Value::BigInt(bytes)) if is_negative(bytes) => i64::MIN,
            Some(Value::BigInt(_)) => i64::MAX,
            Some(other) => return Err(NotARecord::LevelNo { kind: type_name(other) }),
            None => return Err(NotARecord::NoLevelNo),
        };
        Ok(Record {
            pairs,
            slots,
            zone,
            name,
            levelno,
            only_text_keys,
            received: *received,
            beside,
        })
    }

    /// The attribute's value, or the receiver's default for it.
    pub fn attr(&self, attr: Attr) -> Value<'a> {
        self.pairs.at(self.slots[attr as usize]).unwrap_or_else(|| default(attr, &self.received))
    }

    /// The attribute's value, if the client sent one.
    pub fn sent(&self, attr: Attr) -> Option<Value<'a>> {
        self.pairs.at(self.slots[attr as usize])
    }

    /// Any attribute by its name: one of those that all records have, or an extra of this one.
    pub fn get(&self, key: &[u8]) -> Option<Value<'a>> {
        match Attr::from_key(key) {
            Some(attr) => Some(self.attr(attr)),
            None => self.pairs.get(key),
        }
    }

    /// `logyard_tz`, with which a client may say in which zone its times are to be written.
    pub fn zone(&self) -> Option<Value<'a>> {
        self.pairs.at(self.zone)
    }

    /// The message's text as the client has made it, where it can't be made of `msg` and `args` as they
    /// came: their objects are gone. It is what `getMessage()` gives.
    pub fn message(&self) -> Option<&'a [u8]> {
        match self.beside?.get(b"message") {
            Some(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The exception that was logged, if the client tells of it beside its text.
    pub fn exception(&self) -> Option<Exception<'a>> {
        let Some(Value::Dict(exception)) = self.beside?.get(b"exception") else { return None };
        match (exception.get(b"type"), exception.get(b"message")) {
            (Some(Value::Str(class)), Some(Value::Str(message))) => {
                let frames = exception.get(b"frames").unwrap_or(Value::None);
                Some(Exception { class, message, frames })
            }
            _ => None,
        }
    }

    /// All that the client sent, in its order.
    pub fn pairs(&self) -> Dict<'a> {
        self.pairs
    }

    /// Whether all that the client sent has a name that is text: Python's `f(**record.__dict__)`
    /// takes no other.
    pub fn has_only_text_keys(&self) -> bool {
        self.only_text_keys
    }

    /// The logger's name. Empty for None and for a missing name, both of which `getLogger` takes
    /// for the root logger, as it does "" and "root".
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// The level, for comparing: `levelno` rounded down, to the nearest of i64's ends if beyond
    /// them, and `i64::MIN` for a nan. So `>=` with a whole level is as it is in Python.
    pub fn levelno(&self) -> i64 {
        self.levelno
    }

    /// `created` in seconds since the epoch, if it is a number.
    pub fn created(&self) -> Option<f64> {
        match self.attr(Attr::Created) {
            Value::Float(seconds) => Some(seconds),
            Value::Int(seconds) => Some(seconds as f64),
            Value::Bool(truth) => Some(f64::from(u8::from(truth))),
            _ => None,
        }
    }
}

/// An exception, as the client `logyard` tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Exception<'a> {
    /// Its class with the module: `requests.exceptions.Timeout`; without one if that is `builtins`.
    pub class: &'a [u8],
    /// Its text, which may have been cut.
    pub message: &'a [u8],
    frames: Value<'a>,
}

impl<'a> Exception<'a> {
    /// File, line and function of each frame, the innermost last; what is none is passed over.
    pub fn frames(&self) -> impl Iterator<Item = (&'a [u8], i64, &'a [u8])> + use<'a> {
        let frames = match self.frames {
            Value::List(frames) | Value::Tuple(frames) => frames,
            _ => Seq::empty(),
        };
        frames.iter().filter_map(|frame| {
            let (Value::Tuple(parts) | Value::List(parts)) = frame else { return None };
            let mut parts = parts.iter();
            match (parts.next(), parts.next(), parts.next()) {
                (Some(Value::Str(file)), Some(Value::Int(line)), Some(Value::Str(function))) => {
                    Some((file, line, function))
                }
                _ => None,
            }
        })
    }
}

fn with_beside(two: Seq<'_>) -> Option<(Dict<'_>, Option<Dict<'_>>)> {
    let mut items = two.iter();
    match (items.next(), items.next(), items.next()) {
        (Some(Value::Dict(pairs)), Some(Value::Dict(beside)), None) => Some((pairs, Some(beside))),
        _ => None,
    }
}

/// What one pass over a record's pairs finds.
struct Found {
    slots: [Slot; Attr::COUNT],
    /// That of `logyard_tz`.
    zone: Slot,
    only_text_keys: bool,
}

fn find_attrs(pairs: Dict<'_>) -> Found {
    let mut slots = [Slot::EMPTY; Attr::COUNT];
    let mut zone = Slot::EMPTY;
    // those of a stock client are in the order of the attributes
    let (usual, rest) = pairs.usual_slots();
    let mut next = usual.len();
    for (slot, usual) in slots.iter_mut().zip(usual) {
        *slot = usual;
    }
    let mut keys = next;
    for (key, slot) in rest {
        keys += 1;
        // mostly the one that comes after the last: one comparison finds it
        let attr = match Attr::ALL.get(next) {
            Some(attr) if attr.key().as_bytes() == key => *attr,
            _ => match Attr::from_key(key) {
                Some(attr) => attr,
                None => {
                    if key == b"logyard_tz" {
                        zone = slot;
                    }
                    continue;
                }
            },
        };
        slots[attr as usize] = slot;
        next = attr as usize + 1;
    }
    Found { slots, zone, only_text_keys: keys == pairs.len() }
}

/// What `LogRecord(None, None, "", 0, "", (), None, None)` has: `levelname` is `getLevelName(None)`.
/// The thread is the one that received, for which the process id stands here.
fn default<'a>(attr: Attr, received: &Received) -> Value<'a> {
    match attr {
        Attr::Name
        | Attr::LevelNo
        | Attr::ExcInfo
        | Attr::ExcText
        | Attr::StackInfo
        | Attr::FuncName
        | Attr::TaskName => Value::None,
        Attr::Msg | Attr::PathName | Attr::FileName | Attr::Module => Value::Str(b""),
        Attr::Args => Value::Tuple(Seq::empty()),
        Attr::LevelName => Value::Str(b"Level None"),
        Attr::LineNo => Value::Int(0),
        Attr::Created => Value::Float(received.created),
        Attr::Msecs => Value::Float(received.msecs),
        Attr::RelativeCreated => Value::Float((received.created - received.started) * 1e3),
        Attr::Thread | Attr::Process => Value::Int(received.pid.into()),
        Attr::ThreadName => Value::Str(b"MainThread"),
        Attr::ProcessName => Value::Str(b"MainProcess"),
    }
}

fn is_negative(bytes: &[u8]) -> bool {
    bytes.last().is_some_and(|byte| byte & 0x80 != 0)
}
