//! `logyard check --explain NAME`: one logger's way through the tree.

use std::fmt::Write;

use super::words;
use crate::level;
use crate::plan::Plan;

/// Says where the records of one logger go and why. Ends with a newline.
pub fn explain(plan: &Plan, name: &str) -> String {
    let shown = if name.is_empty() { "root" } else { name };
    let chain = plan.chain(name);
    let mut out = format!("{shown}\n");
    let mut say = |text: String| {
        let _ = writeln!(out, "  {text}");
    };
    let Some(nearest) = chain.first() else { return out };
    let place = match nearest.at.line {
        0 => String::new(),
        _ => format!(" ({})", nearest.at),
    };
    match nearest.name == shown {
        true => say(format!("is configured{place}")),
        false => say(format!("is not configured; the nearest above it is {}{place}", nearest.name)),
    }
    let effective = chain.iter().find(|logger| logger.level != 0);
    if let Some(logger) = effective {
        let by = match logger.name == shown {
            true => "its own".to_owned(),
            false => format!("{}'s", logger.name),
        };
        let level = level::name(logger.level);
        say(format!(
            "in a worker with these loggers, records below {level} are not made ({by} level); the \
             server writes what it receives"
        ));
    }
    // filters of a logger are asked for its own records only
    if let Some(filters) = words::filters(&nearest.filters).filter(|_| nearest.name == shown) {
        say(format!("of its records it takes {filters}"));
    }
    say("a received record goes".to_owned());
    let mut number = 0;
    for logger in &chain {
        if logger.disabled {
            say(format!("  nowhere: {} is disabled", logger.name));
            break;
        }
        for handler in logger.handlers.iter().filter_map(|index| plan.handlers.get(*index)) {
            number += 1;
            let goes = words::destination(plan, &handler.kind);
            let mut takes = match handler.level {
                0 => String::new(),
                _ => format!(", if {} or above", level::name(handler.level)),
            };
            if let Some(filters) = words::filters(&handler.filters) {
                takes.push_str(&format!(", {filters}"));
            }
            say(format!("  {number}. by {} to {}: {goes}{takes}", logger.name, handler.name));
        }
        if !logger.propagate {
            say(format!("  and no further: {} has propagate = 0", logger.name));
        }
    }
    if number == 0 {
        say(format!("  to {}", words::LAST_RESORT));
    }
    out
}
