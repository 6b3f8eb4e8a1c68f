use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use logyard_compat::Compat;
use logyard_config::{AtTime, FilePlan, HandlerKind, HandlerPlan, Mode, When};
use logyard_handlers::{Clock, Notice, Rules, Run, Surroundings, Writer};
use logyard_libc::Zone;

const START: i64 = 1_000_000_000;

/// A handler's arguments, and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) kind: Kind,
    pub(crate) encoding: &'static str,
    pub(crate) errors: &'static str,
    pub(crate) delay: bool,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    File(Mode),
    Watched(Mode),
    Sized { max: u64, keep: u32 },
    Timed { when: &'static str, interval: u32, keep: u32, utc: bool, at: i64, zone: &'static str },
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Pass(i64),
    Write(Vec<Vec<u8>>),
    /// And the file's last change is that many seconds ago.
    Restart(i64),
    Remove(&'static str),
    Move(&'static str, &'static str),
    Create(String),
    Truncate(&'static str),
}

impl Step {
    /// Whether it writes half a surrogate pair, which a strict file refuses.
    pub(crate) fn has_surrogate(&self) -> bool {
        let Step::Write(lines) = self else { return false };
        lines.iter().any(|line| std::str::from_utf8(line).is_err())
    }
}

impl Script {
    /// In the words of `oracle.py`.
    pub(crate) fn text(&self) -> String {
        let (encoding, errors, delay) = (self.encoding, self.errors, u8::from(self.delay));
        let mut text = match &self.kind {
            Kind::File(mode) => format!("file {} {encoding} {errors} {delay}", letter(*mode)),
            Kind::Watched(mode) => format!("watched {} {encoding} {errors} {delay}", letter(*mode)),
            Kind::Sized { max, keep } => format!("sized {encoding} {errors} {delay} {max} {keep}"),
            Kind::Timed { when, interval, keep, utc, at, zone } => format!(
                "timed {encoding} {errors} {delay} {when} {interval} {keep} {} {at} {zone}",
                u8::from(*utc)
            ),
        };
        let mut now = START;
        for step in &self.steps {
            match step {
                Step::Pass(seconds) => {
                    now += seconds;
                    write!(text, ";clock {now}").unwrap();
                }
                Step::Write(lines) => {
                    text.push_str(";write");
                    for line in lines {
                        write!(text, " {}", hex(line)).unwrap();
                    }
                }
                Step::Restart(age) => write!(text, ";restart {age}").unwrap(),
                Step::Remove(name) => write!(text, ";remove {name}").unwrap(),
                Step::Move(from, to) => write!(text, ";move {from} {to}").unwrap(),
                Step::Create(name) => write!(text, ";create {name}").unwrap(),
                Step::Truncate(name) => write!(text, ";truncate {name}").unwrap(),
            }
        }
        text
    }

    /// Runs the script on this crate's handlers, and gives the tree as `oracle.py` does.
    pub(crate) fn run(&self, compat: Compat) -> String {
        let rules = Rules { compat, ..Rules::default() };
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("a.log");
        let micros = Arc::new(AtomicI64::new(START * 1_000_000));
        let clock = Clock::Manual(Arc::clone(&micros));
        let mut writer = self.open(&base, &clock, rules);
        for step in &self.steps {
            match step {
                Step::Pass(seconds) => {
                    micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
                }
                Step::Write(lines) => write_lines(&mut writer, lines),
                Step::Restart(age) => {
                    writer.close();
                    if let Ok(file) = std::fs::File::options().append(true).open(&base) {
                        let then = Duration::from_secs((clock.now() - age).unsigned_abs());
                        file.set_modified(SystemTime::UNIX_EPOCH + then).unwrap();
                    }
                    writer = self.open(&base, &clock, rules);
                }
                Step::Remove(name) => {
                    let _ = std::fs::remove_file(folder.path().join(name));
                }
                Step::Move(from, to) => {
                    let _ = std::fs::rename(folder.path().join(from), folder.path().join(to));
                }
                Step::Create(name) => {
                    use std::io::Write;
                    let mut options = std::fs::File::options();
                    let path = folder.path().join(name);
                    let mut file = options.append(true).create(true).open(path).unwrap();
                    file.write_all(b"foreign\n").unwrap();
                }
                Step::Truncate(name) => {
                    let path = folder.path().join(name);
                    if let Ok(file) = std::fs::File::options().append(true).open(path) {
                        file.set_len(0).unwrap();
                    }
                }
            }
        }
        writer.close();
        tree(folder.path())
    }

    fn open(&self, base: &Path, clock: &Clock, rules: Rules) -> Writer {
        let file = |mode| FilePlan {
            path: base.to_owned(),
            mode,
            encoding: Some(self.encoding.to_owned()),
            errors: Some(self.errors.to_owned()),
            delay: self.delay,
        };
        let mut zone = Zone::Utc;
        let kind = match &self.kind {
            Kind::File(mode) => HandlerKind::File(file(*mode)),
            Kind::Watched(mode) => HandlerKind::WatchedFile(file(*mode)),
            Kind::Sized { max, keep } => HandlerKind::RotatingFile {
                file: file(Mode::Append),
                max_bytes: *max,
                backup_count: *keep,
            },
            Kind::Timed { when, interval, keep, utc, at, zone: name } => {
                zone = Zone::named(name).unwrap();
                HandlerKind::TimedRotatingFile {
                    file: file(Mode::Append),
                    when: match *when {
                        "S" => When::S,
                        "M" => When::M,
                        "H" => When::H,
                        "D" => When::D,
                        "midnight" => When::Midnight,
                        day => When::W(day.as_bytes()[1] - b'0'),
                    },
                    interval: *interval,
                    backup_count: *keep,
                    utc: *utc,
                    at_time: u32::try_from(*at).ok().map(|at| AtTime {
                        hour: (at / 3600) as u8,
                        minute: (at / 60 % 60) as u8,
                        second: (at % 60) as u8,
                        microsecond: 0,
                    }),
                }
            }
        };
        let with = Surroundings { rules, ..Surroundings::new(zone, clock.clone()) };
        let mut writer =
            Writer::new(&HandlerPlan { kind, ..HandlerPlan::default() }, &with).unwrap();
        writer.open().unwrap();
        writer
    }
}

fn write_lines(writer: &mut Writer, lines: &[Vec<u8>]) {
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    for line in lines {
        text.extend_from_slice(line);
        text.push(b'\n');
        ends.push(text.len() as u32);
    }
    let mut notice = |notice| match notice {
        Notice::BadLine { .. } => {}
        Notice::Opened { .. } => {}
        Notice::Rollover { error, .. } | Notice::Upkeep(error) => panic!("{error}"),
    };
    writer.write(&Run::new(&text, &ends, &[]), &mut notice).unwrap();
}

fn tree(folder: &Path) -> String {
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|item| {
            let item = item.unwrap();
            let content = std::fs::read(item.path()).unwrap();
            (item.file_name().into_string().unwrap(), hex(&content))
        })
        .collect();
    files.sort();
    let files: Vec<String> = files.iter().map(|(name, hex)| format!("{name}={hex}")).collect();
    files.join(" ")
}

fn letter(mode: Mode) -> char {
    match mode {
        Mode::Append => 'a',
        Mode::Truncate => 'w',
        Mode::Exclusive => 'x',
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    // All characters in all codecs pass here, so it is not `write!`.
    let digit = |digit: u8| char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}
