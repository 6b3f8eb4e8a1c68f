//! Python: `LOGGING = {...}`, for a settings module.

use super::{Comments, float, quoted};
use crate::expr::{Kind, Value};

pub(super) fn document(pairs: &[(Value, Value)], comments: &mut Comments) -> String {
    let mut out = String::new();
    for line in &comments.top {
        out.push_str(&format!("# {line}\n"));
    }
    out.push_str("LOGGING = ");
    dict(&mut out, pairs, &mut Vec::new(), comments);
    out.push('\n');
    out
}

fn dict(
    out: &mut String,
    pairs: &[(Value, Value)],
    path: &mut Vec<String>,
    comments: &mut Comments,
) {
    if pairs.is_empty() {
        out.push_str("{}");
        return;
    }
    out.push_str("{\n");
    for (key, value) in pairs {
        path.push(key.to_text().unwrap_or_default());
        let indent = "    ".repeat(path.len());
        for line in comments.of(path, key, value) {
            out.push_str(&format!("{indent}# {line}\n"));
        }
        out.push_str(&format!("{indent}{}: ", plain(key)));
        match &value.kind {
            Kind::Dict(pairs) => dict(out, pairs, path, comments),
            _ => out.push_str(&plain(value)),
        }
        out.push_str(",\n");
        path.pop();
    }
    out.push_str(&"    ".repeat(path.len()));
    out.push('}');
}

fn plain(value: &Value) -> String {
    match &value.kind {
        Kind::None => "None".to_owned(),
        Kind::Bool(true) => "True".to_owned(),
        Kind::Bool(false) => "False".to_owned(),
        Kind::Int(i) => i.to_string(),
        Kind::Float(f) => float(*f, "float('nan')", "float('inf')"),
        Kind::Str(text) => quoted(text),
        Kind::List(items) | Kind::Tuple(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        Kind::Dict(pairs) => {
            let pairs =
                pairs.iter().map(|(key, value)| format!("{}: {}", plain(key), plain(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        // what comes from Python has no others
        Kind::Bytes(_) | Kind::Object(_) => "None".to_owned(),
    }
}
