//! `[map]` of logyard.toml: classes of the user's own, each as one that the server has.

mod bind;
mod lines;
mod read;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub(crate) use bind::formatter_arguments;
pub(crate) use lines::lines_to_add;

use crate::construct::{Class, FilterClass, FormatterClass, Named};
use crate::diagnostic::Diagnostic;
use crate::expr::Value;
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};
use crate::source::Source;

/// The mappings by the names of the user's classes.
#[derive(Debug, Clone, Default)]
pub struct ClassMap {
    /// The file in which they stand.
    pub(crate) source: Option<Arc<Source>>,
    /// None for one with an error, so that the configuration is not complained of as well.
    mappings: BTreeMap<String, Option<Arc<Mapping>>>,
}

/// One class of the user.
#[derive(Debug)]
pub(crate) struct Mapping {
    /// Its name.
    class: String,
    /// Where the name stands; as all places here, counted on from [`ClassMap::BASE`].
    at: Range<usize>,
    to: Target,
    /// The name of the class that it is mapped to.
    shown: String,
    /// Arguments, unless the configuration has its own.
    arguments: Vec<Argument>,
    /// What the configuration gives to the class and the server's class does not take.
    ignore: Vec<String>,
    /// Attributes of a formatter.
    default_time_format: Option<String>,
    default_msec_format: Option<Option<String>>,
    utc: bool,
    /// The same of a handler.
    terminator: Option<String>,
}

/// What it is mapped to.
#[derive(Debug, Clone)]
enum Target {
    Formatter(FormatterClass),
    Handler(Class),
    /// `handler = "none"`
    NoHandler,
    Filter(FilterClass),
    /// `filter = "none"`: the workers apply it.
    NoFilter,
}

/// `name = value` in a mapping.
#[derive(Debug)]
struct Argument {
    name: String,
    at: Range<usize>,
    value: Value,
}

/// What kind of thing a class makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Formatter,
    Handler,
    Filter,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Formatter => "formatter",
            Kind::Handler => "handler",
            Kind::Filter => "filter",
        }
    }
}

impl ClassMap {
    /// Places in the file of the mappings are counted on from here, where no place of a configuration can
    /// be: it has at most 1 MiB.
    pub(crate) const BASE: usize = 1 << 30;

    /// Each class of the user with the name of the class that it is mapped to.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let mappings = self.mappings.values().flatten();
        mappings.map(|mapping| (mapping.class.as_str(), mapping.shown.as_str()))
    }

    /// The handler class that a name is mapped to.
    pub(crate) fn handler(&self, class: &str) -> Option<Class> {
        self.mappings.get(class)?.as_ref()?.handler()
    }

    /// Whether a filter class is mapped to none: the workers apply it.
    pub(crate) fn no_filter(&self, class: &str) -> bool {
        let mapping = self.mappings.get(class).and_then(Option::as_ref);
        mapping.is_some_and(|mapping| matches!(mapping.to, Target::NoFilter))
    }

    /// Warnings about the mappings that are not in `used`.
    pub(crate) fn unused<'m>(
        &'m self,
        used: &'m [String],
    ) -> impl Iterator<Item = Diagnostic> + 'm {
        let unused = self.mappings.values().flatten().filter(|map| !used.contains(&map.class));
        unused.map(|mapping| {
            let what = format!("the configuration has no class {}", mapping.class);
            Diagnostic::warning("unused-mapping", what)
                .at(mapping.at.clone(), "")
                .help("take the mapping out, or write the class as the configuration does")
        })
    }
}

impl Mapping {
    fn kind(&self) -> Kind {
        match self.to {
            Target::Formatter(_) => Kind::Formatter,
            Target::Handler(_) | Target::NoHandler => Kind::Handler,
            Target::Filter(_) | Target::NoFilter => Kind::Filter,
        }
    }

    fn handler(&self) -> Option<Class> {
        match self.to {
            Target::Handler(class) => Some(class),
            Target::NoHandler => Some(Class::Null),
            _ => None,
        }
    }

    /// Whether an argument of the configuration is not handed on; `args` stands for all those that have no
    /// name.
    pub(crate) fn ignores(&self, argument: &str) -> bool {
        matches!(self.to, Target::NoHandler | Target::NoFilter)
            || self.ignore.iter().any(|name| name == argument)
    }

    /// The class of a filter; none if the workers apply it.
    pub(crate) fn filter(&self) -> Option<FilterClass> {
        match self.to {
            Target::Filter(class) => Some(class),
            _ => None,
        }
    }

    /// The attribute `terminator` that the mapping has for its handlers.
    pub(crate) fn terminator(&self) -> Option<String> {
        self.terminator.clone()
    }

    /// Sets the attributes that the mapping has for its formatters.
    pub(crate) fn set_attributes(&self, formatter: &mut FormatterPlan) {
        formatter.default_time_format.clone_from(&self.default_time_format);
        formatter.default_msec_format.clone_from(&self.default_msec_format);
        formatter.utc = self.utc;
    }
}

impl Problems<'_> {
    /// The user's mapping of a class, if there is one. It counts as used from now on.
    pub(crate) fn mapped(
        &mut self,
        class: &str,
        kind: Kind,
        at: &Range<usize>,
    ) -> Result<Option<Arc<Mapping>>, Reported> {
        let Some(mapping) = self.options.settings.map.mappings.get(class) else {
            return Ok(None);
        };
        self.mappings_used.push(class.to_owned());
        let Some(mapping) = mapping else { return Err(Reported) };
        if mapping.kind() == kind {
            return Ok(Some(Arc::clone(mapping)));
        }
        let (is, mapped) = (kind.name(), mapping.kind().name());
        let what = format!("{class} is a {is} here, and mapped to a {mapped}");
        self.report(
            Diagnostic::error("wrong-mapping", what)
                .at(at.clone(), "")
                .at(mapping.at.clone(), "mapped here")
                .help(format!("write {is} = ... in the mapping")),
        );
        Err(Reported)
    }

    /// The class of a handler: the one that it is mapped to, or `named`, which Python finds.
    pub(crate) fn own_handler_class(
        &mut self,
        name: &str,
        named: Named,
        at: Range<usize>,
    ) -> Result<(Class, Option<Arc<Mapping>>), Reported> {
        match self.mapped(name, Kind::Handler, &at)? {
            Some(mapping) => Ok((mapping.handler().ok_or(Reported)?, Some(mapping))),
            None => self.known_class(name, named, at).map(|class| (class, None)),
        }
    }

    /// The class of a formatter: the one that it is mapped to, or the one of that name.
    pub(crate) fn own_formatter_class(
        &mut self,
        name: &str,
        at: Range<usize>,
    ) -> Result<(FormatterClass, Option<Arc<Mapping>>), Reported> {
        match self.mapped(name, Kind::Formatter, &at)? {
            Some(mapping) => match mapping.to {
                Target::Formatter(class) => Ok((class, Some(mapping))),
                _ => Err(Reported), // its kind is Formatter
            },
            None => self.formatter_class(name, at).map(|class| (class, None)),
        }
    }
}
