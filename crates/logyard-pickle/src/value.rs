use crate::arena::{Arena, NIL, Node, Run, Text};

/// A decoded value. It borrows from the pickle and the machine that decoded it; copying is free.
///
/// Containers may share and even contain themselves: follow [`Seq::id`] and its like when walking,
/// and don't recurse without a bound.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// `bool`
    Bool(bool),
    /// `int` that fits
    Int(i64),
    /// Any other `int`: two's complement, little endian, without needless bytes.
    BigInt(&'a [u8]),
    /// `float`
    Float(f64),
    /// `complex`
    Complex(f64, f64),
    /// `str` in UTF-8; a surrogate code point, lone or not, is three bytes as Python's
    /// `surrogatepass` writes it. A Python 2 `str` is here as well: as UTF-8 if it is that, else
    /// as Latin-1 (CPython 3 refuses what isn't ASCII).
    Str(&'a [u8]),
    /// `bytes`
    Bytes(&'a [u8]),
    /// `bytearray`
    ByteArray(&'a [u8]),
    /// `tuple`
    Tuple(Seq<'a>),
    /// `list`
    List(Seq<'a>),
    /// `set`, in the pickle's order
    Set(Seq<'a>),
    /// `frozenset`, in the pickle's order
    FrozenSet(Seq<'a>),
    /// `dict`
    Dict(Dict<'a>),
    /// A class or function by its name.
    Class(Class<'a>),
    /// What calling a class or function would give.
    Object(Object<'a>),
}

/// The two places that a value's parts lie in.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) arena: &'a Arena,
    pub(crate) pickle: &'a [u8],
}

impl<'a> View<'a> {
    #[inline]
    pub(crate) fn bytes(self, text: Text) -> &'a [u8] {
        self.arena.bytes(self.pickle, text)
    }

    #[inline]
    pub(crate) fn value(self, node: Node) -> Value<'a> {
        match node {
            Node::Str(text) => Value::Str(self.bytes(text)),
            Node::Int(int) => Value::Int(int),
            Node::Float(float) => Value::Float(float),
            Node::Bool(truth) => Value::Bool(truth),
            Node::None | Node::Absent => Value::None,
            Node::Ellipsis => Value::Ellipsis,
            Node::NotImplemented => Value::NotImplemented,
            Node::BigInt(text) => Value::BigInt(self.bytes(text)),
            Node::Bytes(text) => Value::Bytes(self.bytes(text)),
            Node::ByteArray(text) => Value::ByteArray(self.bytes(text)),
            Node::Tuple(body) => Value::Tuple(Seq { view: self, body }),
            Node::List(body) => Value::List(Seq { view: self, body }),
            Node::Set(body) => Value::Set(Seq { view: self, body }),
            Node::FrozenSet(body) => Value::FrozenSet(Seq { view: self, body }),
            Node::Dict(body) => Value::Dict(Dict { view: self, body }),
            Node::Class(index) => Value::Class(self.class(index)),
            Node::Object(index) => Value::Object(Object { view: self, index }),
            Node::Complex(at) => {
                let part = |at: u32| match self.arena.items.get(at as usize) {
                    Some(Node::Float(float)) => *float,
                    _ => 0.0,
                };
                Value::Complex(part(at), part(at + 1))
            }
        }
    }

    pub(crate) fn class(self, index: u32) -> Class<'a> {
        let class = self.arena.classes[index as usize];
        Class { module: self.bytes(class.module), name: self.bytes(class.name) }
    }
}

/// The items of a list, tuple or set, or an object's arguments.
#[derive(Clone, Copy)]
pub struct Seq<'a> {
    view: View<'a>,
    /// `NIL` for one that has nothing.
    body: u32,
}

impl<'a> Seq<'a> {
    /// One without items, that belongs to no pickle.
    pub fn empty() -> Seq<'static> {
        static NOTHING: Arena = Arena::EMPTY;
        Seq { view: View { arena: &NOTHING, pickle: &[] }, body: NIL }
    }

    /// Two values with the same id are the same Python object (`is`). No [`Dict`] or [`Object`] of
    /// the same pickle has this id.
    pub fn id(&self) -> u32 {
        self.body << 1
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.view.arena.bodies.get(self.body as usize).map_or(0, |body| body.len as usize)
    }

    /// Whether it has no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items in order.
    pub fn iter(&self) -> Values<'a> {
        Values::new(self.view, self.body)
    }
}

/// The items of a dict.
#[derive(Clone, Copy)]
pub struct Dict<'a> {
    view: View<'a>,
    body: u32,
}

impl<'a> Dict<'a> {
    /// Two values with the same id are the same Python object (`is`). No [`Seq`] or [`Object`] of
    /// the same pickle has this id.
    pub fn id(&self) -> u32 {
        self.body << 1
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.view.arena.bodies[self.body as usize].len as usize / 2
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys with their values in the order of insertion. Equal plain keys are one, with the first
    /// one's place and the last one's value; tuples, frozensets and objects are equal only to
    /// themselves here.
    pub fn iter(&self) -> Pairs<'a> {
        Pairs(Values::new(self.view, self.body))
    }

    /// Where the values of the first keys are, as long as those are [`crate::USUAL_KEYS`] in their
    /// order; and the other `str` keys with the slots of their values. For a pass over all of a dict
    /// that then looks at few of the values.
    pub fn usual_slots(&self) -> (impl ExactSizeIterator<Item = Slot> + 'a, Slots<'a>) {
        let arena = self.view.arena;
        let usual = if self.body == 0 { arena.usual } else { 0 };
        let mut rest = Values::new(self.view, self.body);
        let first = rest.skip_pairs(usual);
        ((0..usual as usize).map(move |pair| Slot(first + 2 * pair as u32 + 1)), Slots(rest))
    }

    /// The value at a slot of this dict, unless that is [`Slot::EMPTY`].
    #[inline]
    pub fn at(&self, slot: Slot) -> Option<Value<'a>> {
        self.view.arena.items.get(slot.0 as usize).map(|node| self.view.value(*node))
    }

    /// The value of a `str` key, found by looking at each.
    pub fn get(&self, key: &[u8]) -> Option<Value<'a>> {
        self.iter().find_map(|(found, value)| match found {
            Value::Str(text) if text == key => Some(value),
            _ => None,
        })
    }
}

/// A class, function or any other thing that pickle finds by its name. For protocols before 3 it
/// is the Python 3 name, as `pickle.Unpickler.find_class` maps it.
///
/// A copyreg extension code, which only the sender can resolve, is module `copyreg` and name
/// `extension_` and the code's decimals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Class<'a> {
    /// Dotted name of the module.
    pub module: &'a [u8],
    /// Name in the module (dotted for a nested class, from protocol 4 on).
    pub name: &'a [u8],
}

/// What a call would give (`REDUCE`, `NEWOBJ`, `INST` …): kept as its parts, never made.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    view: View<'a>,
    index: u32,
}

impl<'a> Object<'a> {
    fn body(&self) -> crate::arena::ObjectBody {
        self.view.arena.objects[self.index as usize]
    }

    /// Two values with the same id are the same Python object (`is`). No [`Seq`] or [`Dict`] of the
    /// same pickle has this id.
    pub fn id(&self) -> u32 {
        self.index << 1 | 1
    }

    /// What is called: the class, for all that pickles in the usual ways. `None` if it is itself
    /// the result of a call (see [`Object::callable`]).
    pub fn class(&self) -> Option<Class<'a>> {
        match self.body().callable {
            Node::Class(index) => Some(self.view.class(index)),
            _ => None,
        }
    }

    /// What is called, whatever it is.
    pub fn callable(&self) -> Value<'a> {
        self.view.value(self.body().callable)
    }

    /// The positional arguments.
    pub fn args(&self) -> Seq<'a> {
        Seq { view: self.view, body: self.body().args }
    }

    /// The argument at `index`.
    pub fn arg(&self, index: usize) -> Option<Value<'a>> {
        self.args().iter().nth(index)
    }

    /// The number of positional arguments.
    pub fn args_len(&self) -> usize {
        self.args().len()
    }

    /// The built-in type that the class derives from, where the pickle tells it: then the only
    /// argument is the object's value as one of that type (`copyreg._reconstructor`, which
    /// protocols 0 and 1 use for subclasses of `str`, `int`, `tuple`, `list`, `dict` …).
    pub fn base(&self) -> Option<Class<'a>> {
        match self.body().base {
            Node::Class(index) => Some(self.view.class(index)),
            _ => None,
        }
    }

    /// The keyword arguments (`NEWOBJ_EX`).
    pub fn kwargs(&self) -> Option<Dict<'a>> {
        match self.body().kwargs {
            Node::Dict(body) => Some(Dict { view: self.view, body }),
            _ => None,
        }
    }

    /// The state (`BUILD`): mostly the `__dict__`, or a tuple of it and a dict of the slots. If
    /// there were several, the last.
    pub fn state(&self) -> Option<Value<'a>> {
        match self.body().state {
            Node::Absent => None,
            node => Some(self.view.value(node)),
        }
    }

    /// Values appended after the call (`APPENDS`, `ADDITEMS`), such as a deque's.
    pub fn items(&self) -> Values<'a> {
        Values::new(self.view, self.body().items)
    }

    /// Items set after the call (`SETITEMS`), such as an `OrderedDict`'s; as in [`Dict::iter`].
    pub fn pairs(&self) -> Pairs<'a> {
        Pairs(Values::new(self.view, self.body().pairs))
    }
}

/// Iterator over values.
#[derive(Clone)]
pub struct Values<'a> {
    view: View<'a>,
    run: Run,
    left: u32,
}

impl<'a> Values<'a> {
    fn new(view: View<'a>, body: u32) -> Self {
        let (next, left) =
            view.arena.bodies.get(body as usize).map_or((NIL, 0), |body| (body.head, body.len));
        Self { view, run: Run { start: 0, len: 0, next }, left }
    }

    /// Leaves out pairs that are in the first run; where that begins.
    fn skip_pairs(&mut self, pairs: u32) -> u32 {
        let Some(first) = self.view.arena.runs.get(self.run.next as usize) else { return 0 };
        let items = (2 * pairs).min(first.len);
        self.run = Run { start: first.start + items, len: first.len - items, next: first.next };
        self.left -= items;
        first.start
    }

    #[inline]
    fn next_node(&mut self) -> Option<Node> {
        if self.run.len == 0 {
            self.run = *self.view.arena.runs.get(self.run.next as usize)?;
        }
        let node = *self.view.arena.items.get(self.run.start as usize)?;
        self.run.start += 1;
        self.run.len -= 1;
        self.left -= 1;
        Some(node)
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        self.next_node().map(|node| self.view.value(node))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Values<'_> {}

/// Iterator over keys and values.
#[derive(Clone)]
pub struct Pairs<'a>(Values<'a>);

impl<'a> Iterator for Pairs<'a> {
    type Item = (Value<'a>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len() / 2, Some(self.0.len() / 2))
    }
}

impl ExactSizeIterator for Pairs<'_> {}

/// Where a value of one dict is; [`Dict::at`] of the same dict gives it. It is a fraction of a [`Value`]
/// to copy.
#[derive(Clone, Copy)]
pub struct Slot(u32);

impl Slot {
    /// Nowhere.
    pub const EMPTY: Slot = Slot(NIL);
}

/// Iterator over `str` keys and the slots of their values.
pub struct Slots<'a>(Values<'a>);

impl<'a> Iterator for Slots<'a> {
    type Item = (&'a [u8], Slot);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let key = self.0.next_node()?;
            let slot = Slot(self.0.run.start); // a pair lies in one run
            self.0.next_node()?;
            if let Node::Str(text) = key {
                return Some((self.0.view.bytes(text), slot));
            }
        }
    }
}

// Debug shows one level: a value may contain itself.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |f: &mut std::fmt::Formatter<'_>, prefix: &str, bytes: &[u8]| {
            write!(f, "{prefix}\"{}\"", bytes.escape_ascii())
        };
        match self {
            Value::None => write!(f, "None"),
            Value::Ellipsis => write!(f, "Ellipsis"),
            Value::NotImplemented => write!(f, "NotImplemented"),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Int(int) => write!(f, "{int}"),
            Value::BigInt(bytes) => write!(f, "BigInt({bytes:02x?})"),
            Value::Float(float) => write!(f, "{float:?}"),
            Value::Complex(re, im) => write!(f, "Complex({re:?}, {im:?})"),
            Value::Str(bytes) => text(f, "", bytes),
            Value::Bytes(bytes) => text(f, "b", bytes),
            Value::ByteArray(bytes) => text(f, "bytearray b", bytes),
            Value::Tuple(seq) => write!(f, "Tuple(#{}, {} items)", seq.id(), seq.len()),
            Value::List(seq) => write!(f, "List(#{}, {} items)", seq.id(), seq.len()),
            Value::Set(seq) => write!(f, "Set(#{}, {} items)", seq.id(), seq.len()),
            Value::FrozenSet(seq) => write!(f, "FrozenSet(#{}, {} items)", seq.id(), seq.len()),
            Value::Dict(dict) => write!(f, "Dict(#{}, {} pairs)", dict.id(), dict.len()),
            Value::Class(class) => write!(f, "{class:?}"),
            Value::Object(object) => {
                write!(f, "Object(#{}, {:?})", object.id(), object.class())
            }
        }
    }
}

impl std::fmt::Debug for Class<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Class({}.{})", self.module.escape_ascii(), self.name.escape_ascii())
    }
}
