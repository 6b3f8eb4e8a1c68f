//! Comments: the user's, found again by the places of the keys, and those of the split.

use std::collections::{HashMap, HashSet};

use crate::expr::{Kind, Value};

/// What to say above which key.
pub(in crate::split) struct Comments<'t> {
    /// The file that the keys come from, if it can have comments.
    text: Option<&'t str>,
    /// For the top of the document.
    pub(super) top: Vec<String>,
    ours: HashMap<Vec<String>, Vec<String>>,
    /// Where the lines start that were taken over: keys behind an anchor come more than once.
    taken: HashSet<usize>,
}

impl<'t> Comments<'t> {
    pub(in crate::split) fn new(text: Option<&'t str>) -> Comments<'t> {
        Comments { text, top: Vec::new(), ours: HashMap::new(), taken: HashSet::new() }
    }

    pub(in crate::split) fn top(&mut self, line: &str) {
        self.top.push(line.to_owned());
    }

    /// A comment above the key at a path.
    pub(in crate::split) fn put(&mut self, path: &[&str], line: &str) {
        let path = path.iter().map(|name| (*name).to_owned()).collect();
        self.ours.entry(path).or_default().push(line.to_owned());
    }

    /// The comments for a key, without their `#`.
    pub(super) fn of(&mut self, path: &[String], key: &Value, value: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(text) = self.text.filter(|_| !key.at.is_empty()) {
            let start = |at: usize| text.get(..at)?.rfind('\n').map(|end| end + 1);
            let mut line = start(key.at.start).unwrap_or(0);
            while line > 0 {
                let above = start(line - 1).unwrap_or(0);
                let comment = text.get(above..line).and_then(|line| line.trim().strip_prefix('#'));
                let Some(comment) = comment.filter(|_| self.taken.insert(above)) else { break };
                lines.insert(0, comment.trim().to_owned());
                line = above;
            }
            let behind = text.get(value.at.end..).and_then(|rest| rest.lines().next());
            let scalar = !matches!(value.kind, Kind::Dict(_) | Kind::List(_));
            if let Some(comment) = behind.and_then(|rest| rest.trim().strip_prefix('#'))
                && scalar
                && self.taken.insert(value.at.end)
            {
                lines.push(comment.trim().to_owned());
            }
        }
        lines.extend(self.ours.remove(path).unwrap_or_default());
        lines
    }
}
