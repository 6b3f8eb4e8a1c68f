//! Filter classes. All of them have the `__init__` of `logging.Filter`.

use std::ops::Range;

use super::{Signature, advice};
use crate::diagnostic::Diagnostic;
use crate::plan::FilterRule;
use crate::problems::{Problems, Reported};

/// The filter classes that the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilterClass {
    Logging,
    RequireDebugTrue,
    RequireDebugFalse,
}

impl FilterClass {
    /// What `__init__` takes.
    pub(crate) const SIGNATURE: Signature =
        Signature { name: "Filter", parameters: &["name"], required: 0 };

    /// By the name that Python would import.
    pub(crate) fn named(name: &str) -> Option<FilterClass> {
        Some(match name {
            "logging.Filter" => FilterClass::Logging,
            "django.utils.log.RequireDebugTrue" => FilterClass::RequireDebugTrue,
            "django.utils.log.RequireDebugFalse" => FilterClass::RequireDebugFalse,
            _ => return None,
        })
    }

    /// What it lets pass; `debug` is Django's `DEBUG`.
    pub(crate) fn rule(self, name: String, debug: bool) -> FilterRule {
        match self {
            FilterClass::Logging => FilterRule::Logger(name),
            FilterClass::RequireDebugTrue => FilterRule::Always(debug),
            FilterClass::RequireDebugFalse => FilterRule::Always(!debug),
        }
    }
}

impl Problems<'_> {
    /// The class of a filter, if the server has it.
    pub(crate) fn filter_class(
        &mut self,
        class: &str,
        at: Range<usize>,
    ) -> Result<FilterClass, Reported> {
        if let Some(known) = FilterClass::named(class) {
            return Ok(known);
        }
        let what = format!("the server can't run the filter {class}");
        let mut diagnostic = Diagnostic::error("unsupported-filter", what).at(at, "");
        diagnostic.help = advice::filter(class);
        self.report(diagnostic);
        Err(Reported)
    }
}
