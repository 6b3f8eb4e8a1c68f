//! Collecting what is wrong with a configuration, each with its place.

use std::ops::Range;

use crate::class_map::ClassMap;
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{Place, Plan};
use crate::source::{Options, Source};
use crate::suggest::nearest;

/// More problems than this are counted rather than shown: nobody reads on, and each costs a drawing.
const MAX_DIAGNOSTICS: usize = 100;

/// The problem was reported already.
pub(crate) struct Reported;

/// How the configuration is written, for what the help says to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// fileConfig's INI, with Python expressions.
    Ini,
    /// dictConfig's JSON, YAML or TOML.
    Dict,
}

/// What was found so far, and what is needed to say it well.
pub(crate) struct Problems<'a> {
    pub(crate) source: &'a Source,
    pub(crate) options: &'a Options<'a>,
    pub(crate) form: Form,
    /// Where each line starts: a plan has a place for every section.
    lines: Vec<usize>,
    diagnostics: Vec<Diagnostic>,
    /// Classes of the user that the configuration has and that are mapped.
    pub(crate) mappings_used: Vec<String>,
    /// Diagnostics past `MAX_DIAGNOSTICS`: warnings and errors.
    more: (usize, usize),
}

impl<'a> Problems<'a> {
    pub(crate) fn new(source: &'a Source, options: &'a Options<'a>, form: Form) -> Problems<'a> {
        let ends = source.text.match_indices('\n').map(|(end, _)| end + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Problems {
            source,
            options,
            form,
            lines,
            diagnostics: Vec::new(),
            mappings_used: Vec::new(),
            more: (0, 0),
        }
    }

    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        // some places are in the file of the mappings
        for label in &mut diagnostic.labels {
            if label.range.start >= ClassMap::BASE {
                let range = label.range.start - ClassMap::BASE..label.range.end - ClassMap::BASE;
                label.range = range;
                label.source.clone_from(&self.options.settings.map.source);
            }
        }
        // a mapping may be used many times
        let mapped = diagnostic.labels.first().is_some_and(|label| label.source.is_some());
        if mapped && self.diagnostics.contains(&diagnostic) {
            return;
        }
        if !self.full() {
            self.diagnostics.push(diagnostic);
        } else if diagnostic.severity == Severity::Error {
            self.more.1 += 1;
        } else {
            self.more.0 += 1;
        }
    }

    /// Forgets the warnings of what stands nowhere in the file: nobody can mend that.
    pub(crate) fn forget_warnings_of_base(&mut self) {
        self.diagnostics.retain(|diagnostic| {
            let nowhere = diagnostic.labels.first().is_some_and(|label| label.range == (0..0));
            diagnostic.severity == Severity::Error || !nowhere
        });
    }

    fn full(&self) -> bool {
        self.diagnostics.len() >= MAX_DIAGNOSTICS
    }

    /// Whether the configuration can't run.
    pub(crate) fn any_error(&self) -> bool {
        self.more.1 > 0 || self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// The nearest of the known names, for as long as it will be shown.
    pub(crate) fn near<'n>(
        &self,
        written: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.full() { None } else { nearest(written, known) }
    }

    /// The text that stands at a place.
    pub(crate) fn written(&self, range: &Range<usize>) -> &'a str {
        let (text, base) = match &self.options.settings.map.source {
            Some(source) if range.start >= ClassMap::BASE => (&source.text, ClassMap::BASE),
            _ => (&self.source.text, 0),
        };
        let range = range.start.saturating_sub(base)..range.end.saturating_sub(base);
        text.get(range).unwrap_or_default()
    }

    pub(crate) fn place(&self, range: &Range<usize>) -> Place {
        let line = self.lines.partition_point(|start| *start <= range.start).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let before = self.source.text.get(start..range.start).unwrap_or_default();
        let column = before.chars().count() as u32 + 1;
        Place { file: self.source.name.clone(), line: line as u32, column }
    }

    /// The plan, unless something is an error, and all that was found, in the order of the file.
    pub(crate) fn finish(mut self, mut plan: Plan) -> (Option<Plan>, Vec<Diagnostic>) {
        plan.compat = self.options.settings.compat;
        plan.repairs = self.options.settings.repairs;
        let bad = self.any_error();
        // what has an error may be what a mapping is for
        if !bad {
            let used = std::mem::take(&mut self.mappings_used);
            for diagnostic in self.options.settings.map.unused(&used) {
                self.report(diagnostic);
            }
        }
        let (warnings, errors) = self.more;
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|d| {
            d.labels.first().map(|label| (label.source.is_some(), label.range.start))
        });
        if errors + warnings > 0 {
            let what = format!("{} more problems are not shown", errors + warnings);
            let end = self.source.text.len();
            let last = match errors {
                0 => Diagnostic::warning("too-many-problems", what),
                _ => Diagnostic::error("too-many-problems", what),
            };
            diagnostics.push(last.at(end..end, "").help("is this a logging configuration?"));
        }
        ((!bad).then_some(plan), diagnostics)
    }
}
