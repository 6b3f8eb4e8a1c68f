//! `logyard split`: one configuration becomes two, for the workers and for the server.
//!
//! In CPython a record goes through the levels and filters of its logger, then up the tree to the handlers
//! of each logger. Split in two, all of that stays in the worker but the handlers that write files: in
//! their place stands one SocketHandler, where each record that would have reached one of them passes
//! exactly once. The server has those handlers at the same loggers, with the same `propagate`, so that the
//! record reaches the same of them from there.

mod decide;
mod dict;
mod emit;
mod ini;
mod model;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub use decide::Wishes;

use decide::Decisions;
use model::{Model, Role};

use crate::class_map::ClassMap;
use crate::construct::{Class, Named};
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::{load, syntax};
use crate::source::{Options, Source};
use crate::suggest::nearest;
use crate::{Files, Kind};

/// How to split.
#[derive(Debug, Clone, Default)]
pub struct Split {
    /// What the user wants otherwise.
    pub wishes: Wishes,
    /// `SocketHandler(host, port)`; without a port the host is the path of a Unix socket.
    pub address: (String, Option<u16>),
    /// The names of the two files, for the comments in them.
    pub names: (String, String),
    /// The workers' half as Python code, `LOGGING = {...}`.
    pub python: bool,
}

/// The two halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halves {
    /// The workers' configuration.
    pub workers: String,
    /// The server's.
    pub server: String,
    /// What was decided and why, a line each.
    pub decisions: Vec<String>,
}

/// Splits a configuration that CPython would load. What keeps it from being split is told, all in one go;
/// what only the server can't have is none of it.
pub fn split(source: &Source, options: &Options, split: &Split) -> Result<Halves, Vec<Diagnostic>> {
    let (_, problems) = load(source, &anywhere(options));
    let problems = problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error && problem.id != "file-exists");
    let problems = problems.collect::<Vec<_>>();
    let name = source.name.rsplit('/').next().unwrap_or_default();
    let source = &Source { name: name.into(), ..source.clone() };
    match syntax(&source.path) {
        Some(syntax) => dict::split(source, options, syntax, problems, split),
        None => ini::split(source, options, problems, split),
    }
}

/// What is wrong with the server's half; its folders are on another machine, perhaps, and are not looked at.
pub fn check_half(source: &Source, options: &Options) -> Vec<Diagnostic> {
    let (_, mut problems) = load(source, &anywhere(options));
    // a mapping may be for what stayed
    problems.retain(|problem| !matches!(problem.id, "file-exists" | "unused-mapping"));
    problems
}

fn anywhere<'o>(options: &'o Options<'o>) -> Options<'o> {
    Options { files: &Anywhere, ..copied(options) }
}

fn copied<'o>(options: &'o Options<'o>) -> Options<'o> {
    Options {
        settings: options.settings.clone(),
        cwd: options.cwd.clone(),
        env: options.env.clone(),
        files: options.files,
        check_format: options.check_format,
        check_codec: options.check_codec,
    }
}

/// A disk where each file is there and can be written.
struct Anywhere;

impl Files for Anywhere {
    fn kind(&self, _: &Path) -> io::Result<Option<Kind>> {
        Ok(Some(Kind::File))
    }

    fn writable(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }

    fn user(&self, _: &str) -> Option<u32> {
        Some(0)
    }

    fn group(&self, _: &str) -> Option<u32> {
        Some(0)
    }
}

/// What can't be run in the server only keeps a handler in the workers.
fn only_the_server(problem: &Diagnostic) -> bool {
    problem.id.starts_with("unsupported") || problem.id == "needs-python"
}

/// Takes out of the problems those of one part of the file, and gives the message of the first.
fn take(problems: &mut Vec<Diagnostic>, parts: &[Range<usize>]) -> Option<String> {
    let within = |problem: &Diagnostic| {
        let at = problem.labels.first().map(|label| label.range.clone());
        let inside = |at: Range<usize>| {
            parts.iter().any(|part| part.start <= at.start && at.end <= part.end)
        };
        only_the_server(problem) && at.is_some_and(inside)
    };
    let taken = problems.iter().find(|problem| within(problem)).map(|one| one.message.clone());
    problems.retain(|problem| !within(problem));
    taken
}

/// Decides, or tells what keeps it from making sense.
fn decide(
    model: &Model,
    split: &Split,
    mut problems: Vec<Diagnostic>,
) -> Result<Decisions, Vec<Diagnostic>> {
    let wishes = &split.wishes;
    for name in wishes.to_server.iter().chain(&wishes.to_workers) {
        if model.handler(name).is_none() {
            let what = format!("there is no handler `{name}`");
            let known = model.handlers.iter().map(|handler| handler.name.as_str());
            let problem = Diagnostic::error("unknown-handler", what);
            problems.push(match nearest(name, known.clone()) {
                Some(close) => problem.help(format!("did you mean {close}?")),
                None => problem.help(format!("known are {}", known.collect::<Vec<_>>().join(", "))),
            });
        }
    }
    for handler in &model.handlers {
        if let Role::Elsewhere(class) = &handler.role
            && wishes.to_server.contains(&handler.name)
        {
            let what = format!("the server can't run the handler class {class}");
            let problem = Diagnostic::error("unsupported-handler", what);
            problems.push(problem.help(format!("leave --move {} out", handler.name)));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let decisions = decide::decide(model, wishes);
    if decisions.sockets.is_empty() && decisions.behind.is_empty() {
        let mut problem =
            Diagnostic::error("nothing-to-move", "there is nothing for the server to do");
        for handler in &model.handlers {
            let line = match decisions.server(&handler.name) {
                true => format!("{} is on no logger", handler.name),
                false => format!("{} stays: {}", handler.name, decisions.reason(&handler.name)),
            };
            problem = problem.help(line);
        }
        return Err(vec![problem]);
    }
    Ok(decisions)
}

/// A name for the SocketHandler that no other handler has.
fn socket_name(model: &Model) -> String {
    let mut name = "logyard".to_owned();
    while model.handler(&name).is_some() {
        name.push('_');
    }
    name
}

/// The decisions in words.
fn in_words(model: &Model, decisions: &Decisions, socket: &str) -> Vec<String> {
    let mut words = Vec::new();
    for handler in &model.handlers {
        let side = if decisions.server(&handler.name) { "goes to the server" } else { "stays" };
        words.push(format!("{} {side}: {}", handler.name, decisions.reason(&handler.name)));
    }
    for logger in &decisions.sockets {
        words.push(format!("{socket} sends what reaches the logger {logger}"));
    }
    for queue in &decisions.behind {
        words.push(format!("{socket} sends what comes through {queue}"));
    }
    if decisions.level > 0 {
        let level = crate::level::name(decisions.level);
        words.push(format!("{socket} starts at {level}: no handler of the server takes less"));
    }
    for filter in &decisions.filters {
        words.push(format!(
            "{socket} has the filter {filter}, which is code and runs in the worker"
        ));
    }
    for handler in model.handlers.iter().filter(|handler| decisions.server(&handler.name)) {
        if let Some(filter) = handler.filters.iter().find(|name| model.debug.contains(name)) {
            words.push(format!(
                "{} has the filter {filter}: where Django's DEBUG is on, tell the server with --debug",
                handler.name
            ));
        }
    }
    let django = |name: &str| name == "django" || name.starts_with("django.");
    if model.loggers.iter().any(|logger| django(&logger.name)) {
        words.push(
            "django.request records carry the request, which often can't be pickled: such a record is \
             lost in the worker, with a traceback on stderr"
                .to_owned(),
        );
    }
    words
}

/// The class of a handler: one that the user has mapped, or `named`, which Python finds.
fn handler_class(name: &str, named: Named, map: &ClassMap) -> Named {
    match map.handler(name) {
        // mapped to none
        Some(Class::Null) => Named::Elsewhere(name.to_owned()),
        Some(class) => Named::Known(class),
        None => named,
    }
}

/// Whether a formatter of this class is nothing without what the worker knows: the running task, the
/// processors that are set up in code.
fn needs_worker(class: &str) -> bool {
    let package =
        class.strip_prefix("ext://").unwrap_or(class).split('.').next().unwrap_or_default();
    matches!(package, "celery" | "structlog" | "json_logging" | "rich")
}
