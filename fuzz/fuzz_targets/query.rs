//! A query: it is read, or refused with a place in it that can be shown; and what it says of one text, it
//! says also from what is known of it.

#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use logyard_query::{Clock, Field, May, Query, View};

struct Text<'a>(&'a [u8]);

impl View for Text<'_> {
    fn level(&self) -> Option<i64> {
        Some(self.0.len() as i64)
    }
    fn level_name(&self) -> Option<&[u8]> {
        self.0.get(..5)
    }
    fn logger(&self) -> Option<&[u8]> {
        self.0.get(..8)
    }
    fn micros(&self) -> Option<i64> {
        Some(1 << 50)
    }
    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        is(self.0)
    }
    fn field(&self, name: &str) -> Option<Field<'_>> {
        name.starts_with('a').then_some(Field::Text(Cow::Borrowed(self.0)))
    }
}

fuzz_target!(|input: (&str, &[u8])| {
    let (text, record) = input;
    let clock = Clock::new(1 << 50, Clock::system().zone().clone());
    match Query::parse(text, &clock) {
        Ok(query) => {
            let record = Text(record);
            let found = query.matches(&record);
            let known = query.may_match(&mut |_, condition| match condition.is(&record) {
                true => May::ALWAYS,
                false => May::NEVER,
            });
            assert_eq!(found, known);
            assert!(query.may_match(&mut |_, _| May::ANY));
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some());
            error.render(text);
        }
    }
});
