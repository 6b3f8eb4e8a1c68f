use std::ops::Range;

use crate::compare::{Operator, Wanted};
use crate::condition::{Condition, LevelTest, LoggerTest};
use crate::error::QueryError;
use crate::fold::{begins_in_word, ends_in_word};
use crate::lex::{FieldOperator, Token, Value};
use crate::pattern::Pattern;
use crate::text::TextTest;
use crate::time::{Clock, parse_time};

/// Names of `logging`, in its order.
const LEVELS: [(&str, i64); 8] = [
    ("CRITICAL", 50),
    ("FATAL", 50),
    ("ERROR", 40),
    ("WARNING", 30),
    ("WARN", 30),
    ("INFO", 20),
    ("DEBUG", 10),
    ("NOTSET", 0),
];

/// Fields that are prose: `:` looks for words in them.
const PROSE: [&str; 4] = ["message", "msg", "exc_text", "stack_info"];

/// What a token that is no operator asks for.
pub(crate) fn term(
    token: Token<'_>,
    place: Range<usize>,
    clock: &Clock,
) -> Result<Condition, QueryError> {
    Ok(match token {
        Token::Word(word) => Condition::Text(words(word, place)?),
        Token::Quoted(text) if text.is_empty() => {
            return Err(QueryError::new(place, "there is nothing between the quotes"));
        }
        Token::Quoted(text) => Condition::Text(TextTest::phrase(&text, false, false)),
        Token::Regex(source, ignore_case) => {
            Condition::Text(TextTest::regex(regex(&source, ignore_case, place)?))
        }
        Token::Field { name, operator, value, place } => {
            field(name, operator, value, place, clock)?
        }
        Token::Open | Token::Close | Token::And | Token::Or | Token::Not => {
            return Err(QueryError::new(place, "there is nothing to look for"));
        }
    })
}

/// A word; stars stand for more letters of it.
fn words(word: &str, place: Range<usize>) -> Result<TextTest, QueryError> {
    let inner = word.trim_matches('*');
    if inner.is_empty() {
        return Err(QueryError::new(place, "a star alone matches everything: leave it out"));
    }
    let (open_start, open_end) = (word.starts_with('*'), word.ends_with('*'));
    if !inner.contains('*') {
        return Ok(TextTest::phrase(inner, open_start, open_end));
    }
    let begins = !open_start && begins_in_word(inner.as_bytes());
    let ends = !open_end && ends_in_word(inner.as_bytes());
    Ok(TextTest::parts(inner.split('*'), begins, ends))
}

fn regex(source: &str, ignore_case: bool, place: Range<usize>) -> Result<Pattern, QueryError> {
    Pattern::new(source, ignore_case).map_err(|error| {
        QueryError::new(place, format!("the regular expression can't be used: {error}")).help(
            "it is one of Rust's regex, which knows what Python's re knows but lookaround and backreferences",
        )
    })
}

fn field(
    name: &str,
    operator: FieldOperator,
    value: Value<'_>,
    place: Range<usize>,
    clock: &Clock,
) -> Result<Condition, QueryError> {
    let (text, quoted) = match &value {
        Value::Bare(text) => (*text, false),
        Value::Quoted(text) => (text.as_str(), true),
        Value::Regex(text, _) => (text.as_str(), false),
    };
    match name {
        "level" => return Ok(Condition::Level(level(operator, text, place)?)),
        "since" | "until" | "time" => return time(name, operator, text, place, clock),
        "logger" => {
            return Ok(Condition::Logger(match operator {
                FieldOperator::Matches(is) => LoggerTest::regex(regex_of(&value, place)?, is),
                FieldOperator::Is if quoted => LoggerTest::compare(Operator::Equal, text),
                FieldOperator::Is => LoggerTest::subtree_or_glob(text),
                FieldOperator::Compare(operator) => LoggerTest::compare(operator, text),
            }));
        }
        _ => {}
    }
    let wanted = match operator {
        FieldOperator::Compare(operator) => Wanted::value(operator, text, quoted),
        FieldOperator::Matches(is) => Wanted::Regex(regex_of(&value, place)?, is),
        FieldOperator::Is if PROSE.contains(&name) => Wanted::Words(match quoted {
            true if text.is_empty() => {
                return Err(QueryError::new(place, "there is nothing between the quotes"));
            }
            true => TextTest::phrase(text, false, false),
            false => words(text, place)?,
        }),
        FieldOperator::Is if quoted => Wanted::value(Operator::Equal, text, false),
        FieldOperator::Is => Wanted::glob(text),
    };
    Ok(Condition::Field { name: name.to_owned(), wanted })
}

fn regex_of(value: &Value<'_>, place: Range<usize>) -> Result<Pattern, QueryError> {
    match value {
        Value::Bare(text) => regex(text, false, place),
        Value::Quoted(text) => regex(text, false, place),
        Value::Regex(text, ignore_case) => regex(text, *ignore_case, place),
    }
}

fn level(
    operator: FieldOperator,
    text: &str,
    place: Range<usize>,
) -> Result<LevelTest, QueryError> {
    let operator = match operator {
        FieldOperator::Compare(operator) => operator,
        FieldOperator::Is => Operator::Equal,
        FieldOperator::Matches(_) => {
            let message = "a level can't be compared with a regular expression";
            return Err(QueryError::new(place, message)
                .help("write level>=WARNING, or levelname~/…/ for the name"));
        }
    };
    let known = LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    let number = known.map(|(_, number)| *number).or_else(|| text.parse().ok());
    match (number, operator) {
        (Some(number), _) => Ok(LevelTest::Number(operator, number)),
        (None, _) if near(text).is_some() => {
            let meant = near(text).unwrap_or_default();
            Err(QueryError::new(place, format!("`{text}` is no level; did you mean {meant}?"))
                .help(format!("a level of your own with this name is levelname={text}")))
        }
        (None, Operator::Equal) => Ok(LevelTest::Name(text.to_owned(), true)),
        (None, Operator::NotEqual) => Ok(LevelTest::Name(text.to_owned(), false)),
        (None, _) => {
            let message = format!("`{text}` is no level of logging");
            Err(QueryError::new(place, message).help(
                "write DEBUG, INFO, WARNING, ERROR or CRITICAL, or the number of a level of your own",
            ))
        }
    }
}

/// The level that was meant: one letter is missing, too many, another, or two are swapped.
fn near(text: &str) -> Option<&'static str> {
    let written: Vec<char> = text.to_uppercase().chars().take(16).collect();
    let without = |chars: &[char], at: usize| {
        let mut chars = chars.to_vec();
        if at < chars.len() {
            chars.remove(at);
        }
        chars
    };
    let is_near = |name: &str| {
        let name: Vec<char> = name.chars().collect();
        let ends = name.len().max(written.len());
        let changed = (0..ends).any(|at| {
            without(&name, at) == without(&written, at)
                || without(&name, at) == written
                || name == without(&written, at)
        });
        let swapped = (1..written.len()).any(|at| {
            let mut swapped = written.clone();
            swapped.swap(at - 1, at);
            swapped == name
        });
        written.len() > 2 && (changed || swapped)
    };
    LEVELS.iter().map(|(name, _)| *name).find(|name| is_near(name))
}

fn time(
    name: &str,
    operator: FieldOperator,
    text: &str,
    place: Range<usize>,
    clock: &Clock,
) -> Result<Condition, QueryError> {
    let direct = match (name, operator) {
        ("since", FieldOperator::Is | FieldOperator::Compare(Operator::Equal)) => {
            Operator::GreaterOrEqual
        }
        ("until", FieldOperator::Is | FieldOperator::Compare(Operator::Equal)) => Operator::Less,
        (
            "time",
            FieldOperator::Compare(
                operator @ (Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual),
            ),
        ) => operator,
        _ => {
            let message = format!("`{name}` can't be compared so");
            return Err(QueryError::new(place, message)
                .help("write since:yesterday, until:10m, or time>=2026-11-21T10:00"));
        }
    };
    let micros = parse_time(text, clock)
        .map_err(|help| QueryError::new(place, format!("`{text}` is no time")).help(help))?;
    Ok(Condition::Time(direct, micros))
}
