use crate::opcode;

/// Why a pickle could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PickleError {
    /// Where the opcode stands, in bytes from the pickle's start.
    pub offset: usize,
    /// The opcode; `None` where the pickle ends instead of having one.
    pub opcode: Option<u8>,
    /// What is wrong with it.
    pub problem: Problem,
}

impl std::fmt::Display for PickleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { offset, opcode, problem } = self;
        match opcode {
            Some(code) => {
                write!(f, "pickle byte {offset} (opcode {}): {problem}", opcode::name(*code))
            }
            None => write!(f, "pickle byte {offset}: {problem}"),
        }
    }
}

impl std::error::Error for PickleError {}

/// What an opcode takes from the stack. (Not text: a [`Problem`] has to fit in a register, for
/// every step of the hot path returns one or none.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Operand {
    /// For `READONLY_BUFFER`.
    #[error("bytes or a bytearray")]
    BytesLike,
    /// For `STACK_GLOBAL`.
    #[error("two strings")]
    TwoStr,
    /// For `NEWOBJ_EX`.
    #[error("a dict of keyword arguments")]
    Kwargs,
    /// For `APPEND` and `APPENDS`.
    #[error("a list or an object")]
    ListOrObject,
    /// For `ADDITEMS`.
    #[error("a set or an object")]
    SetOrObject,
    /// For `SETITEM` and `SETITEMS`.
    #[error("a dict or an object")]
    DictOrObject,
    /// For a call.
    #[error("a class to call")]
    Callable,
    /// For a call.
    #[error("a tuple of arguments")]
    Args,
    /// For `BUILD`.
    #[error("an object")]
    Object,
}

/// What is wrong with a pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The bytes end before `STOP`, or inside an operand.
    #[error("the pickle ends early")]
    Truncated,
    /// The pickle is longer than [`Limits::frame_bytes`](crate::Limits::frame_bytes).
    #[error("the pickle is over the limit for a frame's length")]
    TooLong,
    /// No protocol has this opcode.
    #[error("there is no opcode {0:#04x}")]
    Opcode(u8),
    /// `PROTO` asks for a protocol after 5.
    #[error("pickle protocol {0} is not known")]
    Protocol(u8),
    /// An operand is missing on the stack, or lies below the last mark.
    #[error("the stack has too few values")]
    StackEmpty,
    /// The opcode takes everything down to a mark and there is none.
    #[error("there is no mark on the stack")]
    NoMark,
    /// A dict was given a key without a value.
    #[error("a key has no value")]
    Odd,
    /// An operand on the stack is of a type that the opcode can't use.
    #[error("the operand has to be {0}")]
    Operand(Operand),
    /// A dict's key or a set's item is a list, dict, set or bytearray.
    #[error("a mutable value can't be a dict's key or a set's item")]
    Unhashable,
    /// A text is neither UTF-8 nor a surrogate as `surrogatepass` writes it.
    #[error("the text is not utf-8")]
    Text,
    /// A `STRING` is not between two equal quotes.
    #[error("the string is not quoted")]
    Quotes,
    /// An escape sequence in a textual string is malformed.
    #[error("the text has a malformed escape")]
    Escape,
    /// A textual number is malformed, or a float's exponent is too large.
    #[error("the number is malformed")]
    Number,
    /// A length is negative.
    #[error("the length is negative")]
    Length,
    /// A memo key that nothing was stored under.
    #[error("the memo has no such key")]
    MemoMissing,
    /// A memo key is negative or over [`Limits::memo`](crate::Limits::memo).
    #[error("the memo key is out of range")]
    MemoKey,
    /// More values than [`Limits::nodes`](crate::Limits::nodes).
    #[error("the pickle has too many values")]
    Nodes,
    /// An integer of more digits than [`Limits::digits`](crate::Limits::digits).
    #[error("the integer has too many digits")]
    Digits,
    /// More text to convert than [`Limits::scratch_bytes`](crate::Limits::scratch_bytes).
    #[error("the pickle has too much text to convert")]
    Scratch,
    /// A persistent id: `pickle.loads` refuses it as well, for only the sender knows its meaning.
    #[error("a persistent id means nothing here")]
    PersistentId,
    /// An out-of-band buffer: a frame has no place for one.
    #[error("out-of-band buffers are not in the frame")]
    Buffer,
    /// An extension code of 0 or below.
    #[error("the extension code is out of range")]
    Extension,
}

const _: () = assert!(size_of::<Problem>() <= 4);
