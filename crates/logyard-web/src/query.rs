//! The part of a URL behind `?`.

use logyard_query::{Clock, Query};
use logyard_view::{Filter, LoggerPattern, level_named};

/// What a parameter lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadQuery(pub(crate) String);

/// The parameters in their order, decoded.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// `%41` and `+`, as forms write them.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |offset| bytes.get(at + offset).and_then(|&b| char::from(b).to_digit(16));
        match (byte, digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Encodes a parameter's value.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What a watcher asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) filter: Filter,
    /// Records before those that come: at most so many.
    pub(crate) history: usize,
    /// Records behind that number.
    pub(crate) after: Option<u64>,
    /// Records before that number.
    pub(crate) before: Option<u64>,
    /// Older than that, in seconds since 1970.
    pub(crate) until: Option<f64>,
    /// Not older than that, in seconds since 1970.
    pub(crate) since: Option<f64>,
    /// Whether to go on with what comes.
    pub(crate) follow: bool,
    /// Records a second, at most.
    pub(crate) rate: Option<u32>,
    pub(crate) format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Lines,
    Events,
}

/// More terms than anybody writes by hand.
const TERMS: usize = 64;

impl Wanted {
    pub(crate) fn read(query: &str) -> Result<Wanted, BadQuery> {
        let mut wanted = Wanted { follow: true, ..Wanted::default() };
        let parameters = parameters(query);
        if parameters.len() > TERMS {
            return Err(BadQuery(format!("there are more than {TERMS} parameters")));
        }
        for (name, value) in &parameters {
            wanted.set(name, value).map_err(|why| BadQuery(format!("`{name}`: {why}")))?;
        }
        Ok(wanted)
    }

    /// What an index knows of: the rest of the filter has to be asked of what is found. Takes the query out.
    pub(crate) fn query(&mut self) -> Query {
        let clock = Clock::system();
        let mut query = self.filter.query.take().unwrap_or_default();
        let mut narrow = |text: String| {
            // never an error: these are the language's own
            if let Ok(more) = Query::parse(&text, &clock) {
                query = std::mem::take(&mut query).and(more);
            }
        };
        if let Some(level) = self.filter.level {
            narrow(format!("level>={level}"));
        }
        if let Some(since) = self.since {
            narrow(format!("time>=@{since:.6}"));
        }
        if let Some(until) = self.until {
            narrow(format!("time<@{until:.6}"));
        }
        let loggers: Vec<&str> = self.filter.loggers.iter().map(LoggerPattern::as_str).collect();
        if !loggers.is_empty() && loggers.iter().all(|name| is_plain(name)) {
            let term = |name: &&str| match *name {
                "root" => "logger=root".to_owned(), // it alone
                name => format!("logger:{name}"),
            };
            let terms: Vec<_> = loggers.iter().map(term).collect();
            narrow(terms.join(" or "));
        }
        query
    }

    /// What the query of [`Wanted::query`] does not tell, if something is asked that it does not.
    pub(crate) fn beyond_the_query(&self) -> Option<&'static str> {
        if !self.filter.patterns.is_empty() || !self.filter.fields.is_empty() {
            return Some("grep and field can't be counted; write them in q");
        }
        match self.filter.loggers.iter().all(|logger| is_plain(logger.as_str())) {
            true => None,
            false => Some("a pattern can't be counted; write it in q, as logger:shop.*"),
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "logger" => self.filter.loggers.push(LoggerPattern::new(value)),
            "level" => self.filter.level = Some(level_named(value).map_err(|e| e.to_string())?),
            "q" => {
                let query = Query::parse(value, &Clock::system());
                self.filter.query = Some(query.map_err(|error| {
                    // a caret stands below its place
                    format!("the query can't be read\n\n{}", error.render(value))
                })?);
            }
            "grep" => self.filter.grep(value).map_err(|error| error.to_string())?,
            "field" => {
                let comparison = value.parse();
                self.filter
                    .fields
                    .push(comparison.map_err(|e: logyard_view::FilterError| e.to_string())?);
            }
            "history" => self.history = number(value)?,
            "after" => self.after = Some(number(value)?),
            "before" => self.before = Some(number(value)?),
            "since" => self.since = Some(seconds(value)?),
            "until" => self.until = Some(seconds(value)?),
            "rate" => self.rate = Some(number::<u32>(value)?.max(1)),
            "follow" => {
                self.follow = match value {
                    "true" | "1" | "" => true,
                    "false" | "0" => false,
                    _ => return Err("true or false is wanted".into()),
                }
            }
            "format" => {
                self.format = Some(match value {
                    "ndjson" => Format::Lines,
                    "sse" => Format::Events,
                    _ => return Err("ndjson or sse is wanted".into()),
                });
            }
            _ => {
                return Err("there is no such parameter; there are q, logger, level, grep, field, history, after, before, since, until, rate, follow and format".into());
            }
        }
        Ok(())
    }
}

/// Whether a logger's name can be written in a query as it is.
fn is_plain(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_part)
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    seconds.ok_or_else(|| "seconds since 1970 are wanted".to_owned())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "a whole number is wanted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let read = parameters("a=1&b=%C3%BC+%2B&&c&d=%zz=%4");
        let expected = [("a", "1"), ("b", "ü +"), ("c", ""), ("d", "%zz=%4")];
        assert_eq!(read, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(decode(&encode("a&ü =%\0")), "a&ü =%\0");
    }

    #[test]
    fn mistakes_are_named() {
        let error = |query| Wanted::read(query).unwrap_err().0;
        assert_eq!(
            error("level=loud"),
            "`level`: `loud` is not a level; use DEBUG, INFO, WARNING, ERROR, CRITICAL or a number"
        );
        assert!(
            error("q=level%3EEROR")
                .starts_with("`q`: the query can't be read\n\nlevel>EROR\n      ^^^^ ")
        );
        assert!(error("grep=(").starts_with("`grep`: regex parse error"));
        assert!(error("x=1").contains("there is no such parameter"));
        assert_eq!(error("history=-1"), "`history`: a whole number is wanted");
        assert!(error(&"level=1&".repeat(65)).contains("more than 64"));
    }
}
