//! `args` and `kwargs` of a handler, evaluated.

use super::Reader;
use crate::class_map::Mapping;
use crate::construct::{Bound, Class, Given, Keyword};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Object, Value};
use crate::ini::{Section, Text};
use crate::problems::Reported;

impl Reader<'_> {
    /// Evaluates `args` and `kwargs` of a handler and binds them; what a mapping ignores is not looked at.
    pub(super) fn bind(
        &mut self,
        section: &Section,
        class: Class,
        mapping: Option<&Mapping>,
        class_at: std::ops::Range<usize>,
    ) -> Result<Bound, Reported> {
        let ignored = |key| mapping.is_some_and(|mapping| mapping.ignores(key));
        let args = if ignored("args") { Ok(None) } else { self.get(section, "args") };
        let kwargs = if ignored("kwargs") { Ok(None) } else { self.get(section, "kwargs") };
        let args = self.positional(args?);
        let kwargs = self.keywords(kwargs?);
        self.problems.bind_mapped(mapping, class.signature(), class_at, args?, kwargs?)
    }

    fn positional(&mut self, text: Option<Text>) -> Result<Vec<Given>, Reported> {
        let Some(text) = text else { return Ok(Vec::new()) };
        let value = self.evaluate(&text)?;
        let items = match value.kind {
            Kind::Tuple(items) | Kind::List(items) => items,
            _ => {
                let inner = text.as_str().trim_matches(|c| c == '(' || c == ')' || c == ' ');
                let (at, label) = self.within(&text, &value.at);
                let what = match value.kind {
                    Kind::Object(Object::Stdout | Object::Stderr) => "a stream".to_owned(),
                    _ => value.a_type(),
                };
                let diagnostic =
                    Diagnostic::error("args-not-a-tuple", format!("args is {what}, not a tuple"))
                        .at(at, label);
                self.problems.report(match inner.is_empty() || text.as_str().contains('\n') {
                    true => diagnostic.help("write args = ()"),
                    false => diagnostic.help(format!("write args = ({inner},)")),
                });
                return Err(Reported);
            }
        };
        Ok(items.into_iter().map(|value| self.given(&text, value)).collect())
    }

    fn keywords(&mut self, text: Option<Text>) -> Result<Vec<Keyword>, Reported> {
        let Some(text) = text else { return Ok(Vec::new()) };
        let value = self.evaluate(&text)?;
        let Kind::Dict(pairs) = value.kind else {
            let what = format!("kwargs is {}, not a dict", value.a_type());
            let (at, label) = self.within(&text, &value.at);
            self.problems.report(
                Diagnostic::error("kwargs-not-a-dict", what)
                    .at(at, label)
                    .help("write kwargs = {'name': value}"),
            );
            return Err(Reported);
        };
        let mut named = Vec::new();
        for (key, value) in pairs {
            let Kind::Str(name) = key.kind else {
                let what = format!("a keyword must be a str, not {}", key.a_type());
                let (at, label) = self.within(&text, &key.at);
                self.problems.report(
                    Diagnostic::error("kwargs-not-a-dict", what)
                        .at(at, label)
                        .help("put the name in quotes"),
                );
                return Err(Reported);
            };
            let (at, label) = self.within(&text, &key.at);
            let given = self.given(&text, value);
            named.push(Keyword { name, at, label, given });
        }
        Ok(named)
    }

    fn given(&self, text: &Text, value: Value) -> Given {
        let (at, label) = self.within(text, &value.at);
        Given { value, at, label, is_lost: false }
    }
}
