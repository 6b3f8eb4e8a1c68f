//! A value in one line, as cpython_cases.py writes it.
use std::collections::HashMap;
use std::fmt::Write;

use logyard_pickle::{Class, Seq, Value};

enum Task<'a> {
    Value(Value<'a>),
    Text(&'static str),
}

/// The dump. It walks with a list of its own: values may be nested as deep as they like.
pub(crate) fn dump(value: Value<'_>) -> String {
    let mut out = String::new();
    write_dump(value, &mut Some(HashMap::new()), &mut out);
    out
}

fn write_dump<'a>(value: Value<'a>, seen: &mut Option<HashMap<u32, usize>>, out: &mut String) {
    let mut tasks = vec![Task::Value(value)];
    while let Some(task) = tasks.pop() {
        let value = match task {
            Task::Value(value) => value,
            Task::Text(text) => {
                out.push_str(text);
                continue;
            }
        };
        match value {
            Value::None => out.push_str("None"),
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::NotImplemented => out.push_str("NotImplemented"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(int) => write!(out, "i{int}").unwrap(),
            Value::BigInt(bytes) => hex(out, "I", bytes),
            Value::Float(float) => {
                out.push('f');
                double(out, float);
            }
            Value::Complex(re, im) => {
                out.push('c');
                double(out, re);
                out.push(',');
                double(out, im);
            }
            Value::Str(text) => hex(out, "s", text),
            Value::Bytes(bytes) => hex(out, "b", bytes),
            Value::ByteArray(bytes) => hex(out, "B", bytes),
            Value::Class(Class { module, name }) => {
                hex(out, "C<", module);
                hex(out, ".", name);
                out.push('>');
            }
            Value::Tuple(seq) | Value::List(seq) => {
                let (kind, shared) = match value {
                    Value::List(_) => ("L", true),
                    _ => ("T", !seq.is_empty()),
                };
                if number(out, kind, seq.id(), shared, seen) {
                    out.push('[');
                    tasks.push(Task::Text("]"));
                    push_all(&mut tasks, seq.iter().map(|value| vec![Task::Value(value)]));
                }
            }
            Value::Set(seq) | Value::FrozenSet(seq) => {
                let (kind, shared) = match value {
                    Value::Set(_) => ("S", true),
                    _ => ("F", !seq.is_empty()),
                };
                if number(out, kind, seq.id(), shared, seen) {
                    set(out, seq);
                }
            }
            Value::Dict(dict) => {
                if number(out, "D", dict.id(), true, seen) {
                    out.push('{');
                    tasks.push(Task::Text("}"));
                    push_all(&mut tasks, dict.iter().map(pair));
                }
            }
            Value::Object(object) => {
                if !number(out, "O", object.id(), true, seen) {
                    continue;
                }
                // the parts in reverse: tasks are taken from the end
                if object.pairs().len() > 0 {
                    tasks.push(Task::Text("}"));
                    push_all(&mut tasks, object.pairs().map(pair));
                    tasks.push(Task::Text("{"));
                }
                if object.items().len() > 0 {
                    tasks.push(Task::Text("]"));
                    push_all(&mut tasks, object.items().map(|value| vec![Task::Value(value)]));
                    tasks.push(Task::Text("["));
                }
                if let Some(state) = object.state() {
                    tasks.push(Task::Value(state));
                    tasks.push(Task::Text("s"));
                }
                if let Some(kwargs) = object.kwargs()
                    && !kwargs.is_empty()
                {
                    tasks.push(Task::Text("}"));
                    push_all(&mut tasks, kwargs.iter().map(pair));
                    tasks.push(Task::Text("k{"));
                }
                tasks.push(Task::Text(")"));
                push_all(&mut tasks, object.args().iter().map(|value| vec![Task::Value(value)]));
                tasks.push(Task::Text("("));
                tasks.push(Task::Value(object.callable()));
            }
        }
    }
}

fn pair<'a>((key, value): (Value<'a>, Value<'a>)) -> Vec<Task<'a>> {
    vec![Task::Value(key), Task::Text(":"), Task::Value(value)]
}

/// Puts parts with commas between them on the list.
fn push_all<'a>(tasks: &mut Vec<Task<'a>>, parts: impl Iterator<Item = Vec<Task<'a>>>) {
    let start = tasks.len();
    for part in parts {
        if tasks.len() > start {
            tasks.push(Task::Text(","));
        }
        tasks.extend(part);
    }
    tasks[start..].reverse();
}

/// Writes the kind and a new number, or the number that it already has.
fn number(
    out: &mut String,
    kind: &str,
    id: u32,
    shared: bool,
    seen: &mut Option<HashMap<u32, usize>>,
) -> bool {
    let Some(seen) = seen.as_mut().filter(|_| shared) else {
        out.push_str(kind);
        return true;
    };
    if let Some(number) = seen.get(&id) {
        write!(out, "@{number}").unwrap();
        return false;
    }
    write!(out, "{kind}{}", seen.len()).unwrap();
    seen.insert(id, seen.len());
    true
}

/// A set's order is Python's own affair.
fn set(out: &mut String, seq: Seq<'_>) {
    let one = |value| {
        let mut out = String::new();
        write_dump(value, &mut None, &mut out);
        out
    };
    let mut items: Vec<String> = seq.iter().map(one).collect();
    items.sort();
    write!(out, "[{}]", items.join(",")).unwrap();
}

fn hex(out: &mut String, kind: &str, bytes: &[u8]) {
    out.push_str(kind);
    for byte in bytes {
        write!(out, "{byte:02x}").unwrap();
    }
}

fn double(out: &mut String, float: f64) {
    match float.is_nan() {
        true => out.push_str("nan"),
        false => write!(out, "{:016x}", float.to_bits()).unwrap(),
    }
}
