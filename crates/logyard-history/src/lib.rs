//! History: what the journal holds, looked through.
//!
//! A sealed segment is compressed in the background and gets an index: for each block of about 256 KiB its
//! times, levels and loggers, and a bloom filter of the words in it. [`History::search`] streams what a
//! query finds, from any record on and in both directions; [`History::summarize`] counts levels over time,
//! loggers and kinds of errors. Both read the journal of a running server, and need no index.
//!
//! The format of an index is described in `docs/reference/journal.md`.

mod bloom;
mod build;
mod groups;
mod index;
mod keep;
mod plan;
mod scan;
mod search;
mod summary;
mod traceback;

pub use groups::{Group, Kind};
pub use keep::{Kept, clean, keep, reindex};
pub use plan::Progress;
pub use scan::Hit;
pub use search::{Event, From, History, Request};
pub use summary::{Bucket, LEVELS, Summary, SummaryRequest};
pub use traceback::{Frame, Traceback};
