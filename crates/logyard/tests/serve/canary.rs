//! `logyard canary`, with a server and with what only looks like one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use crate::server::{Server, wait_until};

fn configuration(handlers: &str, keys: &str) -> String {
    format!(
        "[loggers]\nkeys = root\n[handlers]\nkeys = {keys}\n[formatters]\nkeys = line\n\
         [logger_root]\nhandlers = {keys}\n[formatter_line]\nformat = %(levelname)s %(name)s: %(message)s\n\
         {handlers}"
    )
}

const FILE: &str = "[handler_file]\nclass = FileHandler\nargs = ('app.log',)\nformatter = line\n";

fn canary(folder: &std::path::Path, address: &str, options: &[&str]) -> Command {
    let mut canary = Command::new(env!("CARGO_BIN_EXE_logyard"));
    canary
        .args(["canary", "--file", "app.log", "--address", address])
        .args(options)
        .current_dir(folder);
    canary
}

fn once(server: &Server, options: &[&str]) -> (Option<i32>, String) {
    let count: &[&str] = if options.contains(&"--count") { &[] } else { &["--count", "50"] };
    let options = [&["--once"], count, options].concat();
    let output = canary(server.folder.path(), &server.addresses[0], &options).output().unwrap();
    told(&output)
}

fn told(output: &Output) -> (Option<i32>, String) {
    let all = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(all).unwrap())
}

#[test]
fn records_that_arrive_are_found() {
    let server = Server::start(Some(&configuration(FILE, "file")));
    for protocol in ["stock", "acknowledged"] {
        let (code, told) = once(&server, &["--protocol", protocol, "--level", "error"]);
        assert!(
            told.starts_with("sent 50, found 50, missing 0, doubled 0, out of order 0; delay "),
            "{told}"
        );
        assert_eq!(code, Some(0));
    }
    let text = server.read("app.log");
    assert_eq!(text.lines().count(), 100);
    assert!(text.lines().all(|line| line.starts_with("ERROR logyard.canary: canary-")), "{text}");
    // by the other address, too
    let output = canary(server.folder.path(), &server.addresses[1], &["--once"]).output().unwrap();
    assert_eq!(told(&output).0, Some(0));
}

#[test]
fn records_that_go_elsewhere_are_missing() {
    let elsewhere = FILE.replace("app.log", "other.log");
    let server = Server::start(Some(&configuration(&elsewhere, "file")));
    let (code, told) = once(&server, &["--timeout", "0.3"]);
    assert_eq!(told, "sent 50, found 0, missing 50, doubled 0, out of order 0\n");
    assert_eq!(code, Some(1));
}

#[test]
fn records_that_are_written_twice_are_doubled() {
    let both = format!("{FILE}{}", FILE.replace("handler_file", "handler_more"));
    let server = Server::start(Some(&configuration(&both, "file, more")));
    let (code, told) = once(&server, &[]);
    assert!(
        told.starts_with("sent 50, found 50, missing 0, doubled 50, out of order 0;"),
        "{told}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn a_server_that_is_away_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for protocol in ["stock", "acknowledged"] {
        let options = ["--once", "--timeout", "0.3", "--protocol", protocol];
        let (code, told) = told(&canary(folder.path(), &free, &options).output().unwrap());
        assert_eq!(code, Some(1));
        assert!(told.contains("not all could be sent: "), "{told}");
    }
}

/// Takes frames as a server does, and writes what this makes of their payloads.
fn pretend(write: impl FnOnce(Vec<Vec<u8>>) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
        let mut frames = Vec::new();
        let mut rest = &bytes[..];
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (frame, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            frames.push(frame.to_vec());
            rest = after;
        }
        write(frames);
    });
    address
}

#[test]
fn the_order_of_the_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    std::fs::write(&path, "before\n").unwrap();
    let address = pretend(move |mut frames| {
        frames.swap(1, 2);
        let mut file = std::fs::File::options().append(true).open(path).unwrap();
        file.write_all(&frames.concat()).unwrap();
    });
    let output = canary(folder.path(), &address, &["--once", "--count", "4"]).output().unwrap();
    let (code, told) = told(&output);
    assert!(told.starts_with("sent 4, found 4, missing 0, doubled 0, out of order 1;"), "{told}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_file_that_is_rolled_over_and_compressed_meanwhile_is_followed() {
    for compress in ["", "compress = gz\n", "compress = zst\n"] {
        let rolling = format!(
            "[handler_file]\nclass = handlers.RotatingFileHandler\nformatter = line\n{compress}\
             args = ('app.log', 'a', 300, 300)\n"
        );
        let server = Server::start(Some(&configuration(&rolling, "file")));
        for protocol in ["stock", "acknowledged"] {
            let (code, told) = once(&server, &["--count", "200", "--protocol", protocol]);
            assert!(
                told.starts_with("sent 200, found 200, missing 0, doubled 0, out of order 0;"),
                "{told}"
            );
            assert_eq!(code, Some(0));
        }
    }
}

#[test]
fn a_truncated_file_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    std::fs::write(&path, "x".repeat(100_000)).unwrap();
    let address = pretend(move |frames| {
        std::fs::write(&path, "").unwrap();
        std::fs::write(path, frames.concat()).unwrap();
    });
    let (code, told) = told(&canary(folder.path(), &address, &["--once"]).output().unwrap());
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn it_goes_on_and_writes_metrics() {
    let server = Server::start(Some(&configuration(FILE, "file")));
    let options = ["--interval", "0.05", "--count", "5", "--textfile", "canary.prom"];
    let mut canary = canary(server.folder.path(), &server.addresses[0], &options);
    let mut canary = canary.stderr(Stdio::null()).spawn().unwrap();
    let label = "{file=\"app.log\",logger=\"logyard.canary\"}";
    let value = |name: &str| {
        let text = server.read("canary.prom");
        let line = text.lines().find_map(|line| {
            line.strip_prefix(&format!("logyard_canary_{name}{label} ")).map(str::to_owned)
        });
        line.and_then(|value| value.parse::<f64>().ok()).unwrap_or(-1.0)
    };
    wait_until("rounds", || value("rounds_total") >= 3.0);
    assert!(value("sent_total") >= 15.0);
    assert_eq!(value("missing_total"), 0.0);
    assert_eq!(value("last_round_well"), 1.0);
    canary.kill().unwrap();
    canary.wait().unwrap();
}
