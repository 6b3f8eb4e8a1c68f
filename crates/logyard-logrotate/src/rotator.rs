use std::collections::HashSet;
use std::fs::File;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use logyard_libc::Zone;
use logyard_rotate::Clock;

use crate::messages::{Messages, Teller};
use crate::moment::Moment;
use crate::options::{Options, Outcome};
use crate::own::OwnFiles;
use crate::run;

/// Rotation again and again, in place of cron.
pub struct Rotator {
    options: Options,
    clock: Clock,
    zone: Zone,
    teller: Option<Teller>,
    log: Option<File>,
    complaints: HashSet<String>,
}

impl Rotator {
    /// For [`rotate`](crate::rotate) with these options each time, in the time zone `zone`. Complaints
    /// go to `teller`, or to standard error.
    ///
    /// # Errors
    ///
    /// The file of `-l` can't be created.
    pub fn new(
        options: Options,
        clock: Clock,
        zone: Zone,
        teller: Option<Teller>,
    ) -> std::io::Result<Rotator> {
        let log = options.log.as_ref().map(File::create).transpose()?;
        Ok(Rotator { options, clock, zone, teller, log, complaints: HashSet::new() })
    }

    /// Reads the configuration and rotates what is due. `own` are the caller's own logs; `stop` ends it
    /// after the log in hand. What the run before has complained of is not told again, and a state file in
    /// which nothing would change is not written.
    pub fn run(&mut self, own: Option<&dyn OwnFiles>, stop: &AtomicBool) -> Outcome {
        let log = self.log.as_ref().and_then(|log| log.try_clone().ok());
        let before = std::mem::take(&mut self.complaints);
        let told = Messages::after(before, self.options.verbose, log, self.teller.clone());
        let now = Moment::new(self.clock.now(), self.zone.clone());
        let outcome = run::once(&self.options, &told, now, Some(run::Repeated { own, stop }));
        self.complaints = told.complaints();
        outcome
    }

    /// How long it is to the next full minute on the wall: the next run. Never more than 60 s, so that a
    /// clock that was set, or a machine that slept, is soon noticed.
    pub fn until_next(&self) -> Duration {
        let past = self.clock.micros().rem_euclid(MINUTE);
        Duration::from_micros((MINUTE - past).unsigned_abs())
    }
}

/// In microseconds.
const MINUTE: i64 = 60_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::atomic::AtomicI64;
    use std::sync::atomic::Ordering;
    use std::sync::{Arc, Mutex};

    use crate::{CopyTruncate, Lock};

    struct Place {
        folder: tempfile::TempDir,
        clock: Arc<AtomicI64>,
        told: Arc<Mutex<Vec<String>>>,
    }

    impl Place {
        fn new(directives: &str) -> (Place, Rotator) {
            let folder = tempfile::tempdir().unwrap();
            let clock = Arc::new(AtomicI64::new(1_795_391_999_000_000)); // 2026-11-22 23:59:59
            let told = Arc::new(Mutex::new(Vec::new()));
            let place = Place { folder, clock, told };
            place.configure(directives);
            let options = Options {
                configurations: vec![place.path("conf")],
                debug: false,
                force: false,
                verbose: false,
                state: place.path("state"),
                log: None,
                mail: "/usr/bin/mail".into(),
                lock: Lock::Wait, // children of other tests have it for a moment
                copy_truncate: CopyTruncate::Strict,
            };
            let teller: Teller = Arc::new({
                let told = Arc::clone(&place.told);
                move |_, text| told.lock().unwrap().push(text.to_owned())
            });
            let clock = Clock::Manual(Arc::clone(&place.clock));
            (place, Rotator::new(options, clock, Zone::Utc, Some(teller)).unwrap())
        }

        fn path(&self, name: &str) -> std::path::PathBuf {
            self.folder.path().join(name)
        }

        fn configure(&self, directives: &str) {
            let text = format!("{}/*.log {{\n{directives}\n}}\n", self.folder.path().display());
            std::fs::write(self.path("conf"), text).unwrap();
        }

        fn pass(&self, seconds: i64) {
            self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }

        fn read(&self, name: &str) -> String {
            std::fs::read_to_string(self.path(name)).unwrap()
        }

        fn told(&self) -> Vec<String> {
            std::mem::take(&mut *self.told.lock().unwrap())
        }
    }

    fn run(rotator: &mut Rotator) -> Outcome {
        rotator.run(None, &AtomicBool::new(false))
    }

    #[test]
    fn the_day_s_end_is_met_and_the_state_is_written_only_then() {
        let (place, mut rotator) = Place::new("daily\nrotate 3\ncreate");
        std::fs::write(place.path("a.log"), "one\n").unwrap();
        assert_eq!(rotator.until_next(), Duration::from_secs(1));
        assert_eq!(run(&mut rotator), Outcome::Fine);
        assert!(!place.path("a.log.1").exists());
        let written = || std::fs::metadata(place.path("state")).unwrap();
        let inode = |about: std::fs::Metadata| std::os::unix::fs::MetadataExt::ino(&about);
        let first = inode(written());
        assert_eq!(run(&mut rotator), Outcome::Fine);
        assert_eq!(inode(written()), first, "nothing has changed");
        place.pass(1);
        assert_eq!(rotator.until_next(), Duration::from_secs(60));
        assert_eq!(run(&mut rotator), Outcome::Fine);
        assert_eq!((place.read("a.log"), place.read("a.log.1")), (String::new(), "one\n".into()));
        assert_ne!(inode(written()), first);
        assert_eq!(place.told(), [""; 0]);
    }

    #[test]
    fn a_broken_configuration_is_told_once_and_may_be_mended() {
        let (place, mut rotator) = Place::new("daily\nrotate 3\ncreate");
        std::fs::write(place.path("a.log"), "one\n").unwrap();
        run(&mut rotator);
        place.configure("daily\nrotate many\ncreate");
        assert_eq!(run(&mut rotator), Outcome::Errors);
        assert!(place.told()[0].contains("rotation count 'many'"));
        place.pass(60);
        assert_eq!(run(&mut rotator), Outcome::Errors);
        assert_eq!(place.told(), [""; 0]);
        assert!(!place.path("a.log.1").exists());
        place.configure("daily\nrotate 3\ncreate");
        assert_eq!(run(&mut rotator), Outcome::Fine);
        assert_eq!(place.read("a.log.1"), "one\n");
    }

    /// Has the log open, and lets go of it as asked; then the moved file must not change any more.
    struct Writer {
        log: std::path::PathBuf,
        open: Mutex<File>,
        lets_go: bool,
    }

    impl OwnFiles for Writer {
        fn has(&self, log: &Path) -> bool {
            log == self.log
        }

        fn let_go(&self, logs: &[&Path]) -> Result<(), crate::StillOpen> {
            assert_eq!(logs, [self.log.as_path()]);
            let mut open = self.open.lock().unwrap();
            std::io::Write::write_all(&mut *open, b"two\n").unwrap();
            if !self.lets_go {
                return Err(crate::StillOpen { log: "a.log".into(), seconds: 10 });
            }
            *open = File::options().append(true).create(true).open(&self.log).unwrap();
            std::io::Write::write_all(&mut *open, b"three\n").unwrap();
            Ok(())
        }
    }

    fn writer(place: &Place, lets_go: bool) -> Writer {
        let log = place.path("a.log");
        let open = File::options().append(true).create(true).open(&log).unwrap();
        std::io::Write::write_all(&mut &open, b"one\n").unwrap();
        std::fs::set_permissions(&log, std::os::unix::fs::PermissionsExt::from_mode(0o604))
            .unwrap();
        Writer { log, open: Mutex::new(open), lets_go }
    }

    fn mode(path: &Path) -> u32 {
        std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).unwrap()) & 0o7777
    }

    #[test]
    fn own_logs_are_moved_whatever_the_method() {
        for (method, left) in [
            ("copytruncate", "three\n"),
            ("copytruncate\ncompress", "three\n"),
            ("create", "three\n"),
            ("nocreate", "three\n"),
            ("renamecopy\ncreate", "three\n"),
            ("nocreate\npostrotate\ncat $1 >> $2\nendscript", "three\n"),
        ] {
            let (place, mut rotator) = Place::new(&format!("daily\nrotate 3\n{method}"));
            let writer = writer(&place, true);
            let stop = AtomicBool::new(false);
            rotator.run(Some(&writer), &stop);
            place.pass(1);
            assert_eq!(rotator.run(Some(&writer), &stop), Outcome::Fine, "{method}");
            assert_eq!(place.read("a.log"), left, "{method}");
            let packed = place.path("a.log.1.gz");
            if packed.exists() {
                assert!(
                    std::process::Command::new("gunzip").arg(&packed).status().unwrap().success()
                );
            }
            let script = if method.contains("postrotate") { "three\n" } else { "" };
            assert_eq!(place.read("a.log.1"), format!("one\ntwo\n{script}"), "{method}");
            assert_eq!(mode(&place.path("a.log.1")), 0o604, "{method}");
            if !method.contains("nocreate") {
                assert_eq!(mode(&place.path("a.log")), 0o604, "{method}");
            }
        }
    }

    #[test]
    fn rotate_0_keeps_nothing_but_what_comes_after() {
        let (place, mut rotator) = Place::new("daily\nrotate 0\ncopytruncate");
        let writer = writer(&place, true);
        let stop = AtomicBool::new(false);
        rotator.run(Some(&writer), &stop);
        place.pass(1);
        assert_eq!(rotator.run(Some(&writer), &stop), Outcome::Fine);
        assert_eq!(place.read("a.log"), "three\n");
        assert!(!place.path("a.log.1").exists());
    }

    #[test]
    fn what_may_still_be_written_to_is_left_alone() {
        let (place, mut rotator) =
            Place::new("daily\nrotate 3\ncreate\ncompress\npostrotate\necho > $1.ran\nendscript");
        let writer = writer(&place, false);
        let stop = AtomicBool::new(false);
        rotator.run(Some(&writer), &stop);
        place.pass(1);
        assert_eq!(rotator.run(Some(&writer), &stop), Outcome::Errors);
        assert_eq!(place.read("a.log.1"), "one\ntwo\n");
        assert!(!place.path("a.log.ran").exists());
        assert!(place.told()[0].contains("has not been let go of for 10 s"));
    }

    #[test]
    fn a_stop_leaves_the_rest_due() {
        let (place, mut rotator) = Place::new("daily\nrotate 3\ncreate");
        for name in ["a.log", "b.log"] {
            std::fs::write(place.path(name), name).unwrap();
        }
        run(&mut rotator);
        place.pass(1);
        assert_eq!(rotator.run(None, &AtomicBool::new(true)), Outcome::Fine);
        assert!(!place.path("a.log.1").exists() && !place.path("b.log.1").exists());
        run(&mut rotator);
        assert_eq!(
            (place.read("a.log.1"), place.read("b.log.1")),
            ("a.log".into(), "b.log".into())
        );
    }
}
