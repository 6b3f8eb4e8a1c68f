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

/// How such a pickle ends.
const END: [u8; 2] = [op::SETITEMS, op::STOP];

/// Bytes in which every written key has room.
const ROOM: usize = 24;

/// A usual key as a pickler writes it: its opcode, its length, the text, the opcode that memoizes it.
///
/// It is compared a word at a time: to call `memcmp` for each key costs more than the rest of it.
struct Written {
    words: [u64; ROOM / 8],
    masks: [u64; ROOM / 8],
    /// Where the text begins.
    text: u32,
    /// The text's own length.
    len: u32,
}

/// Protocols 1 to 3; the operand of `BINPUT` follows.
static BINPUT: [Written; COUNT] = written(op::BINUNICODE, 4, op::BINPUT);

/// Protocols 4 and 5.
static MEMOIZE: [Written; COUNT] = written(op::SHORT_BINUNICODE, 1, op::MEMOIZE);

const fn written(code: u8, length_bytes: usize, put: u8) -> [Written; COUNT] {
    let mut all = [const { Written { words: [0; 3], masks: [0; 3], text: 0, len: 0 } }; COUNT];
    let mut number = 0;
    while number < COUNT {
        let key = USUAL_KEYS[number].as_bytes();
        let this = &mut all[number];
        let text = 1 + length_bytes;
        (this.text, this.len) = (text as u32, key.len() as u32);
        let mut at = 0;
        while at <= text + key.len() {
            let byte = match at {
                0 => code,
                1 => key.len() as u8, // the lowest byte of the length
                _ if at < text => 0,
                _ if at < text + key.len() => key[at - text],
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
        match bytes.first_chunk() {
            Some(room) => self.equals(room),
            None => self.equals(&filled_up(bytes)),
        }
    }

    #[inline(always)]
    fn equals(&self, room: &[u8; ROOM]) -> bool {
        let mut differs = 0;
        for ((found, word), mask) in room.as_chunks::<8>().0.iter().zip(self.words).zip(self.masks)
        {
            differs |= (u64::from_le_bytes(*found) ^ word) & mask;
        }
        differs == 0
    }
}

/// The last bytes of a pickle. No key ends in a zero, so a part of one is not taken for it.
#[cold]
fn filled_up(bytes: &[u8]) -> [u8; ROOM] {
    let mut room = [0; ROOM];
    for (to, from) in room.iter_mut().zip(bytes) {
        *to = *from;
    }
    room
}

/// How far a stock record's pickle has been read. Each part is taken whole or not at all; a copy is the
/// way back. `OLD` are the protocols that write texts as `BINUNICODE` and `BINPUT`.
#[derive(Clone, Copy)]
struct Reader<'p, const OLD: bool> {
    pickle: &'p [u8],
    /// What comes next.
    at: usize,
    /// The memo's next key: the dict has the first, the texts have those behind.
    memoized: u8,
}

/// Where the keys begin, behind `EMPTY_DICT` and `MARK`, and the protocol.
#[inline(always)]
fn begin(pickle: &[u8]) -> Option<(usize, u8)> {
    match *pickle {
        [op::EMPTY_DICT, op::BINPUT, 0, op::MARK, ..] => Some((4, 0)),
        [op::PROTO, protocol @ 2..=3, op::EMPTY_DICT, op::BINPUT, 0, op::MARK, ..] => {
            Some((6, protocol))
        }
        [op::PROTO, protocol @ 4..=5, op::FRAME, ref rest @ ..] => {
            let (len, frame) = rest.split_first_chunk()?;
            let is_whole = u64::from_le_bytes(*len) <= frame.len() as u64;
            let is_dict = frame.starts_with(&[op::EMPTY_DICT, op::MEMOIZE, op::MARK]);
            (is_whole && is_dict).then_some((14, protocol))
        }
        _ => None,
    }
}

impl<'p, const OLD: bool> Reader<'p, OLD> {
    #[inline(always)]
    fn rest(&self) -> &'p [u8] {
        self.pickle.get(self.at..).unwrap_or_default()
    }

    /// The next bytes.
    #[inline(always)]
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.rest().first_chunk().copied();
        self.at += N;
        bytes
    }

    /// Whether the text just read is memoized under the next key, as picklers do with every one.
    #[inline(always)]
    fn memoize(&mut self) -> Option<()> {
        let is_next = if OLD {
            self.take()? == [op::BINPUT, self.memoized]
        } else {
            self.take()? == [op::MEMOIZE]
        };
        self.memoized += 1;
        is_next.then_some(())
    }

    /// A usual key with its value.
    #[inline(always)]
    fn usual_pair(&mut self, key: &Written) -> Option<[Node; 2]> {
        if !key.starts(self.rest()) {
            return None;
        }
        let text = Text { start: self.at as u32 + key.text, len: key.len, scratch: false };
        self.at += (key.text + key.len) as usize;
        self.memoize()?;
        Some([Node::Str(text), self.value()?])
    }

    /// Any other text as a key, with its value.
    #[inline(always)]
    fn extra_pair(&mut self) -> Option<[Node; 2]> {
        let [code] = self.take()?;
        let key = self.text(code)?;
        Some([Node::Str(key), self.value()?])
    }

    #[inline(always)]
    fn text(&mut self, code: u8) -> Option<Text> {
        let len = match code {
            op::BINUNICODE => u32::from_le_bytes(self.take()?),
            op::SHORT_BINUNICODE => u32::from(u8::from_le_bytes(self.take()?)),
            _ => return None,
        };
        let start = self.at;
        self.at = start.checked_add(len as usize)?;
        let bytes = self.pickle.get(start..self.at)?;
        self.memoize()?;
        text::is_utf8(bytes).then_some(Text { start: start as u32, len, scratch: false })
    }

    /// A value of one of the kinds that nearly every record has.
    #[inline(always)]
    fn value(&mut self) -> Option<Node> {
        let [code] = self.take()?;
        Some(match code {
            op::BINUNICODE | op::SHORT_BINUNICODE => Node::Str(self.text(code)?),
            op::NONE => Node::None,
            op::NEWTRUE => Node::Bool(true),
            op::NEWFALSE => Node::Bool(false),
            op::BININT1 => Node::Int(u8::from_le_bytes(self.take()?).into()),
            op::BININT2 => Node::Int(u16::from_le_bytes(self.take()?).into()),
            op::BININT => Node::Int(i32::from_le_bytes(self.take()?).into()),
            op::BINFLOAT => Node::Float(f64::from_be_bytes(self.take()?)),
            // what protocol 1 has for a thread's identifier, and for True and False
            op::LONG => Node::Int(self.decimal()?),
            op::INT => match self.take()? {
                [b'0', digit @ (b'0' | b'1'), b'\n'] => Node::Bool(digit == b'1'),
                _ => return None,
            },
            op::LONG1 => {
                let [len] = self.take()?;
                let bytes = self.rest().get(..usize::from(len))?;
                self.at += bytes.len();
                Node::Int(number::fits(number::trim(bytes))?)
            }
            _ => return None,
        })
    }

    /// `LONG`'s operand, of so few digits that they surely fit: `140273…L` and a newline.
    #[inline(always)]
    fn decimal(&mut self) -> Option<i64> {
        let digits = self.rest();
        let mut value = 0;
        for (count, byte) in digits.iter().enumerate().take(18) {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                value = value * 10 + i64::from(digit);
                continue;
            }
            // no digits, or a needless zero, which is an error
            if count == 0 || (count > 1 && digits.first() == Some(&b'0')) {
                return None;
            }
            self.at += count;
            return (self.take()? == *b"L\n").then_some(value);
        }
        None
    }
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
        let (at, protocol) = begin(self.pickle)?;
        match protocol {
            ..4 => self.pairs::<true>(&BINPUT, at, protocol),
            _ => self.pairs::<false>(&MEMOIZE, at, protocol),
        }
    }

    #[inline(always)]
    fn pairs<const OLD: bool>(
        &mut self,
        keys: &[Written; COUNT],
        at: usize,
        protocol: u8,
    ) -> Option<Node> {
        let mut reader = Reader::<OLD> { pickle: self.pickle, at, memoized: 1 };
        let Machine { arena, stack, .. } = &mut *self.machine;
        let root = Node::Dict(arena.body(Order::Dict));
        stack.push(root);
        let mut usual = 0;
        for key in keys {
            let mut next = reader;
            let Some(pair) = next.usual_pair(key) else { break };
            stack.extend_from_slice(&pair);
            reader = next;
            usual += 1;
        }
        for _ in 0..MOST_EXTRAS {
            if reader.rest().starts_with(&END) {
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
        if items > 0 && reader.rest().starts_with(&END) {
            // the stack becomes the items: only the dict itself lies below them
            std::mem::swap(stack, &mut arena.items);
            arena.runs.push(Run { start: 1, len: items, next: NIL });
            arena.bodies[0] = Body { head: 0, tail: 0, len: items, order: Order::Dict };
            arena.usual = usual as u32;
            return Some(root);
        }
        let Reader { at, memoized, .. } = reader;
        self.go_on_behind(at, memoized, usual, protocol);
        None
    }

    /// Makes all as it is behind the opcodes before `at`.
    fn go_on_behind(&mut self, at: usize, memoized: u8, usual: usize, protocol: u8) {
        self.rest = self.pickle.get(at..).unwrap_or_default();
        self.protocol = protocol;
        self.budget -= 1 + self.machine.stack.len() as u32; // MOST_NODES at the most, which are there
        self.fence = 1;
        self.memoized = memoized.into();
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
                let (at, len) = (written.text as usize, written.len as usize);
                assert_eq!((&text[at..at + len], at + len + 1), (key, text.len()));
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
