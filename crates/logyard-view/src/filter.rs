use regex::{Regex, RegexBuilder};

use logyard_query::Query;

use crate::{Entry, Field};

/// Memory that one pattern may take when it is compiled: patterns come from whoever looks.
const PATTERN_BYTES: usize = 1 << 20;

/// What one looks for. The empty filter passes everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these; none are all.
    pub loggers: Vec<LoggerPattern>,
    /// Records below it are left out.
    pub level: Option<i64>,
    /// Found somewhere in message, traceback or stack, each of them.
    pub patterns: Vec<Regex>,
    /// All of them hold.
    pub fields: Vec<Comparison>,
    /// What the query language says.
    pub query: Option<Query>,
}

/// A filter can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The regular expression is bad; the text shows where.
    #[error("{0}")]
    Pattern(String),
    /// No `NAME=VALUE`.
    #[error("`{0}` compares nothing: write NAME=VALUE, or one of != < <= > >= in place of =")]
    Comparison(String),
}

impl Filter {
    /// Adds a regular expression.
    ///
    /// # Errors
    ///
    /// If it is none, or takes too much memory.
    pub fn grep(&mut self, pattern: &str) -> Result<(), FilterError> {
        let regex = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build();
        self.patterns.push(regex.map_err(|error| FilterError::Pattern(error.to_string()))?);
        Ok(())
    }

    /// Whether the entry is looked for.
    pub fn passes(&self, entry: &Entry) -> bool {
        self.level.is_none_or(|level| entry.level >= level)
            && (self.loggers.is_empty()
                || self.loggers.iter().any(|pattern| pattern.matches(&entry.logger)))
            && self.query.as_ref().is_none_or(|query| query.matches(entry))
            && self.fields.iter().all(|comparison| comparison.holds(entry))
            && self.patterns.iter().all(|pattern| {
                let texts = [Some(&entry.message), entry.exception.as_ref(), entry.stack.as_ref()];
                texts.into_iter().flatten().any(|text| pattern.is_match(text))
            })
    }
}

/// Loggers by name: `orders` is that logger and all below it; with `*` and `?` it is a pattern for the
/// whole name, as `fnmatch` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggerPattern(String);

impl LoggerPattern {
    /// Any text is one.
    pub fn new(pattern: &str) -> LoggerPattern {
        LoggerPattern(pattern.to_owned())
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a logger's name fits.
    pub fn matches(&self, logger: &str) -> bool {
        let pattern = self.0.as_str();
        if pattern.contains(['*', '?']) {
            return glob(pattern.as_bytes(), logger.as_bytes());
        }
        match logger.strip_prefix(pattern) {
            Some(rest) => rest.is_empty() || rest.starts_with('.') || pattern.is_empty(),
            None => false,
        }
    }
}

/// `*` is any number of bytes, `?` is one character. Goes back to the last `*` only, so its time is
/// bounded by the product of the lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                last = Some((p + 1, t));
                p += 1;
            }
            Some(b'?') => {
                t += 1;
                while text.get(t).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    t += 1;
                }
                p += 1;
            }
            Some(byte) if *byte == text[t] => (p, t) = (p + 1, t + 1),
            _ => match &mut last {
                Some((after, from)) => {
                    *from += 1;
                    (p, t) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|byte| *byte == b'*')
}

/// A field and what it is compared with: `user_id=42`, `status>=500`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    name: String,
    sign: Sign,
    value: String,
    number: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl std::str::FromStr for Comparison {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let bad = || FilterError::Comparison(text.to_owned());
        let at = text.find(['=', '!', '<', '>']).ok_or_else(bad)?;
        let (name, rest) = text.split_at(at);
        let signs = [
            ("!=", Sign::NotEqual),
            ("<=", Sign::LessOrEqual),
            (">=", Sign::GreaterOrEqual),
            ("=", Sign::Equal),
            ("<", Sign::Less),
            (">", Sign::Greater),
        ];
        let found = signs.iter().find_map(|(word, sign)| Some((rest.strip_prefix(word)?, *sign)));
        let (value, sign) = found.ok_or_else(bad)?;
        if name.trim().is_empty() {
            return Err(bad());
        }
        let value = value.trim();
        Ok(Comparison {
            name: name.trim().to_owned(),
            sign,
            value: value.to_owned(),
            number: value.parse().ok(),
        })
    }
}

impl Comparison {
    /// Numbers are compared as numbers, all else as text. A field that is not there equals nothing.
    fn holds(&self, entry: &Entry) -> bool {
        let Some(field) = entry.field(&self.name) else { return self.sign == Sign::NotEqual };
        let order = match (field.number(), self.number) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ if self.is_json_of(&field) => Some(std::cmp::Ordering::Equal),
            _ => Some(field.to_string().as_str().cmp(&self.value)),
        };
        let Some(order) = order else { return false };
        match self.sign {
            Sign::Equal => order.is_eq(),
            Sign::NotEqual => order.is_ne(),
            Sign::Less => order.is_lt(),
            Sign::LessOrEqual => order.is_le(),
            Sign::Greater => order.is_gt(),
            Sign::GreaterOrEqual => order.is_ge(),
        }
    }

    /// `true` and `null` are as good as `True` and `None`.
    fn is_json_of(&self, field: &Field) -> bool {
        match field {
            Field::Bool(true) => self.value == "true",
            Field::Bool(false) => self.value == "false",
            Field::None => self.value == "null",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fields;

    fn entry() -> Entry {
        Entry {
            number: 1,
            created: 0.0,
            level: 30,
            levelname: "WARNING".into(),
            logger: "orders.db".into(),
            message: "slow query".into(),
            raised: None,
            template: None,
            exception: Some("ValueError: x".into()),
            stack: None,
            peer: "p".into(),
            origin: Fields(vec![("process".into(), Field::Int(7))]),
            extra: Fields(vec![
                ("user_id".into(), Field::Int(42)),
                ("ok".into(), Field::Bool(true)),
                ("path".into(), Field::Text("/a=b".into())),
            ]),
        }
    }

    #[test]
    fn loggers_are_subtrees_or_patterns() {
        let matches = |pattern: &str, name: &str| LoggerPattern::new(pattern).matches(name);
        assert!(matches("orders", "orders") && matches("orders", "orders.db.pool"));
        assert!(!matches("orders", "orders2") && !matches("orders", "x.orders"));
        assert!(matches("orders.*", "orders.db.pool") && !matches("orders.*", "orders"));
        assert!(matches("*.d?", "orders.db") && matches("*.d?", "orders.dü"));
        assert!(!matches("*.d?", "orders.d") && matches("*", "") && matches("a*b*", "axxbyy"));
        assert!(!matches(&"*a".repeat(50), &"b".repeat(5000)));
    }

    #[test]
    fn fields_are_compared_as_numbers_where_both_are() {
        let holds = |text: &str| text.parse::<Comparison>().unwrap().holds(&entry());
        assert!(holds("user_id=42") && holds("user_id=42.0") && holds("user_id>=5"));
        assert!(!holds("user_id<5") && holds("user_id!=43") && holds("process=7"));
        assert!(holds("ok=True") && holds("ok=true") && !holds("ok!=true"));
        assert!(holds("path=/a=b") && holds("name=orders.db"));
        assert!(!holds("missing=1") && holds("missing!=1"));
        for bad in ["user_id", "=1", "a!b"] {
            assert!(bad.parse::<Comparison>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_query_is_asked_too() {
        let passes = |text: &str| {
            let query = Query::parse(text, &logyard_query::Clock::system()).unwrap();
            Filter { query: Some(query), ..Filter::default() }.passes(&entry())
        };
        assert!(passes("level>=WARNING logger:orders* slow user_id=42"));
        assert!(passes("ValueError") && passes("ok=true") && passes("process=7"));
        assert!(!passes("level>=ERROR") && !passes("user_id=43") && !passes("fast"));
    }

    #[test]
    fn a_filter_asks_for_all_of_it() {
        let mut filter = Filter::default();
        assert!(filter.passes(&entry()));
        filter.level = Some(30);
        filter.grep("slow|fast").unwrap();
        filter.grep("^ValueError").unwrap();
        assert!(filter.passes(&entry()));
        filter.grep("nowhere").unwrap();
        assert!(!filter.passes(&entry()));
        assert!(filter.grep("(").is_err());
        assert!(filter.grep(r"(\w{1000}){1000}").is_err());
    }
}
