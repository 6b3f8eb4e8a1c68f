//! `flatten_dict` of ecs-logging.

use logyard_pickle::Value;
use logyard_record::{TextError, write_str};

use super::items::Items;
use super::{Id, Name, Nested};
use crate::error::PercentError;

/// Dicts within dicts that are flattened, at most: about where CPython raises RecursionError, which
/// calls itself for each.
const DEPTH: usize = 900;

impl<'a> Nested<'a> {
    /// One item of a record: a dict's items have dotted names. A name may not come of two ways of nesting.
    pub(crate) fn flatten(
        &mut self,
        into: Id,
        key: Value<'a>,
        value: Value<'a>,
    ) -> Result<(), PercentError> {
        let Some(items) = Items::of(value).filter(Items::has_keys) else {
            return match key {
                Value::Str(name) => self.add_flat(into, Name::Given(name), value),
                other => {
                    let kind = crate::operand::type_name(other);
                    let what = format!("'{kind}' object has no attribute 'startswith'");
                    Err(PercentError::attribute(what))
                }
            };
        };
        let mut walk = std::mem::take(&mut self.walk);
        let mut names = std::mem::take(&mut self.ids);
        walk.clear();
        names.clear();
        let start = self.text.len();
        let done = self.append_text(key).and_then(|()| {
            walk.push(items);
            names.push((start as u32, self.text.len() as u32));
            self.flatten_all(into, &mut walk, &mut names)
        });
        walk.clear();
        self.walk = walk;
        self.ids = names;
        done
    }

    fn flatten_all(
        &mut self,
        into: Id,
        walk: &mut Vec<Items<'a>>,
        names: &mut Vec<(u32, u32)>,
    ) -> Result<(), PercentError> {
        while let (Some(items), Some((start, end))) = (walk.last_mut(), names.last()) {
            let Some((Some(key), value)) = items.next() else {
                walk.pop();
                names.pop();
                continue;
            };
            let above = *start as usize..*end as usize;
            let start = self.text.len();
            self.text.extend_from_within(above);
            self.text.push(b'.');
            self.append_text(key)?;
            match Items::of(value).filter(Items::has_keys) {
                Some(_) if walk.len() >= DEPTH => return Err(TextError::TooDeep.into()),
                Some(items) => {
                    walk.push(items);
                    names.push((start as u32, self.text.len() as u32));
                }
                None => self.add_flat(into, self.made_from(start), value)?,
            }
        }
        Ok(())
    }

    fn append_text(&mut self, value: Value<'_>) -> Result<(), PercentError> {
        write_str(value, &mut self.text)?;
        self.write_text(b"")
    }

    fn add_flat(&mut self, into: Id, name: Name<'a>, value: Value<'a>) -> Result<(), PercentError> {
        if self.find(into, self.bytes(&name)).is_some() {
            let name = String::from_utf8_lossy(self.bytes(&name));
            let what = format!("Duplicate entry for '{name}' with different nesting");
            return Err(PercentError::value_error(what));
        }
        self.add(into, name, value).map(|_| ())
    }
}
