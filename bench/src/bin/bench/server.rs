//! The servers: starting one in a folder of its own, and ending it whatever happens.

use std::collections::VecDeque;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::output::Logs;

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Kind {
    Floor,
    Logyard,
    Cpython,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Floor => "floor",
            Kind::Logyard => "logyard",
            Kind::Cpython => "CPython's receiver",
        })
    }
}

/// The programs and files that a measurement runs.
pub(crate) struct Programs {
    pub(crate) blast: PathBuf,
    floor: PathBuf,
    logyard: PathBuf,
    pub(crate) python: PathBuf,
    /// As `platform.python_version()` says
    pub(crate) python_version: String,
    /// The folder of `corpus.py`, `cpython_receiver.py` and `logging.ini`
    pub(crate) sources: PathBuf,
}

impl Programs {
    /// Builds what is missing beside this program, in the same target folder.
    pub(crate) fn find(python: &Path, logyard: Option<&Path>) -> Result<Programs> {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        build.args(["build", "--release", "--quiet", "--bins", "-p", "logyard-bench"]);
        if logyard.is_none() {
            build.args(["-p", "logyard"]);
        }
        let status = build.current_dir(&sources).status().context("can't run cargo")?;
        ensure!(status.success(), "cargo build failed: {status}");
        let here = std::env::current_exe()?;
        let beside = here.parent().context("this program has no folder")?;

        // A shim would stand between: it costs the start, and isn't the process that is measured.
        let facts = Command::new(python)
            .args([
                "-c",
                "import platform, sys; print(sys.executable, platform.python_version(), sep='\\n')",
            ])
            .output()
            .with_context(|| format!("can't run {}", python.display()))?;
        let facts = String::from_utf8(facts.stdout)?;
        let (python, version) = facts.trim().split_once('\n').context("python says nothing")?;
        Ok(Programs {
            blast: beside.join("blast"),
            floor: beside.join("floor"),
            logyard: logyard.map_or_else(|| beside.join("logyard"), Path::to_owned),
            python: python.into(),
            python_version: version.to_owned(),
            sources,
        })
    }

    /// How `kind` is run in the folder where it is started.
    fn command(&self, kind: Kind) -> Command {
        let config = self.sources.join("logging.ini");
        let mut command;
        match kind {
            Kind::Floor => {
                command = Command::new(&self.floor);
                command.arg("logs/floor.log");
            }
            Kind::Logyard => {
                command = Command::new(&self.logyard);
                command.arg("serve").arg(config);
                command.args(["--listen", "127.0.0.1:0", "--state", "state"]);
            }
            Kind::Cpython => {
                command = Command::new(&self.python);
                command.arg(self.sources.join("cpython_receiver.py")).arg(config);
            }
        }
        command.env("TZ", crate::corpus::TIME_ZONE);
        command
    }
}

/// A running server. Dropping it kills the process and removes its folder.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    stderr: Option<JoinHandle<VecDeque<String>>>,
    pub(crate) address: SocketAddr,
    /// From its start until it listens
    pub(crate) start: Duration,
    pub(crate) logs: Logs,
}

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many of its last lines on stderr are kept for an error.
const STDERR_LINES: usize = 20;

impl Server {
    /// Starts `kind` in a new folder in `parent`.
    pub(crate) fn start(kind: Kind, programs: &Programs, parent: &Path) -> Result<Server> {
        let folder = parent.join("run");
        fs::create_dir_all(folder.join("logs"))?;
        let mut command = programs.command(kind);
        command.current_dir(&folder).stdin(Stdio::null()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child =
            command.spawn().with_context(|| format!("can't run {:?}", command.get_program()))?;
        let (sender, listening) = mpsc::channel();
        let stderr = child.stderr.take().map(|pipe| thread::spawn(move || read(pipe, &sender)));
        let logs = Logs::new(folder.join("logs"));
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { child, folder, stderr, address, start: PATIENCE, logs };
        match listening.recv_timeout(PATIENCE) {
            Ok(address) => server.address = address,
            Err(_) => bail!("{kind} doesn't listen\n{}", server.end()),
        }
        server.start = started.elapsed();
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end by SIGTERM and waits for it; what was still to be written is then in the files.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
        bail!("it doesn't end within {} s of SIGTERM\n{}", PATIENCE.as_secs(), self.end());
    }

    /// Kills it; its last lines on stderr.
    pub(crate) fn end(&mut self) -> String {
        // Fails only where it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let lines = self.stderr.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        Vec::from(lines).join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        // The whole temporary folder goes at the end, and this one with it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads stderr to its end, so that the server never waits for it, and tells the address.
fn read(pipe: ChildStderr, listening: &mpsc::Sender<SocketAddr>) -> VecDeque<String> {
    let mut lines = VecDeque::new();
    for line in BufReader::new(pipe).lines().map_while(Result::ok) {
        if let Some(address) = line.split("listening on ").nth(1).and_then(|rest| {
            rest.split_whitespace().next()?.trim_start_matches("tcp://").parse().ok()
        }) {
            // Nobody waits for a second one.
            let _ = listening.send(address);
        }
        if lines.len() == STDERR_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
    lines
}
