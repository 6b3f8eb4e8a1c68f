//! dictConfig's dict: two new dicts, written in the same syntax.

use std::ops::Range;

use super::decide::Decisions;
use super::emit::{self, Comments, Form};
use super::model::{Handler, Logger, Model, Role};
use super::{Halves, Split, decide, handler_class, in_words, needs_worker, socket_name, take};
use crate::class_map::ClassMap;
use crate::construct::{Class, Named, resolve_with_module};
use crate::diagnostic::Diagnostic;
use crate::dict_config::referred;
use crate::expr::{Kind, Value};
use crate::source::{Options, Source};
use crate::tree::{self, MAX_VALUES, Syntax};
use crate::{level, tree::MAX_DEPTH};

type Pairs = Vec<(Value, Value)>;

pub(super) fn split(
    source: &Source,
    options: &Options,
    syntax: Syntax,
    mut problems: Vec<Diagnostic>,
    split: &Split,
) -> Result<Halves, Vec<Diagnostic>> {
    let (root, _) = tree::read(syntax, &source.text).map_err(|problem| vec![problem])?;
    let mut left = MAX_VALUES;
    let compat = options.settings.compat;
    let refer = |text: &str| referred(&root, text, compat);
    let root = filled_in(&refer, &root, 0, &mut left);
    let Kind::Dict(config) = &root.kind else { return Err(problems) };
    if get(config, "incremental").is_some_and(Value::truth) {
        problems.push(
            Diagnostic::error("incremental", "an incremental configuration has no handlers")
                .help("split the configuration that it changes"),
        );
        return Err(problems);
    }
    let model = model(config, &options.settings.map, &mut problems);
    let (host, port) = &split.address;
    if syntax == Syntax::Toml && port.is_none() {
        problems.push(
            Diagnostic::error(
                "no-none-in-toml",
                format!("SocketHandler('{host}', None) can't be written in TOML"),
            )
            .help("give a HOST:PORT, or write the configuration in YAML"),
        );
    }
    let decisions = decide(&model, split, problems)?;
    let key = socket_key(config, &model);
    let socket = key.to_text().unwrap_or_default();
    let writer =
        Writer { config, model: &model, decisions: &decisions, split, key, socket: &socket };
    let form = match syntax {
        Syntax::Json => Form::Json,
        Syntax::Yaml => Form::Yaml,
        Syntax::Toml => Form::Toml,
    };
    let text = (syntax != Syntax::Json).then_some(source.text.as_str());
    let (workers, comments) = writer.workers(&source.name, text);
    let workers_form = if split.python { Form::Python } else { form };
    let workers = emit::emit(workers_form, &workers, comments);
    let (server, comments) = writer.server(&source.name, text);
    let server = emit::emit(form, &server, comments);
    Ok(Halves { workers, server, decisions: in_words(&model, &decisions, &socket) })
}

/// With each `cfg://` as what it stands for, which may be in the other half. Recurses as deep as documents
/// and references go, and stops filling in at `left` values.
fn filled_in(
    refer: &dyn Fn(&str) -> Option<Value>,
    value: &Value,
    depth: usize,
    left: &mut usize,
) -> Value {
    *left = left.saturating_sub(1);
    if *left == 0 || depth > 2 * MAX_DEPTH {
        return value.clone();
    }
    let mut inner = |value: &Value| filled_in(refer, value, depth + 1, left);
    let kind = match &value.kind {
        Kind::Str(text) => match refer(text) {
            Some(found) => return Value { at: value.at.clone(), ..inner(&found) },
            None => value.kind.clone(),
        },
        Kind::List(items) => Kind::List(items.iter().map(inner).collect()),
        Kind::Dict(pairs) => {
            Kind::Dict(pairs.iter().map(|(key, value)| (key.clone(), inner(value))).collect())
        }
        _ => value.kind.clone(),
    };
    Value { kind, at: value.at.clone() }
}

fn get<'v>(pairs: &'v Pairs, key: &str) -> Option<&'v Value> {
    pairs.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
}

/// The dicts of a section by name.
fn section<'v>(config: &'v Pairs, key: &str) -> Vec<(String, &'v Pairs)> {
    let Some(Value { kind: Kind::Dict(items), .. }) = get(config, key) else { return Vec::new() };
    let named = items.iter().filter_map(|(name, value)| match &value.kind {
        Kind::Dict(pairs) => Some((name.to_text()?, pairs)),
        _ => None,
    });
    named.collect()
}

/// The names in a list, a dict's keys or a text of one letter.
fn names(pairs: &Pairs, key: &str) -> Vec<String> {
    let all: Vec<&Value> = match get(pairs, key).map(|value| &value.kind) {
        Some(Kind::List(items) | Kind::Tuple(items)) => items.iter().collect(),
        Some(Kind::Dict(pairs)) => pairs.iter().map(|(key, _)| key).collect(),
        Some(Kind::Str(_)) => get(pairs, key).into_iter().collect(),
        _ => Vec::new(),
    };
    // 9.0 is the name 9
    let whole = |value: &Value| match value.kind {
        Kind::Float(f) if f.fract() == 0.0 => Some(format!("{f:.0}")),
        _ => value.to_text(),
    };
    all.into_iter().filter_map(whole).filter(|name| !name.is_empty()).collect()
}

fn text(pairs: &Pairs, key: &str) -> String {
    get(pairs, key).and_then(Value::to_text).unwrap_or_default()
}

/// The class of an entry, by `class` or `()`, without `ext://`.
fn class(pairs: &Pairs) -> String {
    let name = if get(pairs, "()").is_some() { text(pairs, "()") } else { text(pairs, "class") };
    name.strip_prefix("ext://").unwrap_or(&name).to_owned()
}

fn model(config: &Pairs, map: &ClassMap, problems: &mut Vec<Diagnostic>) -> Model {
    let mut model = Model::default();
    let formatters = section(config, "formatters");
    for (name, pairs) in section(config, "handlers") {
        let formatter = text(pairs, "formatter");
        let formatter = formatters.iter().find(|(name, _)| *name == formatter);
        let formatter =
            formatter.map(|(_, pairs)| class(pairs)).filter(|class| needs_worker(class));
        let level = get(pairs, "level");
        let by_name = level.and_then(Value::as_str).and_then(level::by_name);
        let role = role(pairs, map);
        let why = take(problems, &places(pairs));
        let blocked = why.filter(|_| !matches!(role, Role::Elsewhere(_)));
        model.handlers.push(Handler {
            level: by_name.or(level.and_then(Value::as_int)).unwrap_or(0),
            filters: names(pairs, "filters"),
            name,
            role,
            formatter,
            blocked,
        });
    }
    for (name, pairs) in section(config, "filters") {
        let class = class(pairs);
        if class.starts_with("django.utils.log.RequireDebug") {
            model.debug.push(name.clone());
        }
        if take(problems, &places(pairs)).is_some() || map.no_filter(&class) {
            model.code.push((name, class));
        }
    }
    for (_, pairs) in formatters {
        take(problems, &places(pairs));
    }
    let root = match get(config, "root").map(|value| &value.kind) {
        Some(Kind::Dict(pairs)) if !pairs.is_empty() => Some(("root".to_owned(), pairs)),
        _ => None,
    };
    for (name, pairs) in section(config, "loggers").into_iter().chain(root) {
        let name = if name.is_empty() { "root".to_owned() } else { name };
        let propagate = get(pairs, "propagate").filter(|value| value.kind != Kind::None);
        model.loggers.retain(|logger| logger.name != name);
        model.loggers.push(Logger {
            propagate: propagate.is_none_or(Value::truth),
            handlers: names(pairs, "handlers"),
            name,
        });
    }
    model
}

fn role(pairs: &Pairs, map: &ClassMap) -> Role {
    let name = class(pairs);
    let factory = get(pairs, "()").is_some();
    match handler_class(&name, resolve_with_module(&name), map) {
        Named::Known(Class::Stream) => Role::Stream,
        Named::Known(Class::Null) => Role::Null,
        Named::Known(Class::Memory | Class::Queue) if factory => Role::Elsewhere(name),
        Named::Known(Class::Memory) => {
            Role::Memory(Some(text(pairs, "target")).filter(|name| !name.is_empty()))
        }
        Named::Known(Class::Queue) => Role::Queue(names(pairs, "handlers")),
        Named::Known(
            Class::File
            | Class::WatchedFile
            | Class::RotatingFile
            | Class::TimedRotatingFile
            | Class::ConcurrentRotatingFile
            | Class::ConcurrentTimedRotatingFile,
        ) => Role::File,
        Named::Known(Class::AdminEmail) => Role::Elsewhere(name),
        Named::Elsewhere(class) => Role::Elsewhere(class),
        Named::Missing(_) => Role::Elsewhere(name),
    }
}

/// Where the keys and values of a dict stand, those of inner dicts as well: with anchors, all over the file.
fn places(pairs: &Pairs) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut rest: Vec<&Value> = pairs.iter().flat_map(|(key, value)| [key, value]).collect();
    while let Some(value) = rest.pop() {
        match &value.kind {
            Kind::Dict(pairs) => rest.extend(pairs.iter().flat_map(|(key, value)| [key, value])),
            Kind::List(items) => rest.extend(items),
            _ => {}
        }
        places.push(value.at.clone());
    }
    places
}

struct Writer<'w> {
    config: &'w Pairs,
    model: &'w Model,
    decisions: &'w Decisions,
    split: &'w Split,
    /// The name of the SocketHandler, as it is written.
    key: Value,
    socket: &'w str,
}

impl Writer<'_> {
    fn workers<'t>(&self, source: &str, text: Option<&'t str>) -> (Pairs, Comments<'t>) {
        let decisions = self.decisions;
        let (_, server) = &self.split.names;
        let mut comments = Comments::new(text);
        comments.top(&format!(
            "What the workers keep of {source}, by `logyard split`. The rest is in {server}."
        ));
        if self.split.python {
            comments.top("The values are those of this run, secrets included: put back what your code computes.");
        }
        let mut half = Pairs::new();
        for (key, value) in self.config {
            let (name, mut value) = (key.as_str().unwrap_or_default(), value.clone());
            match (&mut value.kind, name) {
                (_, "logyard") => continue,
                (Kind::Dict(items), "formatters") => items.retain(|(name, _)| {
                    let used = |server| self.uses("formatter", name, server);
                    used(false) || !used(true)
                }),
                (Kind::Dict(items), "filters") => items.retain(|(name, _)| {
                    let code = name.to_text().is_some_and(|name| decisions.filters.contains(&name));
                    let used = |server| self.uses("filters", name, server);
                    code || self.on_a_logger(name) || used(false) || !used(true)
                }),
                (Kind::Dict(items), "handlers") => self.workers_handlers(items, &mut comments),
                (Kind::Dict(items), "loggers") => {
                    for (name, value) in items.iter_mut() {
                        let name = name.to_text().unwrap_or_default();
                        // the root's own section wins
                        let wins = !root_name(&name)
                            || get(self.config, "root").is_none_or(|root| !root.truth());
                        self.workers_logger(&name, value, wins, &["loggers", &name], &mut comments);
                    }
                }
                (Kind::Dict(items), "root") if !items.is_empty() => {
                    self.workers_logger("root", &mut value, true, &["root"], &mut comments);
                }
                _ => {}
            }
            // sections that have become empty
            let empty =
                |value: &Value| matches!(&value.kind, Kind::Dict(items) if items.is_empty());
            if !empty(&value) || get(self.config, name).is_some_and(empty) {
                half.push((key.clone(), value));
            }
        }
        (half, comments)
    }

    fn workers_handlers(&self, items: &mut Pairs, comments: &mut Comments) {
        let (decisions, server) = (self.decisions, &self.split.names.1);
        let mut gone = Vec::new();
        items.retain_mut(|(name, value)| {
            let name = name.to_text().unwrap_or_default();
            let reason = decisions.reason(&name);
            let handler = self.model.handler(&name);
            let queue = handler.filter(|handler| matches!(handler.role, Role::Queue(_)));
            let goes = decisions.server(&name);
            if let (true, Some(queue), Kind::Dict(pairs)) = (goes, queue, &mut value.kind) {
                set(
                    pairs,
                    "handlers",
                    self.list("handlers", &decisions.behind_queue(queue, self.socket)),
                );
                comments.put(&["handlers", &name], &format!("{reason}, which the server has"));
                return true;
            }
            match goes {
                true => gone.push(format!("{name} is in {server}: {reason}")),
                false => comments.put(&["handlers", &name], &format!("stays: {reason}")),
            }
            !goes
        });
        let (host, port) = &self.split.address;
        let mut socket: Pairs = vec![
            (string("class"), string("logging.handlers.SocketHandler")),
            (string("host"), string(host)),
            (string("port"), port.map_or(value(Kind::None), |port| value(Kind::Int(port.into())))),
        ];
        for line in gone {
            comments.put(&["handlers", self.socket], &line);
        }
        comments.put(
            &["handlers", self.socket],
            "each record that a handler of the server wants passes this one once",
        );
        if decisions.level > 0 {
            let name = level::name(decisions.level);
            let level = match level::by_name(&name) {
                Some(_) => string(&name),
                None => value(Kind::Int(decisions.level)),
            };
            socket.push((string("level"), level));
        }
        if !decisions.filters.is_empty() {
            socket.push((string("filters"), self.list("filters", &decisions.filters)));
        }
        items.push((self.key.clone(), value(Kind::Dict(socket))));
    }

    fn workers_logger(
        &self,
        name: &str,
        value: &mut Value,
        wins: bool,
        path: &[&str],
        comments: &mut Comments,
    ) {
        let Kind::Dict(pairs) = &mut value.kind else { return };
        let name = if root_name(name) { "root" } else { name };
        let Some(logger) = self.model.logger(name) else { return };
        let written = names(pairs, "handlers");
        let kept = match wins {
            true => self.decisions.for_workers(self.model, logger, self.socket),
            false => written.iter().filter(|name| !self.decisions.server(name)).cloned().collect(),
        };
        if kept == written {
            return;
        }
        let gone = self.decisions.for_server(&written).join(", ");
        comments.put(
            path,
            &match wins && self.decisions.sockets.iter().any(|one| one == name) {
                true => format!("{} sends to the server, which has {gone} here", self.socket),
                false => format!("the server has {gone} here"),
            },
        );
        set(pairs, "handlers", self.list("handlers", &kept));
    }

    fn server<'t>(&self, source: &str, text: Option<&'t str>) -> (Pairs, Comments<'t>) {
        let (workers, _) = &self.split.names;
        let mut comments = Comments::new(text);
        comments.top(&format!(
            "What the server runs of {source}, by `logyard split`. The rest is in {workers}."
        ));
        comments.top(
            "The levels of loggers were applied by the workers; the server leaves them alone.",
        );
        let mut half = Pairs::new();
        for (key, value) in self.config {
            let (name, mut value) = (key.as_str().unwrap_or_default(), value.clone());
            match (&mut value.kind, name) {
                (_, "version") => {}
                (Kind::Dict(parts), "logyard") => parts.retain_mut(|(_, part)| {
                    let Kind::Dict(items) = &mut part.kind else { return true };
                    items.retain(|(name, _)| {
                        name.to_text().is_some_and(|name| self.decisions.server(&name))
                    });
                    !items.is_empty()
                }),
                (Kind::Dict(items), "formatters") => {
                    items.retain(|(name, _)| self.uses("formatter", name, true));
                }
                (Kind::Dict(items), "filters") => items.retain(|(name, _)| {
                    let code = self
                        .model
                        .code
                        .iter()
                        .any(|(code, _)| name.to_text().as_ref() == Some(code));
                    !code && self.uses("filters", name, true)
                }),
                (Kind::Dict(items), "handlers") => {
                    items.retain_mut(|(name, value)| {
                        self.server_handler(name, value, &mut comments)
                    });
                }
                (Kind::Dict(items), "loggers") => {
                    let root = get(self.config, "root").is_some_and(Value::truth);
                    items.retain_mut(|(name, value)| {
                        let name = name.to_text().unwrap_or_default();
                        !(root && root_name(&name)) && self.server_logger(&name, value)
                    });
                }
                (Kind::Dict(items), "root") if !items.is_empty() => {
                    self.server_logger("root", &mut value);
                }
                _ => continue,
            }
            let empty = matches!(&value.kind, Kind::Dict(items) if items.is_empty());
            if !empty {
                half.push((key.clone(), value));
            }
        }
        (half, comments)
    }

    fn server_handler(&self, name: &Value, value: &mut Value, comments: &mut Comments) -> bool {
        let name = name.to_text().unwrap_or_default();
        let Kind::Dict(pairs) = &mut value.kind else { return false };
        if !self.decisions.server(&name) {
            return false;
        }
        comments.put(&["handlers", &name], self.decisions.reason(&name));
        let handler = self.model.handler(&name);
        if let Some(Handler { role: Role::Queue(behind), .. }) = handler {
            set(pairs, "handlers", self.list("handlers", &self.decisions.for_server(behind)));
            pairs.retain(|(key, _)| !matches!(key.as_str(), Some("queue" | "listener")));
        }
        let filters = names(pairs, "filters");
        let code = |name: &String| self.model.code.iter().any(|(code, _)| code == name);
        let kept = filters.iter().filter(|name| !code(name)).cloned().collect::<Vec<_>>();
        if kept.is_empty() {
            pairs.retain(|(key, _)| key.as_str() != Some("filters"));
        } else if kept != filters {
            set(pairs, "filters", self.list("filters", &kept));
        }
        true
    }

    fn server_logger(&self, name: &str, value: &mut Value) -> bool {
        let name = if root_name(name) { "root" } else { name };
        let Kind::Dict(pairs) = &mut value.kind else { return false };
        let Some(logger) = self.model.logger(name) else { return false };
        pairs.retain(|(key, _)| key.as_str() != Some("filters"));
        if get(pairs, "handlers").is_some() {
            let handlers = self.decisions.for_server(&logger.handlers);
            if handlers != names(pairs, "handlers") {
                set(pairs, "handlers", self.list("handlers", &handlers));
            }
        }
        self.decisions.loggers.iter().any(|kept| kept == name)
    }

    /// A list of names of a section's entries, as their keys are written: some are numbers.
    fn list(&self, section: &str, names: &[String]) -> Value {
        let keys = match get(self.config, section).map(|value| &value.kind) {
            Some(Kind::Dict(items)) => items.iter().map(|(key, _)| key).collect(),
            _ => Vec::new(),
        };
        let key = |name: &String| {
            let known = keys.iter().copied().chain([&self.key]);
            let found = known.into_iter().find(|key| key.to_text().as_ref() == Some(name));
            found.map_or_else(|| string(name), |key| value(key.kind.clone()))
        };
        value(Kind::List(names.iter().map(key).collect()))
    }

    /// Whether a handler of one side names a formatter or filter.
    fn uses(&self, key: &str, name: &Value, server: bool) -> bool {
        let Some(name) = name.to_text() else { return false };
        section(self.config, "handlers").iter().any(|(handler, pairs)| {
            let queue =
                matches!(self.model.handler(handler), Some(Handler { role: Role::Queue(_), .. }));
            let side = self.decisions.server(handler) == server || (queue && !server);
            side && (names(pairs, key).contains(&name) || text(pairs, key) == name)
        })
    }

    fn on_a_logger(&self, filter: &Value) -> bool {
        let Some(name) = filter.to_text() else { return false };
        let root = match get(self.config, "root").map(|value| &value.kind) {
            Some(Kind::Dict(pairs)) => Some(pairs),
            _ => None,
        };
        let loggers = section(self.config, "loggers").into_iter().map(|(_, pairs)| pairs);
        loggers.chain(root).any(|pairs| names(pairs, "filters").contains(&name))
    }
}

/// The names of handlers must have an order: where all of them are numbers, so is this one.
fn socket_key(config: &Pairs, model: &Model) -> Value {
    let numbers = match get(config, "handlers").map(|value| &value.kind) {
        Some(Kind::Dict(items)) => {
            items.iter().map(|(key, _)| key.as_int()).collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    match numbers.and_then(|numbers| numbers.into_iter().max()) {
        Some(largest) => value(Kind::Int(largest.saturating_add(1))),
        None => string(&socket_name(model)),
    }
}

fn root_name(name: &str) -> bool {
    name.is_empty() || name == "root"
}

fn value(kind: Kind) -> Value {
    Value { kind, at: 0..0 }
}

fn string(text: &str) -> Value {
    value(Kind::Str(text.to_owned()))
}

fn set(pairs: &mut Pairs, key: &str, to: Value) {
    match pairs.iter_mut().find(|(name, _)| name.as_str() == Some(key)) {
        Some((_, value)) => *value = to,
        None => pairs.push((string(key), to)),
    }
}
