use std::io::IsTerminal;

use logyard_compat::Compat;
use logyard_config::{
    CodecPart, FormatProblem, FormatterPlan, HandlerKind, Plan, Severity, Stream,
};
use logyard_format::{Class, FormatSpec, Formatter, Style, pickle_dict};
use logyard_handlers::encoding;
use logyard_libc::Zone;

use crate::layout::final_target;
use crate::start::StartError;

/// The distinct formatters of a plan: a record is formatted once for each, not for each handler.
#[derive(Default)]
pub(crate) struct Formatters {
    /// Without their names and places, which make no difference.
    plans: Vec<(FormatterPlan, Use)>,
    pub(crate) compiled: Vec<Zoned>,
}

/// What a handler makes of its formatter.
#[derive(Clone, Default, PartialEq)]
struct Use {
    /// Whether it writes to a terminal, if that matters to the formatter.
    terminal: bool,
    /// Its own zone.
    tz: Option<String>,
}

/// A formatter and the zone that its handlers have of their own.
pub(crate) struct Zoned {
    pub(crate) formatter: Formatter,
    pub(crate) zone: Option<Zone>,
}

impl Formatters {
    /// The formatter that a handler's records get: a MemoryHandler's are formatted by its target.
    pub(crate) fn of(&mut self, plan: &Plan, handler: usize) -> Result<u16, StartError> {
        let last = final_target(plan, handler).and_then(|last| plan.handlers.get(last));
        let formatter = last.and_then(|handler| handler.formatter);
        let json = FormatterPlan { class: Class::Json, ..FormatterPlan::default() };
        let formatter = match last {
            Some(handler) if handler.extras.json => Some(&json),
            _ => formatter.and_then(|index| plan.formatters.get(index)),
        };
        let terminal = match last.map(|handler| &handler.kind) {
            Some(HandlerKind::Stream(Stream::Stdout)) => std::io::stdout().is_terminal(),
            Some(HandlerKind::Stream(Stream::Stderr)) => std::io::stderr().is_terminal(),
            _ => false,
        };
        let tz = last.and_then(|handler| handler.extras.tz.clone());
        self.add_for(formatter, plan.compat, Use { terminal, tz })
    }

    /// The index of a formatter, or of `logging._defaultFormatter`.
    pub(crate) fn add(
        &mut self,
        plan: Option<&FormatterPlan>,
        compat: Compat,
    ) -> Result<u16, StartError> {
        self.add_for(plan, compat, Use::default())
    }

    /// Whether a formatter's text has nothing of `msg`, `args` and the exception's attributes but by
    /// `message`, as long as these are empty.
    pub(crate) fn asks_for_the_message_only(&self, index: u16) -> bool {
        const OTHERS: [&str; 5] = ["msg", "args", "exc_info", "exc_text", "stack_info"];
        let index = usize::from(index);
        let (Some((plan, _)), Some(compiled)) = (self.plans.get(index), self.compiled.get(index))
        else {
            return false;
        };
        plan.class == Class::Formatter
            && compiled.formatter.fields().all(|(name, _)| !OTHERS.contains(&name))
    }

    fn add_for(
        &mut self,
        plan: Option<&FormatterPlan>,
        compat: Compat,
        mut by: Use,
    ) -> Result<u16, StartError> {
        let plan = FormatterPlan {
            name: String::new(),
            at: Default::default(),
            ..plan.cloned().unwrap_or_default()
        };
        by.terminal &= plan.class.asks_for_terminal();
        let key = (plan, by);
        if let Some(index) = self.plans.iter().position(|known| *known == key) {
            return Ok(index as u16);
        }
        let formatter = compile(&key.0, compat, key.1.terminal)?;
        let zone = zone(key.1.tz.as_deref())?;
        self.compiled.push(Zoned { formatter, zone });
        self.plans.push(key);
        Ok((self.plans.len() - 1) as u16)
    }
}

/// A handler's own zone, from its `tz`; `utc` is libc's, as CPython's `time.gmtime`.
pub(crate) fn zone(tz: Option<&str>) -> Result<Option<Zone>, StartError> {
    match tz {
        None => Ok(None),
        Some("utc") => Ok(Some(Zone::Utc)),
        Some(name) => Ok(Some(Zone::named(name)?)),
    }
}

/// Compiles a formatter as the server will: what is wrong with it, for `check` and `serve`.
pub fn check_format(plan: &FormatterPlan, compat: Compat) -> Result<(), FormatProblem> {
    let Some((at, error)) = compile(plan, compat, false)?.fault() else {
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

fn compile(
    plan: &FormatterPlan,
    compat: Compat,
    terminal: bool,
) -> Result<Formatter, FormatProblem> {
    let fmt = plan.fmt.as_deref();
    let problem = |at: usize, message: String| {
        let end = fmt.unwrap_or_default().len();
        FormatProblem {
            severity: Severity::Error,
            in_datefmt: false,
            range: at.min(end)..end,
            message,
        }
    };
    let Some(style) = Style::from_char(plan.style) else {
        return Err(problem(0, format!("there is no style `{}`", plan.style)));
    };
    let standard = FormatSpec::default();
    let defaults = (!plan.defaults.is_empty()).then(|| pickle_dict(&plan.defaults));
    let spec = FormatSpec {
        class: &plan.class,
        fmt,
        datefmt: plan.datefmt.as_deref(),
        default_time_format: plan
            .default_time_format
            .as_deref()
            .unwrap_or(standard.default_time_format),
        default_msec_format: match &plan.default_msec_format {
            Some(format) => format.as_deref(),
            None => standard.default_msec_format,
        },
        utc: plan.utc,
        style,
        validate: plan.validate,
        defaults: defaults.as_deref(),
        terminal,
        compat,
    };
    Formatter::new(&spec).map_err(|error| problem(error.at, error.to_string()))
}
