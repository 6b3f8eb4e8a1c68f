//! When a log file rolls over, what is renamed, and what is kept: Python's rules as pure functions.
//!
//! Nothing here touches a file. The clock's reading and the folder's listing come in, names to
//! rename and remove come out; `logyard-handlers` carries them out. The rules are those of
//! CPython 3.13's `logging.handlers`; older ones can stand beside them.

mod action;
mod by_size;
mod by_time;
mod clock;
mod when;

pub use action::{Action, Entry};
pub use by_size::BySize;
pub use by_time::{ByTime, Rollover};
pub use clock::Clock;
pub use when::When;
