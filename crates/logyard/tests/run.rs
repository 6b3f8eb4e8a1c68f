//! `logyard run`: a server and a command under one process.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Nothing here takes long; a busy machine may.
const PATIENCE: Duration = Duration::from_secs(60);

const CONFIGURATION: &str = "\
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = line
[logger_root]
handlers = file
[handler_file]
class = FileHandler
args = ('app.log',)
formatter = line
[formatter_line]
format = %(levelname)s %(name)s: %(message)s
";

/// Sends a frame to the address that the environment names, as a SocketHandler would.
const SEND: &str = r#"
import os, pickle, socket, struct
host, port = os.environ["LOGYARD_ADDRESS"].rsplit(":", 1)
def send(text):
    data = pickle.dumps({"name": "a", "msg": text, "levelname": "INFO", "levelno": 20}, 1)
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(struct.pack(">L", len(data)) + data)
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("logging.ini"), CONFIGURATION).unwrap();
        Folder(folder)
    }

    fn run(&self, options: &[&str], command: &[&str]) -> Command {
        let mut run = Command::new(env!("CARGO_BIN_EXE_logyard"));
        run.args(["run", "--listen", "127.0.0.1:0", "--state", "state", "--config", "logging.ini"])
            .args(options)
            .arg("--")
            .args(command)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        run
    }

    fn output(&self, options: &[&str], command: &[&str]) -> Output {
        self.run(options, command).output().unwrap()
    }

    fn read(&self) -> String {
        std::fs::read_to_string(self.0.path().join("app.log")).unwrap_or_default()
    }

    fn wait_for(&self, text: &str) {
        wait_until(text, || self.read().contains(text));
    }
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn kill(signal: &str, pid: u32) {
    let status = Command::new("kill").args(["-s", signal, &pid.to_string()]).status();
    assert!(status.unwrap().success());
}

/// The processes whose parent this is.
fn children(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let list = std::fs::read_to_string(path).unwrap();
    list.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

fn name(pid: u32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(line.split(|byte| *byte == 0).next().unwrap()).into_owned()
}

fn server(parent: u32) -> Option<u32> {
    children(parent).into_iter().find(|pid| name(*pid) == "logyard-server")
}

#[test]
fn what_the_command_sent_is_written_and_its_status_is_given() {
    let folder = Folder::new();
    let script = format!("{SEND}\nfor number in range(50): send(str(number))\nraise SystemExit(7)");
    let output = folder.output(&[], &["python3", "-c", &script]);
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    // each came by a connection of its own
    let text = folder.read();
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    let mut expected: Vec<_> = (0..50).map(|number| format!("INFO a: {number}")).collect();
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn a_signal_that_ends_the_command_is_told_as_by_a_shell() {
    let output = Folder::new().output(&[], &["sh", "-c", "kill -9 $$"]);
    assert_eq!(output.status.code(), Some(128 + 9));
}

#[test]
fn a_command_that_can_not_be_run_is_told() {
    let folder = Folder::new();
    assert_eq!(folder.output(&[], &["there-is-no-such-command"]).status.code(), Some(127));
    assert_eq!(folder.output(&[], &["./logging.ini"]).status.code(), Some(126));
}

#[test]
fn a_bad_configuration_keeps_the_command_from_running() {
    let folder = Folder::new();
    std::fs::write(folder.0.path().join("logging.ini"), "[loggers\n").unwrap();
    let output = folder.output(&[], &["touch", "ran"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!folder.0.path().join("ran").exists());
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told.matches("logging.ini:1").count(), 1, "{told}");
}

#[test]
fn other_machines_are_not_listened_to_unasked() {
    let output = Folder::new().output(&["--listen", "0.0.0.0:0"], &["touch", "ran"]);
    assert_eq!(output.status.code(), Some(64));
}

/// Starts a script that prints a line for each signal that it gets, and waits until it is ready.
fn with_signals(
    folder: &Folder,
    options: &[&str],
) -> (Child, BufReader<std::process::ChildStdout>) {
    const SCRIPT: &str = r#"
import signal, sys, time
ended = []
def show(number, frame):
    print(signal.Signals(number).name, flush=True)
    if number == signal.SIGTERM: ended.append(1)
for name in "TERM INT QUIT HUP USR1 USR2 WINCH TTIN TTOU".split():
    signal.signal(getattr(signal, "SIG" + name), show)
print("ready", flush=True)
while not ended: time.sleep(0.01)
sys.exit(3)
"#;
    let mut run = folder.run(options, &["python3", "-c", SCRIPT]);
    let mut child = run.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut lines), "ready");
    (child, lines)
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn signals_reach_the_command_once_and_the_server_stays() {
    let folder = Folder::new();
    let (mut child, mut lines) = with_signals(&folder, &[]);
    let before = server(child.id()).unwrap();
    for signal in ["HUP", "USR1", "USR2", "WINCH", "TTIN", "TTOU", "INT", "QUIT", "TERM"] {
        kill(signal, child.id());
        assert_eq!(line(&mut lines), format!("SIG{signal}"));
        if signal != "TERM" {
            assert_eq!(server(child.id()), Some(before));
        }
    }
    assert_eq!(line(&mut lines), "");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn the_server_reads_its_configuration_again_on_hup() {
    let folder = Folder::new();
    let (mut child, mut lines) = with_signals(&folder, &[]);
    let changed = CONFIGURATION.replace("app.log", "new.log");
    std::fs::write(folder.0.path().join("logging.ini"), changed).unwrap();
    kill("HUP", child.id());
    assert_eq!(line(&mut lines), "SIGHUP");
    wait_until("the new file", || folder.0.path().join("new.log").exists());
    kill("TERM", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn a_server_that_is_killed_is_started_anew_and_connections_wait() {
    let folder = Folder::new();
    let script = format!(
        "{SEND}\nimport sys\nprint('ready', flush=True)\nfor line in sys.stdin: send(line.strip())"
    );
    let mut run = folder.run(&[], &["python3", "-c", &script]);
    let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut lines), "ready");
    let mut stdin = child.stdin.take().unwrap();
    for round in 0..3 {
        let before = server(child.id()).unwrap();
        kill("KILL", before);
        wait_until("it is reaped", || !Path::new(&format!("/proc/{before}")).exists());
        writeln!(stdin, "round {round}").unwrap();
        folder.wait_for(&format!("INFO a: round {round}\n"));
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn output_becomes_records() {
    let folder = Folder::new();
    let script = r#"
import os, sys
os.write(1, b"one\ntwo\r\n\n\xff \xc3\xa4\n")
os.write(2, b"an error\n")
os.write(1, b"x" * 70000 + b"\nno end")
"#;
    let output = folder.output(&["--capture=svc"], &["python3", "-c", script]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let text = folder.read();
    let of = |prefix: &str| {
        text.lines().filter_map(|line| line.strip_prefix(prefix)).collect::<Vec<_>>()
    };
    let long = "x".repeat(65536);
    let rest = "x".repeat(70000 - 65536);
    assert_eq!(of("INFO svc.stdout: "), ["one", "two", "", "\\xff \u{e4}", &long, &rest, "no end"]);
    assert_eq!(of("WARNING svc.stderr: "), ["an error"]);
}

#[test]
fn captured_lines_are_not_lost_with_the_server() {
    let folder = Folder::new();
    let count = 3000;
    let script = format!(
        "import sys, time\nfor number in range({count}):\n  print(number, flush=True)\n  if number % 100 == 0: time.sleep(0.02)"
    );
    let options = ["--capture", "--capture-levels=DEBUG,ERROR", "--journal", "journal"];
    let mut child = folder.run(&options, &["python3", "-c", &script]).spawn().unwrap();
    let mut killed = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if killed < 3
            && folder.read().len() > killed * 10_000
            && let Some(server) = server(child.id())
        {
            kill("KILL", server);
            killed += 1;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(0));
    assert!(killed > 0);
    let expected: String =
        (0..count).map(|number| format!("DEBUG run.stdout: {number}\n")).collect();
    assert!(folder.read() == expected, "{}", folder.read().len());
}

#[test]
fn somebody_who_keeps_the_output_open_does_not_keep_it_up() {
    let folder = Folder::new();
    let output = folder.output(&["--capture"], &["sh", "-c", "sleep 100 & echo $!"]);
    assert_eq!(output.status.code(), Some(0));
    let text = folder.read();
    let left = text.strip_prefix("INFO run.stdout: ").unwrap().trim().parse().unwrap();
    kill("KILL", left);
}

#[test]
fn the_server_ends_with_whoever_started_it() {
    let folder = Folder::new();
    let (mut child, _lines) = with_signals(&folder, &[]);
    let all = children(child.id());
    let server = server(child.id()).unwrap();
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    wait_until("the server's end", || name(server) != "logyard-server");
    for pid in all.into_iter().filter(|pid| *pid != server) {
        kill("KILL", pid); // the command, which nobody ends
    }
}

#[test]
fn as_process_1_it_reaps_orphans() {
    let folder = Folder::new();
    // what the command's child leaves behind becomes a child of process 1
    let script = r#"
import os, sys, time
for _ in range(5):
    if os.fork() == 0:
        if os.fork() == 0: os._exit(0)
        time.sleep(0.1); os._exit(0)
    os.wait()
time.sleep(0.3)
states = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    with open("/proc/%s/stat" % pid) as file: states.append(file.read().rsplit(")", 1)[1].split()[0])
sys.exit(5 if "Z" not in states and os.getppid() == 1 else 6)
"#;
    let run = folder.run(&[], &["python3", "-c", script]);
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]);
    let possible = Command::new("unshare")
        .args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "true"])
        .stderr(Stdio::null())
        .status();
    if !possible.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a process 1 of its own needs unshare(1), and the right to use it");
        return;
    }
    command.arg(run.get_program()).args(run.get_args()).current_dir(folder.0.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
}
