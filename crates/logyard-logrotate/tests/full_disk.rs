//! `logyard_delete_when_full`, on a filesystem that is full.
#![allow(missing_docs, reason = "tests")]

use std::path::Path;
use std::process::Command;

use logyard_libc::Zone;
use logyard_logrotate::{CopyTruncate, Lock, Options, Outcome, rotate};
use logyard_rotate::Clock;

/// A small filesystem, unmounted in the end.
struct Small(tempfile::TempDir);

impl Small {
    /// `None`, and why, where it can't be made.
    fn new() -> Option<Small> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1M,mode=755", "none"]).arg(folder.path());
        let output = mount.output();
        if output.as_ref().is_ok_and(|output| output.status.success()) {
            return Some(Small(folder));
        }
        eprintln!("skipped: a small tmpfs can't be mounted, which takes root: {output:?}");
        None
    }

    fn write(&self, name: &str, kibibytes: usize) {
        // what gzip can't make smaller
        let mut state = 1_u64;
        let bytes = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        });
        let bytes: Vec<u8> = bytes.take(kibibytes * 1024).collect();
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn rotate(&self, directives: &str) -> Outcome {
        let home = tempfile::tempdir().unwrap();
        let log = self.0.path().join("a.log");
        let conf = format!("{} {{\nrotate 30\n{directives}\n}}\n", log.display());
        std::fs::write(home.path().join("conf"), conf).unwrap();
        let options = Options {
            configurations: vec![home.path().join("conf")],
            debug: false,
            force: true,
            verbose: false,
            state: home.path().join("state"),
            log: None,
            mail: "/usr/bin/mail".into(),
            lock: Lock::Wait,
            copy_truncate: CopyTruncate::LossFree,
        };
        rotate(&options, &Clock::System, Zone::Utc)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status(); // it is told by itself
    }
}

fn size(folder: &Path, name: &str) -> u64 {
    folder.join(name).metadata().unwrap().len() / 1024
}

#[test]
fn the_oldest_go_until_the_copy_fits() {
    let Some(small) = Small::new() else { return };
    for (name, kibibytes) in
        [("a.log", 250), ("a.log.1", 100), ("a.log.2", 150), ("a.log.3", 200), ("b.log.1", 200)]
    {
        small.write(name, kibibytes);
    }
    assert_eq!(small.rotate("copytruncate"), Outcome::Errors);
    assert_eq!(small.names(), ["a.log", "a.log.1", "a.log.2", "a.log.3", "b.log.1"]);
    assert_eq!(small.rotate("copytruncate\nlogyard_delete_when_full"), Outcome::Fine);
    assert_eq!(small.names(), ["a.log", "a.log.1", "a.log.2", "a.log.3", "b.log.1"]);
    let sizes = ["a.log", "a.log.1", "a.log.2", "a.log.3"].map(|name| size(small.0.path(), name));
    assert_eq!(sizes, [0, 250, 100, 150], "only the oldest has gone");
}

#[test]
fn the_oldest_go_until_the_compressed_log_fits() {
    let Some(small) = Small::new() else { return };
    for (name, kibibytes) in [("a.log", 400), ("a.log.1.gz", 200), ("a.log.2.gz", 300)] {
        small.write(name, kibibytes);
    }
    assert_eq!(small.rotate("create\ncompress"), Outcome::Errors);
    assert!(small.names().contains(&"a.log.1".into()), "the source stays: {:?}", small.names());
    small.write("a.log", 1);
    assert_eq!(small.rotate("create\ncompress\nlogyard_delete_when_full"), Outcome::Fine);
    let names = small.names();
    assert!(names.contains(&"a.log.1.gz".into()), "{names:?}");
    assert_eq!(size(small.0.path(), "a.log.2"), 400, "a log that could not be compressed moves on");
}

#[test]
fn what_was_just_rotated_is_not_given_up_for_itself() {
    let Some(small) = Small::new() else { return };
    small.write("a.log", 600);
    assert_eq!(small.rotate("create\ncompress\nlogyard_delete_when_full"), Outcome::Errors);
    assert_eq!(
        (small.names(), size(small.0.path(), "a.log.1")),
        (vec!["a.log".into(), "a.log.1".into()], 600)
    );
}
