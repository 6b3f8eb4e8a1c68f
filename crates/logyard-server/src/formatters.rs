use logyard_config::{CodecPart, FormatProblem, FormatterPlan, Plan, Severity};
use logyard_format::{FormatSpec, Formatter, Style};
use logyard_handlers::encoding;

use crate::layout::final_target;

/// The distinct formatters of a plan: a record is formatted once for each, not for each handler.
#[derive(Default)]
pub(crate) struct Formatters {
    specs: Vec<Spec>,
    pub(crate) compiled: Vec<Formatter>,
}

/// What tells two formatters apart.
#[derive(Clone, PartialEq)]
struct Spec {
    fmt: Option<String>,
    datefmt: Option<String>,
    style: char,
    validate: bool,
}

impl Formatters {
    /// The formatter that a handler's records get: a MemoryHandler's are formatted by its target.
    pub(crate) fn of(&mut self, plan: &Plan, handler: usize) -> Result<u16, FormatProblem> {
        let last = final_target(plan, handler).and_then(|last| plan.handlers.get(last));
        let formatter = last.and_then(|handler| handler.formatter);
        self.add(formatter.and_then(|index| plan.formatters.get(index)))
    }

    /// The index of a formatter, or of `logging._defaultFormatter`.
    pub(crate) fn add(&mut self, plan: Option<&FormatterPlan>) -> Result<u16, FormatProblem> {
        let spec = Spec {
            fmt: plan.and_then(|plan| plan.fmt.clone()),
            datefmt: plan.and_then(|plan| plan.datefmt.clone()),
            style: plan.map_or('%', |plan| plan.style),
            validate: plan.is_none_or(|plan| plan.validate),
        };
        if let Some(index) = self.specs.iter().position(|known| *known == spec) {
            return Ok(index as u16);
        }
        self.compiled.push(compile(&spec)?);
        self.specs.push(spec);
        Ok((self.specs.len() - 1) as u16)
    }
}

/// Compiles a formatter as the server will: what is wrong with it, for `check` and `serve`.
pub fn check_format(plan: &FormatterPlan) -> Result<(), FormatProblem> {
    let mut formatters = Formatters::default();
    formatters.add(Some(plan))?;
    let Some((at, error)) = formatters.compiled.iter().find_map(Formatter::fault) else {
        return Ok(());
    };
    let end = plan.fmt.as_deref().unwrap_or_default().len();
    Err(FormatProblem {
        severity: Severity::Warning,
        in_datefmt: false,
        range: at.min(end)..end,
        message: error.to_string(),
    })
}

/// Looks a codec or error handler up as the handlers will.
pub fn check_codec(part: CodecPart<'_>) -> Result<(), String> {
    match part {
        CodecPart::Encoding(name) => encoding::lookup(name).map(drop),
        CodecPart::Errors(name) => encoding::Errors::lookup(name).map(drop),
    }
    .map_err(|error| error.to_string())
}

fn compile(spec: &Spec) -> Result<Formatter, FormatProblem> {
    let fmt = spec.fmt.as_deref();
    let problem = |at: usize, message: String| {
        let end = fmt.unwrap_or_default().len();
        FormatProblem {
            severity: Severity::Error,
            in_datefmt: false,
            range: at.min(end)..end,
            message,
        }
    };
    let Some(style) = Style::from_char(spec.style) else {
        return Err(problem(0, format!("the style `{}` is not supported yet", spec.style)));
    };
    let format_spec =
        FormatSpec { fmt, datefmt: spec.datefmt.as_deref(), style, validate: spec.validate };
    Formatter::new(&format_spec).map_err(|error| problem(error.at, error.to_string()))
}
