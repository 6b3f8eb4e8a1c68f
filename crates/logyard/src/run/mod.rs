//! `logyard run -- COMMAND`: a server and the service that logs to it, under one process.
//!
//! This process holds the listening sockets, so connections wait while the server is started anew, and is the
//! parent of both: the server (this program again) and the command. It works as process 1 of a container.

mod capture;
mod children;
mod server;
mod signals;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use logyard_receivers::{Address, Held, Listener};
use logyard_server::ServeError;
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::{Run, Serve};
use crate::{exit, own_log, serve, settings};
use capture::Capture;
use children::{Ended, reap};
use server::Server;
use signals::Signals;

/// How long the server may take to write what it has: its own limits are 10 s to read and 30 s to write.
const LAST_WRITES: Duration = Duration::from_secs(60);

/// env(1) and the shells: the command can't be run, or is not there.
const NOT_RUNNABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

pub(crate) fn run(mut arguments: Run) -> ExitCode {
    if let Some(config) = arguments.config.take() {
        arguments.serve.configuration.path = Some(config);
    }
    if let Some(passed) = server::passed() {
        return serve::run(&arguments.serve, passed);
    }
    own_log::start();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("cannot start: {error}")),
    };
    let code = runtime.block_on(async {
        let sockets = match bind(&arguments.serve) {
            Ok(sockets) => sockets,
            Err(code) => return code,
        };
        match Signals::new() {
            Ok(signals) => {
                Supervisor { signals, server: Server::new(sockets) }.run(&arguments).await
            }
            Err(error) => failed(&format!("cannot start: {error}")),
        }
    });
    runtime.shutdown_background(); // a thread that still reads the command's output ends with the process
    code
}

fn failed(what: &str) -> ExitCode {
    tracing::error!("{what}");
    ExitCode::from(exit::RUN_TIME)
}

/// The sockets of the addresses of the flags, the variable, the settings, or of the default one.
fn bind(arguments: &Serve) -> Result<Vec<Held>, ExitCode> {
    let settings = settings::glance(&arguments.configuration);
    let mut addresses = arguments.addresses().map_err(|error| {
        tracing::error!("LOGYARD_LISTEN: {error}");
        ExitCode::from(exit::USAGE)
    })?;
    if addresses.is_empty() {
        addresses = settings.listen;
    }
    if addresses.is_empty() {
        addresses.push(Address::default());
    }
    if !arguments.allow_remote.or(settings.allow_remote).unwrap_or(false)
        && let Some(address) = addresses.iter().find(|address| !address.is_local())
    {
        tracing::error!("{}", ServeError::Remote(address.clone()));
        return Err(ExitCode::from(exit::USAGE));
    }
    let hold = |address| Ok::<_, ServeError>(Listener::bind(address)?.hold()?);
    addresses.iter().map(hold).collect::<Result<_, _>>().map_err(|error| failed(&error.to_string()))
}

struct Supervisor {
    signals: Signals,
    server: Server,
}

impl Supervisor {
    async fn run(mut self, arguments: &Run) -> ExitCode {
        match self.start_server().await {
            Ok(()) => {}
            Err(code) => return code,
        }
        let mut command = self.command(&arguments.command, arguments.capture.is_some());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let name = arguments.command[0].display();
                tracing::error!("cannot run {name}: {error}");
                self.stop_server().await;
                let missing = error.kind() == std::io::ErrorKind::NotFound;
                return ExitCode::from(if missing { NOT_FOUND } else { NOT_RUNNABLE });
            }
        };
        drop(command);
        let Some(pid) = Pid::from_raw(child.id().cast_signed()) else { return ExitCode::FAILURE };
        children::give_terminal(pid);
        let over = Arc::new(AtomicBool::new(false));
        let capture = arguments.capture.as_ref().map(|logger| {
            Capture::start(
                &mut child,
                logger,
                arguments.capture_levels,
                &self.server.connect_to(),
                &over,
            )
        });
        let ended = self.attend(pid, capture, &over).await;
        self.stop_server().await;
        ended.exit_code()
    }

    fn command(&self, words: &[OsString], capture: bool) -> Command {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env("LOGYARD_ADDRESS", self.server.connect_to().to_string());
        // A terminal's Ctrl-C and the like reach the command once: as a signal that is passed on, or from the
        // terminal that it is given.
        command.process_group(0);
        if capture {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        command
    }

    /// Starts the server and waits until it listens; what the process is to end with if that is not to be.
    async fn start_server(&mut self) -> Result<(), ExitCode> {
        if let Err(error) = self.server.start() {
            return Err(failed(&format!("the server can't be started: {error}")));
        }
        let ready = tokio::select! {
            ready = self.server.ready() => ready,
            signal = self.signals.next_ending() => {
                self.stop_server().await;
                return Err(Ended::Signal(signal.as_raw()).exit_code());
            }
        };
        if ready {
            return Ok(());
        }
        // it has told why
        loop {
            for (pid, ended) in reap() {
                if self.server.is(pid) {
                    return Err(ended.exit_code());
                }
            }
            self.signals.next().await;
        }
    }

    /// Passes on signals and starts a server that ends anew, until the command has ended and its output is
    /// taken.
    async fn attend(&mut self, command: Pid, capture: Option<Capture>, over: &AtomicBool) -> Ended {
        let taken = async {
            if let Some(capture) = capture {
                capture.end().await;
            }
        };
        tokio::pin!(taken);
        let mut result = None;
        loop {
            for (pid, ended) in reap() {
                if pid == command {
                    result = Some(ended);
                    over.store(true, Ordering::SeqCst);
                } else if self.server.is(pid) {
                    self.server.ended(&ended.to_string());
                }
            }
            let signal = tokio::select! {
                signal = self.signals.next() => signal,
                () = self.server.due() => {
                    if let Err(error) = self.server.start() {
                        self.server.ended(&error.to_string());
                    }
                    continue;
                }
                () = &mut taken, if result.is_some() => Signal::TERM, // nothing is left to wait for
            };
            match result {
                Some(result) if signals::ENDING.contains(&signal) => return result,
                Some(_) => {}
                None if signal == Signal::CHILD => {}
                None => self.pass_on(command, signal),
            }
        }
    }

    fn pass_on(&self, command: Pid, signal: Signal) {
        let _ = kill_process(command, signal); // it may just have ended
        // the server reads its configuration again, or opens the files again
        if [Signal::HUP, Signal::USR1].contains(&signal) {
            self.server.signal(signal);
        }
    }

    /// Starts the server if it is just not running: somebody has to take what is left.
    async fn revive_server(&mut self) {
        if !self.server.is_running() && self.server.start().is_ok() {
            let _ = tokio::time::timeout(LAST_WRITES, self.server.ready()).await;
        }
    }

    /// Lets the server read and write what has been sent. Another signal to end says that it need not.
    async fn stop_server(&mut self) {
        self.revive_server().await;
        self.server.signal(Signal::TERM);
        let late = tokio::time::sleep(LAST_WRITES);
        tokio::pin!(late);
        while self.server.is_running() {
            for (pid, ended) in reap() {
                if self.server.is(pid) {
                    self.server.stopped(&ended);
                    return;
                }
            }
            tokio::select! {
                signal = self.signals.next() => {
                    if signals::ENDING.contains(&signal) {
                        self.server.signal(Signal::TERM);
                    }
                }
                () = &mut late => {
                    tracing::error!("the server does not end, and is killed");
                    self.server.signal(Signal::KILL);
                    return;
                }
            }
        }
    }
}
