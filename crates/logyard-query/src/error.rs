use std::fmt::Write;
use std::ops::Range;

/// What is wrong with a query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong.
    pub message: String,
    /// Which bytes of the query it is about; empty at its end for something that is missing.
    pub span: Range<usize>,
    /// What to write instead.
    pub help: Option<String>,
}

impl QueryError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> QueryError {
        QueryError { message: message.into(), span, help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> QueryError {
        self.help = Some(help.into());
        self
    }

    /// The query with the place marked below it, and what to write:
    ///
    /// ```text
    /// level>=EROR timeout
    ///        ^^^^ `EROR` is no level; did you mean ERROR?
    /// ```
    ///
    /// Control characters of the query are shown as `�`, so that columns agree and no terminal obeys.
    pub fn render(&self, query: &str) -> String {
        let shown: String =
            query.chars().map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect();
        let columns = |range: Range<usize>| query.get(range).unwrap_or_default().chars().count();
        let before = columns(0..self.span.start);
        let marked = columns(self.span.clone()).max(1);
        let mut text = format!("{shown}\n{:before$}{:^<marked$} {}", "", "", self.message);
        if let Some(help) = &self.help {
            let _ = write!(text, "\n{:before$}{help}", "");
        }
        text
    }
}

/// Neither a control character nor one that turns the direction of writing.
fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
