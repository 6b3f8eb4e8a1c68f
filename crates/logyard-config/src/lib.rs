//! The user's `logging` configuration: read, checked and turned into a [`Plan`].
//!
//! Nothing here opens a log file or runs code of the user. Every problem becomes a [`Diagnostic`] with
//! its place in the file, and all of them come in one go.

mod class_map;
mod compat;
mod construct;
mod diagnostic;
mod dict_config;
pub mod encoding;
mod explain;
pub mod expr;
mod extras;
mod file_config;
pub mod ini;
mod level;
mod load;
mod number;
mod plan;
mod probe;
mod problems;
mod source;
mod split;
mod suggest;
#[cfg(test)]
mod testing;
mod text;
pub mod tree;

pub use class_map::ClassMap;
pub use diagnostic::{Diagnostic, Label, Severity, render_all};
pub use explain::{describe, explain};
pub use extras::{Compress, Extras, Fsync, Owner};
pub use load::{is_dict, load};
pub use logyard_format::Class;
pub use plan::{
    AtTime, ConcurrentPlan, FilePlan, FilterPlan, FilterRule, FormatterPlan, HandlerKind,
    HandlerPlan, LoggerPlan, Mode, Newline, Place, Plan, Repairs, Rules, Stream, TimedPlan, When,
};
pub use probe::{Disk, Files, Kind};
pub use source::{Base, CodecPart, FormatProblem, Options, Settings, Source, UnknownBase};
pub use split::{Halves, Split, Wishes, check_half, split};
pub use suggest::nearest;
