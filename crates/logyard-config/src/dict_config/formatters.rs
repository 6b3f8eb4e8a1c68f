//! `configure_formatter`.

use std::ops::Range;
use std::sync::Arc;

use logyard_compat::Compat;

use super::access::Dict;
use super::{Names, Reader};
use crate::class_map::{Mapping, formatter_arguments};
use crate::construct::{Bound, FormatterClass, Given, Keyword, Written};
use crate::expr::{Kind, Value};
use crate::plan::{FormatterPlan, Plan};
use crate::problems::Reported;

impl Reader<'_> {
    pub(super) fn formatters(&mut self, config: &Dict, plan: &mut Plan) -> Names {
        let mut names = Names::new();
        for item in self.items(config, "formatters").unwrap_or_default() {
            let dict = self.entry("formatter", &item);
            let formatter = dict.and_then(|dict| self.formatter(&item.name, &dict));
            let index = formatter.ok().map(|formatter| {
                plan.formatters.push(formatter);
                plan.formatters.len() - 1
            });
            self.made.insert(("formatters", item.key.clone()));
            names.insert(item.key, index);
        }
        names
    }

    fn formatter(&mut self, name: &str, dict: &Dict) -> Result<FormatterPlan, Reported> {
        let custom = dict.raw("()").is_some();
        let Called { class, mapping, bound } =
            if custom { self.custom(dict)? } else { self.plain(dict)? };
        // where the arguments stand, some perhaps in the mapping
        let texts = bound.given().map(|given| (given.at.clone(), self.problems.written(&given.at)));
        let texts = texts.collect::<Vec<_>>();
        let written = Written {
            text: &|given, range| {
                let text = texts.iter().find(|(at, _)| *at == given.at);
                within_text(text.map_or("", |(_, text)| text), &given.value, range)
            },
            value: &|at| (at.clone(), String::new()),
        };
        let at = self.problems.place(&dict.at);
        let formatter = FormatterPlan { name: name.to_owned(), at, ..FormatterPlan::default() };
        let mut formatter = self.problems.formatter(class, formatter, &bound, &written)?;
        if let Some(mapping) = mapping {
            mapping.set_attributes(&mut formatter);
        }
        if custom {
            let takes_format = class.signature().parameters.contains(&"format");
            let tried_again = dict.raw("format").is_some() && !takes_format;
            self.formatter_attributes(dict, tried_again, &mut formatter)?;
        }
        Ok(formatter)
    }

    /// With `format`, `datefmt` and the others, and perhaps a class: `c(fmt, dfmt, style)`.
    fn plain(&mut self, dict: &Dict) -> Result<Called, Reported> {
        let (name, at) = match self.get(dict, "class")? {
            Some(class) if class.truth() => {
                (class.as_str().map_or_else(|| class.a_type(), str::to_owned), class.at)
            }
            _ => ("logging.Formatter".to_owned(), dict.at.clone()),
        };
        let class = self.problems.own_formatter_class(&name, at.clone()).and_then(|class| {
            if class.1.is_none() {
                self.problems.callable_by_class(class.0, at)?;
            }
            Ok(class)
        });
        let mut given = |key| match self.get(dict, key) {
            Ok(value) => value.map(Given::new),
            Err(Reported) => dict.raw(key).map(|value| Given::lost(value.at.clone())),
        };
        let args = [given("format"), given("datefmt"), given("style"), given("validate")];
        // it is handed on only when it is something
        let mut defaults = self.get(dict, "defaults")?.filter(|value| value.kind != Kind::None);
        if defaults.is_some() && !self.problems.compat().reads_formatter_defaults() {
            let what = "dictConfig does not read `defaults`";
            self.problems.not_read_yet(what, Compat::Py312, dict.key("defaults"));
            defaults = None;
        }
        let defaults = defaults.map(|value| Keyword {
            name: "defaults".to_owned(),
            at: dict.key("defaults"),
            label: String::new(),
            given: Given::new(value),
        });
        let (class, mapping) = class?;
        let (args, keywords) = formatter_arguments(args, defaults, mapping.as_deref(), &dict.at);
        let bound = self.problems.bind_mapped(
            mapping.as_deref(),
            class.signature(),
            dict.at.clone(),
            args,
            keywords,
        )?;
        Ok(Called { class, mapping, bound })
    }

    /// `()`: a factory with keyword arguments. Where it does not take `format`, CPython tries `fmt`.
    fn custom(&mut self, dict: &Dict) -> Result<Called, Reported> {
        let factory = self.factory(dict, "()")?;
        let (class, mapping) = self.problems.own_formatter_class(&factory.name, factory.at)?;
        let signature = class.signature();
        let mut keywords = self.keywords(dict, &["()"])?;
        if !signature.parameters.contains(&"format") && dict.raw("format").is_some() {
            keywords.retain(|keyword| keyword.name != "fmt");
            for keyword in keywords.iter_mut().filter(|keyword| keyword.name == "format") {
                keyword.name = "fmt".to_owned();
            }
        }
        let at = dict.at.clone();
        let bound =
            self.problems.bind_mapped(mapping.as_deref(), signature, at, Vec::new(), keywords)?;
        Ok(Called { class, mapping, bound })
    }
}

/// A formatter's class and what it is called with.
struct Called {
    class: FormatterClass,
    mapping: Option<Arc<Mapping>>,
    bound: Bound,
}

/// A part of a text in the file; all of it where escapes or folded lines stand between.
fn within_text(written: &str, value: &Value, range: Range<usize>) -> Range<usize> {
    let start = usize::from(written.starts_with(['"', '\'']));
    let text = value.as_str().unwrap_or_default();
    match written.get(start..).is_some_and(|rest| rest.starts_with(text)) {
        true => value.at.start + start + range.start..value.at.start + start + range.end,
        false => value.at.clone(),
    }
}
