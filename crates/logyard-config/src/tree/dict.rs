//! Dicts, as Python builds them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};

/// What Python's `hash` and `==` tell of a key: `1`, `1.0` and `True` are one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Str(String),
    Int(i64),
    /// Anything else that can be a key, by its form in Rust.
    Other(String),
}

impl Key {
    /// `None` for what can't be a key.
    pub(crate) fn of(value: &Value) -> Option<Key> {
        Some(match &value.kind {
            Kind::Str(text) => Key::Str(text.clone()),
            Kind::Bool(b) => Key::Int(i64::from(*b)),
            Kind::Int(i) => Key::Int(*i),
            Kind::Float(f) if f.fract() == 0.0 && f.abs() < 1e18 => Key::Int(*f as i64),
            Kind::List(_) | Kind::Dict(_) | Kind::Tuple(_) => return None,
            other => Key::Other(format!("{other:?}")),
        })
    }
}

/// A dict that is being filled.
#[derive(Default)]
pub(super) struct Builder {
    pairs: Vec<(Value, Value)>,
    known: HashMap<Key, usize>,
    /// Keys that are there by a merge, which may be replaced.
    merged: HashSet<Key>,
}

impl Builder {
    /// `dict[key] = value`: a key that is there already keeps its position in the order. Gives the warning
    /// about it; `key` must be hashable.
    pub(super) fn insert(&mut self, name: Key, key: Value, value: Value) -> Option<Diagnostic> {
        match self.known.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(self.pairs.len());
                self.pairs.push((key, value));
                None
            }
            Entry::Occupied(entry) => {
                let old = self.pairs.get_mut(*entry.get())?;
                let shown = key.to_text().unwrap_or_default();
                let what = format!("the key `{shown}` is there twice");
                let warning = Diagnostic::warning("duplicate-key", what)
                    .at(key.at.clone(), "this one counts")
                    .at(old.0.at.clone(), "this one is lost")
                    .help("take one of the two out");
                // Python keeps the first key, which may be 1 where this one is 1.0
                old.0.at = key.at;
                old.1 = value;
                Some(warning)
            }
        }
    }

    /// As `insert`, for a pair that a later one may replace: YAML's merged keys.
    pub(super) fn merge(&mut self, name: Key, key: Value, value: Value) {
        self.merged.insert(name.clone());
        drop(self.insert(name, key, value));
    }

    /// As `insert`, where replacing a merged pair is what was meant.
    pub(super) fn insert_own(&mut self, name: Key, key: Value, value: Value) -> Option<Diagnostic> {
        let expected = self.merged.remove(&name);
        self.insert(name, key, value).filter(|_| !expected)
    }

    pub(super) fn finish(self) -> Kind {
        Kind::Dict(self.pairs)
    }
}
