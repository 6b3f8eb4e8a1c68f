use crate::Limits;
use crate::arena::{Arena, Node, recycle};
use crate::decode::Decoder;
use crate::error::{PickleError, Problem};
use crate::keys;
use crate::usual::Usual;
use crate::value::{Value, View};

/// Decodes pickles, one after the other, in buffers that it keeps.
///
/// It needs no allocation once its buffers fit the usual record; what an unusually large pickle
/// made it take is given back at the next one.
#[derive(Debug)]
pub struct Machine {
    pub(crate) limits: Limits,
    pub(crate) arena: Arena,
    pub(crate) stack: Vec<Node>,
    /// The stack's length at each open `MARK`.
    pub(crate) marks: Vec<u32>,
    pub(crate) memo: Vec<Node>,
    pub(crate) usual: Usual,
    shortcut: bool,
}

impl Machine {
    /// A machine that keeps to `limits`.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            arena: Arena::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Vec::new(),
            usual: Usual::default(),
            shortcut: true,
        }
    }

    /// A machine that takes each opcode by itself, also those of stock records: for tests that compare,
    /// for it gives the same.
    pub fn without_shortcut(limits: Limits) -> Self {
        Self { shortcut: false, ..Self::new(limits) }
    }

    /// Decodes the pickle at the start of `pickle`, as `pickle.loads` does: what follows its `STOP`
    /// is ignored.
    ///
    /// Unknown classes and calls are values. An error is a pickle that CPython's unpickler would
    /// refuse before it looked at any class, or one that breaks the limits.
    pub fn load<'a>(&'a mut self, pickle: &'a [u8]) -> Result<Value<'a>, PickleError> {
        let root = self.run(pickle)?;
        Ok(View { arena: &self.arena, pickle }.value(root))
    }

    fn run(&mut self, pickle: &[u8]) -> Result<Node, PickleError> {
        recycle(&mut self.stack);
        recycle(&mut self.marks);
        recycle(&mut self.memo);
        self.usual.clear();
        self.arena.recycle();
        if pickle.len() > self.limits.frame_bytes as usize || u32::try_from(pickle.len()).is_err() {
            return Err(PickleError { offset: 0, opcode: None, problem: Problem::TooLong });
        }
        let shortcut = self.shortcut;
        let mut decoder = Decoder::new(self, pickle);
        if shortcut && let Some(root) = decoder.stock_record() {
            return Ok(root);
        }
        let done = match decoder.run() {
            Ok(root) => keys::merge(decoder.machine, pickle, &mut decoder.budget).map(|()| root),
            problem => problem,
        };
        done.map_err(|problem| {
            let offset = decoder.offset();
            PickleError { offset, opcode: pickle.get(offset).copied(), problem }
        })
    }
}

/// A decoded pickle with all that it borrows from, for values that outlive a frame.
#[derive(Debug)]
pub struct Kept {
    pickle: Vec<u8>,
    arena: Arena,
    root: Node,
}

impl Kept {
    /// Decodes `pickle` as [`Machine::load`] does.
    pub fn load(pickle: Vec<u8>, limits: Limits) -> Result<Kept, PickleError> {
        let mut machine = Machine::new(limits);
        let root = machine.run(&pickle)?;
        Ok(Kept { pickle, arena: machine.arena, root })
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        View { arena: &self.arena, pickle: &self.pickle }.value(self.root)
    }
}
