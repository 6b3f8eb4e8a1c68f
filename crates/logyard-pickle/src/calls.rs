//! The calls whose results are plain data: what CPython's picklers write for types that have no
//! opcode of their own in that protocol. All others become objects.

use crate::arena::{Node, Order, Text};
use crate::decode::Decoder;
use crate::error::Problem;
use crate::text;

const EMPTY: Text = Text { start: 0, len: 0, scratch: false };

impl Decoder<'_, '_> {
    /// What `callable(*args)` would give, as data.
    pub(crate) fn call(&mut self, callable: Node, args: Node) -> Result<Node, Problem> {
        if let (Node::Class(class), Node::Tuple(body)) = (callable, args)
            && let Some(node) = self.plain_call(class, body)?
        {
            return Ok(node);
        }
        self.object(callable, args, Node::Absent)
    }

    fn plain_call(&mut self, class: u32, args: u32) -> Result<Option<Node>, Problem> {
        let arena = &self.machine.arena;
        let class = arena.classes[class as usize];
        let name = arena.bytes(self.pickle, class.name);
        let arg = |index| arena.argument(args, index);
        let count = arena.bodies[args as usize].len;
        match arena.bytes(self.pickle, class.module) {
            b"_codecs" if name == b"encode" => self.encode(args),
            b"copyreg" => match (name, arg(0), arg(1)) {
                // copyreg.py: the base's own value is the state, unless the base is object
                (b"_reconstructor", Some(class @ Node::Class(_)), Some(base)) if count == 3 => {
                    if self.is_object(base) {
                        return self.object_of(class, args, 3).map(Some);
                    }
                    let object = self.object_of(class, args, 2)?;
                    if let (Node::Object(index), Node::Class(_)) = (object, base) {
                        self.machine.arena.objects[index as usize].base = base;
                    }
                    Ok(Some(object))
                }
                (b"__newobj__", Some(class @ Node::Class(_)), _) => {
                    self.object_of(class, args, 1).map(Some)
                }
                (b"__newobj_ex__", Some(class @ Node::Class(_)), Some(args @ Node::Tuple(_))) => {
                    match arg(2) {
                        Some(kwargs @ Node::Dict(_)) => self.object(class, args, kwargs).map(Some),
                        _ => Ok(None),
                    }
                }
                _ => Ok(None),
            },
            b"builtins" => match (name, count, arg(0)) {
                (b"set", 0, _) => Ok(Some(Node::Set(self.machine.arena.body(Order::Set)))),
                (b"frozenset", 0, _) => {
                    Ok(Some(Node::FrozenSet(self.machine.arena.body(Order::Set))))
                }
                (b"set", 1, Some(items)) => self.set_of(items, Node::Set),
                (b"frozenset", 1, Some(items)) => self.set_of(items, Node::FrozenSet),
                (b"bytes", 0, _) => Ok(Some(Node::Bytes(EMPTY))),
                (b"bytes", 1, Some(bytes @ Node::Bytes(_))) => Ok(Some(bytes)),
                (b"bytearray", 0, _) => Ok(Some(Node::ByteArray(EMPTY))),
                (b"bytearray", 1, Some(Node::Bytes(text))) => Ok(Some(Node::ByteArray(text))),
                (b"bytearray", 2, _) => Ok(match self.encode(args)? {
                    Some(Node::Bytes(text)) => Some(Node::ByteArray(text)),
                    _ => None,
                }),
                (b"complex", 2, Some(re)) => self.complex(re, arg(1)),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// `(text, 'latin1')`, the way that bytes take before protocol 3.
    fn encode(&mut self, args: u32) -> Result<Option<Node>, Problem> {
        let arena = &mut self.machine.arena;
        let (Some(Node::Str(source)), Some(Node::Str(encoding)), 2) =
            (arena.argument(args, 0), arena.argument(args, 1), arena.bodies[args as usize].len)
        else {
            return Ok(None);
        };
        if !matches!(arena.bytes(self.pickle, encoding), b"latin1" | b"latin-1") {
            return Ok(None);
        }
        // the text may be any length, and the call may be made again and again
        self.spend(source.len / 256)?;
        let arena = &mut self.machine.arena;
        if arena.bytes(self.pickle, source).is_ascii() {
            return Ok(Some(Node::Bytes(source)));
        }
        let mut bytes = Vec::with_capacity(source.len as usize);
        if !text::to_latin1(arena.bytes(self.pickle, source), &mut bytes) {
            return Ok(None);
        }
        let converted = arena.converted(self.machine.limits.scratch_bytes, |out| {
            out.extend_from_slice(&bytes);
            Ok(())
        })?;
        Ok(Some(Node::Bytes(converted)))
    }

    fn is_object(&self, node: Node) -> bool {
        let Node::Class(index) = node else { return false };
        let arena = &self.machine.arena;
        let class = arena.classes[index as usize];
        arena.bytes(self.pickle, class.module) == b"builtins"
            && arena.bytes(self.pickle, class.name) == b"object"
    }

    /// An object whose arguments are `args` without the first `skip`.
    fn object_of(&mut self, class: Node, args: u32, skip: u32) -> Result<Node, Problem> {
        let len = self.machine.arena.bodies[args as usize].len;
        self.spend(len)?;
        let arena = &mut self.machine.arena;
        let body = arena.body(Order::Sequence);
        for index in skip..len {
            if let Some(node) = arena.argument(args, index) {
                arena.extend(body, &[node]);
            }
        }
        self.object(class, Node::Tuple(body), Node::Absent)
    }

    /// A set of another container's items.
    fn set_of(&mut self, items: Node, kind: fn(u32) -> Node) -> Result<Option<Node>, Problem> {
        let source = match items {
            Node::List(body) | Node::Tuple(body) | Node::Set(body) | Node::FrozenSet(body) => body,
            _ => return Ok(None),
        };
        self.spend(self.machine.arena.bodies[source as usize].len)?;
        let arena = &mut self.machine.arena;
        let start = arena.items.len();
        let mut run = arena.bodies[source as usize].head;
        while let Some(items) = arena.runs.get(run as usize).copied() {
            let items_at = items.start as usize;
            arena.items.extend_from_within(items_at..items_at + items.len as usize);
            run = items.next;
        }
        if let Some(items) = arena.items.get(start..) {
            for item in items {
                if item.is_mutable() {
                    return Err(Problem::Unhashable);
                }
            }
        }
        let body = arena.body(Order::Set);
        arena.link(body, start as u32);
        Ok(Some(kind(body)))
    }

    fn complex(&mut self, re: Node, im: Option<Node>) -> Result<Option<Node>, Problem> {
        let part = |node| match node {
            Some(Node::Float(float)) => Some(float),
            Some(Node::Int(int)) => Some(int as f64),
            _ => None,
        };
        let (Some(re), Some(im)) = (part(Some(re)), part(im)) else { return Ok(None) };
        self.spend(2)?;
        let items = &mut self.machine.arena.items;
        items.extend([Node::Float(re), Node::Float(im)]);
        Ok(Some(Node::Complex(items.len() as u32 - 2)))
    }
}
