//! YAML, as PyYAML reads it: block style, lists of plain values in brackets.

use super::{Comments, float, moment, plain, quoted};
use crate::expr::{Kind, Value};
use crate::tree::is_plain_yaml;

pub(super) fn document(pairs: &[(Value, Value)], comments: &mut Comments) -> String {
    let mut out = String::new();
    for line in &comments.top {
        out.push_str(&format!("# {line}\n"));
    }
    if !comments.top.is_empty() {
        out.push('\n');
    }
    dict(&mut out, pairs, &mut Vec::new(), comments);
    out
}

fn dict(
    out: &mut String,
    pairs: &[(Value, Value)],
    path: &mut Vec<String>,
    comments: &mut Comments,
) {
    let indent = "  ".repeat(path.len());
    for (key, value) in pairs {
        path.push(key.to_text().unwrap_or_default());
        for line in comments.of(path, key, value) {
            out.push_str(&format!("{indent}# {line}\n"));
        }
        out.push_str(&format!("{indent}{}:", flow(key)));
        match &value.kind {
            Kind::Dict(pairs) if !pairs.is_empty() => {
                out.push('\n');
                dict(out, pairs, path, comments);
            }
            Kind::List(items) if !plain(items) => {
                out.push('\n');
                for item in items {
                    out.push_str(&format!("{indent}  - {}\n", flow(item)));
                }
            }
            _ => out.push_str(&format!(" {}\n", flow(value))),
        }
        path.pop();
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match &value.kind {
        Kind::None => "null".to_owned(),
        Kind::Bool(b) => b.to_string(),
        Kind::Int(i) => i.to_string(),
        Kind::Float(f) => float_in_yaml(*f),
        Kind::Str(text) => string(text),
        Kind::List(items) | Kind::Tuple(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Kind::Dict(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", flow(key), flow(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Kind::Object(object) => moment(object, " "),
        Kind::Bytes(_) => "null".to_owned(), // !!binary is refused when a document is read
    }
}

/// YAML 1.1 wants a sign in the exponent.
fn float_in_yaml(value: f64) -> String {
    let text = float(value, ".nan", ".inf");
    match text.split_once('e') {
        Some((number, exponent)) => {
            let point = if number.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{number}{point}e{sign}{exponent}")
        }
        None => text,
    }
}

fn string(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "_./:@+- ".contains(c);
    let first = |c: char| c.is_alphanumeric() || "_./".contains(c);
    let simple = text.starts_with(first)
        && text.chars().all(safe)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && is_plain_yaml(text);
    let printable = |c: char| c >= ' ' && !('\x7f'..='\u{9f}').contains(&c);
    if simple {
        text.to_owned()
    } else if text.contains(['\u{2028}', '\u{2029}', '\u{feff}']) || !text.chars().all(printable) {
        quoted(text)
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
