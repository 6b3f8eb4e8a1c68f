use std::ops::Range;

use crate::compare::Operator;
use crate::error::QueryError;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token<'q> {
    Open,
    Close,
    And,
    Or,
    Not,
    /// A word as it stands there.
    Word(&'q str),
    /// A text in quotes, without these.
    Quoted(String),
    /// What stands between slashes, and whether `i` follows.
    Regex(String, bool),
    /// A field and its comparison, with the value.
    Field {
        name: &'q str,
        operator: FieldOperator,
        value: Value<'q>,
        /// Where the value is.
        place: Range<usize>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldOperator {
    Compare(Operator),
    /// `:`
    Is,
    /// `~` (true) and `!~`
    Matches(bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'q> {
    Bare(&'q str),
    Quoted(String),
    Regex(String, bool),
}

/// Longest first: `>=` is not `>` and then `=`.
const OPERATORS: [(&str, FieldOperator); 10] = [
    ("!=", FieldOperator::Compare(Operator::NotEqual)),
    ("!~", FieldOperator::Matches(false)),
    ("<=", FieldOperator::Compare(Operator::LessOrEqual)),
    (">=", FieldOperator::Compare(Operator::GreaterOrEqual)),
    ("==", FieldOperator::Compare(Operator::Equal)),
    ("=", FieldOperator::Compare(Operator::Equal)),
    ("<", FieldOperator::Compare(Operator::Less)),
    (">", FieldOperator::Compare(Operator::Greater)),
    ("~", FieldOperator::Matches(true)),
    (":", FieldOperator::Is),
];

/// Cuts a query into pieces.
pub(crate) struct Lexer<'q> {
    text: &'q str,
    at: usize,
}

impl<'q> Lexer<'q> {
    pub(crate) fn new(text: &'q str) -> Self {
        Lexer { text, at: 0 }
    }

    fn rest(&self) -> &'q str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next piece and where it is; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(Token<'q>, Range<usize>)>, QueryError> {
        self.at = self.text.len() - self.rest().trim_start().len();
        let (start, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let token = match first {
            '(' => self.one(Token::Open),
            ')' => self.one(Token::Close),
            '"' | '\'' => Token::Quoted(self.quoted(first)?),
            '/' => {
                let (regex, ignore_case) = self.regex()?;
                Token::Regex(regex, ignore_case)
            }
            '-' if rest.chars().nth(1).is_some_and(|c| !c.is_whitespace() && c != '-') => {
                self.one(Token::Not)
            }
            _ => self.word(rest)?,
        };
        Ok(Some((token, start..self.at)))
    }

    fn one(&mut self, token: Token<'q>) -> Token<'q> {
        self.at += 1;
        token
    }

    /// A word, or a field with its comparison.
    fn word(&mut self, rest: &'q str) -> Result<Token<'q>, QueryError> {
        let start = self.at;
        let word = bare(rest);
        let name = word.find(|c: char| !is_name(c)).map_or(word, |end| &word[..end]);
        let behind = word.get(name.len()..).unwrap_or_default();
        let found = OPERATORS.iter().find(|(text, _)| behind.starts_with(text));
        let Some(&(written, operator)) = found else {
            self.at += word.len();
            return Ok(match word {
                _ if word.eq_ignore_ascii_case("and") => Token::And,
                _ if word.eq_ignore_ascii_case("or") => Token::Or,
                _ if word.eq_ignore_ascii_case("not") => Token::Not,
                _ => Token::Word(word),
            });
        };
        if name.is_empty() {
            let end = start + written.len();
            return Err(QueryError::new(start..end, format!("`{written}` has no field before it"))
                .help("write `field=value` without spaces around the sign"));
        }
        let is_field = name.starts_with(|c: char| c == '_' || c.is_alphabetic());
        // http://…
        if !is_field || (operator == FieldOperator::Is && behind.starts_with("://")) {
            self.at += word.len();
            return Ok(Token::Word(word));
        }
        self.at = start + name.len() + written.len();
        let from = self.at;
        let rest = self.rest();
        let value = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => Value::Quoted(self.quoted(quote)?),
            Some('/') if matches!(operator, FieldOperator::Matches(_)) => {
                let (regex, ignore_case) = self.regex()?;
                Value::Regex(regex, ignore_case)
            }
            _ => {
                let value = bare(rest);
                self.at += value.len();
                if value.is_empty() {
                    let message = format!("`{name}{written}` has nothing behind it");
                    return Err(QueryError::new(start..from, message).help(format!(
                        "write what it is compared with, without a space: {name}{written}42, or in quotes: {name}{written}\"…\""
                    )));
                }
                Value::Bare(value)
            }
        };
        Ok(Token::Field { name, operator, value, place: from..self.at })
    }

    /// A text in quotes, of which a backslash takes the meaning.
    fn quoted(&mut self, quote: char) -> Result<String, QueryError> {
        let (start, rest) = (self.at, self.rest());
        let mut text = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.at = start + at + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, c)) if c == quote || c == '\\' => text.push(c),
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c)) => text.extend(['\\', c]),
                    None => break,
                },
                _ => text.push(c),
            }
        }
        let message = format!("the text that begins here has no end: there is no other {quote}");
        Err(QueryError::new(start..start + 1, message).help(format!(
            "put a {quote} behind it; one that is part of the text is written \\{quote}"
        )))
    }

    /// What stands between slashes.
    fn regex(&mut self) -> Result<(String, bool), QueryError> {
        let (start, rest) = (self.at, self.rest());
        let mut regex = String::new();
        let mut end = None;
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '/' => {
                    end = Some(at + 1);
                    break;
                }
                '\\' => match chars.next() {
                    Some((_, '/')) => regex.push('/'),
                    Some((_, c)) => regex.extend(['\\', c]),
                    None => break,
                },
                _ => regex.push(c),
            }
        }
        let path =
            "a text that begins with a slash, such as a path, is written in quotes: \"/api/v1\"";
        let Some(end) = end else {
            let message = "the regular expression that begins here has no end: there is no other /";
            return Err(QueryError::new(start..start + 1, message).help(path));
        };
        self.at = start + end;
        let flags = bare(self.rest());
        let ignore_case = match flags {
            "" => false,
            "i" => true,
            _ => {
                let place = self.at..self.at + flags.len();
                let message = format!("`{flags}` can't stand behind a regular expression");
                return Err(QueryError::new(place, message)
                    .help(format!("only i can, for: in any case; {path}")));
            }
        };
        self.at += flags.len();
        Ok((regex, ignore_case))
    }
}

/// What stands there up to the next space, quote or parenthesis.
fn bare(rest: &str) -> &str {
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@')
}
