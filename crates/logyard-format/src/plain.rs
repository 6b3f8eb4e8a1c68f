//! Values of a configuration, which become values of records.

/// A plain Python value of a configuration, nested at most as deep as its values may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(String),
    /// A `tuple`.
    Tuple(Vec<Plain>),
    /// A `list`.
    List(Vec<Plain>),
    /// A `dict`.
    Dict(Vec<(Plain, Plain)>),
}

/// A dict with these names as field values come: in a pickle.
pub fn pickle_dict(pairs: &[(String, Plain)]) -> Vec<u8> {
    let mut out = b"}(".to_vec();
    for (name, value) in pairs {
        pickle_text(name, &mut out);
        pickle_value(value, &mut out);
    }
    out.extend(b"u.");
    out
}

/// Recurses no deeper than expressions in a configuration may nest.
fn pickle_value(value: &Plain, out: &mut Vec<u8>) {
    let mut all = |open: &[u8], items: &[Plain], close: u8| {
        out.extend(open);
        items.iter().for_each(|item| pickle_value(item, out));
        out.push(close);
    };
    match value {
        Plain::Tuple(items) => all(b"(", items, b't'),
        Plain::List(items) => all(b"](", items, b'e'),
        Plain::None => out.push(b'N'),
        Plain::Bool(true) => out.push(0x88),
        Plain::Bool(false) => out.push(0x89),
        Plain::Int(int) => {
            out.extend([0x8a, 8]);
            out.extend(int.to_le_bytes());
        }
        Plain::Float(float) => {
            out.push(b'G');
            out.extend(float.to_be_bytes());
        }
        Plain::Str(text) => pickle_text(text, out),
        Plain::Dict(pairs) => {
            out.extend(b"}(");
            for (key, value) in pairs {
                pickle_value(key, out);
                pickle_value(value, out);
            }
            out.push(b'u');
        }
    }
}

fn pickle_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes()); // far shorter: a configuration is at most 1 MiB
    out.extend(text.as_bytes());
}
