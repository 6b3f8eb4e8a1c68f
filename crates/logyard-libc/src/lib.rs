//! The only room of the project where `unsafe` is allowed: thin, safe wraps of libc.
//!
//! CPython prints times with the platform's `localtime` and `strftime`, so linking the same libc is
//! the specification. Everything here is a plain function over plain values.

mod background;
mod fds;
mod identity;
mod lease;
mod strftime;
mod tm;
mod users;
mod zone;

pub use background::{start_writing, work_in_background};
pub use fds::{inherited_fds, passed_fds};
pub use identity::{group_exists, user_exists};
pub use lease::Lease;
pub use strftime::strftime;
pub use tm::Tm;
pub use users::{group_id, user_id};
pub use zone::{Zone, ZoneError};
