//! With a journal, each record is in its file once, although the server is killed.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;

use crate::server::{Server, frame, wait_until};

const ROTATING: &str = "\
[loggers]
keys = root
[handlers]
keys = file, errors
[formatters]
keys = line
[logger_root]
handlers = file, errors
[handler_file]
class = handlers.RotatingFileHandler
args = ('app.log', 'a', 20000, 10000)
formatter = line
[handler_errors]
class = FileHandler
args = ('all.log',)
formatter = line
[formatter_line]
format = %(message)s
";

fn start(folder: tempfile::TempDir) -> Server {
    std::fs::write(folder.path().join("logging.ini"), ROTATING).unwrap();
    let arguments =
        ["--listen", "127.0.0.1:0", "--state", "state", "--journal", "journal", "logging.ini"];
    Server::run(folder, &arguments)
}

/// All lines of the file and of those that it rolled over to, the oldest first.
fn lines(server: &Server) -> Vec<String> {
    let names = std::fs::read_dir(server.folder.path()).unwrap();
    let mut rolled: Vec<u32> = names
        .filter_map(|name| {
            name.unwrap().file_name().to_str()?.strip_prefix("app.log.")?.parse().ok()
        })
        .collect();
    rolled.sort_unstable();
    let text =
        rolled.iter().rev().map(|n| server.read(&format!("app.log.{n}"))).collect::<String>();
    (text + &server.read("app.log")).lines().map(str::to_owned).collect()
}

/// How many records the journal holds, by `logyard journal verify`.
fn records(server: &Server) -> u64 {
    let verify = Command::new(env!("CARGO_BIN_EXE_logyard"))
        .args(["journal", "verify", "journal"])
        .current_dir(server.folder.path())
        .output()
        .unwrap();
    let out = String::from_utf8(verify.stdout).unwrap();
    assert!(verify.status.success(), "{out}{}", String::from_utf8_lossy(&verify.stderr));
    out.split_once(' ').unwrap().0.parse().unwrap()
}

#[test]
fn after_a_kill_each_record_is_in_its_file_once() {
    let mut server = start(tempfile::tempdir().unwrap());
    let (mut sent, mut replayed) = (0, 0);
    for round in 0..12_u64 {
        let mut connection = TcpStream::connect(&server.addresses[0]).unwrap();
        for _ in 0..3000 {
            connection.write_all(&frame("a", &format!("{sent:06}"))).unwrap();
            sent += 1;
        }
        // what the journal has is what counts: a stock client hears of nothing
        std::thread::sleep(std::time::Duration::from_millis(round * 7));
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
        drop(server);
        server = start(folder);
        // what is replayed is written by threads of its own
        let kept = records(&server);
        let written = |count: usize| count as u64 == kept;
        wait_until("the replayed records are not in the files", || {
            written(lines(&server).len()) && written(server.read("all.log").lines().count())
        });
        let got = lines(&server);
        // in order, each once; and nothing in between is missing but the end of a round
        assert!(got.is_sorted(), "round {round}: out of order");
        assert!(got.windows(2).all(|pair| pair[0] != pair[1]), "round {round}: doubled");
        let all: Vec<String> = server.read("all.log").lines().map(str::to_owned).collect();
        assert!(
            got == all,
            "round {round}: {} lines in one file, {} in the other",
            got.len(),
            all.len()
        );
        replayed += u32::from(server.told().contains("replayed"));
    }
    assert!(replayed > 0, "no kill left anything to replay");
    let said = server.told();
    assert!(!said.contains("[journal-damaged]") && !said.contains("[upkeep"), "{said}");
    // one more time, in order
    TcpStream::connect(&server.addresses[0]).unwrap().write_all(&frame("a", "999999")).unwrap();
    wait_until("the last record", || lines(&server).last().is_some_and(|line| line == "999999"));
    let (code, _folder) = server.stop();
    assert_eq!(code, 0);
}
