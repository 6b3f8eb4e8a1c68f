//! `configure_filter` and `add_filters`.

use super::access::Dict;
use super::{Filters, Reader};
use crate::class_map;
use crate::construct::FilterClass;
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

    /// `logging.Filter(name)`, or another class by `()`.
    fn filter(&mut self, dict: &Dict) -> Result<FilterRule, Reported> {
        let debug = self.problems.options.settings.debug;
        if dict.raw("()").is_none() {
            let name = self.get(dict, "name")?;
            return Ok(FilterClass::Logging.rule(self.filter_name(name)?, debug));
        }
        let factory = self.factory(dict, "()")?;
        let mapping = self.problems.mapped(&factory.name, class_map::Kind::Filter, &factory.at)?;
        let class = match &mapping {
            Some(mapping) => mapping.filter(),
            None => Some(self.problems.filter_class(&factory.name, factory.at.clone())?),
        };
        let keywords = self.keywords(dict, &["()"])?;
        let signature = FilterClass::SIGNATURE;
        let at = factory.at;
        let bound =
            self.problems.bind_mapped(mapping.as_deref(), signature, at, Vec::new(), keywords)?;
        self.attributes(dict, "Filter", &["name", "nlen", "filter"])?;
        bound.complete()?;
        let name = self.filter_name(bound.get("name").map(|given| given.value.clone()))?;
        // without a class the workers apply it
        Ok(class.map_or(FilterRule::Always(true), |class| class.rule(name, debug)))
    }

    fn filter_name(&mut self, name: Option<Value>) -> Result<String, Reported> {
        let Some(name) = name else { return Ok(String::new()) };
        if let Some(name) = name.as_str() {
            return Ok(name.to_owned());
        }
        let what = format!("`name` must be a str, not {}", name.a_type());
        let diagnostic = Diagnostic::error("bad-argument", what).at(name.at, "");
        self.problems.report(diagnostic.help("write the name of a logger"));
        Err(Reported)
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
