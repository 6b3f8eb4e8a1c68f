use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use logyard_receivers::{Address, Held};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, getppid, kill_process};
use tokio::time::Instant;

use super::children::Ended;
use crate::serve::Passed;

/// What the server's process is left: `PARENT:READY,SOCKET,…`, numbers of a process and of descriptors.
const VARIABLE: &str = "LOGYARD_RUN";

/// How long to wait before a server that ended is started anew: doubled each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A server that ran so long is no longer one that does not start.
const SOUND: Duration = Duration::from_secs(60);

/// The server's process, started as often as needed.
pub(super) struct Server {
    sockets: Vec<Held>,
    pid: Option<Pid>,
    ready: Option<tokio::net::UnixStream>,
    started: Instant,
    pause: Duration,
    /// When it is to be started anew.
    due: Option<Instant>,
}

/// In the server's process: what `logyard run` has left for it. None in any other.
pub(super) fn passed() -> Option<Passed> {
    let value = std::env::var(VARIABLE).ok()?;
    let (parent, numbers) = value.split_once(':')?;
    let parent = Pid::from_raw(parent.parse().ok()?);
    // programs that the server runs inherit the variable, but not the parent
    if parent.is_none() || getppid() != parent {
        return None;
    }
    let numbers: Vec<i32> = numbers.split(',').filter_map(|number| number.parse().ok()).collect();
    let mut fds = logyard_libc::passed_fds(&numbers).into_iter();
    let ready = fds.next();
    // nobody else would end it if `logyard run` was killed
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
    (getppid() == parent).then(|| Passed { sockets: fds.collect(), ready })
}

impl Server {
    pub(super) fn new(sockets: Vec<Held>) -> Server {
        let (started, pause) = (Instant::now(), FIRST_PAUSE);
        Server { sockets, pid: None, ready: None, started, pause, due: None }
    }

    /// Where the command finds it: the first address, on this machine.
    pub(super) fn connect_to(&self) -> Address {
        match self.sockets.first().map(|socket| socket.address.clone()) {
            Some(Address::Tcp { host, port }) if host == "0.0.0.0" => {
                Address::Tcp { host: "127.0.0.1".into(), port }
            }
            Some(Address::Tcp { host, port }) if host == "::" => {
                Address::Tcp { host: "::1".into(), port }
            }
            other => other.unwrap_or_default(),
        }
    }

    /// This program again, with the same arguments.
    pub(super) fn start(&mut self) -> io::Result<()> {
        (self.started, self.due) = (Instant::now(), None);
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let fds: Vec<BorrowedFd<'_>> = [theirs.as_fd()]
            .into_iter()
            .chain(self.sockets.iter().map(|held| held.fd.as_fd()))
            .collect();
        let numbers: Vec<String> = fds.iter().map(|fd| fd.as_raw_fd().to_string()).collect();
        let value = format!("{}:{}", std::process::id(), numbers.join(","));
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg0("logyard-server")
            .args(std::env::args_os().skip(1))
            .env(VARIABLE, value)
            // systemd's messages are the command's
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .stdin(Stdio::null())
            // Ctrl-C is not for it
            .process_group(0);
        for fd in &fds {
            fcntl_setfd(fd, FdFlags::empty())?;
        }
        let child = command.spawn();
        for fd in &fds {
            fcntl_setfd(fd, FdFlags::CLOEXEC)?;
        }
        self.pid = Pid::from_raw(child?.id().cast_signed());
        self.ready = Some(tokio::net::UnixStream::from_std(ours)?);
        Ok(())
    }

    /// Whether it listens; false if it has ended.
    pub(super) async fn ready(&mut self) -> bool {
        let Some(ready) = self.ready.take() else { return false };
        loop {
            if ready.readable().await.is_err() {
                return false;
            }
            match ready.try_read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return matches!(read, Ok(1)),
            }
        }
    }

    pub(super) fn is(&self, pid: Pid) -> bool {
        self.pid == Some(pid)
    }

    pub(super) fn is_running(&self) -> bool {
        self.pid.is_some()
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid {
            let _ = kill_process(pid, signal); // it may just have ended
        }
    }

    /// It ended, or could not be started, though nobody asked for it.
    pub(super) fn ended(&mut self, how: &str) {
        self.pid = None;
        if self.started.elapsed() > SOUND {
            self.pause = FIRST_PAUSE;
        }
        self.due = Some(Instant::now() + self.pause);
        tracing::error!(
            "the server has ended ({how}); it is started anew in {} s, and connections wait",
            self.pause.as_secs_f32()
        );
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// When it has to be started anew.
    pub(super) async fn due(&self) {
        match self.due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// It ended as it was asked to.
    pub(super) fn stopped(&mut self, ended: &Ended) {
        self.pid = None;
        if *ended != Ended::Code(0) {
            tracing::error!("the server has not written all that it has ({ended})");
        }
    }
}
