//! `copytruncate` while others write.
#![allow(missing_docs, reason = "tests")]

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use logyard_libc::Zone;
use logyard_logrotate::{CopyTruncate, Lock, Options, Outcome, rotate};
use logyard_rotate::Clock;

struct Logs {
    folder: tempfile::TempDir,
    options: Options,
}

impl Logs {
    fn new(parent: &Path, directives: &str, copy_truncate: CopyTruncate) -> Logs {
        let folder = tempfile::tempdir_in(parent).unwrap();
        let at = |name: &str| folder.path().join(name);
        let text = format!("{} {{\n{directives}\ncopytruncate\n}}\n", at("a.log").display());
        std::fs::write(at("conf"), text).unwrap();
        let options = Options {
            configurations: vec![at("conf")],
            debug: false,
            force: true,
            verbose: false,
            state: "/dev/null".into(),
            log: None,
            mail: "/usr/bin/mail".into(),
            lock: Lock::Try,
            copy_truncate,
        };
        Logs { folder, options }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self) -> File {
        OpenOptions::new().append(true).create(true).open(self.path("a.log")).unwrap()
    }

    fn rotate(&self) -> Outcome {
        rotate(&self.options, &Clock::System, Zone::Utc)
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// All that was kept, the oldest first.
    fn everything(&self) -> String {
        let numbers = (1..).take_while(|number| self.path(&format!("a.log.{number}")).exists());
        let mut names: Vec<String> = numbers.map(|number| format!("a.log.{number}")).collect();
        names.reverse();
        names.push("a.log".into());
        names.iter().map(|name| self.text(name)).collect()
    }
}

fn disk() -> PathBuf {
    std::env::temp_dir()
}

/// Whether the filesystem of `parent` can remove the beginning of a file that is open; told if not.
fn can_collapse(parent: &Path) -> bool {
    let logs = Logs::new(parent, "rotate 5", CopyTruncate::Strict);
    let mut writer = logs.append();
    writer.write_all(&[b'x'; 1 << 20]).unwrap();
    logs.rotate() == Outcome::Fine
}

fn skipped(parent: &Path) -> bool {
    let skip = !can_collapse(parent);
    if skip {
        let parent = parent.display();
        eprintln!("skipped: the filesystem of {parent} can't remove the beginning of a file");
    }
    skip
}

const WRITERS: usize = 4;

/// What each of them appends: all of it together is some 20 MB, whatever happens.
const LINES: u64 = 80_000;

/// Writers append numbered lines while the log is rotated again and again, until they are done; however slow the
/// rotation is, they wait for the first to end when they have written half of theirs.
fn torture(logs: &Logs, writers: usize) {
    let (working, rotations) = (AtomicUsize::new(writers), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let (mut file, working, rotations) = (logs.append(), &working, &rotations);
            scope.spawn(move || {
                for number in 0..LINES {
                    while number == LINES / 2 && rotations.load(Ordering::Relaxed) == 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    let fill = "x".repeat((number % 97) as usize);
                    file.write_all(format!("{writer} {number} {fill}\n").as_bytes()).unwrap();
                }
                working.fetch_sub(1, Ordering::Relaxed);
            });
        }
        while working.load(Ordering::Relaxed) > 0 {
            assert_eq!(logs.rotate(), Outcome::Fine);
            rotations.fetch_add(1, Ordering::Relaxed);
        }
    });
}

#[test]
fn every_line_is_there_once_where_beginnings_can_be_removed() {
    if skipped(&disk()) {
        return;
    }
    for compress in ["", "\ncompress"] {
        let logs = Logs::new(&disk(), &format!("rotate 1000{compress}"), CopyTruncate::Strict);
        torture(&logs, WRITERS);
        for entry in std::fs::read_dir(logs.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "gz") {
                let unpacked = std::process::Command::new("gunzip").arg(path).status();
                assert!(unpacked.unwrap().success());
            }
        }
        let mut next: BTreeMap<usize, u64> = BTreeMap::new();
        for line in logs.everything().lines() {
            let mut words = line.split(' ');
            let (writer, number) = (words.next().unwrap(), words.next().unwrap());
            let expected = next.entry(writer.parse().unwrap()).or_default();
            assert_eq!(number.parse::<u64>().unwrap(), *expected, "of writer {writer}");
            assert_eq!(words.next().unwrap().len() as u64, *expected % 97);
            *expected += 1;
        }
        assert_eq!(next, (0..WRITERS).map(|writer| (writer, LINES)).collect());
        assert!(logs.path("a.log.1").exists(), "there was nothing to rotate");
    }
}

#[test]
fn a_log_that_nobody_has_open_is_taken_as_a_whole() {
    let logs = Logs::new(&disk(), "rotate 5", CopyTruncate::Strict);
    logs.append().write_all(b"one\ntwo\n").unwrap();
    assert_eq!(logs.rotate(), Outcome::Fine);
    assert_eq!((logs.text("a.log"), logs.text("a.log.1")), (String::new(), "one\ntwo\n".into()));
}

#[test]
fn less_than_a_block_stays_under_its_writer() {
    if skipped(&disk()) {
        return;
    }
    let logs = Logs::new(&disk(), "rotate 5", CopyTruncate::LossFree);
    let mut writer = logs.append();
    writer.write_all(b"one\n").unwrap();
    assert_eq!(logs.rotate(), Outcome::Fine);
    assert!(!logs.path("a.log.1").exists());
    writer.write_all(&[b'x'; 100_000]).unwrap();
    assert_eq!(logs.rotate(), Outcome::Fine);
    let left = logs.text("a.log").len();
    assert!((1..=65_536).contains(&left), "{left}");
    let all = format!("one\n{}", "x".repeat(100_000));
    assert_eq!(logs.everything(), all);
    drop(writer);
    assert_eq!(logs.rotate(), Outcome::Fine);
    assert_eq!((logs.text("a.log"), logs.everything()), (String::new(), all));
}

/// tmpfs can't remove the beginning of a file.
#[test]
fn strict_refuses_and_the_default_truncates_elsewhere() {
    let memory = Path::new("/dev/shm");
    if !memory.exists() || can_collapse(memory) {
        eprintln!("skipped: no filesystem here that can't remove the beginning of a file");
        return;
    }
    let logs = Logs::new(memory, "rotate 5", CopyTruncate::Strict);
    let mut writer = logs.append();
    writer.write_all(b"one\n").unwrap();
    assert_eq!(logs.rotate(), Outcome::Errors);
    assert_eq!(logs.text("a.log"), "one\n");
    assert!(!logs.path("a.log.1").exists());
    let options = Options { copy_truncate: CopyTruncate::LossFree, ..logs.options.clone() };
    assert_eq!(rotate(&options, &Clock::System, Zone::Utc), Outcome::Fine);
    assert_eq!((logs.text("a.log"), logs.text("a.log.1")), (String::new(), "one\n".into()));
}

#[test]
fn holes_stay_holes() {
    use std::os::unix::fs::{FileExt, MetadataExt};
    let logs = Logs::new(&disk(), "rotate 5", CopyTruncate::LossFree);
    drop(logs.append());
    let file = OpenOptions::new().write(true).open(logs.path("a.log")).unwrap();
    file.write_all_at(b"end", 10 << 20).unwrap();
    file.set_len(20 << 20).unwrap();
    drop(file);
    assert_eq!(logs.rotate(), Outcome::Fine);
    let about = std::fs::metadata(logs.path("a.log.1")).unwrap();
    assert_eq!(about.len(), 20 << 20);
    assert!(about.blocks() * 512 < 1 << 20, "{}", about.blocks());
    assert_eq!(&logs.text("a.log.1")[10 << 20..(10 << 20) + 4], "end\0");
}
