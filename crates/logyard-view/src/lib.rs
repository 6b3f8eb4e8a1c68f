//! Records as people look at them: an [`Entry`] is what a page, a terminal or a script is shown of a
//! record, with its number, its text and all its fields; a [`Filter`] picks some of them.

mod entry;
mod field;
mod filter;
mod level;
mod query;
mod text;

pub use entry::{Entry, Raised, TEXT_BYTES};
pub use field::{Field, Fields};
pub use filter::{Comparison, Filter, FilterError, LoggerPattern};
pub use level::{BadLevel, level_named, level_word};
