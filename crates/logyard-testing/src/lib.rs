//! What the differential tests share: the Pythons of this machine, and children that run on them, or on a
//! terminal.
//!
//! | environment | meaning |
//! |---|---|
//! | `LOGYARD_PYTHON` | the Python that is the reference; else the newest that is found |
//! | `LOGYARD_PACKAGES_PYTHON` | a Python that has the packages of `tests/packages.txt` |
//! | `LOGYARD_OLD_PACKAGES` | a folder that has those of `tests/packages-old.txt` |
//! | `PROPTEST_CASES` | how many random inputs a test makes, in place of its own number |
//!
//! Only tests and `xtask` use this crate: it panics where a child does not answer.

mod child;
mod python;
mod terminal;

pub use child::{Child, run};
pub use python::{Python, newest, one_of_each, python, pythons, with_packages};
pub use terminal::on_terminal;

/// `PROPTEST_CASES`, or the number that a test makes of itself.
pub fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
