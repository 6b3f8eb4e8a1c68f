//! What today's YAML takes and PyYAML does not.

use std::ops::Range;

use super::super::syntax;
use crate::diagnostic::Diagnostic;

/// A text without quotes.
pub(super) fn scalar(
    text: &str,
    value: &str,
    at: &Range<usize>,
    bare: bool,
    key: bool,
) -> Result<(), Diagnostic> {
    if bare && key && value.is_empty() {
        let before = text.get(..at.start).unwrap_or_default().trim_end();
        if !before.ends_with('?') {
            return Err(syntax("there is no key before `:`", at.clone()));
        }
    }
    if bare && value.starts_with(['|', '>']) {
        return Err(syntax("a text can't begin like this", at.clone()).help("put it in quotes"));
    }
    Ok(())
}

/// Tabs: PyYAML's scanner takes none between tokens, nor in a text without quotes. `quoted` are the texts
/// in quotes and blocks, in order.
pub(super) fn tabs(text: &str, quoted: &[Range<usize>]) -> Result<(), Diagnostic> {
    let mut quoted = quoted.iter().peekable();
    // what a comment would have to begin behind
    let mut clear = 0;
    for (at, _) in text.match_indices('\t') {
        while let Some(range) = quoted.next_if(|range| range.end <= at) {
            clear = range.end;
        }
        if quoted.peek().is_some_and(|range| range.start <= at) {
            continue;
        }
        let line =
            text.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |end| end + 1);
        let before = text.get(line.max(clear)..at).unwrap_or_default();
        let is_comment = before.starts_with('#') || before.contains(" #");
        if !is_comment && !before.starts_with('%') {
            return Err(
                syntax("a tab can't stand here", at..at + 1).help("write spaces in its place")
            );
        }
    }
    Ok(())
}

/// `%YAML 2.0`: PyYAML reads all of version 1.
pub(super) fn version(text: &str) -> Result<(), Diagnostic> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            break;
        }
        if let Some(rest) = line.strip_prefix("%YAML")
            && !rest.trim_start().starts_with("1.")
        {
            let what = "PyYAML reads version 1.1 of YAML, and takes 1.x for it";
            return Err(syntax(what, at..at + line.trim_end().len()).help("take the line out"));
        }
        at += line.len();
    }
    Ok(())
}
