use std::os::fd::{FromRawFd, OwnedFd};

/// First descriptor that systemd passes (`SD_LISTEN_FDS_START`, sd_listen_fds(3)).
const LISTEN_FDS_START: i32 = 3;

/// Takes descriptors that the parent process left open for this one, by their numbers (`logyard run`).
///
/// Numbers that are no open descriptors are passed over, and those below 3. To be called once, before
/// any descriptor is opened: a second call gives nothing.
pub fn passed_fds(numbers: &[i32]) -> Vec<OwnedFd> {
    static TAKEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    if TAKEN.swap(true, std::sync::atomic::Ordering::SeqCst) {
        return Vec::new();
    }
    let mut numbers: Vec<i32> =
        numbers.iter().copied().filter(|fd| *fd >= LISTEN_FDS_START).collect();
    let mut fds = Vec::new();
    // a number that is there twice must not be owned twice
    while let Some(fd) = numbers.first().copied() {
        numbers.retain(|other| *other != fd);
        // SAFETY: `fcntl` on a number is harmless; a failure means that it is not an open descriptor.
        if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } == 0 {
            // SAFETY: the descriptor is open, the parent left it to this process for its own use, and
            // `TAKEN` and the line above make this the only place that takes it over.
            fds.push(unsafe { OwnedFd::from_raw_fd(fd) });
        }
    }
    fds
}

/// Takes the sockets that systemd passed to this process, if any (sd_listen_fds(3)).
///
/// Gives nothing when `LISTEN_PID` names another process. To be called once, before any descriptor
/// is opened: a second call gives nothing.
pub fn inherited_fds() -> Vec<OwnedFd> {
    static TAKEN: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    if TAKEN.swap(true, std::sync::atomic::Ordering::SeqCst) {
        return Vec::new();
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    if number("LISTEN_PID") != Some(std::process::id()) {
        return Vec::new();
    }
    // 1,024 is far more than a unit file lists, and keeps a silly value from looping for long.
    let count = number("LISTEN_FDS").unwrap_or(0).min(1024) as i32;
    let mut fds = Vec::new();
    for fd in LISTEN_FDS_START..LISTEN_FDS_START + count {
        // SAFETY: `fcntl` on a number is harmless; a failure means that it is not an open descriptor.
        if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } == 0 {
            // SAFETY: the descriptor is open, was passed to this process by systemd for its own use,
            // and `TAKEN` makes this the only place that takes it over.
            fds.push(unsafe { OwnedFd::from_raw_fd(fd) });
        }
    }
    fds
}
