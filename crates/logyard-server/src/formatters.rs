use logyard_config::{CodecPart, FormatProblem, FormatterPlan, Plain, Plan, Severity};
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
    /// As a pickle; empty for none.
    defaults: Vec<u8>,
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
            defaults: plan.map_or_else(Vec::new, |plan| pickle(&plan.defaults)),
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
        return Err(problem(0, format!("there is no style `{}`", spec.style)));
    };
    let format_spec = FormatSpec {
        fmt,
        datefmt: spec.datefmt.as_deref(),
        style,
        validate: spec.validate,
        defaults: (!spec.defaults.is_empty()).then_some(&*spec.defaults),
        ..FormatSpec::default()
    };
    Formatter::new(&format_spec).map_err(|error| problem(error.at, error.to_string()))
}

/// A formatter's `defaults` as its field values come: in a pickle. Nothing for none.
fn pickle(defaults: &[(String, Plain)]) -> Vec<u8> {
    let mut out = Vec::new();
    if !defaults.is_empty() {
        out.extend(b"}(");
        for (name, value) in defaults {
            pickle_text(name, &mut out);
            pickle_value(value, &mut out);
        }
        out.extend(b"u.");
    }
    out
}

/// Recurses no deeper than expressions in a configuration may nest.
fn pickle_value(value: &Plain, out: &mut Vec<u8>) {
    let mut all = |open: &[u8], items: &[Plain], close: u8| {
        out.extend(open);
        items.iter().for_each(|item| pickle_value(item, out));
        out.push(close);
    };
    match value {
        Plain::Tuple(items) => all(b"(", items, b't'),
        Plain::List(items) => all(b"](", items, b'e'),
        Plain::None => out.push(b'N'),
        Plain::Bool(true) => out.push(0x88),
        Plain::Bool(false) => out.push(0x89),
        Plain::Int(int) => {
            out.extend([0x8a, 8]);
            out.extend(int.to_le_bytes());
        }
        Plain::Float(float) => {
            out.push(b'G');
            out.extend(float.to_be_bytes());
        }
        Plain::Str(text) => pickle_text(text, out),
        Plain::Dict(pairs) => {
            out.extend(b"}(");
            for (key, value) in pairs {
                pickle_value(key, out);
                pickle_value(value, out);
            }
            out.push(b'u');
        }
    }
}

fn pickle_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes()); // far shorter: a configuration is at most 1 MiB
    out.extend(text.as_bytes());
}
