//! The dicts as JSON.

use super::{Content, Id, Nested};
use crate::error::PercentError;
use crate::json::Writer;

impl Nested<'_> {
    /// Writes what an item stands for.
    pub(crate) fn write(&mut self, id: Id, writer: &mut Writer<'_>) -> Result<(), PercentError> {
        let mut open = std::mem::take(&mut self.ids);
        open.clear();
        let done = self.write_within(id, &mut open, writer);
        self.ids = open;
        done
    }

    /// As [`Nested::write`], the items of a dict that is open already.
    pub(crate) fn write_items(
        &mut self,
        dict: Id,
        writer: &mut Writer<'_>,
    ) -> Result<(), PercentError> {
        let mut next = self.child(dict, None);
        while let Some(item) = next {
            writer.key(self.key(item))?;
            self.write(item, writer)?;
            next = self.child(dict, Some(item));
        }
        Ok(())
    }

    fn write_within(
        &self,
        first: Id,
        open: &mut Vec<(Id, u32)>,
        writer: &mut Writer<'_>,
    ) -> Result<(), PercentError> {
        /// In the place of an item where there is none yet.
        const NONE: u32 = u32::MAX;
        let start = |id: Id, open: &mut Vec<(Id, u32)>, writer: &mut Writer<'_>| {
            match self.content(id) {
                Content::Value(value) => return writer.value(value),
                Content::Dict(_) => writer.begin(),
                Content::List(_) => writer.begin_list(),
                Content::Gone => return Ok(()),
            }
            open.push((id, NONE));
            Ok(())
        };
        start(first, open, writer)?;
        while let Some((of, last)) = open.last_mut() {
            let is_list = matches!(self.content(*of), Content::List(_));
            match self.child(*of, Some(*last).filter(|last| *last != NONE)) {
                Some(child) => {
                    *last = child;
                    match is_list {
                        true => writer.item(),
                        false => writer.key(self.key(child))?,
                    }
                    start(child, open, writer)?;
                }
                None => {
                    open.pop();
                    match is_list {
                        true => writer.end_list()?,
                        false => writer.end()?,
                    }
                }
            }
        }
        Ok(())
    }
}
