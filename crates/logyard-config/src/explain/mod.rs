//! The text of `logyard check`: what a plan does, for a person.

mod follow;
#[cfg(test)]
mod tests;
mod words;

use std::fmt::Write;

pub use follow::explain;

use crate::level;
use crate::plan::{FormatterPlan, HandlerKind, HandlerPlan, LoggerPlan, Plan, Rules};

/// Describes the whole plan: the loggers as a tree, then the handlers. Ends with a newline.
pub fn describe(plan: &Plan) -> String {
    let mut out = String::from("Loggers\n");
    logger(&mut out, plan, &plan.root);
    let mut loggers = plan.loggers.iter().collect::<Vec<_>>();
    // children after their parents: compare by the parts of the names
    loggers.sort_by(|a, b| a.name.split('.').cmp(b.name.split('.')));
    for each in loggers {
        logger(&mut out, plan, each);
    }
    out.push_str("\nHandlers\n");
    for each in &plan.handlers {
        handler(&mut out, plan, each);
    }
    if plan.handlers.is_empty() {
        out.push_str("  none\n");
    }
    if plan.rules() != Rules::default() {
        let _ = writeln!(out, "\nRules\n  CPython {}", plan.compat);
        for repair in plan.repairs.names() {
            let _ = writeln!(out, "  repair: {repair}");
        }
    }
    out
}

fn logger(out: &mut String, plan: &Plan, logger: &LoggerPlan) {
    let depth = if logger.name == plan.root.name { 1 } else { logger.name.split('.').count() + 1 };
    let indent = "  ".repeat(depth.min(16));
    let _ = writeln!(out, "{indent}{}{}", logger.name, own(logger));
    let chain = plan.chain(&logger.name);
    let mut none = true;
    for step in &chain {
        for handler in step.handlers.iter().filter_map(|index| plan.handlers.get(*index)) {
            none = false;
            let from = match step.name == logger.name {
                true => String::new(),
                false => format!("  (by {})", step.name),
            };
            let goes = words::destination(plan, &handler.kind);
            let _ = writeln!(out, "{indent}  → {}: {goes}{from}", handler.name);
        }
    }
    if none {
        let _ = writeln!(out, "{indent}  → {}", words::LAST_RESORT);
    }
}

/// What is set at the logger itself.
fn own(logger: &LoggerPlan) -> String {
    let mut parts = Vec::new();
    if logger.level != 0 {
        parts.push(level::name(logger.level));
    }
    if !logger.propagate {
        parts.push("propagate = 0".to_owned());
    }
    parts.extend(words::filters(&logger.filters));
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join(", ")) }
}

fn handler(out: &mut String, plan: &Plan, handler: &HandlerPlan) {
    let _ = writeln!(out, "  {}  ({})", handler.name, handler.kind.class());
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "    {name:<9} {text}");
    };
    line("writes to", &words::destination(plan, &handler.kind));
    if handler.level != 0 {
        line("takes", &format!("{} and above", level::name(handler.level)));
    }
    if let Some(filters) = words::filters(&handler.filters) {
        line("filter", &filters);
    }
    if let Some(file) = handler.kind.file() {
        line("as", &words::encoding(file));
    }
    for text in words::life(&handler.kind) {
        line("", &text);
    }
    for text in words::extras(handler) {
        line("", &text);
    }
    // a memory handler's records are formatted by its target, those of a queue behind it
    let formats = !matches!(
        handler.kind,
        HandlerKind::Memory { .. } | HandlerKind::Queue { .. } | HandlerKind::Null
    );
    if formats && !handler.extras.json {
        let formatter = handler.formatter.and_then(|index| plan.formatters.get(index));
        let bare = FormatterPlan::default();
        for (name, text) in words::formatter(formatter.unwrap_or(&bare)) {
            line(name, &text);
        }
    }
}
