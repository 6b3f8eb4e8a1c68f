use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::server::{PATIENCE, frame};

/// Records that are made at a time, and that may be unacknowledged.
const BATCH: u64 = 20;
const MOST_OPEN: usize = 2000;

/// A process that numbers its records and keeps them until they are acknowledged.
pub(crate) struct Client {
    number: u64,
    socket: PathBuf,
    stop: Arc<AtomicBool>,
    resent: Arc<AtomicU64>,
    made: u64,
    /// Not acknowledged yet: numbers and frames.
    open: VecDeque<(u64, Vec<u8>)>,
}

impl Client {
    pub(crate) fn new(
        number: u64,
        socket: PathBuf,
        stop: Arc<AtomicBool>,
        resent: Arc<AtomicU64>,
    ) -> Client {
        Client { number, socket, stop, resent, made: 0, open: VecDeque::new() }
    }

    /// Makes records until it is told to stop, and then waits until all are acknowledged. Gives how many
    /// there are.
    pub(crate) fn run(mut self) -> u64 {
        let mut last_progress = Instant::now();
        loop {
            let before = self.open.front().map(|(number, _)| *number);
            let _ = self.talk(); // it comes again
            if self.stop.load(Ordering::SeqCst) && self.open.is_empty() {
                return self.made;
            }
            if self.open.front().map(|(number, _)| *number) != before {
                last_progress = Instant::now();
            }
            assert!(
                last_progress.elapsed() < PATIENCE,
                "client {}: no acknowledgement",
                self.number
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// One connection, to its end.
    fn talk(&mut self) -> io::Result<()> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.set_write_timeout(Some(Duration::from_secs(2)))?;
        let next = self.open.front().map_or(self.made + 1, |(number, _)| *number);
        let id = self.number + 1;
        let hello = format!("logyard/1 {{\"client\": \"{id:032x}\", \"next\": {next}}}");
        stream.write_all(&framed(0xE1, hello.as_bytes()))?;
        let (kind, welcome) = hear(&mut stream)?;
        assert_eq!(kind, 0xE2, "{}", String::from_utf8_lossy(&welcome));
        self.resent.fetch_add(self.open.len() as u64, Ordering::SeqCst);
        let mut sent = 0; // of those that are open
        while !(self.stop.load(Ordering::SeqCst) && self.open.is_empty()) {
            if sent == self.open.len()
                && self.open.len() < MOST_OPEN
                && !self.stop.load(Ordering::SeqCst)
            {
                self.make();
            }
            if sent < self.open.len() {
                let batch = self.open.iter().skip(sent).take(500);
                let mut body = self.open[sent].0.to_be_bytes().to_vec();
                body.extend((batch.len() as u32).to_be_bytes());
                let count = batch.len();
                batch.for_each(|(_, frame)| body.extend_from_slice(frame));
                stream.write_all(&framed(0xE3, &body))?;
                sent += count;
            }
            // not after each batch: many are under way
            if self.open.len() >= MOST_OPEN || self.stop.load(Ordering::SeqCst) {
                let (kind, body) = hear(&mut stream)?;
                assert_eq!(kind, 0xE4, "{}", String::from_utf8_lossy(&body));
                let acked = u64::from_be_bytes(body[..8].try_into().expect("8 bytes"));
                assert!(acked <= self.made, "{acked} was never sent");
                while self.open.front().is_some_and(|(number, _)| *number <= acked) {
                    self.open.pop_front();
                    // what an earlier connection sent may be acknowledged on this one
                    sent = sent.saturating_sub(1);
                }
            }
        }
        Ok(())
    }

    fn make(&mut self) {
        for _ in 0..BATCH {
            self.made += 1;
            let filler = "x".repeat(20 + (self.made % 60) as usize);
            let message = format!("{} {} {filler}", self.number, self.made);
            self.open.push_back((self.made, frame("chaos", &message)));
        }
    }
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).expect("a small message");
    [&length.to_be_bytes()[..], &[kind], body].concat()
}

fn hear(stream: &mut UnixStream) -> io::Result<(u8, Vec<u8>)> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut payload = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut payload)?;
    let body = payload.split_off(1);
    Ok((payload[0], body))
}
