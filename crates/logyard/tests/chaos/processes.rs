//! The clients are processes: this test's own program, or a Python.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::client::{Client, Report};

/// Whom a client speaks as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The acknowledged protocol, by this program.
    Acknowledged,
    /// CPython's `logging.handlers.SocketHandler`.
    Stock,
    /// The package's `logyard.Handler`.
    Package,
}

/// Between two batches of records.
const PAUSE: Duration = Duration::from_millis(4);

const ROLE: &str = "LOGYARD_CHAOS_CLIENT";

/// A client's process, and what it has said.
pub(crate) struct Process {
    pub(crate) number: u64,
    child: Child,
    stdin: Option<ChildStdin>,
    said: Arc<Mutex<(Report, u64)>>,
    listener: JoinHandle<()>,
}

impl Process {
    pub(crate) fn start(kind: Kind, number: u64, socket: &Path, spool: &Path) -> Process {
        let pause = PAUSE.as_secs_f64().to_string();
        let mut command = match kind {
            Kind::Acknowledged => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.env(ROLE, format!("{number} {}", socket.display()));
                command
            }
            Kind::Stock | Kind::Package => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chaos/python.py");
                let mut command = Command::new(python());
                let kind = if kind == Kind::Stock { "stock" } else { "logyard" };
                command
                    .arg(script)
                    .arg(kind)
                    .arg(socket)
                    .arg(number.to_string())
                    .arg(pause)
                    .arg(spool);
                command.env("PYTHONPATH", package());
                command
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a client");
        let said = Arc::new(Mutex::new((Report::default(), 0)));
        let out = BufReader::new(child.stdout.take().unwrap());
        let saying = Arc::clone(&said);
        let listener = std::thread::spawn(move || {
            // a line that is not whole was cut by the client's death
            for line in out.lines().map_while(Result::ok) {
                let mut said = saying.lock().unwrap();
                let mut words = line.split(' ');
                let word = words.next();
                let mut number = || words.next().and_then(|word| word.parse().ok());
                match (word, number()) {
                    (Some("made"), Some(made)) => said.0.made = made,
                    (Some("acked"), Some(acked)) => said.0.acked = acked,
                    (Some("slowest"), Some(micros)) => said.1 = micros,
                    (Some("dropped"), Some(first)) => {
                        let range = (first, number().unwrap_or(first));
                        match said.0.dropped.last_mut() {
                            Some(last) if last.0 == first => *last = range,
                            _ => said.0.dropped.push(range),
                        }
                    }
                    _ => {}
                }
            }
        });
        let stdin = child.stdin.take();
        Process { number, child, stdin, said, listener }
    }

    /// Lets it end; what it made, and the longest that a call took, in microseconds.
    pub(crate) fn stop(mut self) -> (u64, Report, u64) {
        drop(self.stdin.take());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "client {}: {status}", self.number);
        self.listener.join().unwrap();
        let said = self.said.lock().unwrap().clone();
        (self.number, said.0, said.1)
    }

    /// `kill -9`: what it had said by then counts.
    pub(crate) fn kill(mut self) -> (u64, Report) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.listener.join().unwrap();
        let report = self.said.lock().unwrap().0.clone();
        (self.number, report)
    }
}

/// If this process is to be a client, it is one to its end.
pub(crate) fn be_a_client() -> bool {
    let Ok(role) = std::env::var(ROLE) else { return false };
    let (number, socket) = role.split_once(' ').expect("a number and a socket");
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new()); // until it is closed
        stopping.store(true, Ordering::SeqCst);
    });
    let say = |report: &Report| {
        let mut out = std::io::stdout().lock();
        if let Some((first, last)) = report.dropped.last() {
            let _ = writeln!(out, "dropped {first} {last}");
        }
        let _ = writeln!(out, "acked {}\nmade {}", report.acked, report.made);
    };
    let socket = PathBuf::from(socket);
    let client = Client::new(number.parse().expect("a number"), socket, stop, PAUSE, Box::new(say));
    say(&client.run());
    true
}

fn python() -> String {
    std::env::var("LOGYARD_CHAOS_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Where the Python package is in this repository.
fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python")
}

/// Why such clients can't be had here.
pub(crate) fn missing(kind: Kind) -> Option<String> {
    let import = match kind {
        Kind::Acknowledged => return None,
        Kind::Stock => "import logging.handlers",
        Kind::Package => "import logyard; logyard.Handler",
    };
    let tried = Command::new(python()).args(["-c", import]).env("PYTHONPATH", package()).output();
    match tried {
        Ok(output) if output.status.success() => None,
        Ok(_) => Some(format!("`{} -c '{import}'` fails", python())),
        Err(error) => Some(format!("there is no {}: {error}", python())),
    }
}
