//! The way through a value and all that is in it, with a stack of its own.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use logyard_pickle::{Object, Pairs, Value, Values};
use logyard_record::{DEPTH_LIMIT, write_int, write_repr, write_str};

use super::default::Hooked;
use super::kind::Kind;
use super::{Dialect, Writer, float, iso};
use crate::error::{PercentError, Raised, TEXT_LIMIT};
use crate::operand::type_name;

/// Containers within containers that orjson writes (`RECURSION_LIMIT`).
const ORJSON_DEPTH: usize = 254;

/// A container that is being written.
pub(super) struct Frame<'a> {
    /// Tells it from all others of the same pickle.
    id: u32,
    rest: Rest<'a>,
}

/// What is still to be written of it.
enum Rest<'a> {
    Items(Values<'a>),
    Pairs(Pairs<'a>),
    /// As `Pairs`, in an order that had to be worked out.
    Sorted(std::vec::IntoIter<(Value<'a>, Value<'a>)>),
    /// As `Pairs`, from two-item sequences.
    ItemPairs(Values<'a>),
    /// Pairs without those whose key begins with an underscore.
    Public(Pairs<'a>),
}

/// What comes next in a container.
enum Next<'a> {
    Item(Value<'a>),
    Pair(Value<'a>, Value<'a>),
}

impl<'a> Rest<'a> {
    fn next(&mut self) -> Option<Next<'a>> {
        let pair = |(key, value)| Next::Pair(key, value);
        match self {
            Rest::Items(items) => items.next().map(Next::Item),
            Rest::Pairs(pairs) => pairs.next().map(pair),
            Rest::Sorted(pairs) => pairs.next().map(pair),
            Rest::ItemPairs(items) => match items.next()? {
                Value::List(two) | Value::Tuple(two) => {
                    let mut two = two.iter();
                    Some(Next::Pair(two.next()?, two.next()?))
                }
                _ => None,
            },
            Rest::Public(pairs) => pairs
                .find(|(key, _)| !matches!(key, Value::Str(name) if name.starts_with(b"_")))
                .map(pair),
        }
    }

    fn brackets(&self) -> (u8, u8) {
        match self {
            Rest::Items(_) => (b'[', b']'),
            _ => (b'{', b'}'),
        }
    }
}

impl Writer<'_> {
    /// Any value.
    pub(crate) fn value<'a>(&mut self, value: Value<'a>) -> Result<(), PercentError> {
        // What most values are needs no stack.
        let Some(frame) = self.start(value)? else { return self.check() };
        let mut frames: Vec<Frame<'a>> = recycled(std::mem::take(&mut self.scratch.frames));
        let done = self.walk(frame, &mut frames).map_err(|error| match error.raised {
            // What has no end is too long, too; Python says what it is.
            Raised::MemoryError if holds_itself(&frames) => self.too_deep(&frames),
            _ => error,
        });
        self.scratch.frames = recycled(frames);
        done
    }

    fn walk<'a>(
        &mut self,
        first: Frame<'a>,
        frames: &mut Vec<Frame<'a>>,
    ) -> Result<(), PercentError> {
        self.open(first.rest.brackets().0);
        frames.push(first);
        while let Some(frame) = frames.last_mut() {
            let value = match frame.rest.next() {
                None => {
                    let (_, bracket) = frame.rest.brackets();
                    frames.pop();
                    self.close(bracket);
                    continue;
                }
                Some(Next::Item(value)) => {
                    self.separate();
                    value
                }
                Some(Next::Pair(key, value)) => {
                    self.key_of(key)?;
                    value
                }
            };
            if let Some(frame) = self.start(value)? {
                self.open(frame.rest.brackets().0);
                frames.push(frame);
                // The caller's own object is around it all.
                if self.level > self.depth_limit() {
                    return Err(self.too_deep(frames));
                }
            }
            self.check()?;
        }
        self.check()
    }

    fn depth_limit(&self) -> usize {
        match self.style.dialect {
            Dialect::Orjson => ORJSON_DEPTH,
            Dialect::Json | Dialect::Msgspec | Dialect::Lenient => DEPTH_LIMIT,
        }
    }

    fn too_deep(&self, frames: &[Frame<'_>]) -> PercentError {
        match self.style.dialect {
            Dialect::Orjson => PercentError::type_error("Recursion limit reached"),
            // The package goes through the values before `json` does, for ever.
            Dialect::Json if self.style.default.is_logstash() => PercentError::too_deep(),
            Dialect::Json | Dialect::Lenient if holds_itself(frames) => PercentError::circular(),
            Dialect::Json | Dialect::Lenient | Dialect::Msgspec => PercentError::too_deep(),
        }
    }

    /// Writes a plain value, or gives the container that it is.
    fn start<'a>(&mut self, value: Value<'a>) -> Result<Option<Frame<'a>>, PercentError> {
        let dialect = self.style.dialect;
        match value {
            Value::None => self.raw(b"null"),
            Value::Bool(true) => self.raw(b"true"),
            Value::Bool(false) => self.raw(b"false"),
            Value::Int(int) => write_int(int, self.out),
            Value::BigInt(bytes) => self.big_int(value, bytes, "Integer exceeds 64-bit range")?,
            Value::Float(x) => float::write(x, dialect, self.out),
            Value::Str(text) => self.string(text)?,
            Value::Tuple(seq) | Value::List(seq) => {
                return Ok(Some(Frame { id: seq.id(), rest: Rest::Items(seq.iter()) }));
            }
            Value::Set(seq) if self.style.default.is_logstash() => {
                return Ok(Some(Frame { id: seq.id(), rest: Rest::Items(seq.iter()) }));
            }
            Value::Set(seq) | Value::FrozenSet(seq) if dialect == Dialect::Msgspec => {
                return Ok(Some(Frame { id: seq.id(), rest: Rest::Items(seq.iter()) }));
            }
            Value::Dict(dict) => return self.dict(dict.id(), dict.iter()).map(Some),
            Value::Bytes(bytes) | Value::ByteArray(bytes) => self.bytes(value, bytes, true)?,
            Value::Object(object) => return self.object(object),
            _ => self.by_default(value)?,
        }
        Ok(None)
    }

    fn object<'a>(&mut self, object: Object<'a>) -> Result<Option<Frame<'a>>, PercentError> {
        let default = self.style.default;
        // What `json` leaves to the hook, the hook knows in the lenient one as well.
        let dialect = match self.style.dialect {
            Dialect::Lenient => Dialect::Json,
            dialect => dialect,
        };
        let value = Value::Object(object);
        let frame = |rest| Ok(Some(Frame { id: object.id(), rest }));
        match Kind::of(object) {
            Kind::Dict(pairs) => return self.dict(object.id(), pairs).map(Some),
            Kind::ItemPairs(items) => return frame(Rest::ItemPairs(items)),
            Kind::List(items) => return frame(Rest::Items(items)),
            Kind::Tuple(items) if dialect != Dialect::Orjson => {
                return frame(Rest::Items(items.iter()));
            }
            // A subclass by itself, of int or float too; msgspec leaves it to the hook, and so does orjson
            // that of float.
            Kind::Str(text) if dialect != Dialect::Msgspec => self.string(text)?,
            Kind::NumpyStr(text) if dialect != Dialect::Msgspec => self.string(&text)?,
            Kind::Int(int) if dialect != Dialect::Msgspec => {
                return self.start(int);
            }
            Kind::Float(x) if dialect == Dialect::Json => float::write(x, dialect, self.out),
            Kind::Bytes(bytes) => self.bytes(value, bytes, false)?,
            Kind::Enum(value) if dialect != Dialect::Json || default.knows_enums() => {
                // never an object, so this goes no deeper
                return self.start(value);
            }
            // A member of IntEnum or of an Enum of another built-in is an instance of that; what else
            // is made from one number or text can't be told from it.
            Kind::Enum(
                value @ (Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Str(_)),
            ) => return self.start(value),
            Kind::Attributes(attributes) if dialect == Dialect::Orjson => {
                // Those that begin with an underscore take time and leave no text.
                self.spend(attributes.len());
                return frame(Rest::Public(attributes.iter()));
            }
            Kind::Attributes(attributes)
                if dialect == Dialect::Msgspec || default.knows_dataclasses() =>
            {
                return frame(Rest::Pairs(attributes.iter()));
            }
            kind @ (Kind::Exception | Kind::Other) if default.knows_vars() => {
                match object.state() {
                    Some(Value::Dict(attributes)) => return frame(Rest::Pairs(attributes.iter())),
                    _ if matches!(kind, Kind::Exception) => self.raw(b"{}"),
                    _ => self.by_default(value)?,
                }
            }
            Kind::DateTime | Kind::Date if default.is_logstash() => {
                let zone = self.scratch.zone.clone().unwrap_or_default();
                self.time(value, |text, _| iso::utc(text, &zone))?;
            }
            Kind::Uuid if default.is_logstash() => {
                self.time(value, |text, _| text.retain(|byte| *byte != b'-'))?;
            }
            Kind::DateTime if dialect != Dialect::Json || default.knows_times() => {
                self.time(value, iso::datetime)?;
            }
            Kind::Date if dialect != Dialect::Json || default.knows_times() => {
                self.time(value, |_, _| {})?;
            }
            Kind::Time(true) if dialect == Dialect::Orjson => {
                return Err(PercentError::type_error("datetime.time must not have tzinfo set"));
            }
            Kind::Time(_) if dialect != Dialect::Json || default.knows_times() => {
                self.time(value, iso::time)?;
            }
            Kind::TimeDelta if dialect == Dialect::Msgspec => {
                self.out.push(b'"');
                match iso::duration(object, self.out) {
                    Some(()) => self.out.push(b'"'),
                    None => {
                        self.out.pop();
                        self.by_default(value)?;
                    }
                }
            }
            Kind::Uuid if dialect != Dialect::Json => self.time(value, |_, _| {})?,
            Kind::Decimal if dialect == Dialect::Msgspec => self.time(value, |_, _| {})?,
            _ => self.by_default(value)?,
        }
        Ok(None)
    }

    /// The value, or its `str` after an error that is `caught`. What was written in vain is paid for.
    pub(crate) fn value_or_str(
        &mut self,
        value: Value<'_>,
        caught: fn(&PercentError) -> bool,
    ) -> Result<(), PercentError> {
        let (start, level, empty) = (self.out.len(), self.level, self.empty);
        match self.value(value) {
            Err(error) if caught(&error) => {
                self.spend(self.out.len().saturating_sub(start));
                self.out.truncate(start);
                (self.level, self.empty) = (level, empty);
                self.str_of(value)
            }
            done => done,
        }
    }

    /// `str(value)`, as a string.
    pub(crate) fn str_of(&mut self, value: Value<'_>) -> Result<(), PercentError> {
        self.time(value, |_, _| {})
    }

    /// `value.isoformat()` of a datetime, as a string.
    pub(crate) fn iso_datetime(&mut self, value: Value<'_>) -> Result<(), PercentError> {
        self.time(value, iso::datetime)
    }

    fn dict<'a>(&mut self, id: u32, pairs: Pairs<'a>) -> Result<Frame<'a>, PercentError> {
        if !self.style.sort_keys {
            return Ok(Frame { id, rest: Rest::Pairs(pairs) });
        }
        let mut sorted: Vec<_> = pairs.collect();
        if let Some((key, _)) = sorted.iter().find(|(key, _)| !matches!(key, Value::Str(_)))
            && sorted.len() > 1
        {
            let kind = type_name(*key);
            return Err(PercentError::type_error(format!(
                "'<' not supported between instances of '{kind}' and 'str'"
            )));
        }
        // Sorting takes longer than writing.
        self.spend(sorted.len());
        sorted.sort_by(|(a, _), (b, _)| match (a, b) {
            (Value::Str(a), Value::Str(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
        Ok(Frame { id, rest: Rest::Sorted(sorted.into_iter()) })
    }

    /// An integer beyond 64 bits: whatever its size in `json` and msgspec, an unsigned one in orjson.
    fn big_int(
        &mut self,
        value: Value<'_>,
        bytes: &[u8],
        refused: &'static str,
    ) -> Result<(), PercentError> {
        let fits = matches!(bytes, [_, _, _, _, _, _, _, _, 0]);
        if self.style.dialect == Dialect::Orjson && !fits {
            return Err(PercentError::type_error(refused));
        }
        write_repr(value, self.out)?;
        Ok(())
    }

    /// `plain` tells bytes and bytearray from subclasses of them.
    fn bytes(&mut self, value: Value<'_>, bytes: &[u8], plain: bool) -> Result<(), PercentError> {
        let engine = match self.style.dialect {
            Dialect::Msgspec if plain => STANDARD,
            Dialect::Msgspec => return self.by_default(value),
            _ if self.style.default.knows_bytes() => URL_SAFE,
            _ => return self.by_default(value),
        };
        if bytes.len() > TEXT_LIMIT {
            return Err(PercentError::too_long());
        }
        let text = &mut self.scratch.text;
        text.clear();
        text.resize(bytes.len().div_ceil(3) * 4, 0);
        let len = engine.encode_slice(bytes, text).unwrap_or(0);
        self.out.push(b'"');
        self.out.extend_from_slice(text.get(..len).unwrap_or_default());
        self.out.push(b'"');
        Ok(())
    }

    /// `str(value)`, changed, as a string.
    fn time(
        &mut self,
        value: Value<'_>,
        change: impl Fn(&mut Vec<u8>, Dialect),
    ) -> Result<(), PercentError> {
        let mut text = std::mem::take(&mut self.scratch.text);
        text.clear();
        let done = write_str(value, &mut text).map_err(PercentError::from).and_then(|paid| {
            self.spend(paid);
            change(&mut text, self.style.dialect);
            self.string(&text)
        });
        self.scratch.text = text;
        done
    }

    /// What the hook makes of a value.
    fn by_default(&mut self, value: Value<'_>) -> Result<(), PercentError> {
        let mut text = std::mem::take(&mut self.scratch.text);
        text.clear();
        let hooked = self.style.default.apply(value, &mut text).map_err(|error| {
            match (self.style.dialect, error.raised) {
                (_, Raised::MemoryError)
                | (Dialect::Json | Dialect::Lenient | Dialect::Msgspec, _) => error,
                // whatever the hook raises
                (Dialect::Orjson, _) => PercentError::type_error(format!(
                    "Type is not JSON serializable: {}",
                    type_name(value)
                )),
            }
        });
        let done = hooked.and_then(|(hooked, paid)| {
            self.spend(paid);
            match hooked {
                Hooked::Text => self.string(&text),
                Hooked::Null => {
                    self.raw(b"null");
                    Ok(())
                }
            }
        });
        self.scratch.text = text;
        done
    }

    /// Pays with room for text for work that leaves none.
    fn spend(&mut self, bytes: usize) {
        self.end = self.end.saturating_sub(bytes);
    }

    /// A key that is no plain `str`.
    pub(super) fn other_key(&mut self, key: Value<'_>) -> Result<(), PercentError> {
        match (self.style.dialect, key) {
            (_, Value::Object(object)) => self.object_key(object),
            (_, Value::Str(text)) => self.string(text),
            (_, Value::Int(int)) => self.quoted(|out| {
                write_int(int, out);
                Ok(())
            }),
            (dialect, Value::BigInt(bytes)) => {
                let fits = matches!(bytes, [_, _, _, _, _, _, _, _, 0]);
                if dialect == Dialect::Orjson && !fits {
                    return Err(PercentError::type_error(
                        "Dict integer key must be within 64-bit range",
                    ));
                }
                self.quoted(|out| Ok(write_repr(key, out).map(|_| ())?))
            }
            (Dialect::Msgspec, Value::Float(x)) if !x.is_finite() => self.str_key(key),
            (dialect, Value::Float(x)) => self.quoted(|out| {
                float::write(x, dialect, out);
                Ok(())
            }),
            (Dialect::Json | Dialect::Lenient | Dialect::Orjson, Value::Bool(_) | Value::None) => {
                let word: &[u8] = match key {
                    Value::Bool(true) => b"\"true\"",
                    Value::Bool(false) => b"\"false\"",
                    _ => b"\"null\"",
                };
                self.raw(word);
                Ok(())
            }
            (Dialect::Msgspec, Value::Bytes(bytes)) => self.bytes(key, bytes, true),
            (Dialect::Msgspec | Dialect::Lenient, _) => self.by_default(key),
            (Dialect::Json | Dialect::Orjson, _) => Err(self.bad_key(key)),
        }
    }

    fn object_key(&mut self, object: Object<'_>) -> Result<(), PercentError> {
        let key = Value::Object(object);
        let dialect = self.style.dialect;
        match (dialect, Kind::of(object)) {
            (_, Kind::Str(text)) => self.string(text),
            (_, Kind::NumpyStr(text)) => self.string(&text),
            (Dialect::Json | Dialect::Lenient | Dialect::Orjson, Kind::Int(int)) => {
                self.other_key(int)
            }
            (Dialect::Json | Dialect::Lenient, Kind::Float(x)) => self.other_key(Value::Float(x)),
            (
                Dialect::Json | Dialect::Lenient,
                Kind::Enum(
                    value @ (Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Str(_)),
                ),
            ) => self.other_key(value),
            (Dialect::Orjson | Dialect::Msgspec, Kind::Enum(value)) => self.other_key(value),
            (Dialect::Orjson, Kind::Time(true)) => {
                Err(PercentError::type_error("datetime.time must not have tzinfo set"))
            }
            (
                Dialect::Orjson | Dialect::Msgspec,
                Kind::DateTime | Kind::Date | Kind::Time(_) | Kind::Uuid,
            )
            | (Dialect::Msgspec, Kind::TimeDelta | Kind::Decimal) => {
                self.object(object).map(|_| ())
            }
            (Dialect::Msgspec | Dialect::Lenient, _) => self.by_default(key),
            (Dialect::Json | Dialect::Orjson, _) => Err(self.bad_key(key)),
        }
    }

    /// `str(key)`
    fn str_key(&mut self, key: Value<'_>) -> Result<(), PercentError> {
        self.time(key, |_, _| {})
    }

    fn quoted(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), PercentError>,
    ) -> Result<(), PercentError> {
        self.out.push(b'"');
        write(self.out)?;
        self.out.push(b'"');
        Ok(())
    }

    fn bad_key(&self, key: Value<'_>) -> PercentError {
        PercentError::type_error(match self.style.dialect {
            Dialect::Orjson => "Dict key must a type serializable with OPT_NON_STR_KEYS".to_owned(),
            _ => format!("keys must be str, int, float, bool or None, not {}", type_name(key)),
        })
    }
}

/// Whether one container is open twice.
fn holds_itself(frames: &[Frame<'_>]) -> bool {
    let mut seen = HashSet::new();
    !frames.iter().all(|frame| seen.insert(frame.id))
}

/// The memory of a vector for another one: nothing is left in it, so what it could borrow from
/// doesn't matter. (The standard library collects in place where the items are of one size.)
pub(super) fn recycled<A, B>(mut items: Vec<A>) -> Vec<B> {
    items.clear();
    items.into_iter().filter_map(|_| None).collect()
}
