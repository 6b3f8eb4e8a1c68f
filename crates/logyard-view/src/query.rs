//! An [`Entry`] as the query language sees it.

use std::borrow::Cow;

use logyard_query::{Field as Asked, View};

use crate::{Entry, Field};

impl View for Entry {
    fn level(&self) -> Option<i64> {
        Some(self.level)
    }

    fn level_name(&self) -> Option<&[u8]> {
        Some(self.levelname.as_bytes())
    }

    fn logger(&self) -> Option<&[u8]> {
        Some(self.logger.as_bytes())
    }

    fn micros(&self) -> Option<i64> {
        Some((self.created * 1e6).round() as i64)
    }

    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let texts = [Some(&self.message), self.exception.as_ref(), self.stack.as_ref()];
        let extra = self.extra.0.iter().filter_map(|(_, field)| match field {
            Field::Text(text) => Some(text),
            _ => None,
        });
        texts.into_iter().flatten().chain(extra).any(|text| is(text.as_bytes()))
    }

    fn field(&self, name: &str) -> Option<Asked<'_>> {
        let text = |text: &str| Some(Asked::Text(Cow::Owned(text.as_bytes().to_vec())));
        Some(match Entry::field(self, name)? {
            Field::None => Asked::None,
            Field::Bool(truth) => Asked::Bool(truth),
            Field::Int(number) => Asked::Int(number),
            Field::Float(number) => Asked::Float(number),
            Field::Text(found) => return text(&found),
        })
    }
}
