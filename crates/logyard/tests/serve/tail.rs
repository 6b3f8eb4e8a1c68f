//! `logyard tail`, and the stream that it shows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;

use logyard_testing::on_terminal;

use crate::server::{PATIENCE, Server, frame, wait_until};

fn start() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--state", "state", "--web", "127.0.0.1:0"];
    Server::run(folder, &arguments)
}

fn tail(server: &Server, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logyard"));
    command.args(["tail", "--state", "state"]).args(arguments);
    command.current_dir(server.folder.path()).env("TZ", "UTC").env_remove("LOGYARD_SERVER");
    command
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// What was sent before is in the live view when it is in its file.
fn send(server: &Server, logger: &str, messages: &[&str]) {
    let file = format!("logs/{logger}.log");
    let before = server.read(&file).lines().count();
    let frames: Vec<u8> = messages.iter().flat_map(|message| frame(logger, message)).collect();
    server.send(&frames);
    let expected = before + messages.iter().map(|m| m.lines().count().max(1)).sum::<usize>();
    wait_until("the records are not written", || server.read(&file).lines().count() >= expected);
}

/// The messages of lines as `tail` prints them.
fn messages(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.split_once(": ").unwrap().1).collect()
}

fn web(server: &Server) -> String {
    let told = server.told();
    let at = told.split("can be seen at http://").nth(1).unwrap();
    at.split('/').next().unwrap().to_owned()
}

/// Asks for a path, and gives all that is answered.
fn get(server: &Server, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(web(server)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let host = if headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
    write!(stream, "GET {path} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A `logyard tail` that goes on, and its lines as they come.
struct Following {
    process: Child,
    lines: mpsc::Receiver<String>,
}

impl Following {
    fn start(mut command: Command) -> Following {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Following { process, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_last_records_are_shown() {
    let server = start();
    send(&server, "a", &["one", "two"]);
    send(&server, "a.b", &["three"]);
    send(&server, "c", &["four"]);
    let shown = |arguments: &[&str]| {
        let (code, out, err) = output(tail(&server, arguments).arg("--no-follow"));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
        messages(&out).iter().map(|message| (*message).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&[]), ["one", "two", "three", "four"]);
    assert_eq!(shown(&["-n", "1"]), ["four"]);
    assert_eq!(shown(&["-l", "a"]), ["one", "two", "three"]);
    assert_eq!(shown(&["-l", "a.*", "-l", "c"]), ["three", "four"]);
    assert_eq!(shown(&["--grep", "^t"]), ["two", "three"]);
    assert_eq!(shown(&["--field", "name=a", "--field", "message!=one"]), ["two"]);
    assert_eq!(shown(&["--level", "WARNING"]), [""; 0]);
    assert_eq!(shown(&["--since", "1h"]), ["one", "two", "three", "four"]);
}

#[test]
fn a_pipe_gets_plain_text_and_json_what_programs_read() {
    let server = start();
    send(&server, "a", &["evil \x1b[31m\u{202e}"]);
    let (_, text, _) = output(tail(&server, &["--no-follow"]).env_remove("NO_COLOR"));
    let (_, rest) = text.split_at("2026-03-29 12:00:00.000 ".len());
    assert_eq!(rest, "INFO     a: evil \\x1b[31m\\u202e\n");
    let (_, json, _) = output(&mut tail(&server, &["--no-follow", "--json"]));
    let value: serde_json::Value = serde_json::from_str(json.trim_end()).unwrap();
    assert_eq!(value["message"], "evil \x1b[31m\u{202e}");
    assert_eq!(value["number"], 1);
}

/// Times and what else differs from one run to the next, as `#`.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(if rest.len() < part.len() { "#" } else { "" });
        out.push_str(rest);
    }
    out
}

#[test]
fn on_a_terminal_there_are_colours() {
    let server = start();
    send(&server, "a", &["evil \x1b[31m\u{202e}", "two\nlines"]);
    let screen = |no_color: bool| {
        let mut command = tail(&server, &["--no-follow"]);
        command.env_remove("NO_COLOR").envs(no_color.then_some(("NO_COLOR", "1")));
        let (status, shown) = on_terminal(command);
        assert!(status.success(), "{shown}");
        masked(&shown)
    };
    insta::assert_debug_snapshot!("tail_terminal", screen(false));
    insta::assert_debug_snapshot!("tail_no_color", screen(true));
}

#[test]
fn the_status_is_the_same_on_a_terminal_and_on_a_pipe() {
    let server = start();
    send(&server, "a", &["one", "two"]);
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logyard"));
        command.args(["status", "--state", "state"]).current_dir(server.folder.path());
        command.env("TZ", "UTC").env_remove("LOGYARD_SERVER").env_remove("NO_COLOR");
        command
    };
    // the connection of `send` is closed when the server has read its end
    let mut piped = String::new();
    wait_until("a connection stays open", || {
        let (code, text, _) = output(&mut command());
        assert_eq!(code, Some(0));
        piped = text;
        piped.contains("Nobody is connected")
    });
    let (status, shown) = on_terminal(command());
    assert!(status.success(), "{shown}");
    let folder = server.folder.path().canonicalize().unwrap();
    let clean = |text: &str| {
        let text = text.replace("\r\n", "\n").replace(&folder.display().to_string(), "FOLDER");
        let text = masked(&text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
        let (_, rest) = text.split_once('\n').unwrap();
        rest.to_owned() // how long it is up
    };
    assert_eq!(clean(&shown), clean(&piped));
    insta::assert_snapshot!("status", clean(&piped));
    let (code, json, _) = output(command().arg("--json"));
    assert_eq!(code, Some(0));
    assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().is_object());
}

#[test]
fn what_comes_is_followed_and_the_next_server_too() {
    let server = start();
    let address = server.addresses[0].clone();
    let following = Following::start(tail(&server, &["--level", "INFO"]));
    // what comes before it watches, it sees as history
    send(&server, "a", &["one", "two"]);
    assert_eq!(messages(&following.line()), ["one"]);
    assert_eq!(messages(&following.line()), ["two"]);
    send(&server, "a", &["three"]);
    assert_eq!(messages(&following.line()), ["three"]);
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    let server = Server::run(folder, &["--listen", &address, "--state", "state"]);
    send(&server, "a", &["four"]);
    assert_eq!(messages(&following.line()), ["four"]);
}

#[test]
fn mistakes_are_told() {
    let server = start();
    let (code, _, err) = output(&mut tail(&server, &["--grep", "("]));
    assert_eq!(code, Some(1));
    assert!(err.contains("the server refuses: `grep`: regex parse error"), "{err}");
    let (code, _, err) = output(&mut tail(&server, &["--level", "loud"]));
    assert_eq!(code, Some(64));
    assert!(err.contains("`loud` is not a level"), "{err}");
    let (code, _, err) = output(&mut tail(&server, &["--since", "soon"]));
    assert_eq!(code, Some(64));
    assert!(err.contains("`soon` is no time"), "{err}");
    // the caret stands below its place
    let (code, _, err) = output(&mut tail(&server, &["level>=EROR"]));
    assert_eq!(code, Some(64));
    assert!(err.contains("\n\nlevel>=EROR\n       ^^^^ `EROR` is no level"), "{err}");
    let mut nowhere = tail(&server, &["--server", "127.0.0.1:9"]);
    let (code, _, err) = output(&mut nowhere);
    assert_eq!(code, Some(1));
    assert!(err.contains("no server of this user listens on 127.0.0.1:9"), "{err}");
}

#[test]
fn pages_of_others_and_other_methods_are_refused() {
    let server = start();
    let status = |path: &str, headers: &str| {
        let answer = get(&server, path, headers);
        assert!(answer.contains("content-security-policy: default-src 'none'"), "{answer}");
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status("/healthz", ""), "200");
    assert_eq!(status("/readyz", ""), "200");
    assert_eq!(status("/api/v1/info", ""), "200");
    assert_eq!(status("/api/v1/info", "Host: evil.example\r\n"), "421");
    assert_eq!(status("/healthz", "Host: evil.example\r\n"), "421");
    assert_eq!(status("/api/v1/info", "Origin: http://evil.example\r\n"), "403");
    assert_eq!(status("/api/v1/live?level=loud", ""), "400");
    assert_eq!(status("/etc/passwd", ""), "404");
    assert_eq!(status("/../../etc/passwd", ""), "404");
}

#[test]
fn beyond_this_machine_a_token_is_demanded() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_logyard"));
    serve.args(["serve", "--listen", "127.0.0.1:0", "--state", "state", "--web", "0.0.0.0:0"]);
    let (code, _, err) = output(serve.current_dir(folder.path()));
    assert_eq!(code, Some(64));
    assert!(err.contains("give a token with `--web-token-file`"), "{err}");
    std::fs::write(folder.path().join("token"), "0123456789abcdef\n").unwrap();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--state",
        "state",
        "--web",
        "127.0.0.1:0",
        "--web-token-file",
        "token",
    ];
    let server = Server::run(folder, &arguments);
    let status = |headers: &str| get(&server, "/api/v1/info", headers)[9..12].to_owned();
    assert_eq!(status(""), "401");
    assert_eq!(status("Authorization: Bearer 0123456789abcdeF\r\n"), "401");
    assert_eq!(status("Authorization: Bearer 0123456789abcdef\r\n"), "200");
    // the owner's socket is enough, and a page's address needs the token
    send(&server, "a", &["one"]);
    let (_, out, _) = output(&mut tail(&server, &["--no-follow"]));
    assert_eq!(messages(&out), ["one"]);
    let page = format!("http://{}", web(&server));
    let (code, _, err) = output(&mut tail(&server, &["--no-follow", "--server", &page]));
    assert_eq!(code, Some(1));
    assert!(err.contains("this server wants its token"), "{err}");
    let with = ["--no-follow", "--server", &page, "--token-file", "token"];
    let (_, out, _) = output(&mut tail(&server, &with));
    assert_eq!(messages(&out), ["one"]);
}

/// Resident memory of a process, in KiB.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn watchers_that_stop_reading_hold_up_nothing() {
    let server = start();
    let mut deaf = Vec::new();
    for _ in 0..10 {
        let mut stream = TcpStream::connect(web(&server)).unwrap();
        write!(stream, "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.read_exact(&mut [0; 12]).unwrap(); // it has begun
        deaf.push(stream);
    }
    let text = "x".repeat(1000);
    let batch: Vec<u8> = (0..1000).flat_map(|_| frame("a", &text)).collect();
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    let lines = || server.folder.path().join("logs/a.log").metadata().map_or(0, |m| m.len()) / 1000;
    let mut first = 0;
    for round in 1..=40 {
        connection.write_all(&batch).unwrap();
        wait_until("the file does not grow", || lines() >= round * 1000);
        if round == 10 {
            first = memory(server.process.id());
        }
    }
    let grown = memory(server.process.id()).saturating_sub(first);
    assert!(grown < 16 << 10, "{grown} KiB more for 30 MB");
    // one that reads again is told what it has missed
    let mut reader = BufReader::new(deaf.pop().unwrap());
    let mut line = String::new();
    while !line.contains("\"skipped\":") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "nothing was skipped");
    }
}

#[test]
fn what_is_counted_is_told_to_persons_and_monitors() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("logging.ini"), crate::CONFIGURATION).unwrap();
    let arguments =
        ["--listen", "127.0.0.1:0", "--state", "state", "--web", "127.0.0.1:0", "logging.ini"];
    let server = Server::run(folder, &arguments);
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    connection.write_all(&[frame("a", "one"), frame("a", "two")].concat()).unwrap();
    server.send(&[0, 0, 0, 1, b'x']); // no pickle
    server.wait_for("app.log", "INFO a: one\nINFO a: two\n");
    let metrics = || get(&server, "/metrics", "");
    wait_until("the one that is no pickle is not counted", || {
        metrics().contains("logyard_drops_total{reason=\"not-a-pickle\"} 1\n")
    });
    let metrics = metrics();
    let address = &server.addresses[0];
    let file = server.folder.path().canonicalize().unwrap().join("app.log");
    let file = file.display();
    for line in [
        "logyard_records_total{level=\"info\"} 2".to_owned(),
        format!("logyard_receiver_records_total{{receiver=\"{address}\"}} 2"),
        format!("logyard_connections_accepted_total{{receiver=\"{address}\"}} 2"),
        format!("logyard_handler_records_total{{handler=\"file\",file=\"{file}\"}} 2"),
        format!("logyard_handler_bytes_total{{handler=\"file\",file=\"{file}\"}} 24"),
        format!("logyard_queue_bytes{{file=\"{file}\"}} 0"),
        "logyard_lag_seconds_bucket{le=\"+Inf\"} 1".to_owned(),
        "logyard_ready 1".to_owned(),
    ] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{line} is not in {metrics}");
    }
    let open = get(&server, "/metrics", "Accept: application/openmetrics-text\r\n");
    assert!(open.contains("# TYPE logyard_drops counter") && open.ends_with("# EOF\n"), "{open}");
    let mut status = Command::new(env!("CARGO_BIN_EXE_logyard"));
    status.args(["status", "--state", "state"]).current_dir(server.folder.path());
    let (code, out, err) = output(&mut status);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for part in [
        "takes records in",
        "Records: 2, 0/s (info 2)",
        "127.0.0.1  1 connection, 2 records, 0/s",
        "file: 2 records",
        "1 records set aside or lost [not-a-pickle]",
        "the last, ",
    ] {
        assert!(out.contains(part), "{part} is not in {out}");
    }
}
