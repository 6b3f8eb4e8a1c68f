//! `klass(*args, **kwargs)`: which argument goes to which parameter.

use std::ops::Range;

use super::classes::Class;
use super::{Reader, Reported};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Object, Value};
use crate::ini::{Section, Text};
use crate::suggest::nearest;

/// The arguments of one handler, each by the name of its parameter.
pub(super) struct Bound {
    pub(super) class: Class,
    given: Vec<(&'static str, Given)>,
    /// What to underline for what is not given: the class.
    pub(super) at: Range<usize>,
}

/// One argument.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) value: Value,
    /// Where it stands in the file, and what it became if it was filled in.
    pub(super) at: Range<usize>,
    pub(super) label: String,
}

/// An argument of `kwargs`, not yet looked up among the parameters.
struct Keyword {
    name: String,
    at: Range<usize>,
    label: String,
    given: Given,
}

impl Bound {
    /// The argument of a parameter, if it was given.
    pub(super) fn get(&self, parameter: &str) -> Option<&Given> {
        self.given.iter().find(|(name, _)| *name == parameter).map(|(_, given)| given)
    }
}

impl Reader<'_> {
    /// Evaluates `args` and `kwargs` of a handler and binds them.
    pub(super) fn bind(
        &mut self,
        section: &Section,
        class: Class,
        class_at: Range<usize>,
    ) -> Result<Bound, Reported> {
        let args = self.get(section, "args");
        let kwargs = self.get(section, "kwargs");
        let args = self.positional(args?);
        let kwargs = self.keywords(kwargs?);
        let (args, kwargs) = (args?, kwargs?);
        let (names, required) = class.parameters();
        let mut bound = Bound { class, given: Vec::new(), at: class_at.clone() };
        let mut failed = false;
        let takes = || match names.len() {
            1 => format!("it takes {}", names.join(", ")),
            _ => format!("it takes, in this order: {}", names.join(", ")),
        };
        if let Some(extra) = args.get(names.len()) {
            let (most, given) = (names.len(), args.len());
            self.report(
                Diagnostic::error(
                    "too-many-arguments",
                    format!("{} takes at most {most} arguments, not {given}", class.name()),
                )
                .at(extra.at.clone(), extra.label.clone())
                .help(takes()),
            );
            failed = true;
        }
        bound.given.extend(names.iter().copied().zip(args));
        for Keyword { name, at, label, given } in kwargs {
            let Some(parameter) = names.iter().find(|known| **known == name) else {
                let what = format!("{} has no argument `{name}`", class.name());
                let help = match nearest(&name, names.iter().copied()) {
                    Some(close) => format!("did you mean {close}?"),
                    None => takes(),
                };
                let diagnostic = Diagnostic::error("unknown-argument", what);
                self.report(diagnostic.at(at, label).help(help));
                failed = true;
                continue;
            };
            if let Some(first) = bound.get(parameter) {
                let what = format!("`{parameter}` of {} is given twice", class.name());
                self.report(
                    Diagnostic::error("repeated-argument", what)
                        .at(given.at, "again here")
                        .at(first.at.clone(), "first here"),
                );
                failed = true;
                continue;
            }
            bound.given.push((parameter, given));
        }
        for parameter in names.iter().take(required) {
            if bound.get(parameter).is_none() {
                let what = format!("{} needs `{parameter}`", class.name());
                let help = match *parameter {
                    "filename" => "write args = ('logs/name.log',)",
                    _ => "write args = (1000,)",
                };
                self.report(
                    Diagnostic::error("missing-argument", what).at(class_at.clone(), "").help(help),
                );
                failed = true;
            }
        }
        if failed { Err(Reported) } else { Ok(bound) }
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
                self.report(match inner.is_empty() || text.as_str().contains('\n') {
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
            self.report(
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
                self.report(
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
        Given { value, at, label }
    }
}
