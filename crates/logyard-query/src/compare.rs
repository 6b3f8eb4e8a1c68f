use std::cmp::Ordering;

use crate::glob::Glob;
use crate::pattern::Pattern;
use crate::text::TextTest;
use crate::view::{Field, WHOLE, canonical_number};

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// Whether it holds for a value that is so compared with the wanted one.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Operator::Equal => ordering.is_eq(),
            Operator::NotEqual => ordering.is_ne(),
            Operator::Less => ordering.is_lt(),
            Operator::LessOrEqual => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            Operator::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// What a field is compared with.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// `=` and its kin, with the value as it was written.
    Value(Operator, Scalar),
    /// `field:glob`
    Glob(GlobTest),
    /// `message:words`: for the fields that are prose.
    Words(TextTest),
    /// `field~/re/`, and with false `field!~/re/`
    Regex(Pattern, bool),
}

/// A value of a query: a text that may be a number, too.
#[derive(Clone, Debug)]
pub struct Scalar {
    text: String,
    number: Option<f64>,
    int: Option<i64>,
    /// It was in quotes: a text, whatever it looks like.
    quoted: bool,
}

/// A glob over the text of a field.
#[derive(Clone, Debug)]
pub struct GlobTest(Glob);

impl Wanted {
    pub(crate) fn value(operator: Operator, text: &str, quoted: bool) -> Wanted {
        let number = text.parse::<f64>().ok().filter(|_| {
            !quoted && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        });
        let int = number.and_then(|_| text.parse().ok());
        Wanted::Value(operator, Scalar { text: text.to_owned(), number, int, quoted })
    }

    pub(crate) fn glob(text: &str) -> Wanted {
        Wanted::Glob(GlobTest(Glob::new(text)))
    }

    /// Whether the field's value is so.
    pub fn is(&self, field: &Field<'_>) -> bool {
        let mut text = Vec::new();
        let text = match field {
            Field::Text(text) => text.as_ref(),
            other => {
                if let Wanted::Value(operator, scalar) = self {
                    return scalar.compare(other).is_some_and(|ordering| operator.holds(ordering))
                        || (*operator == Operator::NotEqual && scalar.compare(other).is_none());
                }
                other.canonical(&mut text);
                &text
            }
        };
        match self {
            Wanted::Value(operator, scalar) => operator.holds(scalar.compare_text(*operator, text)),
            Wanted::Glob(GlobTest(glob)) => glob.matches(text),
            Wanted::Words(test) => test.is_in(text),
            Wanted::Regex(pattern, is) => pattern.is_in(text) == *is,
        }
    }

    /// The texts of which a value that is so must have one, as [`Field::canonical`] gives it; none if
    /// that can't be said.
    pub fn one_of(&self) -> Option<Vec<Vec<u8>>> {
        match self {
            // of larger ones some are equal as floats only
            Wanted::Value(Operator::Equal, scalar) => {
                let small = scalar.number.is_none_or(|number| number.abs() < WHOLE);
                small.then(|| scalar.canonical())
            }
            Wanted::Glob(GlobTest(glob)) => Some(vec![glob.exact()?.to_vec()]),
            _ => None,
        }
    }
}

impl Scalar {
    /// With a field that is no text; none if they can't be compared.
    fn compare(&self, field: &Field<'_>) -> Option<Ordering> {
        match (field, self.number, self.int) {
            (Field::Int(n), _, Some(wanted)) => Some(n.cmp(&wanted)),
            (Field::Int(n), Some(wanted), None) => (*n as f64).partial_cmp(&wanted),
            (Field::Float(x), Some(wanted), _) => x.partial_cmp(&wanted),
            (Field::Bool(truth), _, _) if !self.quoted => {
                let wanted = match () {
                    () if self.text.eq_ignore_ascii_case("true") => true,
                    () if self.text.eq_ignore_ascii_case("false") => false,
                    () => return None,
                };
                Some(truth.cmp(&wanted)).filter(|ordering| ordering.is_eq())
            }
            (Field::None, _, _) if !self.quoted && self.text.eq_ignore_ascii_case("none") => {
                Some(Ordering::Equal)
            }
            _ => None,
        }
    }

    /// With a text. What is less is found by number if both are numbers, what is equal never.
    fn compare_text(&self, operator: Operator, text: &[u8]) -> Ordering {
        let number = |wanted| {
            let found: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
            found.partial_cmp(&wanted)
        };
        let by_number = match operator {
            Operator::Equal | Operator::NotEqual => None,
            _ => self.number.and_then(number),
        };
        by_number.unwrap_or_else(|| text.cmp(self.text.as_bytes()))
    }

    fn canonical(&self) -> Vec<Vec<u8>> {
        let mut all = vec![self.text.clone()];
        all.extend(self.int.map(|int| int.to_string()));
        all.extend(self.number.map(canonical_number));
        if !self.quoted {
            for word in ["True", "False", "None"] {
                all.extend(self.text.eq_ignore_ascii_case(word).then(|| word.to_owned()));
            }
        }
        all.sort();
        all.dedup();
        all.into_iter().map(String::into_bytes).collect()
    }
}
