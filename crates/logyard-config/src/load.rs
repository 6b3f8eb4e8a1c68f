//! A configuration of any kind, by the suffix of its file.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::plan::Plan;
use crate::source::{Options, Source};
use crate::tree::Syntax;
use crate::{dict_config, file_config};

/// Reads a configuration: dictConfig's dict from `.json`, `.yaml`, `.yml` and `.toml`, and fileConfig's INI
/// from any other file. The plan is there unless a diagnostic is an error; the diagnostics are in the order
/// of the file.
pub fn load(source: &Source, options: &Options) -> (Option<Plan>, Vec<Diagnostic>) {
    match syntax(&source.path) {
        Some(syntax) => dict_config::load(source, syntax, options),
        None => file_config::load(source, options),
    }
}

/// Whether a file of this name is read as dictConfig's dict.
pub fn is_dict(path: &Path) -> bool {
    syntax(path).is_some()
}

pub(crate) fn syntax(path: &Path) -> Option<Syntax> {
    let suffix = path.extension()?.to_str()?.to_lowercase();
    Some(match suffix.as_str() {
        "json" => Syntax::Json,
        "yaml" | "yml" => Syntax::Yaml,
        "toml" => Syntax::Toml,
        _ => return None,
    })
}
