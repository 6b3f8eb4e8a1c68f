//! `su`: rotating as somebody else.

use rustix::process::{Gid, Uid, getegid, geteuid};
use rustix::thread::{set_thread_res_gid, set_thread_res_uid};

use crate::conf::problem::why;
use crate::messages::Messages;

/// The user and group that this thread works as. The kernel keeps them for each thread, so that other
/// threads of the process go on as they are; children get those of the thread that starts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Effective user id.
    pub(crate) user: u32,
    /// Effective group id.
    pub(crate) group: u32,
}

impl Identity {
    /// Whom the thread works as now.
    pub(crate) fn current() -> Identity {
        Identity { user: geteuid().as_raw(), group: getegid().as_raw() }
    }

    /// Makes the thread work as this one, until it is changed back.
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
        self.set().map_err(|errno| {
            told.error(&format!(
                "error switching euid from {} to {} and egid from {} to {}: {}",
                now.user,
                self.user,
                now.group,
                self.group,
                why(&errno.into())
            ));
        })
    }

    /// The real ids stay, so that it can be undone.
    fn set(self) -> rustix::io::Result<()> {
        let root = geteuid().is_root();
        let group = || set_thread_res_gid(None, Gid::from_raw(self.group), None);
        // only root may take any group: before it stops being root, or after it is root again
        if root {
            group()?;
        }
        set_thread_res_uid(None, Uid::from_raw(self.user), None)?;
        if root { Ok(()) } else { group() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_threads_stay_who_they_are() {
        if !geteuid().is_root() {
            eprintln!("skipped: only root can become somebody else");
            return;
        }
        let told = Messages::default();
        let before = Identity::current();
        let other = Identity { user: 65_534, group: 65_534 };
        let seen = std::thread::scope(|scope| {
            let there = scope.spawn(|| {
                other.during(&told, || {
                    let me = Identity::current();
                    let child = std::process::Command::new("id").arg("-u").output().unwrap();
                    let elsewhere = scope.spawn(Identity::current).join().unwrap();
                    (me, String::from_utf8(child.stdout).unwrap(), elsewhere)
                })
            });
            let seen = there.join().unwrap().unwrap();
            assert_eq!(Identity::current(), before);
            seen
        });
        // a thread begins as the one that starts it
        assert_eq!(seen, (other, "65534\n".to_owned(), other));
    }
}
