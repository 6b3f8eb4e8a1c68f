//! The opcodes' loop.

use crate::arena::{Node, Order};
use crate::error::{Operand, Problem};
use crate::machine::Machine;
use crate::{number, opcode as op};

/// Highest protocol (`pickle.HIGHEST_PROTOCOL`).
const HIGHEST_PROTOCOL: u8 = 5;

/// Highest index that a memo or node limit may allow: indices are `u32` and doubled in ids.
pub(crate) const HIGHEST_INDEX: u32 = 1 << 30;

/// One pickle on its way through the machine.
pub(crate) struct Decoder<'m, 'p> {
    pub(crate) machine: &'m mut Machine,
    pub(crate) pickle: &'p [u8],
    /// What is not read yet.
    pub(crate) rest: &'p [u8],
    /// Length of `rest` where the opcode in work began.
    opcode_at: usize,
    /// Nodes that may still be made.
    pub(crate) budget: u32,
    /// The stack's length at the last open mark, or 0: nothing below may be taken.
    pub(crate) fence: usize,
    /// Memo entries in use: `MEMOIZE`'s next key.
    pub(crate) memoized: u32,
    /// `PROTO`'s operand; before 3, classes have Python 2 names.
    pub(crate) protocol: u8,
}

impl<'m, 'p> Decoder<'m, 'p> {
    /// A decoder at the pickle's first byte; the machine is empty.
    pub(crate) fn new(machine: &'m mut Machine, pickle: &'p [u8]) -> Self {
        let budget = machine.limits.nodes.min(HIGHEST_INDEX);
        Self {
            machine,
            pickle,
            rest: pickle,
            opcode_at: pickle.len(),
            budget,
            fence: 0,
            memoized: 0,
            protocol: 0,
        }
    }

    /// Where the opcode in work stands.
    pub(crate) fn offset(&self) -> usize {
        self.pickle.len() - self.opcode_at
    }

    /// The next opcode.
    #[inline(always)]
    pub(crate) fn opcode(&mut self) -> Result<u8, Problem> {
        self.opcode_at = self.rest.len();
        let (&code, rest) = self.rest.split_first().ok_or(Problem::Truncated)?;
        self.rest = rest;
        Ok(code)
    }

    /// Decodes up to `STOP`.
    pub(crate) fn run(&mut self) -> Result<Node, Problem> {
        loop {
            match self.opcode()? {
                op::BINPUT => {
                    let [key] = self.array()?;
                    self.put(u32::from(key))?;
                }
                op::EMPTY_DICT => self.empty(Order::Dict, Node::Dict)?,
                op::MARK => self.mark()?,
                op::SETITEMS => {
                    let at = self.pop_mark()?;
                    self.set_items(at)?;
                }
                op::STOP => return self.pop(),
                op::BINUNICODE => {
                    let len = u32::from_le_bytes(self.array()?);
                    self.unicode(u64::from(len))?;
                }
                op::BINGET => {
                    let [key] = self.array()?;
                    self.get(u32::from(key))?;
                }
                op::NONE => self.push(Node::None)?,
                op::BININT1 => {
                    let [int] = self.array()?;
                    self.push(Node::Int(i64::from(int)))?;
                }
                op::BININT2 => {
                    let int = u16::from_le_bytes(self.array()?);
                    self.push(Node::Int(i64::from(int)))?;
                }
                op::BININT => {
                    let int = i32::from_le_bytes(self.array()?);
                    self.push(Node::Int(i64::from(int)))?;
                }
                op::BINFLOAT => {
                    let float = f64::from_be_bytes(self.array()?);
                    self.push(Node::Float(float))?;
                }
                op::LONG => {
                    let line = self.line()?;
                    // C's load_long takes the L off and leaves the rest to int(text, 0)
                    let node = self.int(line.strip_suffix(b"L").unwrap_or(line), false)?;
                    self.push(node)?;
                }
                op::INT => {
                    let line = self.line()?;
                    let node = match line {
                        b"00" => Node::Bool(false),
                        b"01" => Node::Bool(true),
                        _ => self.int(line, true)?,
                    };
                    self.push(node)?;
                }
                op::LONG_BINPUT => {
                    let key = u32::from_le_bytes(self.array()?);
                    self.put(key)?;
                }
                op::LONG_BINGET => {
                    let key = u32::from_le_bytes(self.array()?);
                    self.get(key)?;
                }

                op::SHORT_BINUNICODE => {
                    let [len] = self.array()?;
                    self.unicode(u64::from(len))?;
                }
                op::MEMOIZE => self.put(self.memoized)?,
                op::PROTO => {
                    let [protocol] = self.array()?;
                    if protocol > HIGHEST_PROTOCOL {
                        return Err(Problem::Protocol(protocol));
                    }
                    self.protocol = protocol;
                }
                op::FRAME => {
                    let len = u64::from_le_bytes(self.array()?);
                    if len > self.rest.len() as u64 {
                        return Err(Problem::Truncated);
                    }
                }
                op::NEWTRUE => self.push(Node::Bool(true))?,
                op::NEWFALSE => self.push(Node::Bool(false))?,

                op::POP => self.discard()?,
                op::POP_MARK => {
                    let at = self.pop_mark()?;
                    self.machine.stack.truncate(at);
                }
                op::DUP => {
                    let top = self.top()?;
                    self.push(top)?;
                }
                op::GET => {
                    let key = self.memo_key()?;
                    self.get(key)?;
                }
                op::PUT => {
                    let key = self.memo_key()?;
                    self.put(key)?;
                }

                op::FLOAT => {
                    let float = number::float(self.line()?)?;
                    self.push(Node::Float(float))?;
                }
                op::LONG1 => {
                    let [len] = self.array()?;
                    self.long(usize::from(len))?;
                }
                op::LONG4 => {
                    let len = self.signed_length()?;
                    self.long(len)?;
                }

                op::STRING => {
                    let quoted = self.line()?;
                    let node = self.escaped_string(quoted)?;
                    self.push(node)?;
                }
                op::BINSTRING => {
                    let len = self.signed_length()?;
                    self.python2_string(len)?;
                }
                op::SHORT_BINSTRING => {
                    let [len] = self.array()?;
                    self.python2_string(usize::from(len))?;
                }
                op::UNICODE => {
                    let line = self.line()?;
                    let node = self.raw_unicode(line)?;
                    self.push(node)?;
                }
                op::BINUNICODE8 => {
                    let len = u64::from_le_bytes(self.array()?);
                    self.unicode(len)?;
                }
                op::SHORT_BINBYTES => {
                    let [len] = self.array()?;
                    let text = self.span(u64::from(len))?;
                    self.push(Node::Bytes(text))?;
                }
                op::BINBYTES => {
                    let len = u32::from_le_bytes(self.array()?);
                    let text = self.span(u64::from(len))?;
                    self.push(Node::Bytes(text))?;
                }
                op::BINBYTES8 => {
                    let len = u64::from_le_bytes(self.array()?);
                    let text = self.span(len)?;
                    self.push(Node::Bytes(text))?;
                }
                op::BYTEARRAY8 => {
                    let len = u64::from_le_bytes(self.array()?);
                    let text = self.span(len)?;
                    self.push(Node::ByteArray(text))?;
                }
                op::NEXT_BUFFER => return Err(Problem::Buffer),
                // A read-only view of bytes is the bytes, and that of a bytearray prints no other
                // way than by its address: both stay what they are.
                op::READONLY_BUFFER => match self.top()? {
                    Node::Bytes(_) | Node::ByteArray(_) => {}
                    _ => return Err(Problem::Operand(Operand::BytesLike)),
                },

                op::EMPTY_LIST => self.empty(Order::Sequence, Node::List)?,
                op::EMPTY_TUPLE => self.empty(Order::Sequence, Node::Tuple)?,
                op::EMPTY_SET => self.empty(Order::Set, Node::Set)?,
                op::LIST => self.collect_mark(Order::Sequence, Node::List)?,
                op::TUPLE => self.collect_mark(Order::Sequence, Node::Tuple)?,
                op::TUPLE1 => self.collect_last(1)?,
                op::TUPLE2 => self.collect_last(2)?,
                op::TUPLE3 => self.collect_last(3)?,
                op::FROZENSET => {
                    let at = self.pop_mark()?;
                    self.check_hashable(at, 1)?;
                    self.collect(at, Order::Set, Node::FrozenSet)?;
                }
                op::DICT => {
                    let at = self.pop_mark()?;
                    self.check_pairs(at)?;
                    self.collect(at, Order::Dict, Node::Dict)?;
                }
                op::APPEND => {
                    let at = self.last(1)?;
                    self.append(at)?;
                }
                op::APPENDS => {
                    let at = self.pop_mark()?;
                    self.append(at)?;
                }
                op::SETITEM => {
                    let at = self.last(2)?;
                    self.set_items(at)?;
                }
                op::ADDITEMS => {
                    let at = self.pop_mark()?;
                    self.add_items(at)?;
                }

                op::GLOBAL => {
                    let module = self.class_name()?;
                    let name = self.class_name()?;
                    let class = self.find_class(module, name)?;
                    self.push(class)?;
                }
                op::STACK_GLOBAL => {
                    let (Node::Str(name), Node::Str(module)) = (self.pop()?, self.pop()?) else {
                        return Err(Problem::Operand(Operand::TwoStr));
                    };
                    let class = self.find_class(module, name)?;
                    self.push(class)?;
                }
                op::EXT1 => {
                    let [code] = self.array()?;
                    self.extension(i32::from(code))?;
                }
                op::EXT2 => {
                    let code = u16::from_le_bytes(self.array()?);
                    self.extension(i32::from(code))?;
                }
                op::EXT4 => {
                    let code = i32::from_le_bytes(self.array()?);
                    self.extension(code)?;
                }
                op::INST => {
                    let module = self.class_name()?;
                    let name = self.class_name()?;
                    let class = self.find_class(module, name)?;
                    let at = self.pop_mark()?;
                    self.instantiate(class, at)?;
                }
                op::OBJ => {
                    let at = self.pop_mark()?;
                    let class = *self.machine.stack.get(at).ok_or(Problem::StackEmpty)?;
                    self.instantiate(class, at + 1)?;
                    // the class lies below what was just made of it
                    self.machine.stack.swap_remove(at);
                }
                op::REDUCE => {
                    let args = self.pop()?;
                    let callable = self.pop()?;
                    let node = self.call(callable, args)?;
                    self.push(node)?;
                }
                op::NEWOBJ => {
                    let args = self.pop()?;
                    let class = self.pop()?;
                    let node = self.object(class, args, Node::Absent)?;
                    self.push(node)?;
                }
                op::NEWOBJ_EX => {
                    let kwargs @ Node::Dict(_) = self.pop()? else {
                        return Err(Problem::Operand(Operand::Kwargs));
                    };
                    let args = self.pop()?;
                    let class = self.pop()?;
                    let node = self.object(class, args, kwargs)?;
                    self.push(node)?;
                }
                op::BUILD => {
                    let state = self.pop()?;
                    self.build(state)?;
                }
                op::PERSID | op::BINPERSID => return Err(Problem::PersistentId),
                code => return Err(Problem::Opcode(code)),
            }
        }
    }
}
