//! The stack, its marks and the memo.

use crate::arena::Node;
use crate::decode::{Decoder, HIGHEST_INDEX};
use crate::error::Problem;

/// Memo keys below this may be used in any order. Beyond it none may be higher than the pickle is
/// long: a pickler counts its keys up, at a byte each or more, and ten bytes should not make the
/// memo as large as it may be.
const SPARSE_KEYS: usize = 1024;

impl Decoder<'_, '_> {
    /// Takes `count` from the budget of nodes.
    #[inline(always)]
    pub(crate) fn spend(&mut self, count: u32) -> Result<(), Problem> {
        self.budget = self.budget.checked_sub(count).ok_or(Problem::Nodes)?;
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, node: Node) -> Result<(), Problem> {
        self.spend(1)?;
        self.machine.stack.push(node);
        Ok(())
    }

    /// Where the last `count` values begin.
    #[inline(always)]
    pub(crate) fn last(&self, count: usize) -> Result<usize, Problem> {
        match self.machine.stack.len().checked_sub(count) {
            Some(at) if at >= self.fence => Ok(at),
            _ => Err(Problem::StackEmpty),
        }
    }

    #[inline(always)]
    pub(crate) fn top(&self) -> Result<Node, Problem> {
        match self.machine.stack.last() {
            Some(top) if self.machine.stack.len() > self.fence => Ok(*top),
            _ => Err(Problem::StackEmpty),
        }
    }

    pub(crate) fn pop(&mut self) -> Result<Node, Problem> {
        let top = self.top()?;
        self.machine.stack.pop();
        Ok(top)
    }

    pub(crate) fn mark(&mut self) -> Result<(), Problem> {
        self.spend(1)?;
        self.fence = self.machine.stack.len();
        self.machine.marks.push(self.fence as u32);
        Ok(())
    }

    /// Closes the last mark; what was pushed since lies from the returned index on.
    pub(crate) fn pop_mark(&mut self) -> Result<usize, Problem> {
        let at = self.machine.marks.pop().ok_or(Problem::NoMark)?;
        self.fence = self.machine.marks.last().map_or(0, |mark| *mark as usize);
        Ok(at as usize)
    }

    /// `POP`, which takes a mark if that is what lies on top.
    pub(crate) fn discard(&mut self) -> Result<(), Problem> {
        let marked = !self.machine.marks.is_empty() && self.fence == self.machine.stack.len();
        if marked {
            self.pop_mark()?;
            return Ok(());
        }
        self.pop()?;
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, key: u32) -> Result<(), Problem> {
        let top = self.top()?;
        let memo = &mut self.machine.memo;
        if key as usize == memo.len() && key < self.machine.limits.memo {
            memo.push(top);
            self.memoized += 1;
            return Ok(());
        }
        self.put_anywhere(key, top)
    }

    #[cold]
    pub(crate) fn put_anywhere(&mut self, key: u32, node: Node) -> Result<(), Problem> {
        let limit = self.machine.limits.memo.min(HIGHEST_INDEX);
        if key >= limit || key as usize >= self.pickle.len().max(SPARSE_KEYS) {
            return Err(Problem::MemoKey);
        }
        let memo = &mut self.machine.memo;
        if memo.len() <= key as usize {
            memo.resize(key as usize + 1, Node::Absent);
        }
        if let Some(place) = memo.get_mut(key as usize) {
            if matches!(place, Node::Absent) {
                self.memoized += 1;
            }
            *place = node;
        }
        Ok(())
    }

    pub(crate) fn get(&mut self, key: u32) -> Result<(), Problem> {
        match self.machine.memo.get(key as usize) {
            None | Some(Node::Absent) => Err(Problem::MemoMissing),
            Some(&node) => self.push(node),
        }
    }
}
