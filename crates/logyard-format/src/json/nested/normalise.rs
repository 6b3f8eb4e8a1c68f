//! `normalize_ecs_dict` of logstash_async: no name has a dot any more, at any depth.

use logyard_pickle::Value;

use super::items::{Items, Text, text_of};
use super::{Content, Id, Nested};
use crate::error::PercentError;
use logyard_record::TextError;

/// Values within values, at most: about where CPython raises RecursionError, which calls itself twice
/// for each (`copy.deepcopy`).
const DEPTH: u32 = 490;

/// Values that are looked at for one record, at most; each would be a byte of text or more.
const LOOKS: usize = crate::error::TEXT_LIMIT;

impl<'a> Nested<'a> {
    /// Takes the dotted names of a dict apart, in their order, and those of all dicts in it.
    pub(crate) fn normalise(&mut self, dict: Id) -> Result<(), PercentError> {
        let mut open = std::mem::take(&mut self.ids);
        open.clear();
        open.push((dict, 1));
        let mut looks = LOOKS;
        let mut done = Ok(());
        while let Some((id, depth)) = open.pop() {
            done = self.normalise_one(id, depth, &mut open, &mut looks);
            if done.is_err() {
                break;
            }
        }
        self.ids = open;
        done
    }

    fn normalise_one(
        &mut self,
        id: Id,
        depth: u32,
        open: &mut Vec<(Id, u32)>,
        looks: &mut usize,
    ) -> Result<(), PercentError> {
        if depth > DEPTH {
            return Err(TextError::TooDeep.into());
        }
        if matches!(self.content(id), Content::Dict(_)) {
            let mut next = self.child(id, None);
            while let Some(child) = next {
                if self.key(child).contains(&b'.') {
                    let (name, content) = (self.name(child), self.content(child));
                    self.remove(child);
                    self.put_content(id, name, content)?;
                }
                next = self.child(id, Some(child));
            }
        }
        let mut next = self.child(id, None);
        while let Some(child) = next {
            if let Content::Value(value) = self.content(child)
                && self.has_dots(value, depth, looks)?
            {
                self.take_all_apart(child)?;
            }
            if matches!(self.content(child), Content::Dict(_) | Content::List(_)) {
                open.push((child, depth + 1));
            }
            next = self.child(id, Some(child));
        }
        Ok(())
    }

    /// Whether a dict anywhere in a value has a name with a dot.
    fn has_dots(
        &mut self,
        value: Value<'a>,
        depth: u32,
        looks: &mut usize,
    ) -> Result<bool, PercentError> {
        let Some(items) = Items::of(value) else { return Ok(false) };
        let mut walk = std::mem::take(&mut self.walk);
        walk.clear();
        walk.push(items);
        let found = find_dots(&mut walk, DEPTH.saturating_sub(depth), looks);
        walk.clear();
        self.walk = walk;
        found
    }

    fn take_all_apart(&mut self, first: Id) -> Result<(), PercentError> {
        let mut open = vec![first];
        while let Some(id) = open.pop() {
            let Some(items) = self.value(id).and_then(Items::of) else { continue };
            self.take_apart(id, items)?;
            let mut next = self.child(id, None);
            while let Some(child) = next {
                open.push(child);
                next = self.child(id, Some(child));
            }
        }
        Ok(())
    }
}

fn find_dots(
    walk: &mut Vec<Items<'_>>,
    depth: u32,
    looks: &mut usize,
) -> Result<bool, PercentError> {
    let mut found = false;
    while let Some(items) = walk.last_mut() {
        let Some((key, value)) = items.next() else {
            walk.pop();
            continue;
        };
        *looks = looks.checked_sub(1).ok_or_else(PercentError::too_long)?;
        if let Some(key) = key {
            found |= match text_of(key)? {
                Text::Given(text) => text.contains(&b'.'),
                Text::Made(text) => text.contains(&b'.'),
            };
        }
        if let Some(items) = Items::of(value) {
            if walk.len() >= depth as usize {
                return Err(TextError::TooDeep.into());
            }
            walk.push(items);
        }
    }
    Ok(found)
}
