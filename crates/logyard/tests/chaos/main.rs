//! Clients that number their records, and a server to which everything happens: it is killed, frozen, cut
//! off in the middle of a frame, its disk is filled, its files roll over all the time, and clients are killed,
//! too. After it, each record that was acknowledged is in its files once, in order, in a whole line.
//!
//! `LOGYARD_CHAOS=100 cargo test --release -p logyard --test chaos -- --nocapture` kills it 100 times; the
//! short form 6 times. `LOGYARD_CHAOS_SEED` repeats the choices of a run. The same is done to stock
//! `SocketHandler`s, which may lose records: what they lose is shown (docs/benchmarks/issue-5-chaos.md).

mod check;
mod client;
mod processes;
mod proxy;
#[path = "../serve/server.rs"]
#[allow(dead_code, reason = "shared with the tests of serve")]
mod server;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use check::Faults;
use client::Report;
use libtest_mimic::{Arguments, Trial};
use processes::{Kind, Process};
use proxy::Proxy;
use server::Server;
use tempfile::TempDir;

/// Processes of a busy service.
const CLIENTS: u64 = 8;

/// Set where the test has mounts of its own.
const MOUNTS: &str = "LOGYARD_CHAOS_MOUNTS";

const CONFIGURATION: &str = "\
[loggers]
keys = root, client
[handlers]
keys = rolling, all, client
[formatters]
keys = line
[logger_root]
handlers = rolling, all
[logger_client]
qualname = logyard
handlers = client
propagate = 0
[handler_client]
class = FileHandler
args = ('client.log', 'a', None, True)
formatter = line
[handler_rolling]
class = handlers.RotatingFileHandler
args = ('disk/rolling.log', 'a', 100000, 100000)
formatter = line
[handler_all]
class = FileHandler
args = ('disk/all.log',)
formatter = line
[formatter_line]
format = %(message)s
";

/// xorshift64*: choices that can be made again.
pub(crate) struct Choices(u64);

impl Choices {
    pub(crate) fn new(seed: u64) -> Choices {
        Choices(seed | 1)
    }

    /// A number below `most`.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % most
    }
}

fn main() -> ExitCode {
    if processes::be_a_client() {
        return ExitCode::SUCCESS;
    }
    if std::env::var_os(MOUNTS).is_none()
        && let Some(code) = with_own_mounts()
    {
        return code;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1); // each has the machine to itself
    let kinds = [
        ("acknowledged", Kind::Acknowledged),
        ("stock_socket_handler", Kind::Stock),
        ("logyard_handler", Kind::Package),
    ];
    let trials = kinds.into_iter().filter_map(|(name, kind)| {
        if let Some(why) = processes::missing(kind) {
            eprintln!("skipped: {name}: {why}");
            return None;
        }
        Some(Trial::test(name, move || {
            run(kind);
            Ok(())
        }))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Runs this program where it may mount a small disk, which goes when it ends; none if that is not
/// allowed here.
fn with_own_mounts() -> Option<ExitCode> {
    let unshare = |program: &Path| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount"]).arg(program);
        command
    };
    let allowed = unshare(Path::new("true")).output().is_ok_and(|tried| tried.status.success());
    if !allowed {
        eprintln!("skipped: the disk that is filled: `unshare --user --mount` is not allowed here");
        return None;
    }
    let this = std::env::current_exe().ok()?;
    let status = unshare(&this).args(std::env::args_os().skip(1)).env(MOUNTS, "1").status().ok()?;
    Some(ExitCode::from(status.code().map_or(1, |code| code as u8)))
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

fn start(folder: TempDir) -> Result<Server, TempDir> {
    std::fs::write(folder.path().join("logging.ini"), CONFIGURATION).unwrap();
    let socket = format!("--listen=unix://{}/l.sock", folder.path().display());
    let arguments = ["--state=state", "--journal=disk/journal", "--journal-max-size=32M"];
    Server::try_run(folder, &[&[socket.as_str()], &arguments[..], &["logging.ini"]].concat(), None)
}

/// A folder whose disk can be filled, if mounts are allowed.
fn small_disk(folder: &Path, megabytes: u64) -> bool {
    let disk = folder.join("disk");
    std::fs::create_dir(&disk).unwrap();
    std::env::var_os(MOUNTS).is_some()
        && Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}M"), "logyard-chaos"])
            .arg(&disk)
            .status()
            .is_ok_and(|status| status.success())
}

/// Takes all room that is left, and gives it back when it is dropped.
struct Ballast(std::path::PathBuf);

impl Ballast {
    fn fill(disk: &Path) -> Ballast {
        let path = disk.join("ballast");
        let mut file = std::fs::File::create(&path).unwrap();
        let zeros = vec![0; 64 << 10];
        while std::io::Write::write_all(&mut file, &zeros).is_ok() {}
        Ballast(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What happened, for the figures.
#[derive(Debug, Default)]
struct Happened {
    kills: u64,
    freezes: u64,
    reloads: u64,
    full: u64,
    clients_killed: u64,
}

fn run(kind: Kind) {
    let kills = setting("LOGYARD_CHAOS", 6);
    let seed = setting("LOGYARD_CHAOS_SEED", u64::from(std::process::id()) * 7919);
    eprintln!("{kind:?}: LOGYARD_CHAOS={kills} LOGYARD_CHAOS_SEED={seed}");
    let mut choices = Choices::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let has_disk = small_disk(folder.path(), 100 + kills * 8);
    let mut server = start(folder).expect("the server");
    let place = server.folder.path().to_owned();
    let proxy = Proxy::start(&place.join("l.sock"), &place.join("proxy.sock"), seed);
    // half of them by a way that breaks
    let socket =
        |number: u64| place.join(if number.is_multiple_of(2) { "l.sock" } else { "proxy.sock" });
    let client = |number: u64| Process::start(kind, number, &socket(number), &place.join("spool"));
    let mut clients: Vec<Process> = (0..CLIENTS).map(client).collect();
    let mut reports: Vec<(u64, Report, bool)> = Vec::new();
    let mut happened = Happened::default();
    for round in 0..kills {
        std::thread::sleep(Duration::from_millis(50 + choices.below(500)));
        if round % 3 == 1 {
            happened.freezes += 1;
            server.signal("STOP");
            std::thread::sleep(Duration::from_millis(choices.below(700)));
            server.signal("CONT");
        }
        // none has anything to lose that it was not told of
        if round % 4 == 2 && kind != Kind::Stock {
            happened.clients_killed += 1;
            let which = choices.below(clients.len() as u64) as usize;
            let (number, report) = clients.swap_remove(which).kill();
            reports.push((number, report, false));
            clients.push(client(CLIENTS + round));
        }
        let ballast = (has_disk && round % 5 == 3).then(|| Ballast::fill(&place.join("disk")));
        if ballast.is_some() {
            happened.full += 1;
            std::thread::sleep(Duration::from_millis(100 + choices.below(500)));
        }
        // what is in flight then goes through the old lanes or the new ones, not through both
        if round % 2 == 0 {
            happened.reloads += 1;
            server.signal("HUP");
            std::thread::sleep(Duration::from_millis(choices.below(30)));
        }
        happened.kills += 1;
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
        drop(server);
        // it must start on a full disk, too
        server = start(folder).unwrap_or_else(|_| panic!("round {round}: it does not start"));
        if ballast.is_some() {
            std::thread::sleep(Duration::from_millis(choices.below(300)));
        }
        drop(ballast);
    }
    std::thread::sleep(Duration::from_millis(300));
    let mut slowest = 0;
    for client in clients {
        let (number, report, micros) = client.stop();
        slowest = slowest.max(micros);
        reports.push((number, report, true));
    }
    if kind == Kind::Package {
        // what a process could not deliver to its end is in the spool: the next one of the service does, and
        // what is for another address is another service's
        proxy.calm();
        let sockets = ["l.sock", "proxy.sock"].into_iter().enumerate();
        let next = sockets.map(|(index, socket)| {
            let number = u64::MAX - index as u64;
            Process::start(kind, number, &place.join(socket), &place.join("spool"))
        });
        let next: Vec<Process> = next.collect();
        delivered(&place.join("spool"));
        for one in next {
            let (number, report, _) = one.stop();
            reports.push((number, report, true));
        }
    }
    drop(proxy);
    if kind != Kind::Acknowledged {
        settle(&place.join("disk/all.log"));
    }
    let said = server.told();
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    eprintln!("{happened:?}");
    let disk = folder.path().join("disk");
    let (all, rolling) = (check::read(&disk.join("all.log")), check::rolled(&disk));
    tell(kind, &reports, &all, slowest);
    // of themselves, the clients say no more than that a connection breaks
    let client = check::read(&folder.path().join("client.log"));
    let other = client.lines().find(|line| !line.contains("can't be delivered now"));
    assert_eq!(other, None);
    let made: u64 = reports.iter().map(|(_, report, _)| report.made).sum();
    assert!(made > kills * 100, "too little to mean anything");
    if kind != Kind::Stock {
        check::check(&all, &reports, "all.log");
        check::check(&rolling, &reports, "rolling.log");
    }
    if has_disk {
        let _ = Command::new("umount").arg("--lazy").arg(&disk).status(); // it goes with this program in any case
    }
    assert!(!said.contains("[panic"), "{said}");
}

/// Waits until no spool is left: those of processes that have ended are delivered by others.
fn delivered(spools: &Path) {
    let left = || {
        let entries = std::fs::read_dir(spools).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".spool")).collect::<Vec<String>>()
    };
    let end = Instant::now() + Duration::from_secs(60);
    while !left().is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(left(), [] as [&str; 0], "nobody delivers these");
}

/// Waits until a file grows no more.
fn settle(file: &Path) {
    let length = || std::fs::metadata(file).map_or(0, |file| file.len());
    let (mut last, mut since) = (length(), Instant::now());
    while since.elapsed() < Duration::from_millis(700) {
        std::thread::sleep(Duration::from_millis(50));
        if length() != last {
            (last, since) = (length(), Instant::now());
        }
    }
}

/// The figures of a run.
fn tell(kind: Kind, reports: &[(u64, Report, bool)], all: &str, slowest: u64) {
    let (found, broken) = check::read_lines(all);
    let (mut made, mut dropped, mut there) = (0, 0, 0);
    let mut faults = Faults::default();
    for (client, report, lived) in reports {
        let found = found.get(client).cloned().unwrap_or_default();
        let of_one = check::faults(&found, report, if *lived { report.made } else { report.acked });
        made += report.made;
        dropped += report.dropped.iter().map(|(first, last)| last - first + 1).sum::<u64>();
        there += found.numbers.len();
        faults.missing += of_one.missing;
        faults.doubled += of_one.doubled;
        faults.out_of_order += of_one.out_of_order;
    }
    eprintln!(
        "{kind:?}: {made} made, {there} in the file, {dropped} dropped and counted; {faults:?}; {} lines broken; slowest call {slowest} us",
        broken.len()
    );
}
