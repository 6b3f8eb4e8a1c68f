use std::ops::Range;

use crate::condition::Condition;
use crate::error::QueryError;
use crate::lex::{Lexer, Token};
use crate::program::{MOST_STEPS, Query, Step};
use crate::term::term;
use crate::time::Clock;

/// Bytes of a query: some pages of text.
const MOST_BYTES: usize = 16 << 10;

/// Conditions of a query: each is asked of each record.
const MOST_CONDITIONS: usize = 128;

/// Parentheses within parentheses.
const MOST_DEPTH: usize = 64;

/// What waits for its right side, by how tightly it binds.
#[derive(Debug)]
enum Waiting {
    Open(Range<usize>),
    /// The jump to be filled in.
    Or(usize),
    And(usize),
    Not,
}

#[derive(Default)]
struct Parser {
    query: (Vec<Condition>, Vec<Range<usize>>, Vec<Step>),
    waiting: Vec<Waiting>,
    depth: usize,
}

/// Operators and their operands, with a stack in place of recursion (Dijkstra's shunting yard).
pub(crate) fn parse(text: &str, clock: &Clock) -> Result<Query, QueryError> {
    if text.len() > MOST_BYTES {
        let message = format!("the query is longer than {} KiB", MOST_BYTES >> 10);
        return Err(QueryError::new(0..text.len().min(1), message));
    }
    let mut parser = Parser::default();
    let mut lexer = Lexer::new(text);
    // whether an operand has just ended; and what stands before the place where one is wanted
    let mut ended = false;
    let mut before: Option<(&'static str, Range<usize>)> = None;
    while let Some((token, place)) = lexer.next()? {
        let begins = !matches!(token, Token::And | Token::Or | Token::Close);
        if ended && begins {
            parser.operator(Waiting::And)?; // `a b` is `a and b`
            ended = false;
        }
        let waits = match token {
            Token::Open => Some("("),
            Token::And => Some("and"),
            Token::Or => Some("or"),
            Token::Not => Some("not"),
            _ => None,
        };
        match token {
            Token::And | Token::Or if !ended => {
                return Err(misplaced(text.get(place.clone()).unwrap_or_default(), place));
            }
            Token::And => parser.operator(Waiting::And)?,
            Token::Or => parser.operator(Waiting::Or)?,
            Token::Not => parser.waiting.push(Waiting::Not),
            Token::Open => parser.open(place.clone())?,
            Token::Close if !ended => {
                return Err(match before {
                    Some(before) => unfinished(before),
                    None => QueryError::new(place, "there is no ( before this )"),
                });
            }
            Token::Close => parser.close(place.clone())?,
            other => parser.term(term(other, place.clone(), clock)?, place.clone())?,
        }
        parser.check_length(&place)?;
        ended = waits.is_none();
        before = waits.map(|word| (word, place));
    }
    if let Some(before) = before {
        return Err(unfinished(before));
    }
    parser.end()
}

fn misplaced(word: &str, place: Range<usize>) -> QueryError {
    QueryError::new(place, format!("there is nothing before this `{word}`"))
        .help(format!("to look for the word itself, write it in quotes: \"{word}\""))
}

fn unfinished((word, place): (&str, Range<usize>)) -> QueryError {
    let error = QueryError::new(place, format!("there is nothing behind this `{word}`"));
    match word {
        "(" => error,
        _ => error.help(format!("to look for the word itself, write it in quotes: \"{word}\"")),
    }
}

impl Parser {
    fn term(&mut self, condition: Condition, place: Range<usize>) -> Result<(), QueryError> {
        let (conditions, spans, steps) = &mut self.query;
        if conditions.len() == MOST_CONDITIONS {
            let message = format!("the query has more than {MOST_CONDITIONS} conditions");
            return Err(QueryError::new(place, message));
        }
        steps.push(Step::Ask(conditions.len()));
        conditions.push(condition);
        spans.push(place);
        Ok(())
    }

    fn open(&mut self, place: Range<usize>) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            let message = format!("parentheses are nested more than {MOST_DEPTH} deep");
            return Err(QueryError::new(place, message));
        }
        self.waiting.push(Waiting::Open(place));
        Ok(())
    }

    /// An `and` or `or`: what binds more tightly, or as tightly, is done first.
    fn operator(&mut self, operator: fn(usize) -> Waiting) -> Result<(), QueryError> {
        let is_or = matches!(operator(0), Waiting::Or(_));
        self.finish(|waiting| match waiting {
            Waiting::Open(_) => false,
            Waiting::Or(_) => is_or,
            Waiting::And(_) | Waiting::Not => true,
        });
        let steps = &mut self.query.2;
        self.waiting.push(operator(steps.len()));
        // where to is not known yet
        steps.push(if is_or { Step::IfTrue(0) } else { Step::IfFalse(0) });
        Ok(())
    }

    fn close(&mut self, place: Range<usize>) -> Result<(), QueryError> {
        self.finish(|waiting| !matches!(waiting, Waiting::Open(_)));
        self.depth = self.depth.saturating_sub(1);
        match self.waiting.pop() {
            Some(_) => Ok(()),
            None => Err(QueryError::new(place, "there is no ( before this )")),
        }
    }

    fn end(mut self) -> Result<Query, QueryError> {
        self.finish(|waiting| !matches!(waiting, Waiting::Open(_)));
        if let Some(Waiting::Open(place)) = self.waiting.pop() {
            return Err(QueryError::new(place, "there is no ) for this ("));
        }
        let (conditions, spans, steps) = self.query;
        Ok(Query::new(conditions, spans, steps))
    }

    fn finish(&mut self, is_next: impl Fn(&Waiting) -> bool) {
        let steps = &mut self.query.2;
        while let Some(waiting) = self.waiting.pop_if(|waiting| is_next(waiting)) {
            let end = steps.len();
            match waiting {
                Waiting::Open(_) => {}
                Waiting::Not => steps.push(Step::Not),
                Waiting::And(at) => {
                    steps.get_mut(at).into_iter().for_each(|step| *step = Step::IfFalse(end));
                }
                Waiting::Or(at) => {
                    steps.get_mut(at).into_iter().for_each(|step| *step = Step::IfTrue(end));
                }
            }
        }
    }

    /// With what waits, which is a step each.
    fn check_length(&self, place: &Range<usize>) -> Result<(), QueryError> {
        if self.query.2.len() + self.waiting.len() < MOST_STEPS {
            return Ok(());
        }
        Err(QueryError::new(place.clone(), "the query is too long from here on"))
    }
}
