//! `logging.config.dictConfig`, without running anything: `DictConfigurator`.

mod access;
mod attributes;
mod base;
mod convert;
mod extras;
mod filters;
mod formatters;
mod handlers;
mod loggers;
mod queue;
#[cfg(test)]
mod tests;
mod unused;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use access::Dict;
pub(crate) use convert::referred;

use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::plan::{FilterPlan, Plan};
use crate::problems::{Form, Problems, Reported};
use crate::source::{Options, Source};
use crate::tree::{self, Key, Syntax};

/// Reads a document and configures by it. The plan is there unless a diagnostic is an error; the
/// diagnostics are in the order of the file.
pub(crate) fn load(
    source: &Source,
    syntax: Syntax,
    options: &Options,
) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut problems = Problems::new(source, options, Form::Dict);
    let mut plan = Plan { compat: options.settings.compat, ..Plan::default() };
    match tree::read(syntax, &source.text) {
        Err(problem) => problems.report(problem),
        Ok((mut root, warnings)) => {
            if let Some(base) = options.settings.base {
                base::fill(base, &mut root);
            }
            for warning in warnings {
                problems.report(warning);
            }
            let mut reader = Reader {
                problems,
                root: Rc::new(root),
                made: HashSet::new(),
                referred: HashSet::new(),
            };
            // what is wrong was reported
            let _ = reader.configure(&mut plan);
            problems = reader.problems;
            if options.settings.base.is_some() {
                problems.forget_warnings_of_base();
            }
        }
    }
    problems.finish(plan)
}

/// The names of one kind (formatters, handlers) and where they are in the plan; `None` for one that could
/// not be read, so that what refers to it is not complained of as well.
type Names = HashMap<Key, Option<usize>>;

/// The filters by name; `None` for one that could not be read.
type Filters = HashMap<Key, Option<FilterPlan>>;

struct Reader<'a> {
    problems: Problems<'a>,
    /// The whole document.
    root: Rc<Value>,
    /// What CPython has made objects of by now, by section and name: `cfg://` can't look into them.
    made: HashSet<(&'static str, Key)>,
    /// The top keys that a `cfg://` names.
    referred: HashSet<String>,
}

impl Reader<'_> {
    /// `DictConfigurator.configure`.
    fn configure(&mut self, plan: &mut Plan) -> Result<(), Reported> {
        let config = self.whole()?;
        self.version(&config)?;
        if self.get(&config, "incremental")?.is_some_and(|value| value.truth()) {
            self.incremental(&config, plan);
            return Ok(());
        }
        let formatters = self.formatters(&config, plan);
        let filters = self.filters(&config);
        let handlers = self.handlers(&config, plan, &formatters, &filters);
        self.extras(&config, plan, &handlers);
        self.loggers(&config, plan, &handlers, &filters);
        self.unused(&config, plan);
        Ok(())
    }

    fn whole(&mut self) -> Result<Dict, Reported> {
        let root = Rc::clone(&self.root);
        let diagnostic = match &root.kind {
            Kind::Dict(pairs) => return Ok(Dict { pairs: pairs.clone(), at: 0..0 }),
            Kind::None => Diagnostic::error("empty-file", "the configuration is empty"),
            _ => {
                let what = format!("the configuration is {}, not a dict", root.a_type());
                Diagnostic::error("not-a-dict", what)
            }
        };
        self.problems.report(diagnostic.at(root.at.start..root.at.start, ""));
        Err(Reported)
    }

    /// CPython stops at a wrong version; here the rest is looked at, too, so that all problems come at once.
    fn version(&mut self, config: &Dict) -> Result<(), Reported> {
        let Some(version) = self.get(config, "version")? else {
            let diagnostic = Diagnostic::error("missing-key", "there is no `version`");
            // the dict of a program's settings, with logging's somewhere in it
            let inner = config.pairs.iter().find(|(_, value)| match &value.kind {
                Kind::Dict(pairs) => pairs.iter().any(|(key, _)| key.as_str() == Some("version")),
                _ => false,
            });
            let Some((key, _)) = inner else {
                self.problems.report(diagnostic.at(0..0, "").help("write version 1 at the top"));
                return Ok(());
            };
            self.problems.report(diagnostic.at(key.at.clone(), "").help(format!(
                "the logging configuration is under `{}`: give it a file of its own",
                key.to_text().unwrap_or_default()
            )));
            return Err(Reported);
        };
        let one = Value { kind: Kind::Int(1), at: 0..0 };
        if version.equals(&one) {
            return Ok(());
        }
        let diagnostic = Diagnostic::error("bad-version", "the version must be the number 1")
            .at(version.at.clone(), "");
        self.problems.report(match version.as_str() {
            Some("1") => diagnostic.help("write 1 without quotes"),
            _ => diagnostic.help("write 1"),
        });
        Ok(())
    }

    /// `incremental: true` changes what is there; a server that starts has nothing.
    fn incremental(&mut self, config: &Dict, plan: &mut Plan) {
        let at = config.key("incremental");
        if let Ok(items) = self.items(config, "handlers") {
            for item in items {
                let what = format!("there is no handler `{}` to change", item.name);
                self.problems.report(
                    Diagnostic::error("incremental", what)
                        .at(item.at, "")
                        .at(at.clone(), "so handlers are changed, not made")
                        .help("take `incremental` out"),
                );
            }
        }
        self.problems.report(
            Diagnostic::warning("incremental", "an incremental configuration sets levels only")
                .at(at, "no handler is made, so nothing is written")
                .help("take `incremental` out"),
        );
        self.incremental_loggers(config, plan);
    }
}
