//! The server from end to end, without Python: frames in, files out.

mod acknowledged;
mod canary;
mod journal;
mod map;
mod server;
mod settings;
#[cfg(feature = "web")]
mod tail;

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use server::{PATIENCE, Server, frame, wait_until};

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

#[test]
fn records_reach_the_file_by_tcp_and_by_unix_socket() {
    let server = Server::start(Some(CONFIGURATION));
    TcpStream::connect(&server.addresses[0]).unwrap().write_all(&frame("a", "one")).unwrap();
    server.wait_for("app.log", "INFO a: one\n");
    let path = server.addresses[1].strip_prefix("unix://").unwrap();
    UnixStream::connect(path).unwrap().write_all(&frame("b", "two")).unwrap();
    server.wait_for("app.log", "INFO a: one\nINFO b: two\n");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn what_was_sent_before_the_signal_is_written() {
    let server = Server::start(Some(CONFIGURATION));
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    let mut expected = String::new();
    for number in 0..20_000 {
        connection.write_all(&frame("a", &number.to_string())).unwrap();
        expected.push_str(&format!("INFO a: {number}\n"));
    }
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    assert!(std::fs::read_to_string(folder.path().join("app.log")).unwrap() == expected);
}

#[test]
fn a_reload_keeps_the_old_configuration_when_the_new_one_is_bad() {
    let server = Server::start(Some(CONFIGURATION));
    let path = server.folder.path().join("logging.ini");
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    std::fs::write(&path, CONFIGURATION.replace("app.log", "new.log")).unwrap();
    server.signal("HUP");
    let start = Instant::now();
    while !server.folder.path().join("new.log").exists() {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    connection.write_all(&frame("a", "one")).unwrap();
    server.wait_for("new.log", "INFO a: one\n");
    std::fs::write(&path, "[loggers\n").unwrap();
    server.signal("HUP");
    connection.write_all(&frame("a", "two")).unwrap();
    server.wait_for("new.log", "INFO a: one\nINFO a: two\n");
    assert_eq!(server.read("app.log"), "");
}

#[test]
fn files_are_opened_again_by_usr1() {
    let server = Server::start(Some(CONFIGURATION));
    let folder = server.folder.path();
    std::fs::rename(folder.join("app.log"), folder.join("app.log.1")).unwrap();
    server.signal("USR1");
    let start = Instant::now();
    while !Path::new(&folder.join("app.log")).exists() {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    TcpStream::connect(&server.addresses[0]).unwrap().write_all(&frame("a", "one")).unwrap();
    server.wait_for("app.log", "INFO a: one\n");
    assert_eq!(server.read("app.log.1"), "");
}

#[test]
fn without_a_configuration_each_logger_has_a_file() {
    let server = Server::start(None);
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    connection.write_all(&frame("../x", "one")).unwrap();
    connection.write_all(&frame("", "two")).unwrap();
    drop(connection);
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("logs").join(name)).unwrap();
    assert!(read("_._x.log").ends_with(" INFO ../x: one\n"));
    assert!(read("root.log").ends_with(": two\n"));
}

#[test]
fn what_is_no_record_is_kept_as_a_dead_letter() {
    let server = Server::start(Some(CONFIGURATION));
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    connection.write_all(b"\0\0\0\x02N.\0\0\0\x03xyz").unwrap();
    connection.write_all(&frame("a", "good")).unwrap();
    server.wait_for("app.log", "INFO a: good\n");
    assert_eq!(letters(&server), ["not-a-record", "not-a-pickle"]);
}

#[test]
fn a_second_server_is_told_that_the_first_one_has_the_state() {
    let server = Server::start(Some(CONFIGURATION));
    let output = Command::new(env!("CARGO_BIN_EXE_logyard"))
        .args(["serve", "--state", "state", "--listen", &server.addresses[0]])
        .current_dir(server.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("another program does already"), "{stderr}");
}

/// Dead letters of the server, by reason.
fn letters(server: &Server) -> Vec<String> {
    let folder = format!("state/{}", server.addresses[0].replace(':', "-"));
    let letters = server.read(&format!("{folder}/dead-letters.jsonl"));
    let reason = |line: &str| {
        line.split(r#""reason":""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    letters.lines().map(reason).collect()
}

#[test]
fn a_stop_within_a_frame_waits_for_its_end_and_not_for_ever() {
    let server = Server::start(Some(CONFIGURATION));
    let whole = frame("a", "whole");
    let mut good = TcpStream::connect(&server.addresses[0]).unwrap();
    let mut slow = TcpStream::connect(&server.addresses[0]).unwrap();
    good.write_all(&[&whole[..], &whole[..10]].concat()).unwrap();
    slow.write_all(&whole[..10]).unwrap();
    server.wait_for("app.log", "INFO a: whole\n");
    server.signal("TERM");
    // one sender goes on, the other sends a byte now and then and never comes to an end
    good.write_all(&whole[10..]).unwrap();
    let dribble = std::thread::spawn(move || {
        while slow.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    let (code, folder) = server.wait();
    assert_eq!(code, 0);
    let text = std::fs::read_to_string(folder.path().join("app.log")).unwrap();
    assert_eq!(text, "INFO a: whole\nINFO a: whole\n");
    dribble.join().unwrap();
}

#[test]
fn what_a_blocked_file_never_took_is_kept_at_the_end() {
    let server = Server::start(Some(
        &CONFIGURATION
            .replace("FileHandler", "StreamHandler")
            .replace("args = ('app.log',)", "args = (sys.stdout,)"),
    ));
    // nobody reads the pipe: 64 KiB fit
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    let line = "x".repeat(1000);
    for _ in 0..300 {
        connection.write_all(&frame("a", &line)).unwrap();
    }
    drop(connection);
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    let folder = server.folder.path().to_owned();
    let state = folder.join(format!("state/{}", server.addresses[0].replace(':', "-")));
    let kept = || std::fs::read_to_string(state.join("dead-letters.jsonl")).unwrap_or_default();
    server.signal("TERM"); // the second one does not wait
    wait_until("dead letters", || kept().lines().count() >= 300 - 65);
    let mut server = server;
    assert_eq!(server.process.wait().unwrap().code(), Some(1));
    assert!(kept().lines().all(|line| line.contains(r#""reason":"stuck""#)), "{}", kept());
}

#[test]
fn a_reload_hands_over_what_waits() {
    // /dev/full takes nothing, until it is exchanged for a real file
    let logs = tempfile::tempdir().unwrap();
    let path = logs.path().join("app.log");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let configuration = CONFIGURATION.replace("app.log", path.to_str().unwrap());
    let server = Server::start(Some(&configuration));
    let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
    for number in 0..5 {
        connection.write_all(&frame("a", &number.to_string())).unwrap();
    }
    server.signal("HUP"); // to the same again
    for number in 5..10 {
        connection.write_all(&frame("a", &number.to_string())).unwrap();
    }
    std::fs::remove_file(&path).unwrap();
    server.signal("HUP");
    let expected: String = (0..10).map(|number| format!("INFO a: {number}\n")).collect();
    wait_until("all lines", || std::fs::read_to_string(&path).is_ok_and(|text| text == expected));
    assert_eq!(letters(&server), Vec::<String>::new());
}

#[test]
fn a_file_that_works_again_is_written_though_records_keep_coming() {
    let server = Server::start(Some(&CONFIGURATION.replace("app.log", "logs/app.log")));
    let logs = server.folder.path().join("logs");
    std::fs::remove_file(logs.join("app.log")).unwrap();
    std::fs::create_dir(logs.join("app.log")).unwrap();
    server.signal("USR1");
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let sender = {
        let (stop, address) = (stop.clone(), server.addresses[0].clone());
        std::thread::spawn(move || {
            let mut connection = TcpStream::connect(address).unwrap();
            let frames = frame("a", "again").repeat(100);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                connection.write_all(&frames).unwrap();
            }
        })
    };
    std::thread::sleep(Duration::from_millis(300));
    std::fs::remove_dir(logs.join("app.log")).unwrap();
    wait_until("the file comes back", || !server.read("logs/app.log").is_empty());
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    sender.join().unwrap();
}
