//! `[formatters]` and `[formatter_X]`: `_create_formatters`.

use super::{Names, Reader, Reported, advice, fields};
use crate::diagnostic::{Diagnostic, Severity};
use crate::expr::{Kind, Value};
use crate::ini::Section;
use crate::plan::{FormatterPlan, Plain, Plan};

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
            at: self.place(&section.at),
        };
        let class = self.formatter_class(section);
        if let Some(style) = style {
            formatter.style = self.style(style)?;
        }
        class?;
        if let Some(entry) = raw_defaults(self, section) {
            formatter.defaults = self.formatter_defaults(&entry)?;
        }
        // PercentStyle.validate; what the other styles refuse, check_format knows
        let is_percent = formatter.style == '%';
        let given = fmt.filter(|entry| is_percent && !entry.value.as_str().is_empty());
        if let Some(entry) = given.filter(|entry| !has_percent_field(entry.value.as_str())) {
            self.report(
                Diagnostic::error("bad-format", "the format has no field such as %(message)s")
                    .at(entry.value.whole(), "")
                    .help("write the fields as %(asctime)s %(levelname)s %(message)s"),
            );
            return Err(Reported);
        }
        if let Err(problem) = (self.options.check_format)(&formatter) {
            let entry = if problem.in_datefmt { datefmt } else { fmt };
            let at = entry.map_or(section.at.clone(), |entry| entry.value.source(problem.range));
            match problem.severity {
                Severity::Error => {
                    self.report(Diagnostic::error("bad-format", problem.message).at(at, ""));
                    return Err(Reported);
                }
                Severity::Warning => self.report(
                    Diagnostic::warning("format-fails", problem.message)
                        .at(at, "every record will fail here, and none will be written"),
                ),
            }
        }
        if let Some(entry) = fmt {
            for (range, label, diagnostic) in fields::doubtful(&formatter) {
                self.report(diagnostic.at(entry.value.source(range), label));
            }
        }
        Ok(formatter)
    }

    /// Only `logging.Formatter` for now; the place where other classes come in.
    fn formatter_class(&mut self, section: &Section) -> Result<(), Reported> {
        let Some(text) = self.get(section, "class")?.filter(|text| !text.as_str().is_empty())
        else {
            return Ok(());
        };
        let class = text.as_str();
        if class == "logging.Formatter" {
            return Ok(());
        }
        // _resolve imports, so a bare name is a module's
        let diagnostic = if class.contains('.') {
            let what = format!("the server can't run the formatter class {class}");
            Diagnostic::error("unsupported-formatter", what).help(advice::formatter(class))
        } else {
            let what = format!("`{class}` is not a class with its module");
            Diagnostic::error("unknown-class", what).help("write logging.Formatter")
        };
        self.report(diagnostic.at(text.whole(), ""));
        Err(Reported)
    }

    /// One of `logging._STYLES`.
    fn style(&mut self, entry: &crate::ini::Entry) -> Result<char, Reported> {
        let style = entry.value.as_str();
        if let "%" | "{" | "$" = style {
            return Ok(style.chars().next().unwrap_or('%'));
        }
        self.report(
            Diagnostic::error("unknown-style", format!("there is no style `{style}`"))
                .at(entry.value.whole(), "")
                .help("write %, { or $"),
        );
        Err(Reported)
    }

    fn formatter_defaults(
        &mut self,
        text: &crate::ini::Text,
    ) -> Result<Vec<(String, Plain)>, Reported> {
        let value = self.evaluate(text)?;
        let pairs = match value.kind {
            Kind::Dict(pairs) => pairs,
            Kind::None => Vec::new(),
            _ => {
                let what = format!("defaults is {}, not a dict", value.a_type());
                let (at, label) = self.within(text, &value.at);
                self.report(
                    Diagnostic::error("bad-defaults", what)
                        .at(at, label)
                        .help("write defaults = {'name': 'value'}"),
                );
                return Err(Reported);
            }
        };
        let mut defaults = Vec::new();
        for (key, value) in pairs {
            match (key.kind, plain(&value)) {
                (Kind::Str(name), Some(plain)) => defaults.push((name, plain)),
                (_, plain) => {
                    let at = if plain.is_some() { key.at } else { value.at };
                    let (at, label) = self.within(text, &at);
                    self.report(
                        Diagnostic::error(
                            "bad-defaults",
                            "defaults holds names and plain values only",
                        )
                        .at(at, label)
                        .help("write {'name': 'value'}"),
                    );
                    return Err(Reported);
                }
            }
        }
        Ok(defaults)
    }

    pub(super) fn repeated(&mut self, what: &str, name: &str, at: std::ops::Range<usize>) {
        self.report(
            Diagnostic::warning("listed-twice", format!("the {what} `{name}` is listed twice"))
                .at(at, "again here"),
        );
    }
}

fn raw_defaults(reader: &Reader, section: &Section) -> Option<crate::ini::Text> {
    reader.document.raw(section, "defaults").map(|entry| entry.value.clone())
}

/// `%\(\w+\)[#0+ -]*(\*|\d+)?(\.(\*|\d+))?[diouxefgcrsa%]`, anywhere, in either case.
fn has_percent_field(format: &str) -> bool {
    format.match_indices("%(").any(|(at, _)| {
        let rest = format.get(at + 2..).unwrap_or_default();
        let name = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let Some(rest) = rest.get(name..).and_then(|rest| rest.strip_prefix(')')) else {
            return false;
        };
        let rest = size(rest.trim_start_matches(['#', '0', '+', ' ', '-']));
        let rest = match rest.strip_prefix('.') {
            Some(precision) => {
                let after = size(precision);
                if after.len() == precision.len() {
                    return false;
                }
                after
            }
            None => rest,
        };
        let kind = rest.chars().next().map(|c| c.to_ascii_lowercase());
        name > 0 && kind.is_some_and(|kind| "diouxefgcrsa%".contains(kind))
    })
}

/// What is left after a `*` or digits.
fn size(text: &str) -> &str {
    match text.strip_prefix('*') {
        Some(rest) => rest,
        None => text.trim_start_matches(|c: char| c.is_ascii_digit()),
    }
}

/// The value as data; none where it holds a stream or anything else that is not plain.
fn plain(value: &Value) -> Option<Plain> {
    let all = |values: &[Value]| values.iter().map(plain).collect::<Option<Vec<_>>>();
    Some(match &value.kind {
        Kind::None => Plain::None,
        Kind::Bool(b) => Plain::Bool(*b),
        Kind::Int(i) => Plain::Int(*i),
        Kind::Float(f) => Plain::Float(*f),
        Kind::Str(s) => Plain::Str(s.clone()),
        Kind::Tuple(items) => Plain::Tuple(all(items)?),
        Kind::List(items) => Plain::List(all(items)?),
        Kind::Dict(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| Some((plain(key)?, plain(value)?)));
            Plain::Dict(pairs.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
