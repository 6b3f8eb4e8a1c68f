//! Prints a value and all that is in it with a stack of its own, so that no nesting can exhaust
//! the thread's.

use std::collections::HashSet;

use logyard_pickle::{Class, Dict, Object, Pairs, Seq, Value, Values};

use super::quote::{write_bytearray_repr, write_bytes_repr, write_str_repr};
use super::{DEPTH_LIMIT, TextError, float, int};
use crate::known;

/// Which of a value's two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Str,
    Repr,
}

/// What is still to be written. The stack's top comes next.
pub(crate) enum Step<'a> {
    Text(&'static str),
    /// Text from the pickle, as it is.
    Bytes(&'a [u8]),
    Str(Value<'a>),
    Repr(Value<'a>),
    /// `repr` of each, with `, ` between.
    Items(Values<'a>, Comma),
    /// `key: value`, with `, ` between.
    Pairs(Pairs<'a>, Comma),
    /// As `Pairs`, in an order that had to be worked out.
    Sorted(std::vec::IntoIter<(Value<'a>, Value<'a>)>, Comma),
    /// As `Pairs`, from two-item sequences (an OrderedDict of Python 2).
    ItemPairs(Values<'a>, Comma),
    /// `name=value`, with `, ` between.
    Fields(Pairs<'a>, Comma),
    /// The container with this id is done.
    Leave(u32),
    /// The end of what may be cut short.
    EndOfClip,
}

/// Whether a separator comes before the next item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comma {
    No,
    Yes,
}

/// Room for the arguments and the state of an opaque object, in bytes: enough to know it by.
const CLIP: usize = 1024;

struct Clip {
    /// Length of the stack below the first step that may be cut.
    steps: usize,
    /// Length of the output from which on it is cut.
    end: usize,
}

pub(crate) struct Printer<'a, 'o> {
    pub(crate) out: &'o mut Vec<u8>,
    /// Length of `out` past which the text is too long.
    end: usize,
    steps: Vec<Step<'a>>,
    /// Ids of the containers that are being printed (`Py_ReprEnter`).
    open: HashSet<u32>,
    clip: Option<Clip>,
}

/// Appends the text of `value`, of `limit` bytes at the most, and gives what was paid for work that
/// left no text. On an error `out` is as before.
pub(crate) fn print(
    value: Value<'_>,
    form: Form,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<usize, TextError> {
    let start = out.len();
    let end = start.saturating_add(limit);
    let mut printer = Printer { end, out, steps: Vec::new(), open: HashSet::new(), clip: None };
    let done = printer.value(value, form).and_then(|()| printer.run());
    let paid = end - printer.end;
    if done.is_err() {
        out.truncate(start);
    }
    done.map(|()| paid)
}

impl<'a> Printer<'a, '_> {
    /// Puts steps before all that is still to do.
    pub(crate) fn then<const N: usize>(&mut self, steps: [Step<'a>; N]) {
        self.steps.extend(steps.into_iter().rev());
    }

    /// Length of the output past which it is thrown away or cut.
    pub(crate) fn room(&self) -> usize {
        self.clip.as_ref().map_or(self.end, |clip| clip.end.min(self.end))
    }

    /// Pays for work that leaves no text behind with room for text, or else sharing could have it
    /// done without end. It counts against the whole text even where that is cut short.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.end = self.end.saturating_sub(bytes);
    }

    /// Appends text of any length, or as much of it as shows that it is too long.
    pub(crate) fn text(&mut self, text: &[u8]) {
        let useful = (self.room() + 8).saturating_sub(self.out.len());
        self.out.extend_from_slice(text.get(..useful).unwrap_or(text));
    }

    /// What is written and pushed from now on may be cut short. Within a part that may be cut
    /// already, that stays the bound.
    pub(crate) fn start_clip(&mut self) {
        if self.clip.is_none() {
            self.steps.push(Step::EndOfClip);
            self.clip = Some(Clip { steps: self.steps.len(), end: self.out.len() + CLIP });
        }
    }

    fn run(&mut self) -> Result<(), TextError> {
        self.check()?;
        while let Some(step) = self.steps.pop() {
            self.step(step)?;
            self.check()?;
        }
        Ok(())
    }

    /// Cuts or refuses what has become too long.
    fn check(&mut self) -> Result<(), TextError> {
        if self.out.len() <= self.room() {
            return Ok(());
        }
        let Some(clip) = self.clip.take_if(|clip| clip.end < self.end) else {
            return Err(TextError::TooLong);
        };
        while self.steps.len() > clip.steps {
            if let Some(Step::Leave(id)) = self.steps.pop() {
                self.open.remove(&id);
            }
        }
        let mut cut = clip.end;
        // not within a character
        while self.out.get(cut).is_some_and(|byte| byte & 0xc0 == 0x80) {
            cut -= 1;
        }
        self.out.truncate(cut);
        self.out.extend_from_slice(b"...");
        Ok(())
    }

    fn step(&mut self, step: Step<'a>) -> Result<(), TextError> {
        match step {
            Step::Text(text) => self.out.extend_from_slice(text.as_bytes()),
            Step::Bytes(text) => self.text(text),
            Step::Str(value) => self.value(value, Form::Str)?,
            Step::Repr(value) => self.value(value, Form::Repr)?,
            Step::Items(mut items, comma) => {
                let Some(item) = items.next() else { return Ok(()) };
                self.comma(comma);
                self.steps.push(Step::Items(items, Comma::Yes));
                self.value(item, Form::Repr)?;
            }
            Step::Pairs(mut pairs, comma) => {
                let Some(pair) = pairs.next() else { return Ok(()) };
                self.steps.push(Step::Pairs(pairs, Comma::Yes));
                self.pair(comma, pair)?;
            }
            Step::Sorted(mut pairs, comma) => {
                let Some(pair) = pairs.next() else { return Ok(()) };
                self.steps.push(Step::Sorted(pairs, Comma::Yes));
                self.pair(comma, pair)?;
            }
            Step::ItemPairs(mut items, comma) => {
                let Some(item) = items.next() else { return Ok(()) };
                self.steps.push(Step::ItemPairs(items, Comma::Yes));
                match pair_of(item) {
                    Some(pair) => self.pair(comma, pair)?,
                    None => {
                        self.comma(comma);
                        self.value(item, Form::Repr)?;
                    }
                }
            }
            Step::Fields(mut pairs, comma) => {
                let Some((name, value)) = pairs.next() else { return Ok(()) };
                self.comma(comma);
                self.then([
                    Step::Str(name),
                    Step::Text("="),
                    Step::Repr(value),
                    Step::Fields(pairs, Comma::Yes),
                ]);
            }
            Step::Leave(id) => {
                self.open.remove(&id);
            }
            Step::EndOfClip => self.clip = None,
        }
        Ok(())
    }

    fn comma(&mut self, comma: Comma) {
        if comma == Comma::Yes {
            self.out.extend_from_slice(b", ");
        }
    }

    fn pair(
        &mut self,
        comma: Comma,
        (key, value): (Value<'a>, Value<'a>),
    ) -> Result<(), TextError> {
        self.comma(comma);
        self.then([Step::Text(": "), Step::Repr(value)]);
        self.value(key, Form::Repr)
    }

    /// Writes a plain value, or the start of one that has parts, whose rest it pushes.
    fn value(&mut self, value: Value<'a>, form: Form) -> Result<(), TextError> {
        let room = self.room();
        let out = &mut *self.out;
        match value {
            Value::None => out.extend_from_slice(b"None"),
            Value::Ellipsis => out.extend_from_slice(b"Ellipsis"),
            Value::NotImplemented => out.extend_from_slice(b"NotImplemented"),
            Value::Bool(true) => out.extend_from_slice(b"True"),
            Value::Bool(false) => out.extend_from_slice(b"False"),
            Value::Int(n) => int::write_int(n, out),
            Value::BigInt(bytes) => int::write_big_int(bytes, out)?,
            Value::Float(x) => float::write_float(x, out),
            Value::Complex(real, imag) => float::write_complex(real, imag, out),
            Value::Str(text) => match form {
                Form::Str => self.text(text),
                Form::Repr => write_str_repr(text, room, out),
            },
            Value::Bytes(bytes) => write_bytes_repr(bytes, room, out),
            Value::ByteArray(bytes) => write_bytearray_repr(bytes, room, out),
            Value::Tuple(seq) => {
                let end = if seq.len() == 1 { ",)" } else { ")" };
                self.seq(seq, "(", end, "(...)")?;
            }
            Value::List(seq) => self.seq(seq, "[", "]", "[...]")?,
            Value::Set(seq) if seq.is_empty() => out.extend_from_slice(b"set()"),
            Value::Set(seq) => self.seq(seq, "{", "}", "set(...)")?,
            Value::FrozenSet(seq) if seq.is_empty() => out.extend_from_slice(b"frozenset()"),
            Value::FrozenSet(seq) => self.seq(seq, "frozenset({", "})", "frozenset(...)")?,
            Value::Dict(dict) => self.dict(dict)?,
            Value::Class(class) => known::write_class(class, self),
            Value::Object(object) => self.object(object, form)?,
        }
        Ok(())
    }

    fn seq(
        &mut self,
        seq: Seq<'a>,
        start: &'static str,
        end: &'static str,
        again: &'static str,
    ) -> Result<(), TextError> {
        if !self.enter(seq.id())? {
            self.out.extend_from_slice(again.as_bytes());
            return Ok(());
        }
        self.out.extend_from_slice(start.as_bytes());
        self.then([Step::Items(seq.iter(), Comma::No), Step::Text(end), Step::Leave(seq.id())]);
        Ok(())
    }

    fn dict(&mut self, dict: Dict<'a>) -> Result<(), TextError> {
        if !self.enter(dict.id())? {
            self.out.extend_from_slice(b"{...}");
            return Ok(());
        }
        self.out.push(b'{');
        self.then([Step::Pairs(dict.iter(), Comma::No), Step::Text("}"), Step::Leave(dict.id())]);
        Ok(())
    }

    fn object(&mut self, object: Object<'a>, form: Form) -> Result<(), TextError> {
        if !self.enter(object.id())? {
            known::write_again(object, self);
            return Ok(());
        }
        self.steps.push(Step::Leave(object.id()));
        known::print(object, form, self);
        Ok(())
    }

    /// Marks a container as being printed; false if it is so already, further out.
    fn enter(&mut self, id: u32) -> Result<bool, TextError> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(TextError::TooDeep);
        }
        Ok(self.open.insert(id))
    }

    /// Undoes what was written and pushed since the output and the stack had these lengths.
    pub(crate) fn back_to(&mut self, (out, steps): (usize, usize)) {
        self.out.truncate(out);
        self.steps.truncate(steps);
    }

    /// The lengths for [`Printer::back_to`].
    pub(crate) fn mark(&self) -> (usize, usize) {
        (self.out.len(), self.steps.len())
    }

    /// The last part of a class's dotted name (`__name__`), written.
    pub(crate) fn class_name(&mut self, class: Class<'_>) {
        self.out.extend_from_slice(known::short_name(class));
    }
}

/// The two items of a list or tuple of two.
fn pair_of(item: Value<'_>) -> Option<(Value<'_>, Value<'_>)> {
    let (Value::List(seq) | Value::Tuple(seq)) = item else { return None };
    let mut items = seq.iter();
    match (items.next(), items.next(), items.next()) {
        (Some(key), Some(value), None) => Some((key, value)),
        _ => None,
    }
}
