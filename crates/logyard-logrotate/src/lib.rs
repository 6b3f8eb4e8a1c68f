//! logrotate's configuration, read and carried out as logrotate 3.22 does.
//!
//! logrotate's manual and its observed behaviour are the specification; `tests/logrotate` compares
//! with the real one. Nothing of it is copied.

mod amount;
mod compress;
pub mod conf;
pub mod dates;
mod explain;
mod finding;
mod mail;
mod messages;
mod moment;
pub mod names;
mod options;
mod own;
mod owner;
pub mod plan;
mod progress;
mod rotator;
mod run;
mod scripts;
pub mod state;
pub mod when;

pub use explain::{Explanation, explain, is_logrotate};
pub use finding::Finding;
pub use messages::{Level, Messages, Teller};
pub use moment::{Moment, WallTime};
pub use options::{CopyTruncate, Lock, Options, Outcome};
pub use own::{OwnFiles, StillOpen};
pub use plan::Origin;
pub use rotator::Rotator;
pub use run::rotate;
