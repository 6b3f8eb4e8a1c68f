//! ecs-logging's formatter.

use logyard_format::Class;
use logyard_format::classes::ecs_logging::Options;

use super::Written;
use crate::construct::{Bound, Given, Signature};
use crate::diagnostic::Diagnostic;
use crate::expr::Kind;
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

pub(super) const STDLIB: Signature = Signature {
    name: "StdlibFormatter",
    parameters: &[
        "fmt",
        "datefmt",
        "style",
        "validate",
        "stack_trace_limit",
        "extra",
        "exclude_fields",
        "ensure_ascii",
    ],
    required: 0,
};

impl Problems<'_> {
    /// `StdlibFormatter.__init__`
    pub(super) fn ecs_logging(
        &mut self,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        self.logging_formatter(formatter, bound, written)?;
        // None is the default here
        let validate = bound.get("validate").filter(|given| given.value.kind != Kind::None);
        formatter.validate = validate.is_none_or(|given| given.value.truth());
        let stack_trace_limit = match bound.get("stack_trace_limit") {
            None => None,
            Some(given) => match given.value.kind {
                Kind::None => None,
                Kind::Bool(truth) => Some(truth.into()),
                Kind::Int(limit @ 0..) => Some(limit.unsigned_abs()),
                _ => {
                    return Err(self.no_ecs_argument(
                        given,
                        "`stack_trace_limit` must be None, or a non-negative integer",
                        "write how many frames are kept, or take it out",
                    ));
                }
            },
        };
        let extra = match bound.get("extra") {
            Some(given) => self.defaults("extra", given, written)?,
            None => Vec::new(),
        };
        let exclude_fields = match bound.get("exclude_fields") {
            None => Vec::new(),
            Some(given) => match &given.value.kind {
                Kind::List(items) | Kind::Tuple(items)
                    if items.iter().all(|item| item.as_str().is_some()) =>
                {
                    items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect()
                }
                _ => {
                    return Err(self.no_ecs_argument(
                        given,
                        "`exclude_fields` must be a sequence of strings",
                        "write a list, such as [\"process\", \"log.original\"]",
                    ));
                }
            },
        };
        let ensure_ascii = bound.get("ensure_ascii").is_none_or(|given| given.value.truth());
        formatter.class = Class::EcsLogging(Box::new(Options {
            stack_trace_limit,
            extra,
            exclude_fields,
            ensure_ascii,
        }));
        Ok(())
    }

    fn no_ecs_argument(&mut self, given: &Given, what: &str, help: &str) -> Reported {
        let diagnostic = Diagnostic::error("bad-argument", what);
        self.report(diagnostic.at(given.at.clone(), given.label.clone()).help(help));
        Reported
    }
}
