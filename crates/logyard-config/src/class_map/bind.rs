//! A call of the user's class as a call of the one that it is mapped to.

use std::ops::Range;

use super::Mapping;
use crate::construct::{Bound, Given, Keyword, Signature};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Value};
use crate::problems::{Problems, Reported};

/// What a formatter is called with as `c(format, datefmt, style, validate, defaults=defaults)`. A class that
/// is mapped gets what the configuration says by its name, so that the mapping can say the rest.
pub(crate) fn formatter_arguments(
    args: [Option<Given>; 4],
    defaults: Option<Keyword>,
    mapping: Option<&Mapping>,
    at: &Range<usize>,
) -> (Vec<Given>, Vec<Keyword>) {
    let mut keywords = Vec::from_iter(defaults);
    let Some(mapping) = mapping else {
        let [fmt, datefmt, style, validate] = args;
        let or = |given: Option<Given>, kind: Kind| {
            let value = Value { kind, at: at.clone() };
            given.unwrap_or(Given::new(Value { at: at.clone(), ..value }))
        };
        let style = or(style, Kind::Str("%".to_owned()));
        let mut args = vec![or(fmt, Kind::None), or(datefmt, Kind::None), style];
        args.extend(validate);
        return (args, keywords);
    };
    if !mapping.ignores("args") {
        for (name, given) in ["fmt", "datefmt", "style", "validate"].into_iter().zip(args) {
            keywords.extend(given.map(|given| Keyword {
                name: name.to_owned(),
                at: given.at.clone(),
                label: String::new(),
                given,
            }));
        }
    }
    (Vec::new(), keywords)
}

impl Problems<'_> {
    /// As `bind`; with a mapping its arguments fill in for those that the configuration does not give.
    pub(crate) fn bind_mapped(
        &mut self,
        mapping: Option<&Mapping>,
        signature: Signature,
        class_at: Range<usize>,
        mut args: Vec<Given>,
        mut kwargs: Vec<Keyword>,
    ) -> Result<Bound, Reported> {
        let Some(mapping) = mapping else { return self.bind(signature, class_at, args, kwargs) };
        if mapping.ignores("args") {
            args.clear();
        }
        kwargs.retain(|Keyword { name, .. }| {
            // `format` is what a configuration calls it
            let is_format = name == "fmt" && mapping.ignores("format");
            !is_format && !mapping.ignores(name)
        });
        let mut bad = false;
        let names = signature.parameters;
        if let Some(extra) = args.get(names.len()) {
            let (at, label) = (extra.at.clone(), extra.label.clone());
            self.not_taken(mapping, signature, None, at, label);
            bad = true;
        }
        for keyword in &kwargs {
            if !names.contains(&keyword.name.as_str()) {
                let (at, label) = (keyword.at.clone(), keyword.label.clone());
                self.not_taken(mapping, signature, Some(&keyword.name), at, label);
                bad = true;
            }
        }
        if bad {
            return Err(Reported);
        }
        for argument in &mapping.arguments {
            let position = names.iter().position(|name| *name == argument.name);
            let given = position.is_some_and(|position| position < args.len())
                || kwargs.iter().any(|keyword| keyword.name == argument.name);
            if !given {
                let value = argument.value.clone();
                let given = Given::new(value);
                let (name, at) = (argument.name.clone(), argument.at.clone());
                kwargs.push(Keyword { name, at, label: String::new(), given });
            }
        }
        self.bind(signature, class_at, args, kwargs)
    }

    /// An argument that the user's class takes, and the one that it is mapped to does not.
    fn not_taken(
        &mut self,
        mapping: &Mapping,
        signature: Signature,
        keyword: Option<&str>,
        at: Range<usize>,
        label: String,
    ) {
        let Signature { name: class, parameters, .. } = signature;
        let what = match keyword {
            Some(name) => format!("{class} has no argument `{name}`"),
            None => format!("{class} takes at most {} arguments", parameters.len()),
        };
        let ignore = keyword.unwrap_or("args");
        self.report(
            Diagnostic::error("unknown-argument", what)
                .at(at, label)
                .at(mapping.at.clone(), format!("{} is mapped to it here", mapping.class))
                .help(format!(
                    "if it can be left out, add to the mapping: ignore = [\"{ignore}\"]"
                )),
        );
    }
}
