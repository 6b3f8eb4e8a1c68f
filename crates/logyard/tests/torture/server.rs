//! The log is a server's: the writers send it records, and it, or logrotate, rotates.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::writer::line;

/// How long the server may take to listen, or to rotate, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const LOOK: Duration = Duration::from_millis(2);

/// Lines that a writer sends in one go.
const TOGETHER: u64 = 50;

const LOGGING: &str = "[loggers]\nkeys = root\n[handlers]\nkeys = file\n[formatters]\nkeys = line\n\
    [logger_root]\nhandlers = file\n[handler_file]\nclass = FileHandler\nformatter = line\nargs = ('a.log',)\n\
    [formatter_line]\nformat = %(message)s\n";

/// A server whose log is `a.log` in its folder.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts it; with `rotate`, it rotates by that configuration.
    pub(crate) fn start(folder: &Path, rotate: Option<&Path>) -> Server {
        std::fs::write(folder.join("logging.ini"), LOGGING).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_logyard"));
        command.args(["serve", "logging.ini", "--state", "server"]).current_dir(folder);
        command.arg("--listen").arg(format!("unix://{}", socket(folder).display()));
        if let Some(rotate) = rotate {
            command.arg("--rotate").arg(rotate);
        }
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Server { child: quiet.spawn().unwrap(), folder: folder.to_owned() };
        wait("the server listens", || UnixStream::connect(socket(folder)).is_ok());
        server
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Has it rotate now, and waits for it.
    pub(crate) fn rotate(&self) {
        let before = self.rotated();
        // a rotation needs something in the log
        let has_lines = || self.folder.join("a.log").metadata().is_ok_and(|about| about.len() > 0);
        wait("there are lines", has_lines);
        signal(&self.child, "-HUP");
        wait("it is rotated", || self.rotated() > before);
    }

    /// Lets it write all that it has.
    pub(crate) fn stop(mut self) {
        signal(&self.child, "-TERM");
        assert!(self.child.wait().unwrap().success());
    }

    fn rotated(&self) -> usize {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        entries.map(name).filter(|name| name.to_string_lossy().starts_with("a.log.")).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless something failed
    }
}

fn signal(child: &Child, signal: &str) {
    assert!(
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success()
    );
}

fn wait(what: &str, met: impl Fn() -> bool) {
    let start = Instant::now();
    while !met() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(LOOK);
    }
}

/// Where a server of that folder listens.
fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

/// Sends lines to the server of that folder until `stop` says so; gives how many.
pub(crate) fn send(folder: &Path, writer: usize, most: u64, stop: impl Fn() -> bool) -> u64 {
    let mut stream = UnixStream::connect(socket(folder)).unwrap();
    let (mut number, mut bytes, mut text, mut frames) = (0, 0, String::new(), Vec::new());
    while !stop() && bytes < most {
        frames.clear();
        for number in number..number + TOGETHER {
            text.clear();
            line(writer, number, &mut text);
            bytes += text.len() as u64;
            frame(text.trim_end_matches('\n'), &mut frames);
        }
        stream.write_all(&frames).unwrap();
        number += TOGETHER;
    }
    number
}

/// A record as a SocketHandler would send it: its length, and a pickle of protocol 1.
fn frame(message: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend([0; 4]);
    out.extend(b"}(");
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(b'X');
        out.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        out.extend(text.as_bytes());
    };
    for (name, value) in [("name", "torture"), ("msg", message), ("levelname", "INFO")] {
        text(out, name);
        text(out, value);
    }
    text(out, "levelno");
    out.extend(b"K\x14");
    text(out, "args");
    out.extend(b"Nu.");
    let length = u32::try_from(out.len() - start - 4).unwrap().to_be_bytes();
    out[start..start + 4].copy_from_slice(&length);
}
