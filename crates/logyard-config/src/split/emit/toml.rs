//! TOML, as `tomllib` reads it: a table for each section and each entry of one.

use super::{Comments, float, moment, quoted};
use crate::expr::{Kind, Value};

pub(super) fn document(pairs: &[(Value, Value)], comments: &mut Comments) -> String {
    let mut out = String::new();
    for line in &comments.top {
        out.push_str(&format!("# {line}\n"));
    }
    if !comments.top.is_empty() {
        out.push('\n');
    }
    table(&mut out, pairs, &mut Vec::new(), comments);
    out
}

/// The plain values first, then the tables within; below the entries of sections, inline tables.
fn table(
    out: &mut String,
    pairs: &[(Value, Value)],
    path: &mut Vec<String>,
    comments: &mut Comments,
) {
    const DEPTH: usize = 2;
    let depth = path.len();
    let inner = |value: &Value| matches!(value.kind, Kind::Dict(_)) && depth < DEPTH;
    for (key, value) in pairs.iter().filter(|(_, value)| !inner(value)) {
        path.push(key.to_text().unwrap_or_default());
        for line in comments.of(path, key, value) {
            out.push_str(&format!("# {line}\n"));
        }
        path.pop();
        out.push_str(&format!("{} = {}\n", name(key), plain(value)));
    }
    for (key, value) in pairs.iter().filter(|(_, value)| inner(value)) {
        let Kind::Dict(pairs) = &value.kind else { continue };
        path.push(key.to_text().unwrap_or_default());
        let lines = comments.of(path, key, value);
        let table = |value: &Value| matches!(value.kind, Kind::Dict(_)) && depth + 1 < DEPTH;
        let only_tables = pairs.iter().all(|(_, value)| table(value));
        if !only_tables || pairs.is_empty() {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
            for line in lines {
                out.push_str(&format!("# {line}\n"));
            }
            let names = path.iter().map(|name| bare(name)).collect::<Vec<_>>();
            out.push_str(&format!("[{}]\n", names.join(".")));
        }
        self::table(out, pairs, path, comments);
        path.pop();
    }
}

fn name(key: &Value) -> String {
    bare(&key.to_text().unwrap_or_default())
}

fn bare(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(plain) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

fn plain(value: &Value) -> String {
    match &value.kind {
        Kind::Bool(b) => b.to_string(),
        Kind::Int(i) => i.to_string(),
        Kind::Float(f) => float(*f, "nan", "inf"),
        Kind::Str(text) => quoted(text),
        Kind::List(items) | Kind::Tuple(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        Kind::Dict(pairs) => {
            let pairs =
                pairs.iter().map(|(key, value)| format!("{} = {}", name(key), plain(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Kind::Object(object) => moment(object, "T"),
        // a TOML file has none of these
        Kind::None | Kind::Bytes(_) => "false".to_owned(),
    }
}
