//! Where one pickle's values lie while they are looked at: flat vectors and indices into them.
//! An index is made here and nowhere else, so it is always good for the arena it came from.

use crate::error::Problem;

/// "None" for an index.
pub(crate) const NIL: u32 = u32::MAX;

/// Capacity (entries, or bytes of scratch) that is kept from one pickle to the next.
const KEEP: usize = 1 << 14;

/// One value, by itself (numbers, places of text) or as the index of its contents. What shares
/// contents shares the index, so a container that grows later has grown for all who refer to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// Nothing was put here: a hole of the memo, an object's part that it hasn't got.
    Absent,
    None,
    Ellipsis,
    NotImplemented,
    Bool(bool),
    Int(i64),
    Float(f64),
    BigInt(Text),
    /// Its two floats are the items at this index and after it.
    Complex(u32),
    Str(Text),
    Bytes(Text),
    ByteArray(Text),
    Tuple(u32),
    List(u32),
    Set(u32),
    FrozenSet(u32),
    Dict(u32),
    Class(u32),
    Object(u32),
}

const _: () = assert!(size_of::<Node>() == 16);

impl Node {
    /// Whether Python can't hash it.
    #[inline]
    pub(crate) fn is_mutable(self) -> bool {
        matches!(self, Node::List(_) | Node::Dict(_) | Node::Set(_) | Node::ByteArray(_))
    }
}

/// A place in the pickle, or in the scratch buffer for what had to be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) scratch: bool,
}

/// What `keys` has to do with a container's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// All stay.
    Sequence,
    /// Equal items are one.
    Set,
    /// Items are keys and values in turns; equal keys are one.
    Dict,
}

/// A container's contents: a chain of runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    pub(crate) head: u32,
    pub(crate) tail: u32,
    /// Items in all runs (a dict's pair is two).
    pub(crate) len: u32,
    pub(crate) order: Order,
}

/// Neighbouring items of one container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) next: u32,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassBody {
    pub(crate) module: Text,
    pub(crate) name: Text,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectBody {
    pub(crate) callable: Node,
    pub(crate) kwargs: Node,
    pub(crate) state: Node,
    /// The built-in type whose value is the only argument (`copyreg._reconstructor`).
    pub(crate) base: Node,
    /// Bodies of the arguments, of the appended items (or `NIL`) and of the set pairs (or `NIL`).
    pub(crate) args: u32,
    pub(crate) items: u32,
    pub(crate) pairs: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub(crate) items: Vec<Node>,
    pub(crate) runs: Vec<Run>,
    pub(crate) bodies: Vec<Body>,
    pub(crate) classes: Vec<ClassBody>,
    pub(crate) objects: Vec<ObjectBody>,
    pub(crate) scratch: Vec<u8>,
    /// How many of the first dict's first keys are [`crate::USUAL_KEYS`].
    pub(crate) usual: u32,
}

/// Empties a vector and gives back what an unusually large pickle made it take.
pub(crate) fn recycle<T>(vector: &mut Vec<T>) {
    vector.clear();
    vector.shrink_to(KEEP);
}

impl Arena {
    /// One without any values.
    pub(crate) const EMPTY: Arena = Arena {
        items: Vec::new(),
        runs: Vec::new(),
        bodies: Vec::new(),
        classes: Vec::new(),
        objects: Vec::new(),
        scratch: Vec::new(),
        usual: 0,
    };

    pub(crate) fn recycle(&mut self) {
        recycle(&mut self.items);
        recycle(&mut self.runs);
        recycle(&mut self.bodies);
        recycle(&mut self.classes);
        recycle(&mut self.objects);
        recycle(&mut self.scratch);
        self.usual = 0;
    }

    /// An empty container.
    pub(crate) fn body(&mut self, order: Order) -> u32 {
        self.bodies.push(Body { head: NIL, tail: NIL, len: 0, order });
        self.bodies.len() as u32 - 1
    }

    /// Adds items at a container's end. Their number is bounded by the caller's budget of nodes.
    pub(crate) fn extend(&mut self, body: u32, items: &[Node]) {
        let start = self.items.len() as u32;
        self.items.extend_from_slice(items);
        self.link(body, start);
    }

    /// Makes the items from `start` to the last one the end of a container.
    pub(crate) fn link(&mut self, body: u32, start: u32) {
        let len = self.items.len() as u32 - start;
        if len == 0 {
            return;
        }
        let new = self.runs.len() as u32;
        let body = &mut self.bodies[body as usize];
        body.len += len;
        if body.tail == NIL {
            body.head = new;
        } else {
            let tail = &mut self.runs[body.tail as usize];
            if tail.start + tail.len == start {
                tail.len += len;
                return;
            }
            tail.next = new;
        }
        body.tail = new;
        self.runs.push(Run { start, len, next: NIL });
    }

    /// The items of a container's first run: all of them, mostly.
    #[inline]
    pub(crate) fn first_items(&self, body: Body) -> &[Node] {
        let items = self
            .runs
            .get(body.head as usize)
            .and_then(|run| self.items.get(run.start as usize..(run.start + run.len) as usize));
        items.unwrap_or_default()
    }

    /// The container's item at `index`, if it lies in the first run: for the few arguments of a
    /// call, which always do.
    pub(crate) fn argument(&self, body: u32, index: u32) -> Option<Node> {
        let run = self.runs.get(self.bodies[body as usize].head as usize)?;
        if index >= run.len {
            return None;
        }
        self.items.get((run.start + index) as usize).copied()
    }

    /// The text's bytes.
    #[inline]
    pub(crate) fn bytes<'a>(&'a self, pickle: &'a [u8], text: Text) -> &'a [u8] {
        let source = if text.scratch { &self.scratch[..] } else { pickle };
        source.get(text.start as usize..(text.start + text.len) as usize).unwrap_or_default()
    }

    /// The text that `write` appends to the scratch buffer.
    pub(crate) fn converted(
        &mut self,
        limit: u32,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), Problem>,
    ) -> Result<Text, Problem> {
        let start = self.scratch.len();
        write(&mut self.scratch)?;
        if self.scratch.len() > limit as usize {
            return Err(Problem::Scratch);
        }
        let len = (self.scratch.len() - start) as u32;
        Ok(Text { start: start as u32, len, scratch: true })
    }
}
