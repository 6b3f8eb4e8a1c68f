//! logrotate's configuration, read and carried out as logrotate 3.22 does.
//!
//! logrotate's manual and its observed behaviour are the specification; `tests/logrotate` compares
//! with the real one. Nothing of it is copied.

mod compress;
pub mod conf;
pub mod dates;
mod mail;
mod messages;
mod moment;
pub mod names;
mod options;
mod owner;
pub mod plan;
mod run;
mod scripts;
pub mod state;
pub mod when;

pub use messages::Messages;
pub use moment::{Moment, WallTime};
pub use options::{CopyTruncate, Lock, Options, Outcome};
pub use run::rotate;
