//! The Python expressions that occur in `class`, `args`, `kwargs` and `defaults`, evaluated without Python.
//!
//! `fileConfig` hands them to `eval(text, vars(logging))`. This evaluator knows plain values, a few
//! operators and methods, and the names that real files use. It can do nothing else: no calls into
//! anything, no files, bounded work and bounded results.

mod eval;
mod format;
mod lex;
mod modules;
mod operators;
mod parse;
mod path;
mod percent;
mod strings;
#[cfg(test)]
mod tests;
mod value;

use std::ops::Range;

pub use eval::{Evaluated, Note, evaluate};
pub(crate) use modules::import;
pub(crate) use parse::dotted_name;
pub(crate) use path::abspath;
pub use value::{Kind, Moment, Object, Value};

/// How deep brackets, calls and operators may be nested. Python's own parser stops at about 100; files in
/// use stay below 10.
pub const MAX_DEPTH: usize = 64;

/// Bytes of text, or items, that one value may have.
pub const MAX_LEN: usize = 64 << 10;

/// Why an expression has no value here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// Whether Python would refuse it too.
    pub kind: ErrorKind,
    /// What is wrong, in one line.
    pub message: String,
    /// The part in question, as a byte range of the expression.
    pub at: Range<usize>,
    /// What to write instead.
    pub help: Vec<String>,
}

/// Who refuses the expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Python would raise the exception of this name.
    Raises(&'static str),
    /// Python could evaluate it; it needs code that does not run here.
    Unsupported,
    /// A bound of this evaluator: depth or size.
    Limit,
}

impl ExprError {
    fn new(kind: ErrorKind, message: impl Into<String>, at: Range<usize>) -> ExprError {
        ExprError { kind, message: message.into(), at, help: Vec::new() }
    }

    fn raises(name: &'static str, message: impl Into<String>, at: Range<usize>) -> ExprError {
        ExprError::new(ErrorKind::Raises(name), message, at)
    }

    fn syntax(message: impl Into<String>, at: Range<usize>) -> ExprError {
        ExprError::raises("SyntaxError", message, at)
    }

    fn type_error(message: impl Into<String>, at: Range<usize>) -> ExprError {
        ExprError::raises("TypeError", message, at)
    }

    /// `what` names the construct: "a lambda", "`open`".
    fn unsupported(what: impl std::fmt::Display, at: Range<usize>) -> ExprError {
        let message = format!("{what} can't be evaluated without running Python");
        ExprError::new(ErrorKind::Unsupported, message, at)
    }

    fn limit(what: impl Into<String>, at: Range<usize>) -> ExprError {
        ExprError::new(ErrorKind::Limit, what, at)
    }

    fn help(mut self, line: impl Into<String>) -> ExprError {
        self.help.push(line.into());
        self
    }
}
