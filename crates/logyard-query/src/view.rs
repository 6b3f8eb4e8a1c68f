use std::borrow::Cow;

/// What a query can ask of a record. Texts are bytes: mostly UTF-8, but a surrogate that a client sent,
/// or a file in another encoding, does no harm.
pub trait View {
    /// The level's number, if it is known.
    fn level(&self) -> Option<i64>;
    /// The level's name, if it is known.
    fn level_name(&self) -> Option<&[u8]>;
    /// The logger's name, `root` for the root logger; none if it isn't known.
    fn logger(&self) -> Option<&[u8]>;
    /// When it was made, in microseconds since 1970.
    fn micros(&self) -> Option<i64>;
    /// Calls `is` with each text that words are looked for in, until it says yes; what it said.
    fn any_text(&self, is: &mut dyn FnMut(&[u8]) -> bool) -> bool;
    /// A field by its name; with dots, one of a dict in it.
    fn field(&self, name: &str) -> Option<Field<'_>>;
}

/// A field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A text, or of any other value the text that Python's `str` gives.
    Text(Cow<'a, [u8]>),
}

impl Field<'_> {
    /// As it is looked for in an index, and shown: numbers that are whole without a point.
    pub fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Field::None => out.extend_from_slice(b"None"),
            Field::Bool(true) => out.extend_from_slice(b"True"),
            Field::Bool(false) => out.extend_from_slice(b"False"),
            Field::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Field::Float(x) => out.extend_from_slice(canonical_number(*x).as_bytes()),
            Field::Text(text) => out.extend_from_slice(text),
        }
    }
}

/// 2^53: below it a whole float is one int, and no other.
pub(crate) const WHOLE: f64 = 9_007_199_254_740_992.0;

pub(crate) fn canonical_number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < WHOLE { format!("{}", x as i64) } else { format!("{x}") }
}
