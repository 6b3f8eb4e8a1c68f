//! Conformance cases: recorded from real CPythons, run on logyard. See README.md.

mod case;
mod mtimes;
mod plan;

pub use case::{Case, Step};
pub use mtimes::Mtimes;
pub use plan::plan;
