//! `logyard search` on a journal, by its output.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use logyard_history::keep;
use logyard_journal::{Batch, Journal, Limits, Origin, Sync, remove_plain};

const LOGYARD: &str = env!("CARGO_BIN_EXE_logyard");

/// A frame of protocol 1, as a stock client sends it.
fn frame(logger: &str, level: (u8, &str), message: &str, seconds: u32, exc_text: &str) -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    let text = |text: &str, pickle: &mut Vec<u8>| {
        pickle.push(b'X');
        pickle.extend((text.len() as u32).to_le_bytes());
        pickle.extend(text.as_bytes());
    };
    for (key, value) in
        [("name", logger), ("msg", message), ("levelname", level.1), ("exc_text", exc_text)]
    {
        text(key, &mut pickle);
        text(value, &mut pickle);
    }
    text("levelno", &mut pickle);
    pickle.extend([b'K', level.0]);
    text("user_id", &mut pickle);
    pickle.extend([b'K', 42]);
    text("created", &mut pickle);
    pickle.push(b'G');
    pickle.extend((1_764_421_200.0 + f64::from(seconds)).to_be_bytes());
    pickle.extend(b"u.");
    let mut frame = (pickle.len() as u32).to_be_bytes().to_vec();
    frame.extend(pickle);
    frame
}

const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"/srv/cart.py\", line 3, in add\n    x[1]\nKeyError: 1";

fn journal(folder: &Path) {
    let limits = Limits { segment_bytes: 400, ..Limits::default() };
    let mut journal = Journal::open(folder, limits, Sync::Never, 1, 0, |_| {}).unwrap().journal;
    let hostile = "evil \u{1b}[31m\u{202e}\u{0}\u{7}\r\nforged line <b>";
    for (n, frame) in [
        frame("shop.cart", (20, "INFO"), "one", 0, ""),
        frame("shop.cart", (40, "ERROR"), "two timed out", 1, TRACEBACK),
        frame("serving", (30, "WARNING"), hostile, 2, ""),
        frame("serving", (20, "INFO"), "four", 3, ""),
        frame("serving", (40, "ERROR"), "five timed out", 4, ""),
        frame("serving", (20, "INFO"), "six", 5, ""),
    ]
    .iter()
    .enumerate()
    {
        let origin = Origin { peer: "127.0.0.1:5", client: None };
        journal.append(&Batch { micros: n as u64, origin, records: 1, frames: frame }).unwrap();
    }
    while let Some(segment) = journal.to_pack(0).filter(|segment| segment.first < 3) {
        let kept = keep(&segment, &mut || true).unwrap().unwrap();
        journal.packed(segment.first, &kept.file, kept.bytes).unwrap();
        remove_plain(&segment).unwrap();
    }
}

fn search(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(LOGYARD)
        .args(["search", "--journal"])
        .arg(folder)
        .args(arguments)
        .env("TZ", "UTC")
        .output()
        .unwrap()
}

fn shown(folder: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = search(folder, arguments);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    assert_eq!(String::from_utf8_lossy(&stderr), "");
    String::from_utf8(stdout).unwrap()
}

#[test]
fn records_are_shown_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    insta::assert_snapshot!("all", shown(folder.path(), &[]));
    insta::assert_snapshot!("found", shown(folder.path(), &["level>=ERROR \"timed out\""]));
    insta::assert_snapshot!("json", shown(folder.path(), &["evil", "--json"]));
    insta::assert_snapshot!("context", shown(folder.path(), &["timed", "-C1"]));
    insta::assert_snapshot!(
        "oldest",
        shown(folder.path(), &["logger:serving", "--oldest-first", "-n2"])
    );
    assert_eq!(shown(folder.path(), &["timed", "--from", "5"]).lines().count(), 5);
    assert_eq!(shown(folder.path(), &["--since", "2025-11-29T13:00:05Z"]).lines().count(), 1);
    assert_eq!(shown(folder.path(), &["nothing"]), "");
}

#[test]
fn what_is_wrong_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = search(folder.path(), &["level>=EROR"]);
    assert_eq!(wrong.status.code(), Some(64));
    insta::assert_snapshot!("wrong", String::from_utf8(wrong.stderr).unwrap());
    let missing = search(&folder.path().join("none"), &[]);
    assert_eq!(missing.status.code(), Some(1));
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until it is so.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is() {
        // what works in the background waits for all others
        assert!(begin.elapsed() < Duration::from_secs(300), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_running_server_compresses_its_journal_and_can_be_searched() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new(LOGYARD)
        .args(["serve", "--journal-max-size", "1M", "--journal", "journal", "--state", "state"])
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(path("stderr")).unwrap())
        .spawn()
        .unwrap();
    let _server = Server(server);
    let mut connection = None;
    until("it listens", || {
        connection = TcpStream::connect(("127.0.0.1", port)).ok();
        connection.is_some()
    });
    let mut connection = connection.unwrap();
    // more than a segment
    for n in 0..3500_u32 {
        let message = format!("number n{n} {}", "x".repeat(60));
        connection.write_all(&frame("shop", (20, "INFO"), &message, n, "")).unwrap();
    }
    let search = |query: &str| {
        let found = Command::new(LOGYARD)
            .args(["search", query, "--state"])
            .arg(path("state"))
            .output()
            .unwrap();
        assert!(found.status.success(), "{found:?}");
        String::from_utf8(found.stdout).unwrap().lines().count()
    };
    until("the newest is there", || search("n3499") == 1);
    until("sealed segments are compressed", || {
        let names = std::fs::read_dir(path("journal")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names: Vec<String> = names.collect();
        names.iter().any(|name| name.ends_with(".index"))
            && names.iter().filter(|name| name.ends_with(".journal")).count() == 1
    });
    assert_eq!(search("n1 or n1700 or n3499"), 3);
    assert_eq!(search(""), 3500);
    let errors = std::fs::read_to_string(path("stderr")).unwrap();
    assert!(!errors.contains("WARN") && !errors.contains("ERROR"), "{errors}");
}

fn in_files(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(LOGYARD);
    command.arg("search").args(arguments).current_dir(folder).env("TZ", "UTC");
    command.output().unwrap()
}

#[test]
fn text_files_and_what_they_were_rotated_to_are_looked_through() {
    let folder = tempfile::tempdir().unwrap();
    let line = |n: u32, level: &str, text: &str| {
        format!("2025-11-21 10:00:{n:02},000 {level:<8} [shop.cart] {text}\n")
    };
    let newest =
        line(5, "INFO", "five \u{1b}[2J\u{7}") + &line(6, "ERROR", "six") + TRACEBACK + "\n";
    let before = line(3, "WARNING", "three timed out") + &line(4, "INFO", "four");
    let oldest = line(1, "ERROR", "one timed out") + TRACEBACK + "\n" + &line(2, "INFO", "two");
    std::fs::write(folder.path().join("app.log"), newest).unwrap();
    std::fs::write(folder.path().join("app.log.1"), before).unwrap();
    let packed = zstd::encode_all(oldest.as_bytes(), 3).unwrap();
    std::fs::write(folder.path().join("app.log.2.zst"), packed).unwrap();
    let shown = |arguments: &[&str]| {
        let found = in_files(folder.path(), arguments);
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        String::from_utf8(found.stdout).unwrap()
    };
    insta::assert_snapshot!("files", shown(&["", "app.log"]));
    insta::assert_snapshot!("files_json", shown(&["level>=ERROR", "app.log", "--json"]));
    assert_eq!(shown(&["\"timed out\" logger:shop", "app.log"]).lines().count(), 6);
    assert_eq!(shown(&["KeyError", "app.log", "-n1"]).lines().count(), 5);
    assert_eq!(shown(&["", "app.log", "--since", "2025-11-21T10:00:04"]).lines().count(), 7);
    let cant = in_files(folder.path(), &["user_id=42 timed", "app.log"]);
    assert_eq!(cant.status.code(), Some(64));
    insta::assert_snapshot!("cant", String::from_utf8(cant.stderr).unwrap());
    std::fs::write(folder.path().join("plain.log"), "one\ntwo\n").unwrap();
    let cant = in_files(folder.path(), &["level>=INFO", "plain.log"]);
    assert_eq!(cant.status.code(), Some(64));
    assert_eq!(in_files(folder.path(), &["", "none.log"]).status.code(), Some(1));
}
