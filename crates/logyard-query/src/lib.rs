//! The language in which records are looked for: `level>=ERROR logger:serving* "timed out" user_id=42`.
//!
//! [`Query::parse`] reads it; what is wrong is a [`QueryError`] with its place. [`Query::matches`] asks a
//! record, which is anything that is a [`View`]: a decoded [`RecordView`], or a line of a file.
//! [`Query::may_match`] asks what is known of many records at once, so that whole blocks can be passed
//! over. Nothing here recurses over its input, and a query's cost is bounded when it is read.
//!
//! The language is described in `docs/search.md`.

mod compare;
mod condition;
mod error;
mod fold;
mod glob;
mod lex;
mod parse;
mod pattern;
mod program;
mod record;
mod term;
mod text;
mod time;
mod view;

pub use compare::{Operator, Wanted};
pub use condition::{Condition, LevelTest, LoggerTest};
pub use error::QueryError;
pub use pattern::Pattern;
pub use program::{May, Query};
pub use record::{RecordView, Scratch};
pub use text::{TextTest, tokens};
pub use time::{Clock, parse_time};
pub use view::{Field, View};
