//! `[formatters]` and `[formatter_X]`: `_create_formatters`.

use logyard_compat::Compat;

use super::{Names, Reader, within};
use crate::class_map::formatter_arguments;
use crate::construct::{FormatterClass, Given, Keyword, Written};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::ini::Section;
use crate::plan::{FormatterPlan, Plan};
use crate::problems::Reported;

impl Reader<'_> {
    pub(super) fn formatters(&mut self, plan: &mut Plan) -> Names {
        let mut names = Names::new();
        for (name, at) in self.names("formatters").unwrap_or_default() {
            if names.contains_key(&name) {
                self.repeated("formatter", &name, at);
                continue;
            }
            let formatter = self
                .section(&format!("formatter_{name}"), Some(&at))
                .and_then(|section| self.formatter(&name, section));
            let index = formatter.ok().map(|formatter| {
                plan.formatters.push(formatter);
                plan.formatters.len() - 1
            });
            names.insert(name, index);
        }
        names
    }

    /// `c(format, datefmt, style)`, and `defaults` if there are some.
    fn formatter(&mut self, name: &str, section: &Section) -> Result<FormatterPlan, Reported> {
        // these are read raw: a % in them is the formatter's own
        let raw = ["format", "datefmt", "style"].map(|key| self.document.raw(section, key));
        let class = match self.get(section, "class")?.filter(|text| !text.as_str().is_empty()) {
            Some(text) => {
                let class = self.problems.own_formatter_class(text.as_str(), text.whole());
                class.and_then(|class| {
                    if class.1.is_none() {
                        self.problems.callable_by_class(class.0, text.whole())?;
                    }
                    Ok(class)
                })
            }
            None => Ok((FormatterClass::Logging, None)),
        };
        let [fmt, datefmt, style] = raw.map(|entry| {
            let text = &entry?.value;
            let (kind, at) = (Kind::Str(text.as_str().to_owned()), text.whole());
            Some(Given::new(Value { kind, at }))
        });
        let mut defaults = self.document.raw(section, "defaults");
        if let Some(entry) = defaults.filter(|_| !self.problems.compat().reads_formatter_defaults())
        {
            let what = "fileConfig does not read `defaults`";
            self.problems.not_read_yet(what, Compat::Py312, entry.at.clone());
            defaults = None;
        }
        let mut keyword = None;
        if let Some(entry) = defaults {
            let value = self.evaluate(&entry.value)?;
            let (at, label) = within(self.problems.source, &entry.value, &value.at);
            let given = Given { value, at: at.clone(), label, is_lost: false };
            let name = "defaults".to_owned();
            keyword = Some(Keyword { name, at, label: String::new(), given });
        }
        let (class, mapping) = class?;
        let (at, mapping) = (section.at.clone(), mapping.as_deref());
        let (args, keywords) =
            formatter_arguments([fmt, datefmt, style, None], keyword, mapping, &at);
        let bound = self.problems.bind_mapped(mapping, class.signature(), at, args, keywords)?;
        let source = self.problems.source;
        let written = Written {
            text: &|given, range| {
                let entry = raw.iter().flatten().find(|entry| entry.value.whole() == given.at);
                entry.map_or(given.at.clone(), |entry| entry.value.source(range))
            },
            value: &|at| match defaults {
                Some(entry) => within(source, &entry.value, at),
                None => (at.clone(), String::new()),
            },
        };
        let at = self.problems.place(&section.at);
        let formatter = FormatterPlan { name: name.to_owned(), at, ..FormatterPlan::default() };
        let mut formatter = self.problems.formatter(class, formatter, &bound, &written)?;
        if let Some(mapping) = mapping {
            mapping.set_attributes(&mut formatter);
        }
        Ok(formatter)
    }

    pub(super) fn repeated(&mut self, what: &str, name: &str, at: std::ops::Range<usize>) {
        self.problems.report(
            Diagnostic::warning("listed-twice", format!("the {what} `{name}` is listed twice"))
                .at(at, "again here"),
        );
    }
}
