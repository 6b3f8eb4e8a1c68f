use std::cmp::Ordering;

use crate::compare::{Operator, Wanted};
use crate::glob::Glob;
use crate::pattern::Pattern;
use crate::text::TextTest;
use crate::view::View;

/// One thing that a query asks of a record.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A text of the record.
    Text(TextTest),
    /// Its level.
    Level(LevelTest),
    /// Its logger.
    Logger(LoggerTest),
    /// When it was made, compared with microseconds since 1970.
    Time(Operator, i64),
    /// Any other field.
    Field {
        /// Its name.
        name: String,
        /// What it must be.
        wanted: Wanted,
    },
}

/// What is asked of a level.
#[derive(Clone, Debug)]
pub enum LevelTest {
    /// A number, or a name that `logging` knows.
    Number(Operator, i64),
    /// Another name, in any case: it is (true), or it is another one (false).
    Name(String, bool),
}

/// What is asked of a logger.
#[derive(Clone, Debug)]
pub struct LoggerTest(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// The logger, and those below it.
    Subtree(String),
    Glob(Glob),
    Regex(Pattern, bool),
    Compare(Operator, String),
}

impl LoggerTest {
    pub(crate) fn subtree_or_glob(text: &str) -> LoggerTest {
        LoggerTest(match text.contains('*') {
            true => Kind::Glob(Glob::new(text)),
            false => Kind::Subtree(text.to_owned()),
        })
    }

    pub(crate) fn regex(pattern: Pattern, is: bool) -> LoggerTest {
        LoggerTest(Kind::Regex(pattern, is))
    }

    pub(crate) fn compare(operator: Operator, text: &str) -> LoggerTest {
        LoggerTest(Kind::Compare(operator, text.to_owned()))
    }

    /// Whether a logger of this name is so.
    pub fn is(&self, logger: &[u8]) -> bool {
        match &self.0 {
            Kind::Subtree(name) if name == "root" => true,
            Kind::Subtree(name) => match logger.strip_prefix(name.as_bytes()) {
                Some(rest) => rest.is_empty() || rest.starts_with(b"."),
                None => false,
            },
            Kind::Glob(glob) => glob.matches(logger),
            Kind::Regex(pattern, is) => pattern.is_in(logger) == *is,
            Kind::Compare(operator, name) => operator.holds(logger.cmp(name.as_bytes())),
        }
    }
}

impl LevelTest {
    /// Whether a level is so, of which the number or the name may not be known.
    pub fn is(&self, number: Option<i64>, name: Option<&[u8]>) -> bool {
        match self {
            LevelTest::Number(operator, wanted) => {
                number.is_some_and(|number| operator.holds(number.cmp(wanted)))
            }
            LevelTest::Name(wanted, is) => {
                name.is_some_and(|name| name.eq_ignore_ascii_case(wanted.as_bytes()) == *is)
            }
        }
    }
}

impl Condition {
    /// Whether a record is so. What it has not got is not so.
    pub fn is(&self, record: &dyn View) -> bool {
        match self {
            Condition::Text(test) => record.any_text(&mut |text| test.is_in(text)),
            Condition::Level(test) => test.is(record.level(), record.level_name()),
            Condition::Logger(test) => record.logger().is_some_and(|logger| test.is(logger)),
            Condition::Time(operator, wanted) => {
                let holds = |micros: i64| -> bool {
                    let ordering: Ordering = micros.cmp(wanted);
                    operator.holds(ordering)
                };
                record.micros().is_some_and(holds)
            }
            Condition::Field { name, wanted } => {
                record.field(name).is_some_and(|field| wanted.is(&field))
            }
        }
    }
}
