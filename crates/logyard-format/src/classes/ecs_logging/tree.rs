//! The nested dict that ecs-logging makes of dotted names, as a list of its leaves.

use std::borrow::Cow;
use std::cmp::Ordering;

use logyard_pickle::Value;
use logyard_record::write_str;

use super::mapping;
use crate::TEXT_LIMIT;
use crate::error::PercentError;
use crate::json::Writer;
use crate::operand;

/// Dicts within dicts that are flattened, at most: about where CPython raises RecursionError, which
/// calls itself for each.
const DEPTH: usize = 900;

/// Fields with values that are not taken apart.
#[derive(Default)]
pub(super) struct Tree<'a> {
    leaves: Vec<Leaf<'a>>,
    /// Bytes in names that were put together.
    bytes: usize,
}

/// One value with its dotted name.
pub(super) struct Leaf<'a> {
    name: Cow<'a, [u8]>,
    pub(super) value: Value<'a>,
    /// The first so many bytes are the name by which the field was added.
    field: usize,
    /// The name is one key, dots and all.
    whole: bool,
}

impl<'a> Leaf<'a> {
    /// The name by which it was added, which tells whether it is left out.
    pub(super) fn field(&self) -> &[u8] {
        self.name.get(..self.field).unwrap_or(&self.name)
    }

    fn keys(&self) -> Keys<'_> {
        Keys { rest: Some(&self.name), whole: self.whole }
    }
}

/// The keys on the way to a leaf.
#[derive(Clone)]
struct Keys<'k> {
    rest: Option<&'k [u8]>,
    whole: bool,
}

impl<'k> Iterator for Keys<'k> {
    type Item = &'k [u8];

    fn next(&mut self) -> Option<&'k [u8]> {
        let rest = self.rest.take()?;
        let dot = if self.whole { None } else { rest.iter().position(|&byte| byte == b'.') };
        match dot {
            Some(at) => {
                self.rest = rest.get(at + 1..);
                rest.get(..at)
            }
            None => Some(rest),
        }
    }
}

impl<'a> Tree<'a> {
    /// A value below the keys of a dotted name.
    pub(super) fn add(&mut self, name: &'a [u8], value: Value<'a>) {
        self.leaves.push(Leaf { name: name.into(), value, field: name.len(), whole: false });
    }

    /// A value below one key that may have dots.
    pub(super) fn add_whole(&mut self, name: &'a [u8], value: Value<'a>) {
        self.leaves.push(Leaf { name: name.into(), value, field: name.len(), whole: true });
    }

    pub(super) fn push(&mut self, leaf: Leaf<'a>) {
        self.leaves.push(leaf);
    }

    /// `flatten_dict` of one item: a dict's items have dotted names.
    pub(super) fn flatten(&mut self, name: &'a [u8], value: Value<'a>) -> Result<(), PercentError> {
        self.take_apart(name, value, false)
    }

    /// The error of `flatten_dict` for one name that came of several ways of nesting.
    pub(super) fn check_nesting(&self) -> Result<(), PercentError> {
        if self.leaves.iter().all(|leaf| matches!(leaf.name, Cow::Borrowed(_))) {
            return Ok(()); // keys of one dict
        }
        let mut names: Vec<&[u8]> = self.leaves.iter().map(|leaf| &*leaf.name).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => {
                let name = String::from_utf8_lossy(pair.first().unwrap_or(&&b""[..]));
                let what = format!("Duplicate entry for '{name}' with different nesting");
                Err(PercentError::value_error(what))
            }
            None => Ok(()),
        }
    }

    /// `merge_dicts(de_dot(field, value), extras)` of the configuration's own: its first key is what
    /// the extras have then.
    pub(super) fn add_own(&mut self, name: &'a [u8], value: Value<'a>) -> Result<(), PercentError> {
        let first = name.split(|&byte| byte == b'.').next().unwrap_or_default();
        let taken = |leaf: &Leaf<'_>| *leaf.name == *first && leaf.field == leaf.name.len();
        if self.leaves.iter().any(taken) {
            return Err(mismatch(first));
        }
        self.take_apart(name, value, true)
    }

    fn take_apart(
        &mut self,
        name: &'a [u8],
        value: Value<'a>,
        own: bool,
    ) -> Result<(), PercentError> {
        let first = name.split(|&byte| byte == b'.').next().unwrap_or_default().len();
        let mut levels = Vec::new();
        let mut next = Some((Cow::Borrowed(name), value));
        loop {
            if let Some((name, value)) = next.take() {
                match mapping(value) {
                    Some(pairs) if levels.len() < DEPTH => levels.push((name, pairs)),
                    Some(_) => return Err(logyard_record::TextError::TooDeep.into()),
                    None => {
                        let field = if own { first } else { name.len() };
                        self.leaves.push(Leaf { name, value, field, whole: false });
                    }
                }
            }
            let Some((name, pairs)) = levels.last_mut() else { return Ok(()) };
            let Some((key, value)) = pairs.next() else {
                levels.pop();
                continue;
            };
            let mut longer = name.to_vec();
            longer.push(b'.');
            write_str(key, &mut longer)?;
            self.bytes += longer.len();
            if self.bytes > TEXT_LIMIT {
                return Err(PercentError::too_long());
            }
            next = Some((longer.into(), value));
        }
    }

    /// Elastic APM's extras have names of their own in ECS; what is there already stays.
    pub(super) fn rename_elastic_apm(&mut self) {
        for (old, new) in [
            (&b"elasticapm_span_id"[..], &b"span.id"[..]),
            (b"elasticapm_transaction_id", b"transaction.id"),
            (b"elasticapm_trace_id", b"trace.id"),
            (b"elasticapm_service_name", b"service.name"),
            (b"elasticapm_service_environment", b"service.environment"),
        ] {
            let there =
                self.leaves.iter().any(|leaf| *leaf.name == *new && leaf.field == new.len());
            let Some(at) = self.leaves.iter().position(|leaf| *leaf.name == *old) else { continue };
            let Leaf { value, .. } = self.leaves.remove(at);
            if !there {
                self.add(new, value);
            }
        }
    }

    pub(super) fn into_leaves(self) -> Vec<Leaf<'a>> {
        self.leaves
    }

    /// The leaf of this name, taken out.
    pub(super) fn take(&mut self, name: &[u8]) -> Result<Option<Leaf<'a>>, PercentError> {
        let found = self.leaves.iter().position(|leaf| leaf.keys().next() == Some(name));
        let Some(at) = found else { return Ok(None) };
        let leaf = self.leaves.remove(at);
        // The message is one value.
        if *leaf.name != *name || self.leaves.iter().any(|leaf| leaf.keys().next() == Some(name)) {
            return Err(mismatch(name));
        }
        Ok(Some(leaf))
    }

    /// The leaves in the order of their keys. `timestamp` and `level` tell whether these two fields are
    /// there besides.
    pub(super) fn sorted(
        mut self,
        timestamp: bool,
        level: bool,
    ) -> Result<Vec<Leaf<'a>>, PercentError> {
        self.leaves.sort_by(|a, b| a.keys().cmp(b.keys()));
        for pair in self.leaves.windows(2) {
            if let [a, b] = pair
                && (a.keys().cmp(b.keys()) == Ordering::Equal || is_below(a, b))
            {
                return Err(mismatch(&b.name));
            }
        }
        let taken = self.leaves.iter().find(|leaf| {
            let mut keys = leaf.keys();
            match keys.next() {
                Some(b"@timestamp") => timestamp,
                Some(b"log") if level => matches!(keys.next(), None | Some(b"level")),
                _ => false,
            }
        });
        match taken {
            Some(leaf) => Err(mismatch(&leaf.name)),
            None => Ok(self.leaves),
        }
    }
}

/// Whether the second is within what the first is a leaf of.
fn is_below(a: &Leaf<'_>, b: &Leaf<'_>) -> bool {
    let mut rest = b.keys();
    a.keys().all(|key| rest.next() == Some(key))
}

/// Two fields that can't both be there; CPython's message has the values, too.
fn mismatch(name: &[u8]) -> PercentError {
    let key = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let what = format!("Type mismatch at key `{}`", operand::key_repr(key).trim_matches('\''));
    PercentError::type_error(what)
}

/// Writes sorted leaves as the nested objects that they make.
pub(super) fn write(leaves: &[Leaf<'_>], writer: &mut Writer<'_>) -> Result<(), PercentError> {
    // The keys of the objects that are open.
    let mut open: Vec<&[u8]> = Vec::new();
    for leaf in leaves {
        let count = leaf.keys().count();
        let above = leaf.keys().take(count.saturating_sub(1));
        let common = above.clone().zip(&open).take_while(|(a, b)| a == *b).count();
        while open.len() > common {
            open.pop();
            writer.end()?;
        }
        for key in above.skip(common) {
            writer.key(key)?;
            writer.begin();
            open.push(key);
        }
        writer.key(leaf.keys().last().unwrap_or_default())?;
        writer.value(leaf.value)?;
    }
    for _ in open {
        writer.end()?;
    }
    Ok(())
}
