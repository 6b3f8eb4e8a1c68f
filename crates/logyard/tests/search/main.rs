//! `logyard search` on a journal, by its output.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use logyard_history::keep;
use logyard_journal::{Batch, Journal, Limits, Origin, Sync, remove_plain};
use logyard_testing::on_terminal;

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

/// What is shown on a terminal, without how far it was in between.
fn on_screen(folder: &Path, arguments: &[&str], no_color: bool) -> String {
    let mut command = Command::new(LOGYARD);
    command.args(["search", "--journal"]).arg(folder).args(arguments).env("TZ", "UTC");
    command.env_remove("NO_COLOR").envs(no_color.then_some(("NO_COLOR", "1")));
    let (status, shown) = on_terminal(command);
    assert!(status.success(), "{shown}");
    let mut parts = shown.split("\r\x1b[2K");
    let first = parts.next().unwrap().to_owned();
    parts.filter(|part| !part.starts_with("searched ")).fold(first, |all, part| all + part)
}

#[test]
fn on_a_terminal_there_are_colours_and_the_reader_is_told_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    insta::assert_debug_snapshot!("terminal", on_screen(folder.path(), &[], false));
    insta::assert_debug_snapshot!(
        "terminal_context",
        on_screen(folder.path(), &["five", "-C1"], false)
    );
    insta::assert_debug_snapshot!("no_color", on_screen(folder.path(), &["evil"], true));
    let nothing = on_screen(folder.path(), &["nothing"], false);
    assert!(nothing.starts_with("nothing found in "), "{nothing:?}");
}

#[test]
fn records_before_and_after_are_shown_as_grep_does() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    // the messages, of which the first are found
    let messages = |arguments: &[&str]| -> String {
        let shown = shown(folder.path(), arguments);
        let records = shown.lines().filter(|line| !line.starts_with("      "));
        let short = records.map(|line| match line.split_once(": ") {
            Some((head, message)) => {
                format!("{}{}", &head[..2], message.split(' ').next().unwrap())
            }
            None => line.to_owned(),
        });
        short.collect::<Vec<_>>().join("|")
    };
    assert_eq!(messages(&["five", "-B1"]), "> five|  four");
    assert_eq!(messages(&["five", "-A1"]), "  six|> five");
    assert_eq!(messages(&["two", "-A1", "-B0", "-C5"]), "  evil|> two");
    assert_eq!(messages(&["timed", "-A1"]), "  six|> five|--|  evil|> two");
    assert_eq!(messages(&["timed", "-A1", "--oldest-first"]), "> two|  evil|--|> five|  six");
    assert_eq!(messages(&["timed", "-C1"]), "  six|> five|  four|  evil|> two|  one");
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

#[test]
fn several_logs_are_one_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let at = |seconds: u32| format!("2025-11-21 10:00:{seconds:02},000");
    write("a.log.1", &format!("{} INFO a: one\n{} INFO a: three\n", at(1), at(3)));
    // what tells no time stays where it is, and a clock that was put back moves nothing
    write("a.log", &format!("{} INFO a: five\n{} INFO a: back\n", at(5), at(2)));
    write("b.log", &format!("{} INFO b: two\n  below\n{} ERROR b: four\n", at(2), at(4)));
    write("c.log", "2025-11-21T10:00:05.000Z INFO c: five, too\n");
    let shown = |arguments: &[&str]| {
        let mut all = vec!["", "a.log", "b.log", "c.log"];
        all.splice(0..1, arguments.iter().copied());
        let found = in_files(folder.path(), &all);
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        let text = String::from_utf8(found.stdout).unwrap();
        let messages = text.lines().filter(|line| !line.ends_with("below"));
        let short =
            messages.map(|line| line.rsplit_once(": ").map_or(line, |(_, message)| message));
        short.collect::<Vec<_>>().join("|")
    };
    assert_eq!(shown(&[""]), "five, too|four|two|back|five|three|one");
    assert_eq!(shown(&["", "--oldest-first"]), "one|two|three|four|five|back|five, too");
    assert_eq!(shown(&["four", "-C1"]), "five, too|four|two");
    assert_eq!(shown(&["four", "-B1"]), "four|two");
    assert_eq!(shown(&["four", "-A1", "--oldest-first"]), "four|five");
    assert_eq!(shown(&["five", "-A0", "-B1", "-n1"]), "five, too|four");
    assert_eq!(shown(&["one or two", "-A1", "--oldest-first"]), "one|two|three");
    assert_eq!(shown(&["one or five", "-A1"]), "five, too|--|back|five|three|one");
    insta::assert_snapshot!("files_context", {
        let found = in_files(folder.path(), &["two", "a.log", "b.log", "-C1"]);
        String::from_utf8(found.stdout).unwrap()
    });
}

const INI: &str = "[loggers]
keys=root
[handlers]
keys=a,b,c,screen
[formatters]
keys=text,json
[logger_root]
handlers=a,b,c,screen
[handler_a]
class=FileHandler
args=('logs/a.log',)
formatter=text
[handler_b]
class=handlers.RotatingFileHandler
args=('logs/b.log', 'a', 100000, 5)
formatter=json
[handler_c]
class=FileHandler
args=('logs/never.log',)
[handler_screen]
class=StreamHandler
args=()
[formatter_text]
format=%(asctime)s|%(process)d|%(levelname).1s|%(name)s|%(message)s
datefmt=%d.%m.%y %H:%M:%S
[formatter_json]
class=pythonjsonlogger.json.JsonFormatter
format=%(asctime)s %(levelname)s %(name)s %(message)s
";

#[test]
fn a_configuration_tells_the_files_and_their_formats() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("logging.ini", INI);
    write("logyard.toml", "tz = \"Europe/Berlin\"\n");
    write(
        "logs/a.log",
        "21.11.25 11:00:01|7|I|shop|one\n21.11.25 11:00:03|8|E|shop.cart|three | 3\nTraceback:\nKeyError\n",
    );
    write(
        "logs/b.log",
        "{\"asctime\": \"2025-11-21 11:00:02,000\", \"levelname\": \"ERROR\", \"name\": \"web\", \"message\": \"t\\u00e4ter\", \"user_id\": 42}\n",
    );
    let run = |arguments: &[&str]| {
        let mut all = vec!["--config", "logging.ini"];
        all.extend(arguments);
        in_files(folder.path(), &all)
    };
    let shown = |arguments: &[&str]| {
        let found = run(arguments);
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        String::from_utf8(found.stdout).unwrap()
    };
    insta::assert_snapshot!("config", shown(&[]));
    assert_eq!(shown(&["level>=ERROR logger:shop"]).lines().count(), 3);
    assert_eq!(shown(&["process=7", "logs/a.log"]).lines().count(), 1);
    assert_eq!(shown(&["täter", "logs/b.log"]).lines().count(), 1);
    assert_eq!(shown(&["user_id=42 message:täter", "logs/b.log"]).lines().count(), 1);
    assert_eq!(shown(&["--since", "2025-11-21T10:00:02Z"]).lines().count(), 4);
    // what the format has not can't be asked
    let cant = run(&["user_id=42", "logs/a.log"]);
    assert_eq!(cant.status.code(), Some(64));
    let cant = run(&["", "logging.ini"]);
    assert_eq!(cant.status.code(), Some(64));
    let told = String::from_utf8(cant.stderr).unwrap();
    assert!(told.contains("logging.ini is no file of the configuration; it writes /"), "{told}");
    write("logging.ini", "[loggers]\n");
    assert_eq!(run(&[]).status.code(), Some(2));
}
