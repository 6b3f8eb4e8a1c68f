//! JSON, as `json.load` reads it.

use super::{float, moment, plain, quoted};
use crate::expr::{Kind, Value};

pub(super) fn document(pairs: &[(Value, Value)]) -> String {
    let mut out = String::new();
    dict(&mut out, pairs, 0);
    out.push('\n');
    out
}

fn value(out: &mut String, value: &Value, depth: usize) {
    match &value.kind {
        Kind::Dict(pairs) => dict(out, pairs, depth),
        Kind::List(items) | Kind::Tuple(items) => {
            let lines = !plain(items);
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(if lines { "," } else { ", " });
                }
                if lines {
                    indent(out, depth + 1);
                }
                self::value(out, item, depth + 1);
            }
            if lines {
                indent(out, depth);
            }
            out.push(']');
        }
        _ => out.push_str(&scalar(value)),
    }
}

fn dict(out: &mut String, pairs: &[(Value, Value)], depth: usize) {
    out.push('{');
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        indent(out, depth + 1);
        out.push_str(&quoted(&key.to_text().unwrap_or_default()));
        out.push_str(": ");
        self::value(out, value, depth + 1);
    }
    if !pairs.is_empty() {
        indent(out, depth);
    }
    out.push('}');
}

fn indent(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

fn scalar(value: &Value) -> String {
    match &value.kind {
        Kind::None => "null".to_owned(),
        Kind::Bool(b) => b.to_string(),
        Kind::Int(i) => i.to_string(),
        Kind::Float(f) => float(*f, "NaN", "Infinity"),
        Kind::Str(text) => quoted(text),
        Kind::Object(object) => quoted(&moment(object, "T")),
        _ => "null".to_owned(),
    }
}
