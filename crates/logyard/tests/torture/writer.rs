//! A process that appends lines until it is told to stop.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The first argument of such a process.
pub(crate) const COMMAND: &str = "write-lines";

/// The same for one that sends them to the server of the log's folder.
pub(crate) const SENDER: &str = "send-lines";

/// Most bytes that one writes: eight of them fit on a small disk.
const MOST: u64 = 150_000_000;

/// Appends lines to `log` until standard input ends, and opens it again at each SIGUSR1. Prints how many lines
/// it wrote.
pub(crate) fn run(kind: &str, log: &Path, writer: usize) {
    let (stop, again) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    on_signal(&again);
    let ended = stop.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new()); // the end is all that counts
        ended.store(true, Ordering::Relaxed);
    });
    println!("ready");
    if kind == SENDER {
        let folder = log.parent().unwrap();
        let sent = crate::server::send(folder, writer, MOST, || stop.load(Ordering::Relaxed));
        return println!("{sent}");
    }
    let mut file = open(log);
    let (mut number, mut bytes, mut text) = (0, 0, String::new());
    while !stop.load(Ordering::Relaxed) && bytes < MOST {
        if again.swap(false, Ordering::Relaxed) {
            file = open(log);
        }
        text.clear();
        line(writer, number, &mut text);
        file.write_all(text.as_bytes()).unwrap();
        number += 1;
        bytes += text.len() as u64;
    }
    println!("{number}");
}

/// A line and its end: `WRITER NUMBER xxx`.
pub(crate) fn line(writer: usize, number: u64, out: &mut String) {
    use std::fmt::Write as _;
    let _ = writeln!(out, "{writer} {number} {:x<1$}", "", (number % 60) as usize); // to memory
}

fn open(log: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(log).unwrap()
}

fn on_signal(again: &Arc<AtomicBool>) {
    let again = again.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let guard = runtime.enter();
    let kind = tokio::signal::unix::SignalKind::user_defined1();
    let mut signal = tokio::signal::unix::signal(kind).unwrap();
    drop(guard);
    std::thread::spawn(move || {
        runtime.block_on(async {
            while signal.recv().await.is_some() {
                again.store(true, Ordering::Relaxed);
            }
        });
    });
}
