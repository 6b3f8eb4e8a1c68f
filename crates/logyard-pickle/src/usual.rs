//! Stock records: what a `SocketHandler` sends nearly always. Its keys come in the same order, each
//! written in the same bytes, with plain values; the client's extras follow. One pass takes such a
//! pickle whole: the keys are compared rather than decoded, and known to differ. Where anything is
//! otherwise the opcodes' loop goes on behind the last pair that was as usual, and finds everything as
//! if it had come so far by itself: a record is the same on both ways.

use crate::arena::{Body, NIL, Node, Order, Run, Text};
use crate::decode::Decoder;
use crate::machine::Machine;
use crate::{number, opcode as op, text};

/// The attributes of a LogRecord in the order in which `LogRecord.__init__` sets them, which is that of
/// the pickle. The last one is there since 3.12; extras come behind.
pub const USUAL_KEYS: [&str; COUNT] = [
    "name",
    "msg",
    "args",
    "levelname",
    "levelno",
    "pathname",
    "filename",
    "module",
    "exc_info",
    "exc_text",
    "stack_info",
    "lineno",
    "funcName",
    "created",
    "msecs",
    "relativeCreated",
    "thread",
    "threadName",
    "processName",
    "process",
    "taskName",
];

const COUNT: usize = 21;

/// Extras are compared with each other one by one, so their number has a bound, and their length the one
/// below which a comparison costs nothing of the budget. What has more is no stock record.
const MOST_EXTRAS: usize = 16;
const LONGEST_EXTRA: u32 = 63;

/// The dict, the mark, and all pairs. (The memo has less.)
const MOST_NODES: u32 = 2 + 2 * (COUNT + MOST_EXTRAS) as u32;

/// Bytes in which every written key has room.
const ROOM: usize = 24;

/// A usual key as a pickler writes it: its opcode, its length, the text, the opcode that memoizes it.
///
/// It is compared a word at a time: to call `memcmp` for each key costs more than the rest of it.
struct Written {
    words: [u64; ROOM / 8],
    masks: [u64; ROOM / 8],
    /// Where the text begins.
    text: usize,
    len: usize,
}

/// Protocols 1 to 3, where a byte behind `BINPUT` says which place of the memo it is.
static BINPUT: [Written; COUNT] = written(op::BINUNICODE, 4, op::BINPUT);

/// Protocols 4 and 5.
static MEMOIZE: [Written; COUNT] = written(op::SHORT_BINUNICODE, 1, op::MEMOIZE);

const fn written(code: u8, length_bytes: usize, put: u8) -> [Written; COUNT] {
    let mut all = [const { Written { words: [0; 3], masks: [0; 3], text: 0, len: 0 } }; COUNT];
    let mut number = 0;
    while number < COUNT {
        let key = USUAL_KEYS[number].as_bytes();
        let this = &mut all[number];
        this.text = 1 + length_bytes;
        this.len = this.text + key.len() + 1;
        let mut at = 0;
        while at < this.len {
            let byte = match at {
                0 => code,
                1 => key.len() as u8, // the lowest byte of the length
                _ if at < this.text => 0,
                _ if at < this.len - 1 => key[at - this.text],
                _ => put,
            };
            this.words[at / 8] |= (byte as u64) << (at % 8 * 8);
            this.masks[at / 8] |= 0xff << (at % 8 * 8);
            at += 1;
        }
        number += 1;
    }
    all
}

impl Written {
    /// Whether it stands at the start of these bytes.
    #[inline(always)]
    fn starts(&self, bytes: &[u8]) -> bool {
        // no key ends in a zero, so a part of one that is filled up with them is not taken for it
        let mut filled = [0; ROOM];
        let room = bytes.first_chunk::<ROOM>().unwrap_or_else(|| {
            for (to, from) in filled.iter_mut().zip(bytes) {
                *to = *from;
            }
            &filled
        });
        let mut differs = 0;
        for ((found, word), mask) in room.as_chunks::<8>().0.iter().zip(self.words).zip(self.masks)
        {
            differs |= (u64::from_le_bytes(*found) ^ word) & mask;
        }
        differs == 0
    }
}

/// How far a stock record's pickle has been read. Each part is taken whole or not at all; a copy is the
/// way back.
#[derive(Clone, Copy)]
struct Reader<'p> {
    pickle: &'p [u8],
    rest: &'p [u8],
    /// The memo's next key: the dict has the first, the texts have those behind.
    memoized: u32,
}

impl<'p> Reader<'p> {
    /// Behind `EMPTY_DICT` and `MARK`, with the protocol.
    #[inline(always)]
    fn new(pickle: &'p [u8]) -> Option<(u8, Reader<'p>)> {
        let (protocol, rest) = match pickle {
            [op::EMPTY_DICT, op::BINPUT, 0, op::MARK, rest @ ..] => (0, rest),
            [op::PROTO, protocol @ 2..=3, op::EMPTY_DICT, op::BINPUT, 0, op::MARK, rest @ ..] => {
                (*protocol, rest)
            }
            [op::PROTO, protocol @ 4..=5, op::FRAME, rest @ ..] => {
                let (len, frame) = rest.split_first_chunk()?;
                if u64::from_le_bytes(*len) > frame.len() as u64 {
                    return None;
                }
                let [op::EMPTY_DICT, op::MEMOIZE, op::MARK, rest @ ..] = frame else { return None };
                (*protocol, rest)
            }
            _ => return None,
        };
        Some((protocol, Reader { pickle, rest, memoized: 1 }))
    }

    /// A usual key with its value.
    #[inline(always)]
    fn usual_pair(&mut self, key: &Written) -> Option<[Node; 2]> {
        if !key.starts(self.rest) {
            return None;
        }
        let start = self.pickle.len() - self.rest.len() + key.text;
        self.rest = match self.rest.get(key.len..)? {
            [number, rest @ ..] if key.text == 5 => {
                if u32::from(*number) != self.memoized {
                    return None;
                }
                rest
            }
            rest => rest,
        };
        self.memoized += 1;
        let text =
            Text { start: start as u32, len: (key.len - key.text - 1) as u32, scratch: false };
        Some([Node::Str(text), self.value()?])
    }

    /// Any other text as a key, with its value.
    #[inline(always)]
    fn extra_pair(&mut self) -> Option<[Node; 2]> {
        let (&code, rest) = self.rest.split_first()?;
        let key = self.text(code, rest)?;
        Some([Node::Str(key), self.value()?])
    }

    /// A text and its memoizing, which no pickler leaves out.
    #[inline(always)]
    fn text(&mut self, code: u8, operand: &'p [u8]) -> Option<Text> {
        let (len, rest) = match (code, operand) {
            (op::BINUNICODE, [a, b, c, d, rest @ ..]) => {
                (u32::from_le_bytes([*a, *b, *c, *d]), rest)
            }
            (op::SHORT_BINUNICODE, [len, rest @ ..]) => (u32::from(*len), rest),
            _ => return None,
        };
        let start = (self.pickle.len() - rest.len()) as u32;
        let (bytes, rest) = rest.split_at_checked(len as usize)?;
        self.rest = match rest {
            [op::BINPUT, number, rest @ ..] if u32::from(*number) == self.memoized => rest,
            [op::MEMOIZE, rest @ ..] => rest,
            _ => return None,
        };
        self.memoized += 1;
        text::is_utf8(bytes).then_some(Text { start, len, scratch: false })
    }

    /// A value of one of the kinds that nearly every record has.
    #[inline(always)]
    fn value(&mut self) -> Option<Node> {
        let (&code, rest) = self.rest.split_first()?;
        let (node, rest) = match code {
            op::BINUNICODE | op::SHORT_BINUNICODE => return self.text(code, rest).map(Node::Str),
            op::NONE => (Node::None, rest),
            op::NEWTRUE => (Node::Bool(true), rest),
            op::NEWFALSE => (Node::Bool(false), rest),
            op::BININT1 => {
                let (&int, rest) = rest.split_first()?;
                (Node::Int(int.into()), rest)
            }
            op::BININT2 => {
                let (int, rest) = rest.split_first_chunk()?;
                (Node::Int(u16::from_le_bytes(*int).into()), rest)
            }
            op::BININT => {
                let (int, rest) = rest.split_first_chunk()?;
                (Node::Int(i32::from_le_bytes(*int).into()), rest)
            }
            op::BINFLOAT => {
                let (float, rest) = rest.split_first_chunk()?;
                (Node::Float(f64::from_be_bytes(*float)), rest)
            }
            // protocol 1: a thread's identifier, and True and False
            op::LONG => {
                let (int, rest) = decimal(rest)?;
                (Node::Int(int), rest.strip_prefix(b"L\n")?)
            }
            op::INT => match rest {
                [b'0', digit @ (b'0' | b'1'), b'\n', rest @ ..] => {
                    (Node::Bool(*digit == b'1'), rest)
                }
                _ => return None,
            },
            op::LONG1 => {
                let (&len, rest) = rest.split_first()?;
                let (bytes, rest) = rest.split_at_checked(len.into())?;
                (Node::Int(number::fits(number::trim(bytes))?), rest)
            }
            _ => return None,
        };
        self.rest = rest;
        Some(node)
    }
}

/// The digits at the start of these bytes, if there are any, no needless zero, and not so many that they
/// may not fit.
#[inline(always)]
fn decimal(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(18) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return if at == 0 { None } else { Some((value, bytes.get(at..)?)) };
        }
        if value == 0 && at > 0 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    None
}

/// The keys of the first dict that were found as expected before the opcodes' loop went on.
#[derive(Debug, Default)]
pub(crate) struct Usual {
    /// Where each stands in the pickle.
    starts: [u32; COUNT],
    len: usize,
}

impl Decoder<'_, '_> {
    /// Reads a stock record whole, as the first thing that a decoder does: all its keys differ then. `None`
    /// leaves it to the opcodes' loop, which goes on where this has got to.
    pub(crate) fn stock_record(&mut self) -> Option<Node> {
        if self.budget < MOST_NODES || self.machine.limits.memo < MOST_NODES {
            return None;
        }
        let (protocol, mut reader) = Reader::new(self.pickle)?;
        let Machine { arena, stack, .. } = &mut *self.machine;
        let root = Node::Dict(arena.body(Order::Dict));
        stack.push(root);
        let mut usual = 0;
        for key in if protocol < 4 { &BINPUT } else { &MEMOIZE } {
            let mut next = reader;
            let Some(pair) = next.usual_pair(key) else { break };
            stack.extend_from_slice(&pair);
            reader = next;
            usual += 1;
        }
        for _ in 0..MOST_EXTRAS {
            if let [op::SETITEMS, op::STOP, ..] = reader.rest {
                break;
            }
            let mut next = reader;
            let Some(pair) = next.extra_pair() else { break };
            if !is_new(&pair[0], stack.get(1..).unwrap_or_default(), usual, self.pickle) {
                break;
            }
            stack.extend_from_slice(&pair);
            reader = next;
        }
        let items = stack.len() as u32 - 1;
        if let [op::SETITEMS, op::STOP, ..] = reader.rest
            && items > 0
        {
            // the stack becomes the items: only the dict itself lies below them
            std::mem::swap(stack, &mut arena.items);
            arena.runs.push(Run { start: 1, len: items, next: NIL });
            arena.bodies[0] = Body { head: 0, tail: 0, len: items, order: Order::Dict };
            arena.usual = usual as u32;
            return Some(root);
        }
        self.go_on_behind(&reader, protocol, usual);
        None
    }

    /// Makes all as it is behind these pairs' opcodes.
    fn go_on_behind(&mut self, reader: &Reader<'_>, protocol: u8, usual: usize) {
        self.rest = self.pickle.get(self.pickle.len() - reader.rest.len()..).unwrap_or_default();
        self.protocol = protocol;
        self.budget -= 1 + self.machine.stack.len() as u32; // MOST_NODES at the most, which are there
        self.fence = 1;
        self.memoized = reader.memoized;
        let Machine { stack, marks, memo, usual: known, .. } = &mut *self.machine;
        marks.push(1);
        // the dict, and each text was memoized
        memo.extend(stack.iter().filter(|node| matches!(node, Node::Dict(_) | Node::Str(_))));
        let keys = stack.iter().skip(1).step_by(2).take(usual);
        for (start, key) in known.starts.iter_mut().zip(keys) {
            if let Node::Str(text) = key {
                *start = text.start;
            }
        }
        known.len = usual;
    }
}

/// Whether an extra's name is short, and none of those before: the first `usual` are usual ones.
#[inline(always)]
fn is_new(key: &Node, before: &[Node], usual: usize, pickle: &[u8]) -> bool {
    let text = |node: &Node| match node {
        Node::Str(Text { start, len, .. }) => pickle.get(*start as usize..(start + len) as usize),
        _ => None,
    };
    let Some(key) = text(key) else { return false };
    let mut extras = before.get(2 * usual..).unwrap_or_default().iter().step_by(2);
    key.len() <= LONGEST_EXTRA as usize
        && !USUAL_KEYS.iter().take(usual).any(|other| other.as_bytes() == key)
        && !extras.any(|other| text(other) == Some(key))
}

impl Usual {
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// How many of a container's first keys are the usual ones. What the rest of the pickle did with
    /// the stack does not matter: a text's place tells it from all others.
    pub(crate) fn keys_of(&self, items: &[Node]) -> usize {
        let known = self.starts.get(..self.len).unwrap_or_default();
        let keys = items.iter().step_by(2);
        keys.zip(known)
            .take_while(|(key, start)| {
                matches!(key, Node::Str(text) if text.start == **start && !text.scratch)
            })
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Machine, Value};

    /// A dict's first `count` usual keys with their number as the value, and then `rest`.
    fn pickle(count: usize, rest: &[u8]) -> Vec<u8> {
        let mut pickle = b"}q\0(".to_vec();
        for (number, key) in USUAL_KEYS.iter().take(count).enumerate() {
            pickle.extend([b'X', key.len() as u8, 0, 0, 0]);
            pickle.extend_from_slice(key.as_bytes());
            pickle.extend([b'q', number as u8 + 1, b'K', number as u8]);
        }
        pickle.extend_from_slice(rest);
        pickle
    }

    /// How many keys were found to be usual, the dict's length, and what it has for "name" and "args".
    fn decoded(pickle: &[u8]) -> (usize, usize, String, String) {
        let mut machine = Machine::new(Limits::default());
        let Value::Dict(dict) = machine.load(pickle).unwrap() else { panic!("no dict") };
        let (usual, rest) = dict.usual_slots();
        let usual = usual.map(|slot| format!("{:?}", dict.at(slot))).collect::<Vec<_>>();
        let texts = dict.iter().filter(|(key, _)| matches!(key, Value::Str(_)));
        let all = texts.map(|(_, value)| format!("{:?}", Some(value))).collect::<Vec<_>>();
        assert_eq!(all[..usual.len()], usual);
        let rest = rest.map(|(_, slot)| format!("{:?}", dict.at(slot))).collect::<Vec<_>>();
        assert_eq!(all[usual.len()..], rest);
        let get = |key: &[u8]| format!("{:?}", dict.get(key));
        (usual.len(), dict.len(), get(b"name"), get(b"args"))
    }

    #[test]
    fn each_key_is_compared_as_a_pickler_writes_it() {
        for ((key, old), new) in USUAL_KEYS.iter().zip(&BINPUT).zip(&MEMOIZE) {
            let (len, key) = (key.len() as u8, key.as_bytes());
            for (written, text) in [
                (old, [&[b'X', len, 0, 0, 0], key, b"q"].concat()),
                (new, [&[0x8c, len], key, b"\x94"].concat()),
            ] {
                assert_eq!(written.len, text.len());
                assert_eq!(&text[written.text..text.len() - 1], key);
                assert!(written.starts(&text) && written.starts(&[&text, key].concat()));
                for at in 0..text.len() {
                    assert!(!written.starts(&text[..at]));
                    let mut other = [&text, key].concat();
                    other[at] ^= 0x80;
                    assert!(!written.starts(&other));
                }
            }
        }
    }

    #[test]
    fn a_stock_record_has_nothing_but_usual_keys() {
        let found = |count| decoded(&pickle(count, b"u."));
        let (name, args) = ("Some(0)".to_owned(), "Some(2)".to_owned());
        assert_eq!(found(21), (21, 21, name.clone(), args.clone()));
        assert_eq!(found(20), (20, 20, name.clone(), args.clone()));
        assert_eq!(
            decoded(&pickle(20, b"X\x04\0\0\0userK\x07u.")),
            (20, 21, name.clone(), args.clone())
        );
        // a value that is not plain, and one that is not there
        assert_eq!(decoded(&pickle(3, b"X\x09\0\0\0levelnameq\x04]u.")), (3, 4, name, args));
        let mut machine = Machine::new(Limits::default());
        assert!(machine.load(&pickle(3, b"X\x09\0\0\0levelnameq\x04u.")).is_err());
        assert!(machine.load(&pickle(21, b"")).is_err());
    }

    #[test]
    fn an_extra_of_the_same_name_wins() {
        let (two, three) = ("Some(2)".to_owned(), "Some(9)".to_owned());
        let last = decoded(&pickle(3, b"X\x04\0\0\0nameK\x09u."));
        assert_eq!(last, (3, 3, three.clone(), two.clone()));
        // in a second batch, and among others
        let last = decoded(&pickle(3, b"uX\x04\0\0\0nameK\x09s(NNK\x05Nu."));
        assert_eq!(last, (3, 5, three, two));
    }

    #[test]
    fn what_is_taken_off_the_stack_is_not_there() {
        let none = "None".to_owned();
        // args goes; all goes; name's value goes and comes back as the key
        let (usual, len, name, args) = decoded(&pickle(3, b"00u."));
        assert_eq!((usual, len, name.as_str(), args), (2, 2, "Some(0)", none.clone()));
        let (usual, len, name, args) = decoded(&pickle(2, b"0000K\x01K\x02u."));
        assert_eq!((usual, len, name, args), (0, 1, none.clone(), none.clone()));
        let (usual, len, name, _) = decoded(&pickle(1, b"00K\x05h\x01X\x03\0\0\0msgNu."));
        assert_eq!((usual, len, name), (0, 2, none));
        // behind another mark
        let (usual, len, ..) = decoded(&pickle(2, b"1(K\x01K\x02u."));
        assert_eq!((usual, len), (0, 1));
    }
}
