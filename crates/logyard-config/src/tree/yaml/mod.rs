//! `yaml.safe_load` of PyYAML: YAML 1.1's types on the events of a YAML parser.

mod compose;
mod construct;
mod merge;
mod number;
mod older;
mod resolve;
mod timestamp;

use std::ops::Range;
use std::rc::Rc;

use super::{Read, syntax};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};

/// A node of the document, before it has a value. Aliases share their node.
struct Node {
    at: Range<usize>,
    tag: Tag,
    content: Content,
    /// How deep it nests, aliases followed.
    depth: usize,
    /// How many values it stands for, those behind aliases counted each time.
    weight: usize,
}

enum Content {
    Scalar(String),
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

/// What a node is to become: `tag:yaml.org,2002:...`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Str,
    /// `<<` as a key.
    Merge,
    /// `=`, which is a text as a key only.
    Value,
    Seq,
    Map,
    /// One that SafeLoader refuses, or that no configuration needs, as it is written.
    Other(String),
}

/// Reads a text of one document.
pub(super) fn read(text: &str) -> Result<Read, Diagnostic> {
    characters(text)?;
    let Some(root) = compose::compose(text)? else {
        return Ok((Value { kind: Kind::None, at: 0..0 }, Vec::new()));
    };
    let mut warnings = Vec::new();
    let value = construct::construct(&root, &mut warnings)?;
    Ok((value, warnings))
}

/// Whether a text without quotes is a text in YAML 1.1, and not a number, a date, a bool or the like.
pub(crate) fn is_plain(text: &str) -> bool {
    resolve::resolve(text) == Tag::Str
}

/// `Reader.check_printable`. What YAML 1.1 takes for an end of line and today's YAML does not is refused
/// as well: nobody writes it on purpose, and nobody sees it.
fn characters(text: &str) -> Result<(), Diagnostic> {
    let bad = |c: &char| match c {
        '\t' | '\n' | '\r' | ' '..='~' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' => true,
        c => *c < '\u{a0}' || ('\u{fffe}'..='\u{ffff}').contains(c),
    };
    match text.char_indices().find(|(_, c)| bad(c)) {
        None => Ok(()),
        Some((at, c)) => {
            let what = format!("the character U+{:04X} can't stand in YAML", u32::from(c));
            let escape = match u32::from(c) {
                code @ 0..=0xff => format!("\\x{code:02x}"),
                code => format!("\\u{code:04x}"),
            };
            Err(syntax(what, at..at + c.len_utf8())
                .help(format!("write {escape} in double quotes if it is meant")))
        }
    }
}
