//! Reading `[map]`.

use std::sync::Arc;

use super::{Argument, ClassMap, Kind, Mapping, Target};
use crate::construct::{
    Class, FilterClass, FormatterClass, Named, Signature, advice, resolve_with_module,
};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind as Is, Value};
use crate::source::Source;
use crate::suggest::nearest;

/// How a mapping is written, for the help.
const EXAMPLE: &str = "write \"myapp.logs.Formatter\" = { formatter = \"logging.Formatter\" }";

impl ClassMap {
    /// Reads the table `[map]`; `source` is the file in which it stands. A mapping with an error is known
    /// by its name only.
    pub fn read(table: &Value, source: &Source) -> (ClassMap, Vec<Diagnostic>) {
        let mut map = ClassMap { source: Some(Arc::new(source.clone())), ..ClassMap::default() };
        let mut problems = Vec::new();
        let Is::Dict(pairs) = &table.kind else {
            let what = "`map` must be a table";
            let problem = Diagnostic::error("bad-setting", what).at(table.at.clone(), "");
            return (map, vec![problem.help("write [map] and the mappings below it")]);
        };
        for (key, value) in pairs {
            let name = key.as_str().unwrap_or_default().to_owned();
            let before = problems.len();
            let mapping = Reader { problems: &mut problems }.mapping(&name, key, value);
            let good = problems.len() == before;
            map.mappings.insert(name, mapping.filter(|_| good).map(Arc::new));
        }
        (map, problems)
    }
}

struct Reader<'p> {
    problems: &'p mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn problem(&mut self, id: &'static str, what: String, at: &Value, help: impl Into<String>) {
        self.problems.push(Diagnostic::error(id, what).at(at.at.clone(), "").help(help));
    }

    fn mapping(&mut self, name: &str, key: &Value, value: &Value) -> Option<Mapping> {
        let Is::Dict(pairs) = &value.kind else {
            self.problem(
                "bad-mapping",
                format!("the mapping of {name} is no table"),
                value,
                EXAMPLE,
            );
            return None;
        };
        let kinds = [Kind::Formatter, Kind::Handler, Kind::Filter];
        let kind_of = |key: &Value| kinds.iter().find(|kind| key.as_str() == Some(kind.name()));
        let mut named = pairs.iter().filter_map(|(key, value)| Some((*kind_of(key)?, key, value)));
        let Some((kind, _, target)) = named.next() else {
            let nested = pairs.iter().all(|(_, value)| matches!(value.kind, Is::Dict(_)));
            let help = match nested && !pairs.is_empty() {
                true => "put the name of the class in quotes, with its dots",
                false => EXAMPLE,
            };
            let what = format!("the mapping of {name} has no formatter, handler or filter");
            self.problem("bad-mapping", what, key, help);
            return None;
        };
        if let Some((_, second, _)) = named.next() {
            let what = format!("{name} is mapped twice");
            self.problem("bad-mapping", what, second, "leave one of the two out");
        }
        let (to, signature, shown) = self.target(kind, target)?;
        let mut mapping = Mapping {
            class: name.to_owned(),
            at: shift(key.clone()).at,
            to,
            shown,
            arguments: Vec::new(),
            ignore: Vec::new(),
            default_time_format: None,
            default_msec_format: None,
            utc: false,
            terminator: None,
        };
        for (key, value) in pairs.iter().filter(|(key, _)| kind_of(key).is_none()) {
            self.argument(&mut mapping, signature, key, value);
        }
        Some(mapping)
    }

    /// The class that a mapping names, and what it takes.
    fn target(&mut self, kind: Kind, value: &Value) -> Option<(Target, Signature, String)> {
        let Some(name) = value.as_str() else {
            let what = format!("`{}` must be the name of a class", kind.name());
            self.problem("bad-mapping", what, value, "put it in quotes");
            return None;
        };
        let (to, signature) = match (kind, name) {
            (Kind::Handler, "none") => (Target::NoHandler, Class::Null.signature()),
            (Kind::Filter, "none") => (Target::NoFilter, FilterClass::SIGNATURE),
            (Kind::Filter, _) => match FilterClass::named(name) {
                Some(class) => (Target::Filter(class), FilterClass::SIGNATURE),
                None => {
                    let what = format!("the server can't run the filter {name}");
                    let help = "write logging.Filter, or none if the workers apply it";
                    self.problem("unsupported-filter", what, value, help);
                    return None;
                }
            },
            (Kind::Formatter, _) => match FormatterClass::named(name) {
                Some(class) => (Target::Formatter(class), class.signature()),
                None => {
                    let what = format!("the server can't run the formatter class {name}");
                    self.problem("unsupported-formatter", what, value, "write logging.Formatter");
                    return None;
                }
            },
            (Kind::Handler, _) => match resolve_with_module(name) {
                Named::Known(class) => (Target::Handler(class), class.signature()),
                Named::Missing(meant) => {
                    let help = match meant {
                        Some(class) => format!("write {class}"),
                        None => "write logging.FileHandler or another one of logging".to_owned(),
                    };
                    let what = format!("Python has no class `{name}`");
                    self.problem("unknown-class", what, value, help);
                    return None;
                }
                Named::Elsewhere(class) => {
                    let what = format!("the server can't run the handler class {class}");
                    let mut problem = Diagnostic::error("unsupported-handler", what);
                    problem.help = advice::handler(&class);
                    self.problems.push(problem.at(value.at.clone(), ""));
                    return None;
                }
            },
        };
        Some((to, signature, name.to_owned()))
    }

    fn argument(
        &mut self,
        mapping: &mut Mapping,
        signature: Signature,
        key: &Value,
        value: &Value,
    ) {
        let name = key.as_str().unwrap_or_default();
        let formatter = matches!(mapping.to, Target::Formatter(_));
        // the others hand their records on
        let writes = matches!(
            mapping.to,
            Target::Handler(class) if !matches!(class, Class::Memory | Class::Queue | Class::Null)
        );
        let text = value.as_str().map(str::to_owned);
        let takes = |name: &str| signature.parameters.contains(&name);
        match name {
            "ignore" => match texts(value) {
                Some(names) => mapping.ignore = names,
                None => self.problem(
                    "bad-mapping",
                    "`ignore` must be a list of names".to_owned(),
                    value,
                    "write ignore = [\"args\", \"name\"]",
                ),
            },
            // the key of a configuration
            "format" if formatter && !takes(name) => mapping.arguments.push(Argument {
                name: "fmt".to_owned(),
                at: shift(key.clone()).at,
                value: shift(value.clone()),
            }),
            "terminator" if writes && !takes(name) => match text {
                Some(text) => mapping.terminator = Some(text),
                None => self.problem(
                    "bad-mapping",
                    "`terminator` must be a text".to_owned(),
                    value,
                    "put it in quotes",
                ),
            },
            "default_time_format" if formatter && text.is_some() => {
                mapping.default_time_format = text;
            }
            "default_msec_format" if formatter && text.is_some() => {
                mapping.default_msec_format = Some(text.filter(|text| !text.is_empty()));
            }
            "default_time_format" | "default_msec_format" if formatter => self.problem(
                "bad-mapping",
                format!("`{name}` must be a text"),
                value,
                "put it in quotes",
            ),
            "converter" if formatter => match text.as_deref() {
                Some("time.gmtime") => mapping.utc = true,
                Some("time.localtime") => mapping.utc = false,
                _ => self.problem(
                    "bad-mapping",
                    "`converter` must be time.gmtime or time.localtime".to_owned(),
                    value,
                    "write converter = \"time.gmtime\" for UTC",
                ),
            },
            "name" if matches!(mapping.to, Target::Filter(_)) && text.is_none() => self.problem(
                "bad-mapping",
                "`name` must be a text".to_owned(),
                value,
                "write the name of a logger",
            ),
            _ if takes(name) => mapping.arguments.push(Argument {
                name: name.to_owned(),
                at: shift(key.clone()).at,
                value: shift(value.clone()),
            }),
            _ => {
                let what = format!("{} has no argument `{name}`", mapping.shown);
                let help = match nearest(name, signature.parameters.iter().copied()) {
                    Some(close) => format!("did you mean {close}?"),
                    None if signature.parameters.is_empty() => "it takes none".to_owned(),
                    None => format!("it takes {}", signature.parameters.join(", ")),
                };
                self.problem("unknown-argument", what, key, help);
            }
        }
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match &value.kind {
        Is::List(items) => items.iter().map(|item| Some(item.as_str()?.to_owned())).collect(),
        _ => None,
    }
}

/// The value with its places counted from [`ClassMap::BASE`]. TOML's reader bounds the depth.
fn shift(value: Value) -> Value {
    let all = |values: Vec<Value>| values.into_iter().map(shift).collect();
    let kind = match value.kind {
        Is::List(items) => Is::List(all(items)),
        Is::Dict(pairs) => {
            Is::Dict(pairs.into_iter().map(|(key, value)| (shift(key), shift(value))).collect())
        }
        plain => plain,
    };
    let at = value.at.start + ClassMap::BASE..value.at.end + ClassMap::BASE;
    Value { kind, at }
}
