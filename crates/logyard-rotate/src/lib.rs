//! When a log file rolls over, what is renamed, and what is kept: Python's rules as pure functions.
//!
//! Nothing here touches a file. The clock's reading and the folder's listing come in, names to
//! rename and remove come out; `logyard-handlers` carries them out. The rules are those of
//! `logging.handlers` at each compat level, and repairs of what is wrong with all of them.

mod action;
mod by_size;
mod by_time;
mod clock;
mod compressed;
mod retention;
mod rules;
mod when;

pub use action::{Action, Entry};
pub use by_size::BySize;
pub use by_time::{ByTime, Rollover};
pub use clock::Clock;
pub use compressed::{ENDINGS, is_compressed};
pub use retention::{Retention, RolledFile};
pub use rules::{Repairs, Rules, UnknownRepair};
pub use when::When;
