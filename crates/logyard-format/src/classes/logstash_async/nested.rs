//! `LogstashEcsFormatter`: the fields below a prefix, and no name with a dot.

use super::{LogstashFormatter, pairs_of};
use crate::error::PercentError;
use crate::json::{Content, Fields, Id, Nested, Writer};

impl LogstashFormatter {
    /// `_move_extra_record_fields_to_prefix`, `normalize_ecs_dict` and `_serialize`.
    pub(super) fn write_nested<'a>(
        &'a self,
        fields: &Fields<'a>,
        nested: &mut Nested<'a>,
        writer: &mut Writer<'_>,
    ) -> Result<(), PercentError> {
        let root = nested.dict()?;
        self.place(fields, nested, root)?;
        nested.normalise(root)?;
        nested.write(root, writer)
    }

    fn place<'a>(
        &'a self,
        fields: &Fields<'a>,
        nested: &mut Nested<'a>,
        root: Id,
    ) -> Result<(), PercentError> {
        let mut prefix = None;
        for (key, content) in fields.iter().filter(|(key, _)| self.stays(*key)) {
            let Content::Value(value) = content else { continue };
            let name = nested.name_of(key)?;
            let item = nested.add(root, name, value)?;
            if self.is_prefix(key) {
                pairs_of(value)?;
                nested.as_dict(item)?;
                prefix = Some(item);
            }
        }
        if self.prefix.is_empty() {
            return Ok(());
        }
        let prefix = match prefix {
            Some(prefix) => prefix,
            None => nested.add_dict(root, crate::json::Name::Given(&self.prefix))?,
        };
        for (key, content) in fields.iter().filter(|(key, _)| !self.stays(*key)) {
            let Content::Value(value) = content else { continue };
            let name = nested.name_of(key)?;
            nested.set_item(prefix, name, value)?;
        }
        Ok(())
    }
}
