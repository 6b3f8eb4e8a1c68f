//! `su`: rotating as somebody else.

use rustix::process::{getegid, geteuid};

use crate::conf::problem::why;
use crate::messages::Messages;

/// The user and group that the process works as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Effective user id.
    pub(crate) user: u32,
    /// Effective group id.
    pub(crate) group: u32,
}

impl Identity {
    /// Whom the process works as now.
    pub(crate) fn current() -> Identity {
        Identity { user: geteuid().as_raw(), group: getegid().as_raw() }
    }

    /// Makes the whole process work as this one, until it is changed back.
    ///
    /// # Errors
    ///
    /// Tells and gives `Err` if that is not allowed: nothing may be rotated then.
    pub(crate) fn assume(self, told: &Messages) -> Result<(), ()> {
        let now = Identity::current();
        if now == self {
            return Ok(());
        }
        told.debug(&format!(
            "switching euid from {} to {} and egid from {} to {} (pid {})\n",
            now.user,
            self.user,
            now.group,
            self.group,
            std::process::id()
        ));
        logyard_libc::set_effective(self.user, self.group).map_err(|error| {
            told.error(&format!(
                "error switching euid from {} to {} and egid from {} to {}: {}",
                now.user,
                self.user,
                now.group,
                self.group,
                why(&error)
            ));
        })
    }

    /// Runs `work` as this one and goes back; `None` if the change is not possible.
    pub(crate) fn during<T>(self, told: &Messages, work: impl FnOnce() -> T) -> Option<T> {
        let before = Identity::current();
        self.assume(told).ok()?;
        let result = work();
        before.assume(told).ok()?;
        Some(result)
    }
}
