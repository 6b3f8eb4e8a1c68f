//! The servers: starting one in a folder of its own, and ending it whatever happens.

use std::collections::VecDeque;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::Arguments;
use crate::output::Logs;

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Kind {
    Floor,
    Logyard,
    Cpython,
    Rsyslog,
    SyslogNg,
    FluentBit,
}

impl Kind {
    /// Whether it gets lines of JSON rather than pickles.
    pub(crate) fn takes_lines(self) -> bool {
        matches!(self, Kind::Rsyslog | Kind::SyslogNg | Kind::FluentBit)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Floor => "floor",
            Kind::Logyard => "logyard",
            Kind::Cpython => "CPython's receiver",
            Kind::Rsyslog => "rsyslog",
            Kind::SyslogNg => "syslog-ng",
            Kind::FluentBit => "Fluent Bit",
        })
    }
}

/// The programs and files that a measurement runs.
pub(crate) struct Programs {
    pub(crate) blast: PathBuf,
    floor: PathBuf,
    logyard: PathBuf,
    /// Where `peers/fetch` has unpacked others
    peers: PathBuf,
    pub(crate) python: PathBuf,
    /// As `platform.python_version()` says
    pub(crate) python_version: String,
    /// The folder of `corpus.py`, `cpython_receiver.py` and `logging.ini`
    pub(crate) sources: PathBuf,
}

impl Programs {
    /// Builds what is missing beside this program, in the same target folder.
    pub(crate) fn find(arguments: &Arguments) -> Result<Programs> {
        let Arguments { python, logyard, peers, .. } = arguments;
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        if !arguments.built {
            let mut build = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
            build.args(["build", "--release", "--quiet", "--bins", "-p", "logyard-bench"]);
            if logyard.is_none() {
                build.args(["-p", "logyard"]);
            }
            let status = build.current_dir(&sources).status().context("can't run cargo")?;
            ensure!(status.success(), "cargo build failed: {status}");
        }
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
            logyard: logyard.clone().unwrap_or_else(|| beside.join("logyard")),
            peers: std::path::absolute(peers)?,
            python: python.into(),
            python_version: version.to_owned(),
            sources,
        })
    }

    /// The program of a peer: unpacked, else installed.
    fn peer(&self, kind: Kind) -> Option<PathBuf> {
        let name = match kind {
            Kind::Floor | Kind::Logyard | Kind::Cpython => return None,
            Kind::Rsyslog => "rsyslogd",
            Kind::SyslogNg => "syslog-ng",
            Kind::FluentBit => "fluent-bit",
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![self.peers.join("usr/sbin"), "/usr/sbin".into()];
        folders.extend(std::env::split_paths(&path));
        folders.into_iter().map(|folder| folder.join(name)).find(|program| program.is_file())
    }

    /// Whether it can be run here.
    pub(crate) fn have(&self, kind: Kind) -> bool {
        !kind.takes_lines() || self.peer(kind).is_some()
    }

    /// The size of logyard's program without its symbols, where `strip` is installed.
    pub(crate) fn stripped_size(&self) -> Option<u64> {
        let folder = tempfile::tempdir().ok()?;
        let to = folder.path().join("logyard");
        let status = Command::new("strip").arg("-o").arg(&to).arg(&self.logyard).status().ok()?;
        status.success().then(|| fs::metadata(&to).map(|file| file.len()).ok())?
    }

    /// A peer's name and version.
    pub(crate) fn peer_version(&self, kind: Kind) -> Option<String> {
        let flag = if kind == Kind::Rsyslog { "-v" } else { "--version" };
        let mut command = Command::new(self.peer(kind)?);
        let output = self.with_libraries(&mut command).arg(flag).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words = text.lines().next()?.split_whitespace();
        let mut numbers = words.map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()));
        Some(format!("{kind} {}", numbers.find(|number| number.contains('.'))?))
    }

    /// A peer that was unpacked finds its libraries beside it.
    fn with_libraries<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
        let folders = [
            format!("usr/lib/{multiarch}"),
            format!("lib/{multiarch}"),
            "usr/lib/syslog-ng".into(),
        ];
        let folders = folders.map(|folder| self.peers.join(folder));
        match std::env::join_paths(folders) {
            Ok(path) => command.env("LD_LIBRARY_PATH", path),
            Err(_) => command,
        }
    }

    /// The command that runs a peer with its configuration of `peers/`, to listen on `port`.
    fn peer_command(&self, kind: Kind, port: u16, folder: &Path) -> Result<Command> {
        let program = self.peer(kind).with_context(|| format!("{kind} is not installed"))?;
        let unpacked = program.starts_with(&self.peers);
        let name = match kind {
            Kind::Rsyslog => "rsyslog.conf",
            Kind::SyslogNg => "syslog-ng.conf",
            _ => "fluent-bit.conf",
        };
        let text = fs::read_to_string(self.sources.join("peers").join(name))?;
        let text = text.replace("@PORT@", &port.to_string());
        fs::write(folder.join(name), text.replace("@FOLDER@", &folder.to_string_lossy()))?;
        let mut command = Command::new(program);
        match kind {
            Kind::Rsyslog => {
                command.args(["-n", "-f", name, "-i"]).arg(folder.join("pid"));
                if unpacked {
                    let multiarch = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
                    command.arg("-M").arg(self.peers.join(multiarch).join("rsyslog"));
                }
            }
            Kind::SyslogNg => {
                command.args([
                    "-F",
                    "--no-caps",
                    "-f",
                    name,
                    "-R",
                    "persist",
                    "-c",
                    "control",
                    "-p",
                ]);
                command.arg(folder.join("pid"));
                if unpacked {
                    let modules = fs::read_dir(self.peers.join("usr/lib/syslog-ng"))?
                        .filter_map(|entry| Some(entry.ok()?.path()))
                        .find(|path| path.is_dir())
                        .context("no modules of syslog-ng")?;
                    command.arg(format!("--module-path={}", modules.display()));
                }
            }
            _ => drop(command.args(["-c", name])),
        }
        if unpacked {
            self.with_libraries(&mut command);
        }
        Ok(command)
    }

    /// How `kind` is run in `folder`, and the port that it is given, if it can't choose one.
    fn command(&self, setup: Setup<'_>, folder: &Path) -> Result<(Command, Option<u16>)> {
        let (mut command, mut given) = (Command::new(&self.floor), None);
        match setup.kind {
            Kind::Floor => drop(command.arg("logs/floor.log")),
            Kind::Logyard => {
                command = Command::new(&self.logyard);
                command.arg("serve").arg(setup.config);
                command.args(["--listen", "127.0.0.1:0", "--state", "state"]);
            }
            Kind::Cpython => {
                command = Command::new(&self.python);
                command.arg(self.sources.join("cpython_receiver.py")).arg(setup.config);
            }
            kind => {
                let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
                (command, given) = (self.peer_command(kind, port, folder)?, Some(port));
            }
        }
        command.env("TZ", crate::corpus::TIME_ZONE);
        Ok((command, given))
    }
}

/// What is started.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) kind: Kind,
    pub(crate) config: &'a Path,
    /// Only on so many cores.
    pub(crate) cores: Option<usize>,
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
    /// Starts a server in a new folder in `parent`.
    pub(crate) fn start(setup: Setup<'_>, programs: &Programs, parent: &Path) -> Result<Server> {
        let kind = setup.kind;
        let folder = parent.join("run");
        fs::create_dir_all(folder.join("logs"))?;
        let (mut command, given) = programs.command(setup, &folder)?;
        command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = on_cores(setup.cores, || command.spawn())?
            .with_context(|| format!("can't run {:?}", command.get_program()))?;
        let (sender, listening) = mpsc::channel();
        let stderr = child.stderr.take().map(|pipe| thread::spawn(move || read(pipe, &sender)));
        let logs = Logs::new(folder.join("logs"));
        let address = SocketAddr::from(([127, 0, 0, 1], given.unwrap_or(0)));
        let mut server = Server { child, folder, stderr, address, start: PATIENCE, logs };
        if given.is_some() {
            while TcpStream::connect(address).is_err() {
                let ended = server.child.try_wait()?.is_some();
                if ended || started.elapsed() > PATIENCE {
                    bail!("{kind} doesn't listen\n{}", server.end());
                }
                thread::sleep(Duration::from_millis(1));
            }
        } else {
            match listening.recv_timeout(PATIENCE) {
                Ok(address) => server.address = address,
                Err(_) => bail!("{kind} doesn't listen\n{}", server.end()),
            }
        }
        server.start = started.elapsed();
        Ok(server)
    }

    /// Stops it for a while, or lets it go on.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
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

/// Does something on the first `cores` cores alone: a process that it starts stays there.
fn on_cores<T>(cores: Option<usize>, action: impl FnOnce() -> T) -> Result<T> {
    let Some(cores) = cores else { return Ok(action()) };
    let before = rustix::thread::sched_getaffinity(None)?;
    let mut few = rustix::thread::CpuSet::new();
    (0..rustix::thread::CpuSet::MAX_CPU)
        .filter(|&core| before.is_set(core))
        .take(cores)
        .for_each(|core| few.set(core));
    rustix::thread::sched_setaffinity(None, &few)?;
    let done = action();
    rustix::thread::sched_setaffinity(None, &before)?;
    Ok(done)
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
