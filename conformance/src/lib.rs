//! Conformance cases: recorded from real CPythons, run on logyard. See README.md.

mod case;
mod mtimes;

pub use case::{Case, Step};
pub use mtimes::Mtimes;
