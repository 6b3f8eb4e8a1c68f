//! A program's own configuration, which the user's replaces section by section.

use std::ops::Range;

use crate::expr::{Kind, Value};
use crate::source::Base;
use crate::tree::{self, Syntax};

/// `gunicorn.glogging.CONFIG_DEFAULTS` of gunicorn 27.
const GUNICORN: &str = include_str!("gunicorn.json");

/// `config = CONFIG_DEFAULTS.copy(); config.update(own)`: the top keys that the user's document lacks.
pub(super) fn fill(base: Base, root: &mut Value) {
    let text = match base {
        Base::Gunicorn => GUNICORN,
    };
    let Kind::Dict(own) = &mut root.kind else { return };
    let Ok((Value { kind: Kind::Dict(pairs), .. }, _)) = tree::read(Syntax::Json, text) else {
        return; // a test reads it
    };
    for (key, value) in pairs {
        if !own.iter().any(|(known, _)| known.equals(&key)) {
            own.push((placed(key), placed(value)));
        }
    }
}

/// The value at the start of the user's file: it has no place there. The base is not nested deeply.
fn placed(value: Value) -> Value {
    const START: Range<usize> = 0..0;
    let kind = match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(placed).collect()),
        Kind::Dict(pairs) => {
            Kind::Dict(pairs.into_iter().map(|(key, value)| (placed(key), placed(value))).collect())
        }
        plain => plain,
    };
    Value { kind, at: START }
}

/// What to say of a name that is not there, and that a base has.
pub(super) fn hint(section: &str, name: &str) -> Option<&'static str> {
    let known = match section {
        "handlers" => matches!(name, "console" | "error_console"),
        "formatters" => name == "generic",
        _ => false,
    };
    known.then_some("gunicorn fills it in: start the server with --base gunicorn")
}
