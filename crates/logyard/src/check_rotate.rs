//! `logyard check` on logrotate's configurations.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use logyard_config::{Diagnostic, Label, Plan, Severity, Source};
use logyard_libc::Zone;
use logyard_logrotate::{Explanation, Finding, Level, Origin, explain};
use logyard_rotate::Clock;

use crate::exit;
use crate::tell::tell;

/// Tells each block in words and what is wrong with it. `plan` is what the server would run, if it is checked,
/// too. Exit code 2 where `logyard rotate` would end with 1.
pub(crate) fn run(paths: &[PathBuf], state: &Path, plan: Option<&Plan>) -> ExitCode {
    let mut explanation = explain(paths, state, &Clock::System, Zone::Process);
    if let Some(plan) = plan {
        let twice = rotated_twice(plan, &explanation);
        explanation.findings.extend(twice);
    }
    let mut sources = Vec::new();
    let problems: Vec<Diagnostic> =
        explanation.findings.iter().map(|finding| diagnostic(finding, &mut sources)).collect();
    tell(&problems, &Source { name: "".into(), path: "".into(), text: String::new() });
    if let Some(code) = exit::print(&explanation.text) {
        return code;
    }
    if explanation.bad { ExitCode::from(exit::CONFIGURATION) } else { ExitCode::SUCCESS }
}

/// Logs that a handler rolls over by itself.
fn rotated_twice(plan: &Plan, explanation: &Explanation) -> Vec<Finding> {
    let rolling = plan.handlers.iter().filter(|handler| handler.kind.rolls());
    let files = rolling.filter_map(|handler| Some((handler, handler.kind.file()?)));
    files
        .filter_map(|(handler, file)| {
            let (log, at) = explanation.logs.iter().find(|(log, _)| *log == file.path)?;
            Some(Finding {
                level: Level::Warning,
                id: "rotated-twice",
                at: Some(at.clone()),
                what: format!(
                    "{} is rotated twice: the handler {} does it, too",
                    log.display(),
                    handler.name
                ),
                help: Some(
                    "write logging.FileHandler for the handler, or leave the log out here".into(),
                ),
            })
        })
        .collect()
}

fn diagnostic(finding: &Finding, sources: &mut Vec<Arc<Source>>) -> Diagnostic {
    let (id, what) = (finding.id, finding.what.as_str());
    let mut diagnostic = match finding.level {
        Level::Error => Diagnostic::error(id, what),
        Level::Warning | Level::Debug => Diagnostic::warning(id, what),
    };
    debug_assert!(diagnostic.severity >= Severity::Warning);
    if let Some(at) = &finding.at {
        let source = source(&at.file, sources);
        let range = range(&source.text, at);
        diagnostic.labels.push(Label { source: Some(source), range, text: String::new() });
    }
    match &finding.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn source(path: &Path, sources: &mut Vec<Arc<Source>>) -> Arc<Source> {
    if let Some(source) = sources.iter().find(|source| source.path == path) {
        return Arc::clone(source);
    }
    // it was read before; what is not UTF-8 is only shown
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let name = path.display().to_string().into();
    let source = Arc::new(Source { name, path: path.to_owned(), text });
    sources.push(Arc::clone(&source));
    source
}

/// From the place to the end of its line.
fn range(text: &str, at: &Origin) -> std::ops::Range<usize> {
    let line_start = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum::<usize>();
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let end = line_start + line.trim_end().len();
    let mut start = (line_start + at.column - 1).min(end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    start..end
}
