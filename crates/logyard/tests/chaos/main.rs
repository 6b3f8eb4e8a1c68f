//! Clients that number their records, and a server to which everything happens: it is killed, frozen, cut
//! off in the middle of a frame, and its files roll over all the time. After it, each record that was
//! acknowledged is in its file once.
//!
//! `LOGYARD_CHAOS=100 cargo test --release -p logyard --test chaos -- --nocapture` kills it 100 times; the
//! short form 8 times. `LOGYARD_CHAOS_SEED` repeats the choices of a run.

mod client;
mod proxy;
#[path = "../serve/server.rs"]
#[allow(dead_code, reason = "shared with the tests of serve")]
mod server;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use client::Client;
use proxy::Proxy;
use server::Server;

/// Processes of a busy service.
const CLIENTS: u64 = 8;

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
args = ('rolling.log', 'a', 100000, 100000)
formatter = line
[handler_all]
class = FileHandler
args = ('all.log',)
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

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

fn start(folder: tempfile::TempDir) -> Server {
    std::fs::write(folder.path().join("logging.ini"), CONFIGURATION).unwrap();
    let socket = format!("--listen=unix://{}/l.sock", folder.path().display());
    Server::run(folder, &[&socket, "--state=state", "--journal=journal", "logging.ini"])
}

#[test]
fn what_is_acknowledged_is_in_its_file_once() {
    let kills = setting("LOGYARD_CHAOS", 8);
    let seed = setting("LOGYARD_CHAOS_SEED", u64::from(std::process::id()) * 7919);
    eprintln!("LOGYARD_CHAOS={kills} LOGYARD_CHAOS_SEED={seed}");
    let mut choices = Choices::new(seed);
    let mut server = start(tempfile::tempdir().unwrap());
    let place = server.folder.path().to_owned();
    let proxy = Proxy::start(&place.join("l.sock"), &place.join("proxy.sock"), seed);
    let stop = Arc::new(AtomicBool::new(false));
    let resent = Arc::new(AtomicU64::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            // half of them by a way that breaks
            let socket = place.join(if number % 2 == 0 { "l.sock" } else { "proxy.sock" });
            let client = Client::new(number, socket, Arc::clone(&stop), Arc::clone(&resent));
            std::thread::spawn(move || client.run())
        })
        .collect();
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(20 + choices.below(600)));
        if choices.below(3) == 0 {
            server.signal("STOP");
            std::thread::sleep(Duration::from_millis(choices.below(200)));
            server.signal("CONT");
        }
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
        drop(server);
        server = start(folder);
    }
    stop.store(true, Ordering::SeqCst);
    // each gives how many it made; all of them are acknowledged
    let made: Vec<u64> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    drop(proxy);
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    let total: u64 = made.iter().sum();
    eprintln!(
        "{total} records by {CLIENTS} clients, {} sent again, {kills} kills",
        resent.load(Ordering::SeqCst)
    );
    assert!(total > kills * 100, "too little to mean anything");
    check(&read(&folder.path().join("all.log")), &made, "all.log");
    check(&rolled(folder.path()), &made, "rolling.log");
}

/// Each client's numbers, in order, without a gap, each once, in whole lines.
fn check(text: &str, made: &[u64], name: &str) {
    let mut next: HashMap<u64, u64> = HashMap::new();
    assert!(text.ends_with('\n'), "{name} ends within a line");
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [client, record, filler] = fields[..] else { panic!("{name}:{number}: {line}") };
        let (client, record): (u64, u64) = (client.parse().unwrap(), record.parse().unwrap());
        assert_eq!(filler.len() as u64, 20 + record % 60, "{name}:{number}: cut");
        let next = next.entry(client).or_insert(1);
        assert_eq!(record, *next, "{name}:{number}: client {client}");
        *next += 1;
    }
    for (client, made) in made.iter().enumerate() {
        assert_eq!(
            next.get(&(client as u64)).copied().unwrap_or(1) - 1,
            *made,
            "{name}: client {client}"
        );
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The rolled files' text and the file's own, the oldest first.
fn rolled(folder: &Path) -> String {
    let number =
        |name: std::ffi::OsString| name.to_str()?.strip_prefix("rolling.log.")?.parse().ok();
    let names = std::fs::read_dir(folder).unwrap();
    let mut numbers: Vec<u32> =
        names.filter_map(|entry| number(entry.unwrap().file_name())).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let rolled = numbers.iter().map(|number| read(&folder.join(format!("rolling.log.{number}"))));
    rolled.collect::<String>() + &read(&folder.join("rolling.log"))
}
