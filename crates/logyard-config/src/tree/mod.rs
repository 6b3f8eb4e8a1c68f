//! A JSON, YAML or TOML document as the values that Python makes of it, each with its place in the file.

mod dict;
mod json;
mod toml;
mod yaml;

use std::ops::Range;

pub(crate) use dict::Key;
pub(crate) use yaml::is_plain as is_plain_yaml;

use crate::diagnostic::Diagnostic;
use crate::expr::Value;

/// How deep a document may nest; also with aliases followed. Configurations stay below 10, and Python's
/// own readers stop at some hundreds.
pub const MAX_DEPTH: usize = 64;

/// Values that a document may hold, those behind aliases counted each time: far more than a configuration
/// of 1 MiB needs, and little enough to hold in memory.
pub const MAX_VALUES: usize = 500_000;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// As `json.load` reads it.
    Json,
    /// As `yaml.safe_load` of PyYAML reads it: YAML 1.1.
    Yaml,
    /// As `tomllib.load` reads it.
    Toml,
}

/// What was read: the document's value, and what is worth saying of it.
pub type Read = (Value, Vec<Diagnostic>);

/// Reads a document. A key that is there twice has the last value, as in Python, and a warning.
pub fn read(syntax: Syntax, text: &str) -> Result<Read, Diagnostic> {
    match syntax {
        Syntax::Json => json::read(text),
        Syntax::Yaml => yaml::read(text),
        Syntax::Toml => toml::read(text),
    }
}

fn syntax(message: impl Into<String>, at: Range<usize>) -> Diagnostic {
    Diagnostic::error("syntax", message).at(at, "")
}

fn too_deep(at: Range<usize>) -> Diagnostic {
    let what = format!("the values are nested more than {MAX_DEPTH} deep");
    Diagnostic::error("too-large", what).at(at, "")
}

fn too_large_number(at: Range<usize>) -> Diagnostic {
    Diagnostic::error("too-large", "the number does not fit into 64 bits").at(at, "")
}
