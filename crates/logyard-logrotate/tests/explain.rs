//! What `logyard check` says of configurations, at a set time.
#![allow(missing_docs, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use logyard_libc::Zone;
use logyard_logrotate::{Explanation, Level, explain};
use logyard_rotate::Clock;

/// 2026-11-22 10:00 UTC, a Sunday.
const NOW: i64 = 1_795_341_600;

/// A folder with logs, and what is said of `conf`; `{dir}` in it is the folder, as it is in what comes back.
fn explained(files: &[&str], conf: &str, state: &str) -> (tempfile::TempDir, Explanation) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    for file in files {
        std::fs::write(folder.path().join(file), "content\n").unwrap();
    }
    let path = folder.path().join("conf");
    std::fs::write(&path, conf.replace("{dir}", &dir)).unwrap();
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode;
    std::fs::set_permissions(&path, mode(0o644)).unwrap();
    let state_path = folder.path().join("state");
    let state = format!("logrotate state -- version 2\n{}", state.replace("{dir}", &dir));
    std::fs::write(&state_path, state).unwrap();
    let clock = Clock::Manual(Arc::new(AtomicI64::new(NOW * 1_000_000)));
    let mut found = explain(&[path], &state_path, &clock, Zone::Utc);
    found.text = found.text.replace(&dir, "{dir}");
    for finding in &mut found.findings {
        finding.what = finding.what.replace(&dir, "{dir}");
    }
    (folder, found)
}

/// `id line:column what`.
fn findings(conf: &str) -> Vec<String> {
    let (_folder, found) = explained(&["a.log"], conf, "");
    let line = |finding: &logyard_logrotate::Finding| {
        let at = finding.at.as_ref().map(|at| format!("{}:{}", at.line, at.column));
        format!("{} {} {}", finding.id, at.unwrap_or_default(), finding.what)
    };
    found.findings.iter().map(line).collect()
}

#[test]
fn a_block_is_told_in_words() {
    let conf = "{dir}/a.log {dir}/b.log {\n daily\n rotate 2\n missingok\n nocompress\n copy\n notifempty\n dateext\n \
                dateyesterday\n}\n";
    let state = "\"{dir}/a.log\" 2026-11-22-0:0:0\n\"{dir}/c.log\" 2026-11-20-0:0:0\n";
    let files = ["a.log", "a.log-20261101", "a.log-20261119", "a.log-20261120"];
    let (folder, found) = explained(&files, conf, state);
    assert_eq!(
        found.text,
        "{dir}/a.log {dir}/b.log  ({dir}/conf:1)
  when      daily
            empty is not rotated; missing is fine
  keeps     2, as a.log-20261121 (the date of the day before), not compressed
  how       copied, and left as it is (copy)
  logs      {dir}/a.log  (8 bytes, rotated 2026-11-22 00:00)
              next at 2026-11-23 00:00, to a.log-20261122
              a.log-20261101 to a.log-20261119 are removed then (2 files)
            {dir}/b.log  (missing)

"
    );
    assert_eq!((found.findings, found.bad), (Vec::new(), false));
    assert_eq!(found.logs.len(), 2);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        files.len() + 2,
        "nothing is changed"
    );
}

#[test]
fn what_is_due_is_told_with_what_goes() {
    let conf = "{dir}/*.log {\n weekly\n rotate 2\n compress\n postrotate\n true\n endscript\n create 0640 root root\n}\n";
    let state = "\"{dir}/a.log\" 2026-11-15-0:0:0\n";
    let (_folder, found) = explained(&["a.log", "b.log", "a.log.2.gz"], conf, state);
    assert_eq!(
        found.text,
        "{dir}/*.log  ({dir}/conf:1)
  when      weekly, on Sunday
            empty is rotated, too; missing is an error
  keeps     2, as a.log.1.gz, compressed
  how       renamed; a new one is made with mode 0640 and owner 0:0
  runs      postrotate for each log
  logs      {dir}/a.log  (8 bytes, rotated 2026-11-15 00:00)
              the next run rotates it, to a.log.1.gz
              a.log.2.gz is removed then
            {dir}/b.log  (8 bytes, not seen before: counts as rotated now)
              next at 2026-11-29 00:00, to b.log.1.gz

"
    );
    assert_eq!((found.findings, found.bad), (Vec::new(), false));
}

#[test]
fn all_problems_come_with_their_place() {
    let conf = "{dir}/a.log {\n rotate 3x\n}\nfoo\n{dir}/b.log {\n  size 1k\n  rotate 1\n}\n{dir}/c.log {\n rotate 1\n";
    assert_eq!(
        findings(conf),
        [
            "logrotate 2:2 bad rotation count '3x'",
            "logrotate 4:1 unknown option 'foo' -- ignoring line",
            "logrotate 11:1 missing '}' at the end of the block of {dir}/c.log",
            "logrotate 5:1 stat of {dir}/b.log failed: No such file or directory",
        ]
    );
}

#[test]
fn conflicts_are_those_that_are_certain() {
    for (directives, expected) in [
        (
            "rotate 1\ncopytruncate\ncreate",
            "no-effect 4:1 create has no effect with copytruncate, which leaves the log in its place",
        ),
        ("rotate 1\ndelaycompress", "no-effect 3:1 delaycompress has no effect without compress"),
        ("rotate 1\ndateformat -%d", "no-effect 3:1 dateformat has no effect without dateext"),
        ("rotate 1\ndateext\nstart 2\ndaily", "no-effect 4:1 start has no effect with dateext"),
        (
            "rotate 1\nsize 3\nminsize 2",
            "no-effect 4:1 minsize has no effect with size, which decides alone",
        ),
        ("rotate 1\ndaily\nmailfirst", "no-effect 4:1 mailfirst has no effect without mail"),
        (
            "rotate 0\nmaxage 3",
            "no-effect 3:1 maxage has no effect with rotate 0, which keeps nothing",
        ),
        ("rotate 1\ndaily\nsize 3k", "overridden 4:1 size counts, and not daily, as it comes last"),
        (
            "rotate 1\ncopytruncate\nrenamecopy",
            "overridden 4:1 renamecopy counts, and not copytruncate, as it comes last",
        ),
        ("daily", "nothing-kept 1:1 without rotate no old log is kept: what is rotated is gone"),
        (
            "rotate 1\nhourly\ndateext\ndateformat -%Y%m%d",
            "same-name 5:1 the rotations at 2026-11-22 11:00 and at 2026-11-22 12:00 have the same name",
        ),
        (
            "rotate 1\ndaily\ndateext\nmaxsize 1M",
            "same-name 4:1 a log that reaches 1 MiB twice on one day gets the same name twice",
        ),
        (
            "rotate 1\nhourly\ndateext\nmaxsize 1M",
            "same-name 4:1 a log that reaches 1 MiB twice in one hour gets the same name twice",
        ),
        (
            "rotate 1\ndateext\ndateformat -%F%s",
            "unknown-date 4:1 %F is no date here, and stays in the name as it is",
        ),
    ] {
        assert_eq!(
            findings(&format!("{{dir}}/a.log {{\n{directives}\n}}\n")),
            [expected],
            "{directives}"
        );
    }
    assert_eq!(
        findings("{dir}/a* {\nrotate 1\n}\n"),
        ["finds-its-own 1:1 {dir}/a* finds rotated logs, too, such as {dir}/a.log.1"]
    );
}

#[test]
fn what_is_meant_is_left_alone() {
    for conf in [
        // what stands before a block may be for others
        "create\ndelaycompress\nweekly\nrotate 4\nmaxage 3\n{dir}/a.log {\nsize 1k\ncopytruncate\n}\n",
        "{dir}/a.log {\nrotate 1\nhourly\ndateext\n}\n",
        "{dir}/a.log {\nrotate 1\nhourly\ndateext\ndateformat -%s\n}\n",
        "{dir}/a* {\nrotate 1\nolddir .\ndateext\nextension .log\ndateformat .%s\nolddir {dir}\nrotate 0\n}\n",
        "{dir}/*.log {\nrotate 1\n}\n",
        "{dir}/*.log {\nrotate 1\ndaily\ndaily\n}\n",
        "{dir}/a.log {\ncopy\n}\n",
    ] {
        assert_eq!(findings(conf), Vec::<String>::new(), "{conf}");
    }
}

#[test]
fn a_program_that_nothing_tells_is_named() {
    let conf = "{dir}/a.log {\nrotate 1\ncompress\n}\n";
    let (folder, _) = explained(&["a.log"], conf, "");
    // another process has it open
    let log = folder.path().join("a.log");
    let mut child = std::process::Command::new("sleep")
        .arg("20")
        .stdout(std::fs::File::options().append(true).open(&log).unwrap())
        .spawn()
        .unwrap();
    let clock = Clock::Manual(Arc::new(AtomicI64::new(NOW * 1_000_000)));
    let paths = [folder.path().join("conf")];
    let found = explain(&paths, &folder.path().join("state"), &clock, Zone::Utc);
    let told: Vec<_> = found.findings.iter().map(|finding| (finding.id, finding.level)).collect();
    let pid = child.id();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(told, [("not-told", Level::Warning)]);
    let finding = &found.findings[0];
    assert!(finding.what.starts_with(&format!("{pid} (sleep) has ")), "{finding:?}");
    assert!(finding.help.as_ref().unwrap().contains("what it writes after the rotation is lost"));
}

#[test]
fn folders_that_others_can_write_to_need_su() {
    let (folder, _) = explained(&["a.log"], "", "");
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode;
    std::fs::set_permissions(&logs, mode(0o777)).unwrap();
    for name in ["x.log", "y.log"] {
        std::fs::write(logs.join(name), "x").unwrap();
    }
    let conf = folder.path().join("conf");
    std::fs::write(&conf, format!("{}/*.log {{\nrotate 1\n}}\n", logs.display())).unwrap();
    let clock = Clock::Manual(Arc::new(AtomicI64::new(NOW * 1_000_000)));
    let found = explain(&[conf], Path::new("/dev/null"), &clock, Zone::Utc);
    let root = rustix::process::geteuid().is_root();
    let level = if root { Level::Error } else { Level::Warning };
    let told: Vec<_> = found.findings.iter().map(|finding| (finding.id, finding.level)).collect();
    assert_eq!((told, found.bad), (vec![("needs-su", level)], root));
}
