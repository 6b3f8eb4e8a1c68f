//! Dicts within dicts that a formatter makes of dotted names, as two packages for Elastic's Common Schema
//! do: `{"http.method": "GET"}` is `{"http": {"method": "GET"}}` there.
//!
//! All dicts and lists lie in one vector and name each other by their places in it. A value that holds
//! others stays as it came until something has to go into it or come out of it.

mod flatten;
mod items;
mod merge;
mod normalise;
mod order;
mod write;

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::ops::Range;

use items::{Items, Text, text_of};
use logyard_pickle::Value;

use super::recycled;
use crate::error::{PercentError, TEXT_LIMIT};

/// Up to here a key is found by looking at each of a dict's; beyond it there is an index.
const SMALL: u32 = 48;

/// Keys and items that are taken apart for one record, at most: twice as many as a frame has values, as
/// what it names twice is there twice.
const NODES: usize = 1 << 20;

/// Nodes of which the memory is kept for the next record.
const KEEP: usize = 1 << 12;

/// What a key does that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Its value takes the place of the other, unless both are dicts.
    Replace,
    /// An error, unless both are dicts, or the other is empty.
    Refuse,
}

/// The place of a dict, of a list or of one key's value.
pub(crate) type Id = u32;

/// The name of an item, or a part of it.
#[derive(Clone, Debug)]
pub(crate) enum Name<'a> {
    Given(&'a [u8]),
    /// A place in [`Nested::text`].
    Made(Range<usize>),
}

/// What a key stands for.
#[derive(Clone, Copy)]
enum Content<'a> {
    Value(Value<'a>),
    Dict(Children),
    List(Children),
    /// It has been taken out.
    Gone,
}

#[derive(Clone, Copy, Default)]
struct Children {
    /// Tells this list from all others.
    id: Id,
    first: Option<Id>,
    last: Option<Id>,
    count: u32,
}

struct Node<'a> {
    /// Empty for a list's item.
    name: Name<'a>,
    content: Content<'a>,
    /// The list that it is in.
    of: Id,
    next: Option<Id>,
    /// The next one in the index that has the same hash.
    same_hash: Option<Id>,
}

/// The dicts of one record.
pub(crate) struct Nested<'a> {
    clash: Clash,
    nodes: Vec<Node<'a>>,
    /// Names that were put together.
    text: Vec<u8>,
    /// The keys of large dicts, by the hash of dict and key.
    index: HashMap<u64, Id>,
    ids: Vec<(Id, u32)>,
    walk: Vec<Items<'a>>,
}

/// The memory of one record's, for the next one.
#[derive(Default)]
pub(crate) struct NestedScratch {
    nodes: Vec<Node<'static>>,
    text: Vec<u8>,
    ids: Vec<(Id, u32)>,
    walk: Vec<Items<'static>>,
}

impl<'a> Nested<'a> {
    /// Nothing yet, in the memory of an earlier one.
    pub(crate) fn new(clash: Clash, memory: NestedScratch) -> Nested<'a> {
        let NestedScratch { nodes, text, ids, walk } = memory;
        let (nodes, walk) = (recycled(nodes), recycled(walk));
        Nested { clash, nodes, text, index: HashMap::new(), ids, walk }
    }

    /// Gives the memory back.
    pub(crate) fn into_memory(mut self) -> NestedScratch {
        if self.nodes.len() > KEEP || self.text.len() > KEEP {
            return NestedScratch::default();
        }
        self.text.clear();
        NestedScratch {
            nodes: recycled(self.nodes),
            text: self.text,
            ids: self.ids,
            walk: recycled(self.walk),
        }
    }

    /// A new dict that is in no other.
    pub(crate) fn dict(&mut self) -> Result<Id, PercentError> {
        self.node(Name::Given(b""), Content::Dict(Children::default()))
    }

    /// A name that is the buffer's text from here to its end.
    fn made_from(&self, start: usize) -> Name<'a> {
        Name::Made(start..self.text.len())
    }

    fn node(&mut self, name: Name<'a>, mut content: Content<'a>) -> Result<Id, PercentError> {
        let id = self.nodes.len();
        if id >= NODES {
            return Err(PercentError::too_long());
        }
        if let Content::Dict(children @ Children { count: 0, .. }) = &mut content {
            *children = Children { id: id as Id, ..Children::default() };
        }
        self.nodes.push(Node { name, content, of: 0, next: None, same_hash: None });
        Ok(id as Id)
    }

    fn content(&self, id: Id) -> Content<'a> {
        self.nodes.get(id as usize).map_or(Content::Gone, |node| node.content)
    }

    fn set_content(&mut self, id: Id, content: Content<'a>) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.content = content;
        }
    }

    fn name(&self, id: Id) -> Name<'a> {
        self.nodes.get(id as usize).map_or(Name::Given(b""), |node| node.name.clone())
    }

    fn next(&self, id: Id) -> Option<Id> {
        self.nodes.get(id as usize)?.next
    }

    fn children(&self, id: Id) -> Children {
        match self.content(id) {
            Content::Dict(children) | Content::List(children) => children,
            Content::Value(_) | Content::Gone => Children::default(),
        }
    }

    fn bytes<'n>(&'n self, name: &'n Name<'a>) -> &'n [u8] {
        match name {
            Name::Given(name) => name,
            Name::Made(range) => self.text.get(range.clone()).unwrap_or_default(),
        }
    }

    /// The first of a dict's or list's items that is still there, or the next one after `before`.
    pub(crate) fn child(&self, of: Id, before: Option<Id>) -> Option<Id> {
        let mut next = match before {
            None => self.children(of).first,
            Some(before) => self.next(before),
        };
        while let Some(id) = next {
            if !matches!(self.content(id), Content::Gone) {
                break;
            }
            next = self.next(id);
        }
        next
    }

    /// An item's key.
    pub(crate) fn key(&self, id: Id) -> &[u8] {
        match self.nodes.get(id as usize) {
            Some(node) => self.bytes(&node.name),
            None => b"",
        }
    }

    /// Whether a dict has nothing in it.
    pub(crate) fn is_empty(&self, dict: Id) -> bool {
        self.child(dict, None).is_none()
    }

    /// An item's value, if it is none that was put together here.
    pub(crate) fn value(&self, id: Id) -> Option<Value<'a>> {
        match self.content(id) {
            Content::Value(value) => Some(value),
            _ => None,
        }
    }

    /// `key in dict`
    pub(crate) fn find(&self, dict: Id, key: &[u8]) -> Option<Id> {
        let there = |id: &Id| self.key(*id) == key && !matches!(self.content(*id), Content::Gone);
        let children = self.children(dict);
        if children.count <= SMALL {
            let mut next = children.first;
            while let Some(id) = next.filter(|id| !there(id)) {
                next = self.next(id);
            }
            return next;
        }
        let mut next = self.index.get(&self.hash(children.id, key)).copied();
        let in_it = |id: Id| self.nodes.get(id as usize).is_some_and(|node| node.of == children.id);
        while let Some(id) = next.filter(|id| !there(id) || !in_it(*id)) {
            next = self.nodes.get(id as usize).and_then(|node| node.same_hash);
        }
        next
    }

    fn hash(&self, list: Id, key: &[u8]) -> u64 {
        self.index.hasher().hash_one((list, key))
    }

    /// A new item at the end of a dict that has no such key, or of a list.
    pub(crate) fn add(
        &mut self,
        to: Id,
        name: Name<'a>,
        value: Value<'a>,
    ) -> Result<Id, PercentError> {
        self.append(to, name, Content::Value(value))
    }

    /// As [`Nested::add`], an empty dict.
    pub(crate) fn add_dict(&mut self, to: Id, name: Name<'a>) -> Result<Id, PercentError> {
        self.append(to, name, Content::Dict(Children::default()))
    }

    fn append(&mut self, to: Id, name: Name<'a>, content: Content<'a>) -> Result<Id, PercentError> {
        let id = self.node(name, content)?;
        let mut children = self.children(to);
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.of = children.id;
        }
        match children.last {
            Some(last) => {
                if let Some(last) = self.nodes.get_mut(last as usize) {
                    last.next = Some(id);
                }
            }
            None => children.first = Some(id),
        }
        children.last = Some(id);
        children.count += 1;
        match self.content(to) {
            Content::List(_) => self.set_content(to, Content::List(children)),
            _ => {
                self.set_content(to, Content::Dict(children));
                if children.count > SMALL {
                    let new = if children.count == SMALL + 1 { children.first } else { Some(id) };
                    self.add_to_index(children.id, new);
                }
            }
        }
        Ok(id)
    }

    /// Adds an item and those that come after it.
    fn add_to_index(&mut self, list: Id, from: Option<Id>) {
        let mut next = from;
        while let Some(id) = next {
            let hash = self.hash(list, self.key(id));
            let same_hash = self.index.insert(hash, id);
            let Some(node) = self.nodes.get_mut(id as usize) else { return };
            node.same_hash = same_hash;
            next = node.next;
        }
    }

    /// Takes an item out of its dict.
    pub(crate) fn remove(&mut self, id: Id) {
        self.set_content(id, Content::Gone);
    }

    /// Whether an item is a dict. A value that is one is taken apart, but nothing within it.
    pub(crate) fn as_dict(&mut self, id: Id) -> Result<bool, PercentError> {
        let value = match self.content(id) {
            Content::Dict(_) => return Ok(true),
            Content::List(_) | Content::Gone => return Ok(false),
            Content::Value(value) => value,
        };
        match Items::of(value) {
            Some(items) if items.has_keys() => self.take_apart(id, items).map(|()| true),
            _ => Ok(false),
        }
    }

    fn take_apart(&mut self, id: Id, items: Items<'a>) -> Result<(), PercentError> {
        let children = Children { id, ..Children::default() };
        self.set_content(
            id,
            match items.has_keys() {
                true => Content::Dict(children),
                false => Content::List(children),
            },
        );
        for (key, value) in items {
            let name = match key {
                Some(key) => self.name_of(key)?,
                None => Name::Given(b""),
            };
            self.add(id, name, value)?;
        }
        Ok(())
    }

    /// `dict[name] = value`, whatever is there.
    pub(crate) fn set_item(
        &mut self,
        dict: Id,
        name: Name<'a>,
        value: Value<'a>,
    ) -> Result<(), PercentError> {
        match self.find(dict, self.bytes(&name)) {
            Some(there) => self.set_content(there, Content::Value(value)),
            None => {
                self.add(dict, name, value)?;
            }
        }
        Ok(())
    }

    /// A key as a name, which only texts can be.
    pub(crate) fn name_of(&mut self, key: Value<'a>) -> Result<Name<'a>, PercentError> {
        match text_of(key)? {
            Text::Given(text) => Ok(Name::Given(text)),
            Text::Made(text) => {
                let start = self.text.len();
                self.write_text(&text)?;
                Ok(self.made_from(start))
            }
        }
    }

    fn write_text(&mut self, text: &[u8]) -> Result<(), PercentError> {
        self.text.extend_from_slice(text);
        if self.text.len() > TEXT_LIMIT { Err(PercentError::too_long()) } else { Ok(()) }
    }
}
