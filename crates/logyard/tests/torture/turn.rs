//! One log, its writers, and one tool that rotates it.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::server::Server;
use crate::tally::{Tally, tally};
use crate::writer::{COMMAND, SENDER};

/// Who rotates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Logyard,
    Logrotate,
}

/// How it is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    CopyTruncate,
    /// The writers are told by a signal.
    Create,
    CreatePacked,
    /// The writers send it to a server, which writes the log and rotates it; logrotate tells it by a signal.
    Server,
}

pub(crate) struct Turn<'a> {
    pub(crate) parent: &'a Path,
    pub(crate) way: Way,
    pub(crate) tool: Tool,
    pub(crate) rotations: u32,
}

const WRITERS: usize = 8;

/// From the end of a rotation to the next one.
const PAUSE: Duration = Duration::from_millis(10);

impl Tool {
    pub(crate) const ALL: [Tool; 2] = [Tool::Logyard, Tool::Logrotate];
    const LOGROTATE: &str = "/usr/sbin/logrotate";

    pub(crate) fn missing(self) -> Option<&'static str> {
        (self == Tool::Logrotate && !Path::new(Tool::LOGROTATE).exists())
            .then_some("logrotate is not installed")
    }

    fn command(self) -> Command {
        match self {
            Tool::Logyard => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_logyard"));
                command.arg("rotate");
                command
            }
            Tool::Logrotate => Command::new(Tool::LOGROTATE),
        }
    }
}

impl Way {
    pub(crate) const ALL: [Way; 4] =
        [Way::CopyTruncate, Way::Create, Way::CreatePacked, Way::Server];

    fn directives(self) -> &'static str {
        match self {
            Way::CopyTruncate => "copytruncate",
            Way::Create | Way::CreatePacked | Way::Server => {
                "create\npostrotate\nkill -USR1 $(cat pids)\nendscript"
            }
        }
    }
}

impl Turn<'_> {
    /// Gives what is there in the end, and how often it was rotated while all wrote.
    pub(crate) fn run(&self) -> (Tally, u32) {
        let folder = tempfile::tempdir_in(self.parent).unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let at = |name: &str| folder.path().join(name);
        let inside = self.way == Way::Server && self.tool == Tool::Logyard;
        let directives = match self.way {
            Way::Server if inside => "size 1\ncopytruncate", // as users have it: nothing is copied
            way => way.directives(),
        };
        let packed = if self.way == Way::CreatePacked { "compress\n" } else { "" };
        let conf = format!("{} {{\nrotate 1000\n{packed}{directives}\n}}\n", at("a.log").display());
        std::fs::write(at("conf"), conf).unwrap();
        let rotate = at("conf");
        let server = (self.way == Way::Server)
            .then(|| Server::start(folder.path(), inside.then_some(rotate.as_path())));
        let kind = if server.is_some() { SENDER } else { COMMAND };
        let mut writers: Vec<Writer> =
            (0..WRITERS).map(|number| Writer::start(kind, &at("a.log"), number)).collect();
        let pids: Vec<u32> = match &server {
            Some(server) => vec![server.id()],
            None => writers.iter().map(|writer| writer.child.id()).collect(),
        };
        let pids: String = pids.iter().map(|pid| format!("{pid} ")).collect();
        std::fs::write(at("pids"), pids).unwrap();
        let mut done = 0;
        while done < self.rotations && writers.iter_mut().all(Writer::is_writing) {
            match &server {
                Some(server) if inside => server.rotate(),
                _ => self.rotate_once(folder.path()),
            }
            done += 1;
            std::thread::sleep(PAUSE);
        }
        let written: Vec<u64> = writers.into_iter().map(Writer::stop).collect();
        if let Some(server) = server {
            server.stop();
        }
        (tally(folder.path(), &written), done)
    }

    fn rotate_once(&self, folder: &Path) {
        let mut command = self.tool.command();
        command.arg("-f").arg("-s").arg(folder.join("state")).arg(folder.join("conf"));
        let output = command.current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

struct Writer {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Writer {
    fn start(kind: &str, log: &PathBuf, number: usize) -> Writer {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(kind).arg(log).arg(number.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut writer = Writer { output: BufReader::new(child.stdout.take().unwrap()), child };
        assert_eq!(writer.line(), "ready");
        writer
    }

    fn is_writing(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Gives how many lines it wrote.
    fn stop(mut self) -> u64 {
        drop(self.child.stdin.take());
        let count = self.line().parse().unwrap();
        assert!(self.child.wait().unwrap().success());
        count
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(match self {
            Tool::Logyard => "logyard rotate",
            Tool::Logrotate => "logrotate",
        })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(match self {
            Way::CopyTruncate => "copytruncate",
            Way::Create => "create, signal",
            Way::CreatePacked => "create, signal, compress",
            Way::Server => "create, a server's log",
        })
    }
}
