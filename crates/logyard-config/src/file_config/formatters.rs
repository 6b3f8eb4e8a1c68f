//! `[formatters]` and `[formatter_X]`: `_create_formatters`.

use std::ops::Range;

use super::{Names, Reader, within};
use crate::construct::formatter_defaults;
use crate::diagnostic::Diagnostic;
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

    fn formatter(&mut self, name: &str, section: &Section) -> Result<FormatterPlan, Reported> {
        // these are read raw: a % in them is the formatter's own
        let raw = |key| self.document.raw(section, key);
        let (fmt, datefmt, style) = (raw("format"), raw("datefmt"), raw("style"));
        let text =
            |entry: Option<&crate::ini::Entry>| entry.map(|entry| entry.value.as_str().to_owned());
        let mut formatter = FormatterPlan {
            name: name.to_owned(),
            fmt: text(fmt),
            datefmt: text(datefmt),
            style: '%',
            validate: true,
            defaults: Vec::new(),
            at: self.problems.place(&section.at),
        };
        let class = self.get(section, "class")?.filter(|text| !text.as_str().is_empty());
        let class = class.map(|text| self.problems.formatter_class(text.as_str(), text.whole()));
        if let Some(style) = style {
            formatter.style = self.problems.style(style.value.as_str(), style.value.whole())?;
        }
        class.transpose()?;
        if let Some(entry) = self.document.raw(section, "defaults") {
            let text = &entry.value;
            let value = self.evaluate(text)?;
            let within = |at: &Range<usize>| within(self.problems.source, text, at);
            let defaults = formatter_defaults(value, &within);
            formatter.defaults = defaults.map_err(|problem| {
                self.problems.report(problem.help("write defaults = {'name': 'value'}"));
                Reported
            })?;
        }
        let part = |in_datefmt, range: Option<Range<usize>>| {
            let entry = if in_datefmt { datefmt } else { fmt };
            entry.map_or(section.at.clone(), |entry| match range {
                Some(range) => entry.value.source(range),
                None => entry.value.whole(),
            })
        };
        self.problems.check_formatter(&formatter, &part)?;
        Ok(formatter)
    }

    pub(super) fn repeated(&mut self, what: &str, name: &str, at: std::ops::Range<usize>) {
        self.problems.report(
            Diagnostic::warning("listed-twice", format!("the {what} `{name}` is listed twice"))
                .at(at, "again here"),
        );
    }
}
