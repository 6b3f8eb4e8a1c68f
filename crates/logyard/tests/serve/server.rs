//! A server in a folder of its own, and what to send it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Nothing here takes long; a busy machine may.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) addresses: Vec<String>,
    told: Arc<Mutex<String>>,
}

impl Server {
    pub(crate) fn start(configuration: Option<&str>) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let socket = format!("--listen=unix://{}/l.sock", folder.path().display());
        let mut arguments = vec!["--listen", "127.0.0.1:0", "--state", "state", &socket];
        if let Some(text) = configuration {
            std::fs::write(folder.path().join("logging.ini"), text).unwrap();
            arguments.push("logging.ini");
        }
        Server::run(folder, &arguments)
    }

    /// `logyard serve` in a folder with its files, with these arguments.
    pub(crate) fn run(folder: tempfile::TempDir, arguments: &[&str]) -> Server {
        Server::try_run(folder, arguments, None).expect("the server has ended")
    }

    /// The same, told to die at a place; gives the folder back if it did so while it started.
    pub(crate) fn try_run(
        folder: tempfile::TempDir,
        arguments: &[&str],
        crash_at: Option<&str>,
    ) -> Result<Server, tempfile::TempDir> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_logyard"))
            .arg("serve")
            .args(arguments)
            .envs(crash_at.map(|point| ("LOGYARD_CRASH_AT", point)))
            .current_dir(folder.path())
            .env("TZ", "UTC")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let told = Arc::new(Mutex::new(String::new()));
        let mut line = String::new();
        let listening = loop {
            line.clear();
            if stderr.read_line(&mut line).unwrap() == 0 {
                process.wait().unwrap();
                eprintln!("{}", told.lock().unwrap());
                return Err(folder);
            }
            told.lock().unwrap().push_str(&line);
            if let Some((_, addresses)) = line.trim_end().split_once("listening on ") {
                break addresses.split(", ").map(str::to_owned).collect();
            }
        };
        let telling = Arc::clone(&told);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                eprintln!("{line}");
                telling.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Ok(Server { process, folder, addresses: listening, told })
    }

    /// What the server has said on stderr by now.
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn send(&self, frame: &[u8]) {
        TcpStream::connect(&self.addresses[0]).unwrap().write_all(frame).unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(file)).unwrap_or_default()
    }

    pub(crate) fn wait_for(&self, file: &str, text: &str) {
        let start = Instant::now();
        while self.read(file) != text {
            assert!(start.elapsed() < PATIENCE, "{file} is {:?}, not {text:?}", self.read(file));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn stop(self) -> (i32, tempfile::TempDir) {
        self.signal("TERM");
        self.wait()
    }

    pub(crate) fn wait(mut self) -> (i32, tempfile::TempDir) {
        let code = self.process.wait().unwrap().code().unwrap();
        (code, std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A frame as a SocketHandler sends it: protocol 1, less of the attributes.
pub(crate) fn frame(logger: &str, message: &str) -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    let mut text = |text: &str| {
        pickle.push(b'X');
        pickle.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        pickle.extend(text.as_bytes());
    };
    text("name");
    text(logger);
    text("msg");
    text(message);
    text("levelname");
    text("INFO");
    text("levelno");
    pickle.extend(b"K\x14u.");
    [&u32::try_from(pickle.len()).unwrap().to_be_bytes()[..], &pickle].concat()
}

pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
