//! Formatter classes of packages, against the packages themselves.

mod colorlog;
mod django;
mod ecs_logging;
mod json_log_formatter;
mod logstash_async;
mod uvicorn;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::python::Ask;
use crate::strategies::{created, quoted, value};

/// A format of one style, with the style: fields of `names` and what all records have.
fn format(names: &[&'static str]) -> impl Strategy<Value = (char, String)> + use<> {
    let mut all =
        vec!["message", "asctime", "levelname", "name", "lineno", "msg", "args", "a", "missing"];
    for _ in 0..3 {
        all.extend(names);
    }
    let literal = select(vec!["", " ", "x", "é", ": ", "\n", "%%", "$$", "{{"]);
    let parts = vec((literal, select(all), 0..12), 0..5);
    (select(vec!['%', '%', '{', '$']), parts).prop_map(|(style, parts)| {
        let parts = parts.into_iter().map(|(literal, name, kind)| {
            let field = match (style, kind) {
                ('%', 0) => format!("%({name})-12s"),
                ('%', 1) => format!("%({name})r"),
                ('%', 2) => "%s".to_owned(),
                ('%', _) => format!("%({name})s"),
                ('{', 0) => format!("{{{name}!r:>12}}"),
                ('{', 1) => format!("{{{name}!s:{{lineno}}}}"),
                ('{', _) => format!("{{{name}}}"),
                _ => format!("${{{name}}}"),
            };
            format!("{literal}{field}")
        });
        (style, parts.collect())
    })
}

fn datefmt() -> impl Strategy<Value = Option<String>> {
    option::of(select(vec!["%H:%M:%S", "%Y-%m-%d %H:%M:%S%z", "[%d]"]).prop_map(str::to_owned))
}

/// A record's dict: `own` is more of it, pairs with commas after them.
fn record(own: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let level = prop_oneof![
        6 => select(vec![
            "'INFO', 'levelno': 20",
            "'DEBUG', 'levelno': 10",
            "'WARNING', 'levelno': 30",
            "'ERROR', 'levelno': 40",
            "'CRITICAL', 'levelno': 50",
            "'TRACE', 'levelno': 5",
        ]),
        1 => select(vec![
            "'Level 35', 'levelno': 35",
            "'éé', 'levelno': 20.0",
            "'ok', 'levelno': 20.5",
            "'VERY LONG NAME', 'levelno': True",
        ]),
    ];
    let text = prop_oneof![4 => Just("None"), 1 => Just("'Traceback:\\n  x'"), 1 => Just("'x\\n'")];
    let extra = option::of(value());
    (level, created(), text.clone(), text, extra, own).prop_map(
        |(level, created, exc_text, stack_info, extra, own)| {
            let extra = extra.map_or(String::new(), |value| format!("'a': {value}, "));
            format!(
                "{{'name': 'x.y', 'levelname': {level}, 'pathname': 'p.py', 'filename': 'p.py', \
                 'module': 'p', 'lineno': 7, 'funcName': 'f', 'created': {created}, 'msecs': 7.0, \
                 'relativeCreated': 3.5, 'thread': 1, 'threadName': 'T', 'processName': 'P', \
                 'process': 9, 'exc_info': None, 'exc_text': {exc_text}, 'stack_info': {stack_info}, \
                 'taskName': None, {extra}{own}}}"
            )
        },
    )
}

/// The arguments that all formatters have, for logyard, and as Python's keywords.
fn ask(style: char, fmt: Option<String>, datefmt: Option<String>) -> (Ask, String) {
    let mut keywords = format!("style='{style}', ");
    for (name, value) in [("fmt", &fmt), ("datefmt", &datefmt)] {
        if let Some(value) = value {
            keywords += &format!("{name}={}, ", quoted(value));
        }
    }
    let ask = Ask {
        zone: "Europe/Berlin".to_owned(),
        style,
        fmt,
        datefmt,
        validate: true,
        ..Ask::default()
    };
    (ask, keywords)
}
