//! The server dies at each of the places that `logyard-crash` names, and is started again: each record
//! that was acknowledged is in its files once, and so is each that the client sent again.

#[path = "../chaos/check.rs"]
#[allow(dead_code, reason = "shared with the chaos test")]
mod check;
#[path = "../chaos/client.rs"]
#[allow(dead_code, reason = "shared with the chaos test")]
mod client;
#[path = "../serve/server.rs"]
#[allow(dead_code, reason = "shared with the tests of serve")]
mod server;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use client::{Client, Report};
use libtest_mimic::{Arguments, Trial};
use server::{PATIENCE, Server};
use tempfile::TempDir;

/// Two are enough to be mixed up.
const CLIENTS: u64 = 2;

/// Small files and a small journal: they roll over, and segments are begun and removed, all the time.
const CONFIGURATION: &str = "\
[loggers]
keys = root
[handlers]
keys = rolling, all
[formatters]
keys = line
[logger_root]
handlers = rolling, all
[handler_rolling]
class = handlers.RotatingFileHandler
args = ('rolling.log', 'a', 30000, 100000)
formatter = line
[handler_all]
class = FileHandler
args = ('all.log',)
formatter = line
[formatter_line]
format = %(message)s
";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = if cfg!(debug_assertions) {
        let trial = |point: &'static str, times: u32| {
            Trial::test(format!("{point}:{times}"), move || {
                run(point, times);
                Ok(())
            })
        };
        let all = logyard_crash::POINTS.iter();
        all.flat_map(|point| times(point).iter().map(move |&times| trial(point, times))).collect()
    } else {
        eprintln!("skipped: a release build can't be told to die");
        Vec::new()
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// How often it comes to the place before it dies there.
fn times(point: &str) -> &'static [u32] {
    match point {
        // they come once in a life
        "replay-done" | "tail-aside" | "tail-cut" | "clients-before" | "clients-after" => &[1],
        _ => &[1, 3],
    }
}

/// What the server before must have left, so that the place is come to at the start.
fn before(point: &str) -> Option<&'static str> {
    match point {
        "replay-entry" | "replay-done" => Some("lines-before:20"),
        "tail-aside" | "tail-cut" => Some("append-torn:20"),
        _ => None,
    }
}

fn start(folder: TempDir, journal: bool, crash_at: Option<&str>) -> Result<Server, TempDir> {
    std::fs::write(folder.path().join("logging.ini"), CONFIGURATION).unwrap();
    let socket = format!("--listen=unix://{}/l.sock", folder.path().display());
    let mut arguments = vec![socket.as_str(), "--state=state", "logging.ini"];
    if journal {
        arguments.extend(["--journal=journal", "--journal-max-size=1M", "--journal-sync=always"]);
    }
    Server::try_run(folder, &arguments, crash_at)
}

/// Starts the server and waits for its death.
fn die(folder: TempDir, journal: bool, crash_at: &str) -> TempDir {
    let mut server = match start(folder, journal, Some(crash_at)) {
        Ok(server) => server,
        Err(folder) => return folder, // at the start
    };
    let begin = Instant::now();
    let mut stopped = false;
    while server.process.try_wait().unwrap().is_none() {
        // each append is synced, and the disk may be busy
        assert!(begin.elapsed() < 4 * PATIENCE, "it never came to {crash_at}");
        if crash_at.starts_with("clients") && !stopped && begin.elapsed().as_millis() > 300 {
            server.signal("TERM"); // it comes there when it ends
            stopped = true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let status = server.process.wait().unwrap();
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(signal, Some(6), "it ended, but not at {crash_at}: {status}");
    std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap())
}

fn run(point: &str, times: u32) {
    let journal = !point.starts_with("clients");
    let folder = tempfile::tempdir().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (socket, stop) = (folder.path().join("l.sock"), Arc::clone(&stop));
            let pause = Duration::from_millis(1);
            let client = Client::new(number, socket, stop, pause, Box::new(|_| {}));
            std::thread::spawn(move || client.run())
        })
        .collect();
    let folder = match before(point) {
        Some(before) => die(folder, journal, before),
        None => folder,
    };
    let folder = die(folder, journal, &format!("{point}:{times}"));
    let server = start(folder, journal, None).expect("the next start");
    std::thread::sleep(Duration::from_millis(100));
    stop.store(true, Ordering::SeqCst);
    let reports: Vec<(u64, Report, bool)> = clients
        .into_iter()
        .zip(0..)
        .map(|(client, number)| (number, client.join().unwrap(), true))
        .collect();
    let said = server.told();
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    let made: u64 = reports.iter().map(|(_, report, _)| report.made).sum();
    assert!(made > 100, "too little to mean anything");
    if point == "clients-before" {
        // without a journal, what is known of clients is kept when the server ends in order, which this
        // one did not: records that were not acknowledged may be there twice
        let (all, _) = check::read_lines(&check::read(&folder.path().join("all.log")));
        for (client, report, _) in &reports {
            assert_eq!(check::faults(&all[client], report, report.made).missing, 0);
        }
        return;
    }
    compare(folder.path(), &reports);
    assert!(!said.contains("[upkeep"), "a file held something else than what was replayed: {said}");
}

fn compare(folder: &Path, reports: &[(u64, Report, bool)]) {
    check::check(&check::read(&folder.join("all.log")), reports, "all.log");
    check::check(&check::rolled(folder), reports, "rolling.log");
}
