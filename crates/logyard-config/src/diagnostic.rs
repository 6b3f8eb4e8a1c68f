//! Diagnostics: what is wrong in the user's configuration, where, and what to write instead.

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::plan::Place;
use crate::source::Source;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It runs, but it is surely not what was meant.
    Warning,
    /// The configuration cannot run.
    Error,
}

/// One problem in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable name, such as `unknown-level`.
    pub id: &'static str,
    /// Whether the configuration can run all the same.
    pub severity: Severity,
    /// What is wrong, in one line, without a final period.
    pub message: String,
    /// Where: the first one is the place itself, the others explain it.
    pub labels: Vec<Label>,
    /// What to do, one line each.
    pub help: Vec<String>,
}

/// A piece of the configuration's text and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file, when it is not the one whose diagnostic it is.
    pub source: Option<Arc<Source>>,
    /// Byte range in the source's text.
    pub range: Range<usize>,
    /// Said under the underline; may be empty.
    pub text: String,
}

impl Diagnostic {
    /// An error; give it a place with [`Diagnostic::at`].
    pub fn error(id: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(id, Severity::Error, message.into())
    }

    /// A warning.
    pub fn warning(id: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(id, Severity::Warning, message.into())
    }

    fn new(id: &'static str, severity: Severity, message: String) -> Diagnostic {
        Diagnostic { id, severity, message, labels: Vec::new(), help: Vec::new() }
    }

    /// Adds a place; the first one added is the problem's own.
    #[must_use]
    pub fn at(mut self, range: Range<usize>, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { source: None, range, text: text.into() });
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Diagnostic {
        self.help.push(line.into());
        self
    }

    /// The line and column of the problem, if it has a place.
    pub fn place(&self, source: &Source) -> Option<Place> {
        let label = self.labels.first()?;
        Some(label.source(source).place(label.range.start))
    }

    /// The diagnostic as text for a person, several lines, with a final newline.
    pub fn render(&self, source: &Source, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(&self.message).id(self.id));
        let mut labels = self.labels.iter().enumerate().peekable();
        while let Some((_, first)) = labels.peek().copied() {
            // labels that follow each other in one file are one picture
            let source = first.source(source);
            let mut snippet = Snippet::source(&source.text).path(&*source.name);
            while let Some((index, label)) =
                labels.next_if(|(_, label)| label.source == first.source)
            {
                let kind =
                    if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(source.clamp(&label.range));
                let text = (!label.text.is_empty()).then_some(label.text.as_str());
                snippet = snippet.annotation(annotation.label(text));
            }
            group = group.element(snippet);
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = renderer.render(&[group]);
        text.push('\n');
        text
    }
}

impl Label {
    /// The file, where `source` is the one whose diagnostic it is.
    fn source<'s>(&'s self, source: &'s Source) -> &'s Source {
        self.source.as_deref().unwrap_or(source)
    }
}

/// All diagnostics as text, a blank line between two, and a last line for each file that counts them.
pub fn render_all(diagnostics: &[Diagnostic], source: &Source, colour: bool) -> String {
    let mut text = String::new();
    let mut files: Vec<(&str, [usize; 2])> = Vec::new();
    for diagnostic in diagnostics {
        text.push_str(&diagnostic.render(source, colour));
        text.push('\n');
        let first = diagnostic.labels.first();
        let file = first.map_or(source, |label| label.source(source)).name.as_ref();
        if !files.iter().any(|(name, _)| *name == file) {
            files.push((file, [0, 0]));
        }
        for (_, [errors, warnings]) in files.iter_mut().filter(|(name, _)| *name == file) {
            *errors += usize::from(diagnostic.severity == Severity::Error);
            *warnings += usize::from(diagnostic.severity == Severity::Warning);
        }
    }
    for (file, counts) in files {
        let words = counts
            .iter()
            .zip(["error", "warning"])
            .filter(|(n, _)| **n > 0)
            .map(|(n, word)| format!("{n} {word}{}", if *n == 1 { "" } else { "s" }))
            .collect::<Vec<_>>();
        text.push_str(&format!("{file}: {}\n", words.join(", ")));
    }
    text
}
