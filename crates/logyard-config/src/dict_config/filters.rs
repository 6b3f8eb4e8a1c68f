//! `configure_filter` and `add_filters`.

use super::access::Dict;
use super::{Filters, Reader};
use crate::construct::advice;
use crate::diagnostic::Diagnostic;
use crate::expr::Value;
use crate::plan::{FilterPlan, FilterRule};
use crate::problems::Reported;
use crate::tree::Key;

impl Reader<'_> {
    pub(super) fn filters(&mut self, config: &Dict) -> Filters {
        let mut filters = Filters::new();
        for item in self.items(config, "filters").unwrap_or_default() {
            let dict = self.entry("filter", &item);
            let rule = dict.and_then(|dict| self.filter(&dict));
            let filter = rule.ok().map(|rule| FilterPlan { name: item.name, rule });
            self.made.insert(("filters", item.key.clone()));
            filters.insert(item.key, filter);
        }
        filters
    }

    /// `logging.Filter(name)`, or one of Django's, which have the same `__init__`.
    fn filter(&mut self, dict: &Dict) -> Result<FilterRule, Reported> {
        let debug = self.problems.options.settings.debug;
        let mut constant = None;
        let name = if dict.raw("()").is_some() {
            let factory = self.factory(dict, "()")?;
            match factory.name.as_str() {
                "logging.Filter" => {}
                "django.utils.log.RequireDebugTrue" => constant = Some(debug),
                "django.utils.log.RequireDebugFalse" => constant = Some(!debug),
                name => {
                    let what = format!("the server can't run the filter {name}");
                    let mut diagnostic =
                        Diagnostic::error("unsupported-filter", what).at(factory.at, "");
                    diagnostic.help = advice::filter(name);
                    self.problems.report(diagnostic);
                    return Err(Reported);
                }
            }
            let mut name = None;
            for argument in self.keywords(dict, &["()"])? {
                if argument.name != "name" {
                    let what = format!("Filter has no argument `{}`", argument.name);
                    self.problems.report(
                        Diagnostic::error("unknown-argument", what)
                            .at(argument.at, "")
                            .help("it takes name"),
                    );
                    return Err(Reported);
                }
                name = Some(argument.given.value);
            }
            self.attributes(dict, "Filter", &["name", "nlen", "filter"])?;
            name
        } else {
            self.get(dict, "name")?
        };
        if let Some(passes) = constant {
            return Ok(FilterRule::Always(passes));
        }
        match name {
            None => Ok(FilterRule::Logger(String::new())),
            Some(value) => match value.as_str() {
                Some(name) => Ok(FilterRule::Logger(name.to_owned())),
                None => {
                    let what = format!("`name` must be a str, not {}", value.a_type());
                    let diagnostic = Diagnostic::error("bad-argument", what).at(value.at, "");
                    self.problems.report(diagnostic.help("write the name of a logger"));
                    Err(Reported)
                }
            },
        }
    }

    /// The filters that a logger or handler names, each once.
    pub(super) fn named_filters(
        &mut self,
        dict: &Dict,
        filters: &Filters,
    ) -> Result<Vec<FilterPlan>, Reported> {
        let Some(value) = self.get(dict, "filters")?.filter(Value::truth) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<FilterPlan> = Vec::new();
        let mut bad = false;
        for name in self.iterate("filters", value)? {
            match Key::of(&name).and_then(|key| filters.get(&key)) {
                Some(Some(filter)) if found.contains(filter) => {}
                Some(Some(filter)) => found.push(filter.clone()),
                Some(None) => bad = true,
                None => {
                    self.unknown("unknown-filter", "filter", &name, filters.keys());
                    bad = true;
                }
            }
        }
        if bad { Err(Reported) } else { Ok(found) }
    }
}
