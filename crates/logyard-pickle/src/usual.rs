//! The keys of a record as a stock `SocketHandler` sends it: always the same, in the same order, each
//! written in the same bytes. They are compared rather than decoded, and known to differ.

use crate::arena::{Node, Text};
use crate::decode::Decoder;
use crate::error::Problem;

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

/// Each as `BINUNICODE` with its length, and behind it `BINPUT`, whose operand follows.
const WRITTEN: [&[u8]; COUNT] = [
    b"X\x04\0\0\0nameq",
    b"X\x03\0\0\0msgq",
    b"X\x04\0\0\0argsq",
    b"X\x09\0\0\0levelnameq",
    b"X\x07\0\0\0levelnoq",
    b"X\x08\0\0\0pathnameq",
    b"X\x08\0\0\0filenameq",
    b"X\x06\0\0\0moduleq",
    b"X\x08\0\0\0exc_infoq",
    b"X\x08\0\0\0exc_textq",
    b"X\x0a\0\0\0stack_infoq",
    b"X\x06\0\0\0linenoq",
    b"X\x08\0\0\0funcNameq",
    b"X\x07\0\0\0createdq",
    b"X\x05\0\0\0msecsq",
    b"X\x0f\0\0\0relativeCreatedq",
    b"X\x06\0\0\0threadq",
    b"X\x0a\0\0\0threadNameq",
    b"X\x0b\0\0\0processNameq",
    b"X\x07\0\0\0processq",
    b"X\x08\0\0\0taskNameq",
];

/// The keys of the first dict that were found as expected.
#[derive(Debug, Default)]
pub(crate) struct Usual {
    /// Where each stands in the pickle.
    starts: [u32; COUNT],
    len: usize,
}

impl Decoder<'_, '_> {
    /// Reads usual keys with plain values behind the first mark, for as long as there are such; the
    /// opcodes' loop goes on from there.
    pub(crate) fn usual_pairs(&mut self) -> Result<(), Problem> {
        for (number, written) in WRITTEN.iter().enumerate() {
            let next = self.machine.memo.len();
            let Some([key, rest @ ..]) = self.rest.strip_prefix(*written) else { break };
            if usize::from(*key) != next || next >= self.machine.limits.memo as usize {
                break;
            }
            let start = (self.pickle.len() - self.rest.len()) as u32 + 5;
            let text = Text { start, len: written.len() as u32 - 6, scratch: false };
            self.rest = rest;
            self.push(Node::Str(text))?;
            self.machine.memo.push(Node::Str(text));
            self.memoized += 1;
            let usual = &mut self.machine.usual;
            usual.starts[number] = start;
            usual.len = number + 1;
            let before = self.rest;
            let code = self.opcode()?;
            if !self.plain(code)? {
                self.rest = before;
                break;
            }
        }
        Ok(())
    }
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
        for (number, written) in WRITTEN.iter().take(count).enumerate() {
            pickle.extend_from_slice(written);
            pickle.extend([number as u8 + 1, b'K', number as u8]);
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
    fn each_key_is_written_as_a_pickler_does() {
        for (key, written) in USUAL_KEYS.iter().zip(WRITTEN) {
            let length = (key.len() as u32).to_le_bytes();
            assert_eq!([b"X", &length[..], key.as_bytes(), b"q"].concat(), written);
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
        assert_eq!(decoded(&pickle(3, b"X\x09\0\0\0levelnameq\x04]u.")), (4, 4, name, args));
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
