//! Classes by name, and the objects of their calls.

use crate::arena::{ClassBody, NIL, Node, ObjectBody, Order, Text};
use crate::compat;
use crate::decode::Decoder;
use crate::error::{Operand, Problem};

/// What an object costs of the budget of nodes, beside its place on the stack.
const OBJECT_COST: u32 = 5;

impl Decoder<'_, '_> {
    pub(crate) fn find_class(&mut self, module: Text, name: Text) -> Result<Node, Problem> {
        self.spend(1)?;
        let limit = self.machine.limits.scratch_bytes;
        let arena = &mut self.machine.arena;
        let mut class = ClassBody { module, name };
        let mapped = match self.protocol {
            0..3 => {
                compat::python3(arena.bytes(self.pickle, module), arena.bytes(self.pickle, name))
            }
            _ => None,
        };
        let mut converted = |new: &'static str| {
            arena.converted(limit, |out| {
                out.extend_from_slice(new.as_bytes());
                Ok(())
            })
        };
        if let Some((module, name)) = mapped {
            class.module = converted(module)?;
            if let Some(name) = name {
                class.name = converted(name)?;
            }
        }
        let full = (arena.bytes(self.pickle, class.module), arena.bytes(self.pickle, class.name));
        match full {
            (b"builtins", b"Ellipsis") => return Ok(Node::Ellipsis),
            (b"builtins", b"NotImplemented") => return Ok(Node::NotImplemented),
            _ => {}
        }
        arena.classes.push(class);
        Ok(Node::Class(arena.classes.len() as u32 - 1))
    }

    pub(crate) fn extension(&mut self, code: i32) -> Result<(), Problem> {
        if code <= 0 {
            return Err(Problem::Extension);
        }
        self.spend(1)?;
        let limit = self.machine.limits.scratch_bytes;
        let arena = &mut self.machine.arena;
        let text = arena.converted(limit, |out| {
            out.extend_from_slice(format!("copyregextension_{code}").as_bytes());
            Ok(())
        })?;
        const MODULE: u32 = "copyreg".len() as u32;
        arena.classes.push(ClassBody {
            module: Text { len: MODULE, ..text },
            name: Text { start: text.start + MODULE, len: text.len - MODULE, ..text },
        });
        let class = Node::Class(arena.classes.len() as u32 - 1);
        self.push(class)
    }

    /// `INST` and `OBJ`: a call with what lies on the stack from `at` on.
    pub(crate) fn instantiate(&mut self, class: Node, at: usize) -> Result<(), Problem> {
        let args = self.machine.arena.body(Order::Sequence);
        self.take(at, args);
        let node = self.call(class, Node::Tuple(args))?;
        self.push(node)
    }

    /// An object of `callable`, which is a class or what a call gave.
    pub(crate) fn object(
        &mut self,
        callable: Node,
        args: Node,
        kwargs: Node,
    ) -> Result<Node, Problem> {
        let (Node::Class(_) | Node::Object(_)) = callable else {
            return Err(Problem::Operand(Operand::Callable));
        };
        let Node::Tuple(args) = args else {
            return Err(Problem::Operand(Operand::Args));
        };
        self.spend(OBJECT_COST)?;
        let objects = &mut self.machine.arena.objects;
        objects.push(ObjectBody {
            callable,
            kwargs,
            state: Node::Absent,
            base: Node::Absent,
            args,
            items: NIL,
            pairs: NIL,
        });
        Ok(Node::Object(objects.len() as u32 - 1))
    }

    pub(crate) fn object_items(&mut self, index: u32) -> u32 {
        let arena = &mut self.machine.arena;
        let object = &mut arena.objects[index as usize];
        if object.items == NIL {
            object.items = arena.bodies.len() as u32;
            arena.body(Order::Sequence);
        }
        self.machine.arena.objects[index as usize].items
    }

    pub(crate) fn object_pairs(&mut self, index: u32) -> u32 {
        let arena = &mut self.machine.arena;
        let object = &mut arena.objects[index as usize];
        if object.pairs == NIL {
            object.pairs = arena.bodies.len() as u32;
            arena.body(Order::Dict);
        }
        self.machine.arena.objects[index as usize].pairs
    }

    pub(crate) fn build(&mut self, state: Node) -> Result<(), Problem> {
        match self.top()? {
            Node::Object(index) => {
                self.machine.arena.objects[index as usize].state = state;
                Ok(())
            }
            _ => Err(Problem::Operand(Operand::Object)),
        }
    }
}
