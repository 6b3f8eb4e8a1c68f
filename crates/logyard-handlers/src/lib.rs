//! Python's handlers that write to files and streams: one file for each, all with the same parts.
//!
//! A [`Writer`] is one handler of the plan. It is owned by one thread and takes [`Run`]s: batches
//! of formatted lines. What it writes, and under which names, is what CPython 3.13's handlers write;
//! where CPython would lose a line, it says so and lets the caller try again.

/// Python's text codecs and error handlers, for writing.
pub mod encoding;

mod archive;
mod backlog;
mod compress;
mod compressor;
mod concurrent_file;
mod error;
mod file;
mod folder;
mod lock_file;
mod log_file;
mod memory;
mod newlines;
mod resume;
mod rotating_file;
mod run;
mod stream;
mod surroundings;
#[cfg(test)]
mod testing;
mod text;
mod timed_rotating_file;
mod upkeep;
mod watched_file;
mod writer;

pub use compressor::Compressor;
pub use error::{Failed, HandlerError};
pub use logyard_rotate::{Clock, Rules};
pub use memory::Memory;
pub use resume::{FilePlace, Resume};
pub use run::{NextRollover, Notice, Run};
pub use surroundings::Surroundings;
pub use writer::Writer;
