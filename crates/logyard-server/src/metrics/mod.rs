//! What is counted, and what it tells.

mod counted;

pub(crate) use counted::Counted;
pub use counted::LEVELS;
