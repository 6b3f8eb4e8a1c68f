//! `ext://` and `cfg://`: `BaseConfigurator.convert`.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use logyard_compat::Compat;

use super::Reader;
use crate::construct::advice;
use crate::diagnostic::Diagnostic;
use crate::expr::{self, Kind, Value};
use crate::problems::Reported;
use crate::tree::Key;

/// How many `cfg://` may lead on from one: CPython recurses until it fails.
const MAX_REFERENCES: usize = 32;

impl Reader<'_> {
    /// The value that Python sees when it reads one from a dict: texts with a known prefix become what
    /// they name. What is inside lists and dicts stays as it is until it is read itself.
    pub(super) fn convert(&mut self, value: &Value) -> Result<Value, Reported> {
        let converted = self.converted(value, 0).map(Cow::into_owned);
        converted.map_err(|diagnostic| {
            self.problems.report(diagnostic);
            Reported
        })
    }

    fn converted<'v>(
        &mut self,
        value: &'v Value,
        depth: usize,
    ) -> Result<Cow<'v, Value>, Diagnostic> {
        match value.as_str().and_then(split) {
            Some(("ext", path)) => self.ext(path, &value.at).map(Cow::Owned),
            Some(("cfg", path)) => {
                let mut found = self.cfg(path, &value.at, depth)?;
                found.at = value.at.clone();
                Ok(Cow::Owned(found))
            }
            _ => Ok(Cow::Borrowed(value)),
        }
    }

    /// `ext_convert`: an import.
    fn ext(&mut self, path: &str, at: &Range<usize>) -> Result<Value, Diagnostic> {
        match expr::import(path, at) {
            Ok(kind) => Ok(Value { kind, at: at.clone() }),
            Err(error) => {
                let what = format!("`{path}` can't be had without running Python");
                let mut help = advice::import(path);
                help.extend(error.help.into_iter().filter(|help| help.starts_with("did you")));
                let mut diagnostic = Diagnostic::error("needs-python", what).at(at.clone(), "");
                diagnostic.help = help;
                Err(diagnostic)
            }
        }
    }

    /// `cfg_convert`: another part of this configuration. Recurses as deep as `MAX_REFERENCES`.
    fn cfg(&mut self, path: &str, at: &Range<usize>, depth: usize) -> Result<Value, Diagnostic> {
        let problem = |what: String| {
            Diagnostic::error("bad-reference", what)
                .at(at.clone(), "")
                .help("write it as cfg://handlers.file.filename or cfg://addresses[0]")
        };
        if depth > MAX_REFERENCES {
            let what = "the reference leads on to more than 32 others".to_owned();
            return Err(problem(what).help("does it refer to itself?"));
        }
        let compat = self.problems.compat();
        let Some(steps) = steps(path, compat) else {
            let what = format!("`{path}` is no reference");
            return Err(match steps(path, Compat::default()) {
                Some(_) => self.problems.newer(&what, Compat::Py313).at(at.clone(), ""),
                None => problem(what),
            });
        };
        let root = Rc::clone(&self.root);
        let mut found = Cow::Borrowed(&*root);
        let mut seen: Vec<Key> = Vec::new();
        for step in steps {
            let key = match &step {
                Step::Name(name) => Value { kind: Kind::Str(name.clone()), at: at.clone() },
                Step::Index(index) => Value { kind: Kind::Int(*index), at: at.clone() },
            };
            let shown = key.to_text().unwrap_or_default();
            if seen.is_empty() {
                self.referred.insert(shown.clone());
            }
            let next = match &found {
                Cow::Borrowed(value) => step.of(value, &key),
                Cow::Owned(value) => step.of(value, &key).map(|next| Cow::Owned(next.into_owned())),
            };
            let Some(next) = next else {
                let what = format!("`{path}` leads nowhere: there is no `{shown}`");
                let known = match &found.kind {
                    Kind::Dict(pairs) => pairs.iter().filter_map(|(key, _)| key.as_str()).collect(),
                    _ => Vec::new(),
                };
                return Err(match self.problems.near(&shown, known) {
                    Some(close) => problem(what).help(format!("did you mean {close}?")),
                    None => problem(what),
                });
            };
            seen.extend(Key::of(&key));
            if let [Key::Str(section), name] = seen.as_slice()
                && self.made.iter().any(|(kind, made)| kind == section && made == name)
            {
                let what = format!("`{path}` is no longer a dict when Python comes here");
                return Err(Diagnostic::error("bad-reference", what)
                    .at(at.clone(), "")
                    .help("CPython makes formatters, filters, then handlers in the order of their names")
                    .help("refer to a key of your own at the top"));
            }
            found = match next {
                Cow::Borrowed(value) => self.converted(value, depth + 1)?,
                Cow::Owned(value) => Cow::Owned(self.converted(&value, depth + 1)?.into_owned()),
            };
        }
        Ok(found.into_owned())
    }
}

/// The value that a text with `cfg://` stands for; none for other texts, and where it leads nowhere.
pub(crate) fn referred(root: &Value, text: &str, compat: Compat) -> Option<Value> {
    lead(root, text, compat, 0)
}

/// Recurses as deep as `MAX_REFERENCES`.
fn lead(root: &Value, text: &str, compat: Compat, depth: usize) -> Option<Value> {
    let (_, path) =
        split(text).filter(|(prefix, _)| *prefix == "cfg" && depth <= MAX_REFERENCES)?;
    let mut found = Cow::Borrowed(root);
    for step in steps(path, compat)? {
        let key = match &step {
            Step::Name(name) => Kind::Str(name.clone()),
            Step::Index(index) => Kind::Int(*index),
        };
        let key = Value { kind: key, at: 0..0 };
        found = match &found {
            Cow::Borrowed(value) => step.of(value, &key)?,
            Cow::Owned(value) => Cow::Owned(step.of(value, &key)?.into_owned()),
        };
        if let Some(("cfg", _)) = found.as_str().and_then(split) {
            found = Cow::Owned(lead(root, found.as_str()?, compat, depth + 1)?);
        }
    }
    Some(found.into_owned())
}

/// The handler that `cfg://handlers.NAME` names: that and no part of it.
pub(super) fn handler_named(text: &str, compat: Compat) -> Option<Kind> {
    let (_, path) = split(text).filter(|(prefix, _)| *prefix == "cfg")?;
    let mut steps = steps(path, compat)?.into_iter();
    match (steps.next()?, steps.next()?, steps.next()) {
        (Step::Name(section), name, None) if section == "handlers" => Some(match name {
            Step::Name(name) => Kind::Str(name),
            Step::Index(number) => Kind::Int(number),
        }),
        _ => None,
    }
}

/// `^(?P<prefix>[a-z]+)://(?P<suffix>.*)$`
fn split(text: &str) -> Option<(&str, &str)> {
    let (prefix, rest) = text.split_once("://")?;
    // `$` is also before a last new line
    let rest = rest.strip_suffix('\n').unwrap_or(rest);
    let plain = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_lowercase());
    (plain && !rest.contains('\n')).then_some((prefix, rest))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || c.is_alphanumeric())
}

enum Step {
    Name(String),
    Index(i64),
}

impl Step {
    fn of<'v>(&self, value: &'v Value, key: &Value) -> Option<Cow<'v, Value>> {
        match (&value.kind, self) {
            (Kind::Dict(pairs), _) => {
                let found = pairs.iter().find(|(name, _)| name.equals(key));
                found.map(|(_, value)| Cow::Borrowed(value))
            }
            (Kind::List(items), Step::Index(index)) => {
                items.get(usize::try_from(*index).ok()?).map(Cow::Borrowed)
            }
            (Kind::Str(text), Step::Index(index)) => {
                let letter = text.chars().nth(usize::try_from(*index).ok()?)?;
                let kind = Kind::Str(letter.to_string());
                Some(Cow::Owned(Value { kind, at: value.at.clone() }))
            }
            _ => None,
        }
    }
}

/// `name.name[index]`, by `WORD_PATTERN`, `DOT_PATTERN` and `INDEX_PATTERN`.
fn steps(path: &str, compat: Compat) -> Option<Vec<Step>> {
    let word = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len());
        let name = text.get(..end).filter(|name| !name.is_empty())?.to_owned();
        Some((name, text.get(end..).unwrap_or_default().trim_start().to_owned()))
    };
    let (first, mut rest) = word(path)?;
    let mut steps = vec![Step::Name(first)];
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = word(after)?;
            steps.push(Step::Name(name));
            rest = after;
        } else {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            if index.contains('[') {
                return None;
            }
            // `\[\s*(\w+)\s*\]` before 3.13
            let index = match compat.index_may_be_any_text() {
                true => index,
                false => Some(index.trim()).filter(|index| is_word(index))?,
            };
            let digits = !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit());
            steps.push(match index.parse() {
                Ok(number) if digits => Step::Index(number),
                _ => Step::Name(index.to_owned()),
            });
            rest = after.trim_start().to_owned();
        }
    }
    Some(steps)
}
