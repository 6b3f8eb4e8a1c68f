//! `logging.config.fileConfig`, without running anything.

mod arguments;
mod extras;
mod formatters;
mod handlers;
mod loggers;
#[cfg(test)]
mod tests;
mod unused;

use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::expr::{self, ErrorKind, ExprError, Value};
use crate::ini::{
    self, Document, InterpolationError, InterpolationErrorKind, ParseError, ParseErrorKind,
    Section, Text,
};
use crate::level;
use crate::plan::Plan;
use crate::problems::{Form, Problems, Reported};
use crate::source::{Options, Source};
use crate::suggest::nearest;

/// Reads a fileConfig file. The plan is there unless a diagnostic is an error; the diagnostics are in the
/// order of the file.
pub(crate) fn load(source: &Source, options: &Options) -> (Option<Plan>, Vec<Diagnostic>) {
    // a mark at the start is the encoding's, not the text's; blanked, so that all places stay right
    let text = source.text.strip_prefix('\u{feff}').map(|rest| format!("   {rest}"));
    let (mut document, errors) =
        ini::parse_by(text.as_deref().unwrap_or(&source.text), options.settings.compat);
    define(&mut document, source, options);
    let document = document;
    let problems = Problems::new(source, options, Form::Ini);
    let mut reader = Reader { problems, document: &document };
    if text.is_some() {
        reader.problems.report(
            Diagnostic::warning("byte-order-mark", "the file starts with a byte order mark")
                .at(0..3, "CPython stops here unless it reads the file as utf-8-sig")
                .help("save the file as UTF-8 without a mark"),
        );
    }
    for error in &errors {
        reader.parse_error(error);
    }
    let mut plan = Plan { compat: options.settings.compat, ..Plan::default() };
    if document.sections().is_empty() {
        if errors.is_empty() {
            reader
                .problems
                .report(Diagnostic::error("empty-file", "the configuration is empty").at(0..0, ""));
        }
    } else {
        let formatters = reader.formatters(&mut plan);
        let handlers = reader.handlers(&mut plan, &formatters);
        reader.extras(&mut plan, &handlers);
        reader.loggers(&mut plan, &handlers);
        reader.unused(&plan);
    }
    reader.problems.finish(plan)
}

/// fileConfig's `defaults`: `here` and `__file__` as gunicorn and Pyramid give them, then `--define`.
pub(crate) fn define(document: &mut Document, source: &Source, options: &Options) {
    // a percent sign in the folder's name would be read as a reference
    let escape = |path: &std::path::Path| path.to_string_lossy().replace('%', "%%");
    let path = options.cwd.join(&source.path);
    document.define("__file__", &escape(&path));
    document.define("here", &path.parent().map(escape).unwrap_or_default());
    for (name, value) in &options.settings.defines {
        document.define(name, value);
    }
}

/// The names of one kind (formatters, handlers) and where they are in the plan; `None` for one that is
/// listed but could not be read, so that what refers to it is not complained of as well.
type Names = HashMap<String, Option<usize>>;

struct Reader<'a> {
    problems: Problems<'a>,
    document: &'a Document,
}

impl<'a> Reader<'a> {
    fn parse_error(&mut self, error: &ParseError) {
        let at = error.at.clone();
        self.problems.report(match &error.kind {
            // the missing keys themselves are reported
            ParseErrorKind::DuplicateOption { key, .. } if key.is_empty() => return,
            ParseErrorKind::MissingSectionHeader => {
                Diagnostic::error("missing-section-header", "text before the first section")
                    .at(at, "no section has begun here")
                    .help("start with a line such as [loggers]")
            }
            ParseErrorKind::NoDelimiter => {
                Diagnostic::error("no-delimiter", "the line is neither a section nor `key = value`")
                    .at(at, "no `=` or `:` here")
                    .help("indent it if it goes on with the line before it, or put # before it")
            }
            ParseErrorKind::NoKey => {
                Diagnostic::error("no-key", "the line has no key before its `=` or `:`").at(at, "")
            }
            ParseErrorKind::DuplicateSection { name, first } => Diagnostic::error(
                "duplicate-section",
                format!("the section [{name}] is there twice"),
            )
            .at(at, "again here")
            .at(first.clone(), "first here"),
            ParseErrorKind::DuplicateOption { key, first } => {
                Diagnostic::error("duplicate-key", format!("the key `{key}` is there twice"))
                    .at(at, "again here")
                    .at(first.clone(), "first here")
            }
        });
    }

    /// A section that must be there; `near` are the names it may have been meant as.
    fn section(
        &mut self,
        name: &str,
        listed: Option<&Range<usize>>,
    ) -> Result<&'a Section, Reported> {
        if let Some(section) = self.document.section(name) {
            return Ok(section);
        }
        // [handler_x] was not meant as [handlers]
        let kind = name.split_once('_').map_or("", |(kind, _)| kind);
        let names = self.document.sections().iter().map(|section| section.name.as_str());
        let names = names.filter(|name| name.split_once('_').map_or("", |(kind, _)| kind) == kind);
        let close = self.problems.near(name, names).map(|close| format!("did you mean [{close}]?"));
        let mut diagnostic =
            Diagnostic::error("missing-section", format!("there is no section [{name}]"));
        diagnostic = match listed {
            Some(at) => diagnostic.at(at.clone(), "named here"),
            None => diagnostic.at(0..0, ""),
        };
        self.problems
            .report(diagnostic.help(close.unwrap_or_else(|| format!("add a section [{name}]"))));
        Err(Reported)
    }

    /// An option with its references filled in.
    fn get(&mut self, section: &Section, key: &str) -> Result<Option<Text>, Reported> {
        self.document.get(section, key).map_err(|error| {
            let diagnostic = self.interpolation(section, &error);
            self.problems.report(diagnostic);
            Reported
        })
    }

    fn interpolation(&self, section: &Section, error: &InterpolationError) -> Diagnostic {
        let at = error.at.clone();
        match &error.kind {
            InterpolationErrorKind::Syntax => {
                Diagnostic::error("bad-interpolation", "`%` must be followed by `%` or `(name)s`")
                    .at(at, "")
                    .help("write %% for a percent sign")
            }
            InterpolationErrorKind::Missing { name } => {
                let diagnostic =
                    Diagnostic::error("undefined-name", format!("`{name}` is not defined"))
                        .at(at, "neither in this section nor in [DEFAULT]");
                match self.problems.near(name, self.document.keys(section)) {
                    Some(close) => diagnostic.help(format!("did you mean %({close})s?")),
                    None => diagnostic.help(format!(
                        "set it with --define {name}=VALUE, as fileConfig(defaults=...) does"
                    )),
                }
            }
            InterpolationErrorKind::Depth => Diagnostic::error(
                "interpolation-depth",
                "the references lead on to more than ten others",
            )
            .at(at, "does it refer to itself?"),
            InterpolationErrorKind::TooLong => {
                Diagnostic::error("too-large", "the value is larger than 1 MiB when filled in")
                    .at(at, "")
            }
        }
    }

    /// An option that must be there.
    fn required(&mut self, section: &Section, key: &str) -> Result<Text, Reported> {
        if let Some(text) = self.get(section, key)? {
            return Ok(text);
        }
        let keys = section.entries.iter().map(|entry| (entry.key.as_str(), entry.at.clone()));
        let close = self.problems.near(key, keys.clone().map(|(key, _)| key));
        let place = keys.clone().find(|(key, _)| Some(*key) == close);
        let diagnostic =
            Diagnostic::error("missing-key", format!("[{}] has no `{key}`", section.name))
                .at(section.at.clone(), "");
        self.problems.report(match place {
            Some((close, at)) => {
                diagnostic.at(at, "").help(format!("write `{key}` instead of `{close}`"))
            }
            None => diagnostic.help(match key {
                "handlers" => "write `handlers =` if it has none of its own".to_owned(),
                "keys" => "write `keys =` if there are none".to_owned(),
                "qualname" => "write `qualname = ` and the logger's dotted name".to_owned(),
                _ => format!("add a line `{key} = ...`"),
            }),
        });
        Err(Reported)
    }

    /// The names of `keys = a, b` in a section, each with its place. Python strips each; an empty value
    /// has no names.
    fn names(&mut self, section: &str) -> Result<Vec<(String, Range<usize>)>, Reported> {
        let section = self.section(section, None)?;
        let text = self.required(section, "keys")?;
        let (names, missing): (Vec<_>, Vec<_>) =
            split(&text).into_iter().partition(|(name, _)| !name.is_empty());
        for (_, at) in missing {
            self.no_name(at);
        }
        Ok(names)
    }

    fn no_name(&mut self, at: Range<usize>) {
        self.problems.report(
            Diagnostic::error("missing-name", "a name is missing between commas")
                .at(at, "")
                .help("take the extra comma out"),
        );
    }

    /// `level` of a section: a name, exactly as Python has it.
    fn level(&mut self, section: &Section) -> Result<Option<i64>, Reported> {
        let Some(text) = self.get(section, "level")? else { return Ok(None) };
        let written = text.as_str();
        if let Some(level) = level::by_name(written) {
            return Ok(Some(level));
        }
        let diagnostic =
            Diagnostic::error("unknown-level", format!("there is no level `{written}`"))
                .at(text.whole(), "");
        let number = written.trim().parse::<i64>().ok().map(level::name);
        let help = if let Some(help) = comment(written) {
            help.to_owned()
        } else if let Some(name) = number {
            match level::by_name(&name) {
                Some(_) => format!("fileConfig takes no numbers: write {name}"),
                None => "fileConfig takes no numbers, and this one has no name".to_owned(),
            }
        } else if let Some(close) = nearest(written, level::NAMES) {
            format!("write {close}")
        } else {
            "write DEBUG, INFO, WARNING, ERROR, CRITICAL or NOTSET; names of your own live in the \
             workers"
                .to_owned()
        };
        self.problems.report(diagnostic.help(help));
        Err(Reported)
    }

    /// Evaluates an expression and reports what is wrong or worth saying.
    fn evaluate(&mut self, text: &Text) -> Result<Value, Reported> {
        match expr::evaluate(text.as_str(), self.problems.options) {
            Ok(evaluated) => {
                for note in evaluated.notes {
                    let (at, label) = self.within(text, &note.at);
                    self.problems.report(
                        Diagnostic::warning("not-in-cpython", note.message)
                            .at(at, label)
                            .help(note.help),
                    );
                }
                Ok(evaluated.value)
            }
            Err(error) => {
                let diagnostic = self.expression(text, error);
                self.problems.report(diagnostic);
                Err(Reported)
            }
        }
    }

    fn expression(&self, text: &Text, error: ExprError) -> Diagnostic {
        let id = match error.kind {
            ErrorKind::Raises("SyntaxError") => "syntax",
            ErrorKind::Raises(_) => "bad-expression",
            ErrorKind::Unsupported => "needs-python",
            ErrorKind::Limit => "too-large",
        };
        let (at, label) = self.within(text, &error.at);
        let mut diagnostic = Diagnostic::error(id, error.message).at(at, label);
        diagnostic.help = error.help;
        if error.kind == ErrorKind::Unsupported && diagnostic.help.is_empty() {
            diagnostic = diagnostic.help(
                "write the value itself, or hand it in with --define NAME=VALUE and %(name)s",
            );
        }
        diagnostic
    }

    fn within(&self, text: &Text, part: &Range<usize>) -> (Range<usize>, String) {
        within(self.problems.source, text, part)
    }
}

/// Where a part of a value stands in the file, and what it became if that is not what stands there.
fn within(source: &Source, text: &Text, part: &Range<usize>) -> (Range<usize>, String) {
    let at = text.source(part.clone());
    let written = source.text.get(at.clone()).unwrap_or_default();
    let value = text.as_str().get(part.clone()).unwrap_or_default();
    let label = match written == value || !written.contains('%') || value.is_empty() {
        true => String::new(),
        false => format!("filled in: {}", value.replace('\n', " ")),
    };
    (at, label)
}

/// Splits `a, b` into stripped names with their places; no names in an empty text.
fn split(text: &Text) -> Vec<(String, Range<usize>)> {
    let mut names = Vec::new();
    let mut at = 0;
    if text.as_str().is_empty() {
        return names;
    }
    for part in text.as_str().split(',') {
        let name = part.trim_matches(crate::text::is_space);
        let start = at + part.find(name).unwrap_or(0);
        names.push((name.to_owned(), text.source(start..start + name.len())));
        at += part.len() + 1;
    }
    names
}

/// A hint when a value ends in what was meant as a comment.
fn comment(written: &str) -> Option<&'static str> {
    let blank_before = |mark| written.contains(&format!(" {mark}"));
    (blank_before('#') || blank_before(';'))
        .then_some("put the comment on a line of its own: in a value it is part of the value")
}
