//! Events to nodes: PyYAML's `Composer`.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::super::{MAX_DEPTH, MAX_VALUES, syntax, too_deep};
use super::resolve::resolve;
use super::{Content, Node, Tag};
use crate::diagnostic::Diagnostic;

/// A collection that is not complete.
struct Open {
    start: usize,
    tag: Tag,
    anchor: usize,
    items: Vec<Rc<Node>>,
    mapping: bool,
}

/// The root of the text's one document; none for a text without any.
pub(super) fn compose(text: &str) -> Result<Option<Rc<Node>>, Diagnostic> {
    let offsets = Offsets::new(text);
    let mut names: HashMap<&str, Range<usize>> = HashMap::new();
    let mut anchors: HashMap<usize, Rc<Node>> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    // where a tab is text: in quotes and blocks
    let mut quoted: Vec<Range<usize>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| offsets.problem(text, &error))?;
        let at = offsets.range(&span);
        if anchor_of(&event) > 0
            && let Some((name, at)) = anchor_name(text, at.start)
            && let Some(first) = names.insert(name, at.clone())
        {
            let what = format!("the anchor `{name}` is there twice");
            return Err(syntax(what, at).at(first, "first here").help("give each its own name"));
        }
        let (node, anchor) = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(syntax("a second document begins", at)
                        .help("keep one document: take the line --- out"));
                }
                continue;
            }
            Event::SequenceStart(anchor, tag) => {
                let tag = named(tag.as_deref()).unwrap_or(Tag::Seq);
                let start = at.start;
                open.push(Open { start, tag, anchor, items: Vec::new(), mapping: false });
                continue;
            }
            Event::MappingStart(anchor, tag) => {
                let tag = named(tag.as_deref()).unwrap_or(Tag::Map);
                let start = at.start;
                open.push(Open { start, tag, anchor, items: Vec::new(), mapping: true });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(done) => {
                    let anchor = done.anchor;
                    (Rc::new(collection(done, at.start)?), anchor)
                }
                None => continue,
            },
            Event::Scalar(value, style, anchor, tag) => {
                let bare = style == ScalarStyle::Plain && anchor == 0 && tag.is_none();
                let key = open.last().is_some_and(|open| open.mapping && open.items.len() % 2 == 0);
                super::older::scalar(text, &value, &at, bare, key)?;
                if style != ScalarStyle::Plain {
                    quoted.push(at.clone());
                }
                let plain = || match style {
                    ScalarStyle::Plain => resolve(&value),
                    _ => Tag::Str,
                };
                let tag = match tag.as_deref() {
                    // the tag ! asks for the type of the plain text
                    Some(tag) if full_name(tag) == "!" => resolve(&value),
                    tag => named(tag).unwrap_or_else(plain),
                };
                let mut value = value.into_owned();
                // PyYAML adds no end of line where the file has none
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && at.end >= text.len() && !text.ends_with(['\n', '\r']) {
                    value.truncate(value.strip_suffix('\n').map_or(value.len(), str::len));
                }
                let content = Content::Scalar(value);
                (Rc::new(Node { at, tag, content, depth: 0, weight: 1 }), anchor)
            }
            Event::Alias(id) => match anchors.get(&id) {
                Some(node) => (Rc::clone(node), 0),
                None => {
                    return Err(Diagnostic::error(
                        "too-large",
                        "the alias is within its own value",
                    )
                    .at(at, "this would never end"));
                }
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, Rc::clone(&node));
        }
        match open.last_mut() {
            Some(parent) => parent.items.push(node),
            None => root = Some(node),
        }
        if open.len() > MAX_DEPTH {
            let start = open.last().map_or(0, |open| open.start);
            return Err(too_deep(start..start + 1));
        }
    }
    super::older::tabs(text, &quoted)?;
    super::older::version(text)?;
    if documents == 0
        && let Some(at) = text
            .find("...")
            .filter(|at| *at == 0 || text.get(..*at).is_some_and(|before| before.ends_with('\n')))
    {
        return Err(syntax("a document ends before it has begun", at..at + 3));
    }
    Ok(root)
}

fn collection(open: Open, end: usize) -> Result<Node, Diagnostic> {
    let at = open.start..end.max(open.start);
    let depth = 1 + open.items.iter().map(|item| item.depth).max().unwrap_or(0);
    let weight = open.items.iter().fold(1, |sum: usize, item| sum.saturating_add(item.weight));
    if depth > MAX_DEPTH {
        return Err(too_deep(at.start..at.start + 1));
    }
    if weight > MAX_VALUES {
        let what = format!("with its aliases filled in, this is more than {MAX_VALUES} values");
        return Err(Diagnostic::error("too-large", what).at(at.start..at.start + 1, ""));
    }
    let content = match open.mapping {
        false => Content::Sequence(open.items),
        true => {
            let mut pairs = Vec::with_capacity(open.items.len() / 2);
            let mut items = open.items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                pairs.push((key, value));
            }
            Content::Mapping(pairs)
        }
    };
    Ok(Node { at, tag: open.tag, content, depth, weight })
}

fn full_name(tag: &saphyr_parser::Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

/// An explicit tag; none for `!`, which asks for the usual one.
fn named(tag: Option<&saphyr_parser::Tag>) -> Option<Tag> {
    let name = full_name(tag?);
    if name == "!" {
        return None;
    }
    Some(match name.strip_prefix("tag:yaml.org,2002:") {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("timestamp") => Tag::Timestamp,
        Some("str") => Tag::Str,
        Some("seq") => Tag::Seq,
        Some("map") => Tag::Map,
        Some(other) => Tag::Other(format!("!!{other}")),
        None => Tag::Other(name),
    })
}

fn anchor_of(event: &Event<'_>) -> usize {
    match event {
        Event::Scalar(_, _, anchor, _)
        | Event::SequenceStart(anchor, _)
        | Event::MappingStart(anchor, _) => *anchor,
        _ => 0,
    }
}

/// The name of the anchor that stands before a value, and its place: PyYAML wants each name once, and
/// the events do not tell it.
fn anchor_name(text: &str, start: usize) -> Option<(&str, Range<usize>)> {
    let mut end = if text.get(start..)?.starts_with('&') { start + 1 } else { start };
    loop {
        let mark = text.get(..end)?.rfind('&')?;
        let line = text.get(..mark)?.rsplit('\n').next()?;
        end = mark;
        if line.starts_with('#') || line.contains(" #") || line.contains("\t#") {
            continue; // one in a comment
        }
        let rest = text.get(mark + 1..)?;
        let stop = |c: char| c.is_whitespace() || ",[]{}".contains(c);
        let name = rest.get(..rest.find(stop).unwrap_or(rest.len()))?;
        return Some((name, mark..mark + 1 + name.len()));
    }
}

/// The parser counts characters; places are in bytes.
struct Offsets {
    /// By character; empty when all are ASCII.
    bytes: Vec<usize>,
    len: usize,
}

impl Offsets {
    fn new(text: &str) -> Offsets {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at).collect(),
        };
        Offsets { bytes, len: text.len() }
    }

    fn byte(&self, character: usize) -> usize {
        match self.bytes.is_empty() {
            true => character.min(self.len),
            false => self.bytes.get(character).copied().unwrap_or(self.len),
        }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    fn problem(&self, text: &str, error: &ScanError) -> Diagnostic {
        let at = self.byte(error.marker().index());
        let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let diagnostic = syntax(error.info().to_lowercase(), at..at);
        let next = text.get(at..).and_then(|rest| rest.chars().next());
        match next {
            Some('\t') => diagnostic.help("YAML is indented with spaces, not tabs"),
            _ if line.contains('\t') => diagnostic.help("YAML is indented with spaces, not tabs"),
            Some('%' | '@' | '`') => diagnostic.help("put the text in quotes"),
            _ => diagnostic,
        }
    }
}
