//! dictConfig's dict: two new dicts, written in the same syntax.

mod halves;

use std::ops::Range;

use halves::{Writer, string, value};

use super::emit::{self, Form};
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
    // a handler that another one gets stays a name: which half it is in is yet to be seen
    let refer = |text: &str| match whole_handler(text) {
        Some(_) => None,
        None => referred(&root, text, compat),
    };
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
            given: given(pairs),
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
        Named::Known(Class::Queue) if factory => Role::Elsewhere(name),
        Named::Known(Class::Memory) if factory => match whole_handler(&text(pairs, "target")) {
            Some(target) => Role::Memory(Some(target.to_owned())),
            None => Role::Elsewhere(name),
        },
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

/// The name in `cfg://handlers.NAME` or `cfg://handlers[NAME]`: what a factory gets is that handler.
fn whole_handler(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("cfg://handlers")?;
    let name = match rest.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None => rest.strip_prefix('.')?,
    };
    Some(name).filter(|name| !name.is_empty() && !name.contains(['.', '[', ']']))
}

/// The handlers that a factory gets in its arguments.
fn given(pairs: &Pairs) -> Vec<String> {
    let texts = values(pairs).into_iter().filter_map(Value::as_str);
    texts.filter_map(whole_handler).map(str::to_owned).collect()
}

/// Where the keys and values of a dict stand, those of inner dicts as well: with anchors, all over the file.
fn places(pairs: &Pairs) -> Vec<Range<usize>> {
    values(pairs).into_iter().map(|value| value.at.clone()).collect()
}

/// The keys and values of a dict, and of all that is in it.
fn values(pairs: &Pairs) -> Vec<&Value> {
    let mut all = Vec::new();
    let mut rest: Vec<&Value> = pairs.iter().flat_map(|(key, value)| [key, value]).collect();
    while let Some(value) = rest.pop() {
        match &value.kind {
            Kind::Dict(pairs) => rest.extend(pairs.iter().flat_map(|(key, value)| [key, value])),
            Kind::List(items) => rest.extend(items),
            _ => {}
        }
        all.push(value);
    }
    all
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
