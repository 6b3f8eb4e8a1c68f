use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Linux's number for it, on all machines (fcntl.h); the `libc` crate lacks it.
const F_SETSIG: i32 = 10;

/// A write lease on a file: as long as it lasts, nobody else has the file open, and whoever wants to
/// open it waits (fcntl(2), "Leases").
///
/// The kernel ends a lease that somebody waits for after `/proc/sys/fs/lease-break-time`, 45 seconds
/// where it was not changed: hold it only for short.
#[derive(Debug)]
pub struct Lease<'a>(&'a File);

impl Lease<'_> {
    /// Takes the lease of `file`.
    ///
    /// # Errors
    ///
    /// `EAGAIN` where anybody has the file open a second time, this process included; `EACCES` where
    /// the file is another user's; others where the filesystem has no leases.
    pub fn write(file: &File) -> io::Result<Lease<'_>> {
        // Somebody who waits is announced by SIGIO, which ends the process; SIGURG does nothing.
        // SAFETY: `fcntl` with this command takes a number and touches no memory of ours; the
        // descriptor is open as long as `file` lives.
        if unsafe { libc::fcntl(file.as_raw_fd(), F_SETSIG, libc::SIGURG) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: as above.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Lease(file))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        // SAFETY: as in `write`. It can't fail for a lease that is held; one that the kernel ended is
        // gone already.
        unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_opener_keeps_the_lease_away() {
        let path = std::env::temp_dir().join(format!("logyard-lease-{}", std::process::id()));
        let file = File::create_new(&path).unwrap();
        let free = Lease::write(&file).map(drop);
        let second = File::open(&path).unwrap();
        let taken = Lease::write(&file).map(drop);
        drop(second);
        let again = Lease::write(&file).map(drop);
        std::fs::remove_file(&path).unwrap();
        free.unwrap();
        assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        again.unwrap();
    }
}
