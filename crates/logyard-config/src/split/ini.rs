//! fileConfig's INI: the user's text stays, with sections taken out and names changed.

use std::cmp::Reverse;
use std::ops::Range;

use super::decide::Decisions;
use super::model::{Handler, Logger, Model, Role};
use super::{Halves, Split, decide, handler_class, in_words, socket_name, take};
use crate::class_map::ClassMap;
use crate::construct::{Class, Named, resolve_in_logging};
use crate::diagnostic::Diagnostic;
use crate::ini::{self, Document, Section};
use crate::source::{Options, Source};
use crate::{expr, level};

/// A handler, logger or formatter that is listed.
struct Part<'d> {
    name: String,
    section: &'d Section,
    /// The lines of its section, with the comments right above it.
    chunk: Range<usize>,
}

struct File<'d> {
    text: &'d str,
    document: &'d Document,
    map: &'d ClassMap,
    handlers: Vec<Part<'d>>,
    formatters: Vec<Part<'d>>,
    loggers: Vec<Part<'d>>,
}

pub(super) fn split(
    source: &Source,
    options: &Options,
    mut problems: Vec<Diagnostic>,
    split: &Split,
) -> Result<Halves, Vec<Diagnostic>> {
    let text = source.text.replacen('\u{feff}', "   ", 1);
    let (mut document, _) = ini::parse(&text);
    crate::file_config::define(&mut document, source, options);
    let file = File {
        text: &text,
        document: &document,
        map: &options.settings.map,
        handlers: parts(&text, &document, "handler"),
        formatters: parts(&text, &document, "formatter"),
        loggers: parts(&text, &document, "logger"),
    };
    let model = file.model(&mut problems);
    let decisions = decide(&model, split, problems)?;
    let socket = socket_name(&model);
    let halves =
        Writer { file: &file, model: &model, decisions: &decisions, split, socket: &socket };
    let name = &source.name;
    Ok(Halves {
        workers: halves.workers(name),
        server: halves.server(name),
        decisions: in_words(&model, &decisions, &socket),
    })
}

impl File<'_> {
    fn model(&self, problems: &mut Vec<Diagnostic>) -> Model {
        let mut model = Model::default();
        for part in &self.handlers {
            let formatter = self.get(part.section, "formatter");
            let formatter = self.formatters.iter().find(|one| one.name == formatter);
            let class = formatter.map(|one| self.get(one.section, "class")).unwrap_or_default();
            model.handlers.push(Handler {
                name: part.name.clone(),
                role: self.role(part.section),
                level: level::by_name(&self.get(part.section, "level")).unwrap_or(0),
                filters: Vec::new(),
                given: Vec::new(),
                formatter: super::needs_worker(&class).then_some(class),
                blocked: None,
            });
        }
        for (handler, part) in model.handlers.iter_mut().zip(&self.handlers) {
            handler.blocked = take(problems, std::slice::from_ref(&part.chunk));
            if matches!(handler.role, Role::Elsewhere(_)) {
                handler.blocked = None; // the class tells more
            }
        }
        for part in &self.formatters {
            take(problems, std::slice::from_ref(&part.chunk));
        }
        for part in &self.loggers {
            let name = self.logger_name(part);
            let propagate = self.get(part.section, "propagate");
            // the last one wins
            model.loggers.retain(|logger| logger.name != name);
            model.loggers.push(Logger {
                propagate: propagate.is_empty() || crate::number::parse_int(&propagate) != Some(0),
                handlers: names(&self.get(part.section, "handlers")),
                name,
            });
        }
        model
    }

    /// Whether another section configures the same logger later.
    fn overridden(&self, part: &Part) -> bool {
        let later = self.loggers.iter().skip_while(|other| other.chunk != part.chunk).skip(1);
        later.into_iter().any(|other| self.logger_name(other) == self.logger_name(part))
    }

    fn logger_name(&self, part: &Part) -> String {
        match self.get(part.section, "qualname") {
            _ if part.name == "root" => part.name.clone(),
            name if name.is_empty() => "root".to_owned(),
            name => name,
        }
    }

    fn get(&self, section: &Section, key: &str) -> String {
        let text = self.document.get(section, key).ok().flatten();
        text.map(|text| text.as_str().to_owned()).unwrap_or_default()
    }

    fn role(&self, section: &Section) -> Role {
        let written = self.get(section, "class");
        let name = expr::dotted_name(&written).unwrap_or(written);
        let named = handler_class(&name, resolve_in_logging(&name), self.map);
        match named {
            Named::Known(Class::Stream) => Role::Stream,
            Named::Known(Class::Null) => Role::Null,
            Named::Known(Class::Memory) => {
                Role::Memory(Some(self.get(section, "target")).filter(|name| !name.is_empty()))
            }
            Named::Known(
                Class::File
                | Class::WatchedFile
                | Class::RotatingFile
                | Class::TimedRotatingFile
                | Class::ConcurrentRotatingFile
                | Class::ConcurrentTimedRotatingFile,
            ) => Role::File,
            Named::Known(Class::Queue | Class::AdminEmail) => Role::Elsewhere(name),
            Named::Elsewhere(class) => Role::Elsewhere(class),
            Named::Missing(_) => Role::Elsewhere(name),
        }
    }
}

/// What `keys` of a kind's section lists; the root comes first, as fileConfig reads it.
fn parts<'d>(text: &str, document: &'d Document, kind: &str) -> Vec<Part<'d>> {
    let keys = document.section(&format!("{kind}s"));
    let keys = keys.and_then(|section| document.get(section, "keys").ok().flatten());
    let mut found: Vec<Part> = Vec::new();
    for name in names(keys.map(|text| text.as_str().to_owned()).unwrap_or_default().as_str()) {
        let section = document.section(&format!("{kind}_{name}"));
        if let Some(section) = section.filter(|_| found.iter().all(|part| part.name != name)) {
            found.push(Part { chunk: chunk(text, document, section), name, section });
        }
    }
    found.sort_by_key(|part| part.name != "root");
    found
}

fn names(text: &str) -> Vec<String> {
    let names = text.split(',').map(|name| name.trim_matches(crate::text::is_space));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// From the comments right above a section to those of the next one.
fn chunk(text: &str, document: &Document, section: &Section) -> Range<usize> {
    let default = document.default_section();
    let starts = document.sections().iter().chain((!default.at.is_empty()).then_some(default));
    let next = starts.map(|other| other.at.start).filter(|start| *start > section.at.start).min();
    top(text, section.at.start)..next.map_or(text.len(), |next| top(text, next))
}

/// The start of the comments right above a line.
fn top(text: &str, at: usize) -> usize {
    let line =
        |at: usize| text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |n| n + 1);
    let mut start = line(at);
    while start > 0 {
        let above = line(start - 1);
        if !text.get(above..start).is_some_and(|line| line.starts_with(['#', ';'])) {
            break;
        }
        start = above;
    }
    start
}

struct Writer<'w> {
    file: &'w File<'w>,
    model: &'w Model,
    decisions: &'w Decisions,
    split: &'w Split,
    socket: &'w str,
}

impl Writer<'_> {
    fn workers(&self, source: &str) -> String {
        let (file, decisions) = (self.file, self.decisions);
        let mut edit = Edit::new(file.text);
        let (_, server) = &self.split.names;
        edit.put(0, &format!("# What the workers keep of {source}, by `logyard split`. The rest is in {server}.\n\n"));
        let stays = |name: &String| !decisions.server(name);
        for part in &file.handlers {
            let reason = decisions.reason(&part.name);
            match stays(&part.name) {
                true => edit.put(part.chunk.start, &format!("# {} stays: {reason}\n", part.name)),
                false => {
                    let gone = format!("# [handler_{}] is in {server}: {reason}\n\n", part.name);
                    edit.replace(part.chunk.clone(), &gone);
                }
            }
        }
        let kept = file.handlers.iter().map(|part| part.name.clone()).filter(stays);
        let kept = kept.chain([self.socket.to_owned()]).collect::<Vec<_>>();
        self.keys(&mut edit, "handlers", &kept);
        let mut formatters = Vec::new();
        for part in &file.formatters {
            let used = |side: bool| self.uses(&part.name, side);
            // one that nobody uses stays
            if used(false) || !used(true) {
                formatters.push(part.name.clone());
            } else {
                let gone = format!("# [formatter_{}] is in {server}\n\n", part.name);
                edit.replace(part.chunk.clone(), &gone);
            }
        }
        self.keys(&mut edit, "formatters", &formatters);
        for part in &file.loggers {
            let Some(logger) = self.model.logger(&file.logger_name(part)) else { continue };
            let written = names(&file.get(part.section, "handlers"));
            let kept = match file.overridden(part) {
                true => written.iter().filter(|name| stays(name)).cloned().collect(),
                false => decisions.for_workers(self.model, logger, self.socket),
            };
            if kept != written {
                let gone = decisions.for_server(&written).join(", ");
                let how = match decisions.sockets.contains(&logger.name) && !file.overridden(part) {
                    true => format!("{} sends to the server, which has {gone} here", self.socket),
                    false => format!("the server has {gone} here; the logger above sends"),
                };
                edit.put(part.chunk.start, &format!("# {how}\n"));
                edit.set(part.section, "handlers", &kept.join(", "));
            }
        }
        for section in file.document.sections() {
            if section.name.starts_with("logyard:") {
                edit.replace(chunk(file.text, file.document, section), "");
            }
        }
        let blank = if file.text.ends_with('\n') { "\n" } else { "\n\n" };
        edit.put(file.text.len(), &format!("{blank}{}", self.socket_section()));
        edit.finish()
    }

    fn socket_section(&self) -> String {
        let (host, port) = &self.split.address;
        let host = host.replace('\\', "\\\\").replace('\'', "\\'").replace('%', "%%");
        let port = port.map_or("None".to_owned(), |port| port.to_string());
        let level = match level::name(self.decisions.level) {
            _ if self.decisions.level == 0 => String::new(),
            name => format!("# no handler of the server takes less\nlevel = {name}\n"),
        };
        format!(
            "# each record that a handler of the server wants passes this one once\n\
             [handler_{}]\nclass = handlers.SocketHandler\n{level}args = ('{host}', {port})\n",
            self.socket
        )
    }

    /// Whether a handler of one side has the formatter.
    fn uses(&self, formatter: &str, server: bool) -> bool {
        let mut sides = self.file.handlers.iter();
        sides.any(|part| {
            self.decisions.server(&part.name) == server
                && self.file.get(part.section, "formatter") == formatter
        })
    }

    fn keys(&self, edit: &mut Edit, section: &str, names: &[String]) {
        let Some(section) = self.file.document.section(section) else { return };
        let written = self.file.get(section, "keys");
        if self::names(&written) != names {
            edit.set(section, "keys", &names.join(", "));
        }
    }

    fn server(&self, source: &str) -> String {
        let (file, decisions) = (self.file, self.decisions);
        let mut edit = Edit::new(file.text);
        let (workers, _) = &self.split.names;
        edit.put(0, &format!(
            "# What the server runs of {source}, by `logyard split`. The rest is in {workers}.\n\
             # The levels of loggers were applied by the workers; the server leaves them alone.\n\n"
        ));
        let mut kept: Vec<&str> = vec!["loggers", "handlers", "formatters"];
        for part in file.handlers.iter().filter(|part| decisions.server(&part.name)) {
            kept.push(&part.section.name);
            let reason = decisions.reason(&part.name);
            edit.put(part.chunk.start, &format!("# {}: {reason}\n", part.name));
        }
        let formatters = file.formatters.iter().filter(|part| self.uses(&part.name, true));
        let formatters = formatters.collect::<Vec<_>>();
        kept.extend(formatters.iter().map(|part| part.section.name.as_str()));
        let mut loggers = Vec::new();
        for part in &file.loggers {
            let name = file.logger_name(part);
            let Some(logger) = self.model.logger(&name) else { continue };
            if !decisions.loggers.contains(&name)
                || (part.name != "root" && (name == "root" || file.overridden(part)))
            {
                continue;
            }
            kept.push(&part.section.name);
            loggers.push(part.name.clone());
            let handlers = decisions.for_server(&logger.handlers);
            if handlers != names(&file.get(part.section, "handlers")) {
                edit.set(part.section, "handlers", &handlers.join(", "));
            }
        }
        let extras = |name: &str| {
            name.strip_prefix("logyard:").is_some_and(|handler| decisions.server(handler.trim()))
        };
        for section in file.document.sections() {
            if !kept.contains(&section.name.as_str()) && !extras(&section.name) {
                edit.replace(chunk(file.text, file.document, section), "");
            }
        }
        let handlers = file.handlers.iter().map(|part| part.name.clone());
        let handlers = handlers.filter(|name| decisions.server(name)).collect::<Vec<_>>();
        let formatters = formatters.iter().map(|part| part.name.clone()).collect::<Vec<_>>();
        let loggers = names_in_order(&file.get_names("loggers"), &loggers);
        self.keys(&mut edit, "loggers", &loggers);
        self.keys(&mut edit, "handlers", &handlers);
        self.keys(&mut edit, "formatters", &formatters);
        let mut text = edit.finish();
        text.truncate(text.trim_end().len());
        text.push_str(if file.text.contains("\r\n") { "\r\n" } else { "\n" });
        text
    }
}

impl File<'_> {
    fn get_names(&self, section: &str) -> Vec<String> {
        let section = self.document.section(section);
        names(&section.map(|section| self.get(section, "keys")).unwrap_or_default())
    }
}

/// Those of `all` that are in `kept`.
fn names_in_order(all: &[String], kept: &[String]) -> Vec<String> {
    all.iter().filter(|name| kept.contains(name)).cloned().collect()
}

/// Changes to a text, made all at once.
struct Edit<'t> {
    text: &'t str,
    changes: Vec<(Range<usize>, String)>,
}

impl<'t> Edit<'t> {
    fn new(text: &'t str) -> Edit<'t> {
        Edit { text, changes: Vec::new() }
    }

    fn put(&mut self, at: usize, text: &str) {
        self.replace(at..at, text);
    }

    fn replace(&mut self, range: Range<usize>, by: &str) {
        self.changes.push((range, by.to_owned()));
    }

    /// Sets an option, which may come from `[DEFAULT]` so far.
    fn set(&mut self, section: &Section, key: &str, value: &str) {
        let value = value.replace('%', "%%");
        match section.own(key) {
            Some(entry) => {
                let at = entry.value.whole();
                let space = if at.is_empty() && !value.is_empty() { " " } else { "" };
                self.replace(at, &format!("{space}{value}"));
            }
            None => {
                let rest = self.text.get(section.at.end..).unwrap_or_default();
                let end = section.at.end + rest.find('\n').unwrap_or(rest.len());
                self.put(end, &format!("\n{key} = {value}"));
            }
        }
    }

    /// The text with all changes; one within a part that is replaced as a whole is lost with it.
    fn finish(mut self) -> String {
        let crlf = self.text.contains("\r\n");
        self.changes.sort_by_key(|(range, _)| (range.start, !range.is_empty(), Reverse(range.end)));
        let (mut out, mut at) = (String::new(), 0);
        for (range, by) in self.changes {
            let Some(before) = self.text.get(at..range.start) else { continue };
            out.push_str(before);
            out.push_str(&if crlf { by.replace('\n', "\r\n") } else { by });
            at = range.end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        out
    }
}
