//! Dotted names, and dicts that are merged into dicts.

use logyard_pickle::Value;

use super::{Children, Clash, Content, Id, Name, Nested};
use crate::error::PercentError;
use crate::operand::key_repr;

impl<'a> Nested<'a> {
    /// A value below the keys of a dotted name: `merge_dicts(de_dot(name, value), dict)`.
    pub(crate) fn put(
        &mut self,
        dict: Id,
        name: Name<'a>,
        value: Value<'a>,
    ) -> Result<(), PercentError> {
        self.put_content(dict, name, Content::Value(value))
    }

    /// As [`Nested::put`], what an item of another dict stands for.
    pub(crate) fn put_item(&mut self, dict: Id, item: Id) -> Result<(), PercentError> {
        self.put_content(dict, self.name(item), self.content(item))
    }

    pub(super) fn put_content(
        &mut self,
        mut dict: Id,
        mut name: Name<'a>,
        content: Content<'a>,
    ) -> Result<(), PercentError> {
        loop {
            let (key, rest) = self.split(name);
            let there = self.find(dict, self.bytes(&key));
            let Some(rest) = rest else { return self.set(dict, key, there, content) };
            dict = match there {
                None => self.add_dict(dict, key)?,
                Some(id) if self.as_dict(id)? => id,
                Some(id) if self.clash == Clash::Replace => {
                    self.replace(id, None)?;
                    id
                }
                Some(_) => return Err(mismatch(self.bytes(&key))),
            };
            name = rest;
        }
    }

    /// A name's first key, and what is behind the dot.
    fn split(&self, name: Name<'a>) -> (Name<'a>, Option<Name<'a>>) {
        let Some(dot) = memchr::memchr(b'.', self.bytes(&name)) else { return (name, None) };
        match name {
            Name::Given(name) => {
                let rest = name.get(dot + 1..).unwrap_or_default();
                (Name::Given(name.get(..dot).unwrap_or_default()), Some(Name::Given(rest)))
            }
            Name::Made(range) => {
                let dot = range.start + dot;
                (Name::Made(range.start..dot), Some(Name::Made(dot + 1..range.end)))
            }
        }
    }

    /// Gives a key its content; `there` is what has the key already.
    fn set(
        &mut self,
        dict: Id,
        key: Name<'a>,
        there: Option<Id>,
        content: Content<'a>,
    ) -> Result<(), PercentError> {
        let Some(there) = there else { return self.append(dict, key, content).map(|_| ()) };
        let from = self.node(key, content)?;
        let mut pairs = vec![(there, from)];
        while let Some((into, from)) = pairs.pop() {
            let both = self.as_dict(into)? && self.as_dict(from)?;
            if !both {
                self.replace(into, Some(from))?;
                continue;
            }
            let mut next = self.child(from, None);
            while let Some(child) = next {
                match self.find(into, self.key(child)) {
                    Some(there) => pairs.push((there, child)),
                    None => {
                        self.append(into, self.name(child), self.content(child))?;
                    }
                }
                next = self.child(from, Some(child));
            }
        }
        Ok(())
    }

    /// Puts what another item stands for, or an empty dict, in the place of what is there, which is not
    /// a dict as well.
    fn replace(&mut self, into: Id, from: Option<Id>) -> Result<(), PercentError> {
        let is_empty = matches!(self.content(into), Content::Dict(_)) && self.is_empty(into);
        if self.clash == Clash::Refuse && !is_empty {
            return Err(mismatch(self.key(into)));
        }
        let content = match from {
            Some(from) => self.content(from),
            None => Content::Dict(Children { id: into, ..Children::default() }),
        };
        self.set_content(into, content);
        Ok(())
    }
}

/// Two fields that can't both be there; CPython's message has the values, too.
fn mismatch(key: &[u8]) -> PercentError {
    let what = format!("Type mismatch at key `{}`", key_repr(key).trim_matches('\''));
    PercentError::type_error(what)
}
