//! Making and filling containers.

use crate::arena::{Node, Order};
use crate::decode::Decoder;
use crate::error::{Operand, Problem};
use crate::machine::Machine;

impl Decoder<'_, '_> {
    #[inline(always)]
    pub(crate) fn empty(&mut self, order: Order, kind: fn(u32) -> Node) -> Result<(), Problem> {
        let body = self.machine.arena.body(order);
        self.push(kind(body))
    }

    /// Moves the stack's values from `at` on to a container's end.
    #[inline(always)]
    pub(crate) fn take(&mut self, at: usize, body: u32) {
        let Machine { arena, stack, .. } = &mut *self.machine;
        arena.extend(body, stack.get(at..).unwrap_or_default());
        stack.truncate(at);
    }

    pub(crate) fn collect(
        &mut self,
        at: usize,
        order: Order,
        kind: fn(u32) -> Node,
    ) -> Result<(), Problem> {
        let body = self.machine.arena.body(order);
        self.take(at, body);
        self.push(kind(body))
    }

    pub(crate) fn collect_mark(
        &mut self,
        order: Order,
        kind: fn(u32) -> Node,
    ) -> Result<(), Problem> {
        let at = self.pop_mark()?;
        self.collect(at, order, kind)
    }

    pub(crate) fn collect_last(&mut self, count: usize) -> Result<(), Problem> {
        let at = self.last(count)?;
        self.collect(at, Order::Sequence, Node::Tuple)
    }

    /// The value that those from `at` on are for.
    #[inline(always)]
    pub(crate) fn below(&self, at: usize) -> Result<Node, Problem> {
        match at.checked_sub(1) {
            Some(below) if below >= self.fence => {
                self.machine.stack.get(below).copied().ok_or(Problem::StackEmpty)
            }
            _ => Err(Problem::StackEmpty),
        }
    }

    pub(crate) fn append(&mut self, at: usize) -> Result<(), Problem> {
        let body = match self.below(at)? {
            Node::List(body) => body,
            Node::Object(index) => self.object_items(index),
            _ => return Err(Problem::Operand(Operand::ListOrObject)),
        };
        self.take(at, body);
        Ok(())
    }

    pub(crate) fn add_items(&mut self, at: usize) -> Result<(), Problem> {
        let body = match self.below(at)? {
            Node::Set(body) => body,
            Node::Object(index) => self.object_items(index),
            _ => return Err(Problem::Operand(Operand::SetOrObject)),
        };
        self.check_hashable(at, 1)?;
        self.take(at, body);
        Ok(())
    }

    pub(crate) fn set_items(&mut self, at: usize) -> Result<(), Problem> {
        let body = match self.below(at)? {
            Node::Dict(body) => body,
            Node::Object(index) => self.object_pairs(index),
            _ => return Err(Problem::Operand(Operand::DictOrObject)),
        };
        self.check_pairs(at)?;
        self.take(at, body);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn check_pairs(&self, at: usize) -> Result<(), Problem> {
        if (self.machine.stack.len() - at) % 2 == 1 {
            return Err(Problem::Odd);
        }
        self.check_hashable(at, 2)
    }

    #[inline(always)]
    pub(crate) fn check_hashable(&self, at: usize, step: usize) -> Result<(), Problem> {
        let keys = self.machine.stack.get(at..).unwrap_or_default().iter().step_by(step);
        for key in keys {
            if key.is_mutable() {
                return Err(Problem::Unhashable);
            }
        }
        Ok(())
    }
}
