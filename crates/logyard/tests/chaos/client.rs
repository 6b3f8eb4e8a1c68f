//! A process that numbers its records and keeps them until they are acknowledged.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::server::{PATIENCE, frame};

/// Records that are made at a time.
const BATCH: u64 = 5;

/// How many may be unacknowledged: what is made then is dropped, and counted.
const MOST_OPEN: usize = 4000;

/// What the client made and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) made: u64,
    /// All up to this one are acknowledged, or were dropped.
    pub(crate) acked: u64,
    /// First and last of those that were dropped.
    pub(crate) dropped: Vec<(u64, u64)>,
}

pub(crate) struct Client {
    number: u64,
    socket: PathBuf,
    stop: Arc<AtomicBool>,
    pause: Duration,
    report: Report,
    /// Records that were given a sequence number.
    numbered: u64,
    /// Not acknowledged yet: sequence number, the record's own number, frame.
    open: VecDeque<(u64, u64, Vec<u8>)>,
    tell: Box<dyn FnMut(&Report) + Send>,
}

impl Client {
    /// Makes some records after each `pause`, until told to stop. `tell` hears of each acknowledgement
    /// and each drop.
    pub(crate) fn new(
        number: u64,
        socket: PathBuf,
        stop: Arc<AtomicBool>,
        pause: Duration,
        tell: Box<dyn FnMut(&Report) + Send>,
    ) -> Client {
        let (report, open) = (Report::default(), VecDeque::new());
        Client { number, socket, stop, pause, report, numbered: 0, open, tell }
    }

    /// Ends when it was told to stop and all is acknowledged.
    pub(crate) fn run(mut self) -> Report {
        let mut acked = (0, Instant::now());
        loop {
            let _ = self.talk(); // it comes again
            if self.is_stopped() && self.open.is_empty() {
                return self.report;
            }
            if self.report.acked != acked.0 {
                acked = (self.report.acked, Instant::now());
            }
            assert!(
                acked.1.elapsed() < PATIENCE * 2,
                "client {}: no acknowledgement of what is behind {}",
                self.number,
                self.report.acked
            );
            self.make();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// One connection, to its end.
    fn talk(&mut self) -> io::Result<()> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_write_timeout(Some(Duration::from_secs(3)))?;
        stream.set_read_timeout(Some(Duration::from_secs(3)))?;
        let next = self.open.front().map_or(self.numbered + 1, |(number, ..)| *number);
        let id = self.number + 1;
        let hello = format!("logyard/1 {{\"client\": \"{id:032x}\", \"next\": {next}}}");
        stream.write_all(&framed(0xE1, hello.as_bytes()))?;
        let (kind, _) = hear(&mut stream)?;
        if kind != 0xE2 {
            return Err(io::ErrorKind::ConnectionRefused.into()); // it is told why, and comes again
        }
        let mut sent = 0; // of those that are open
        let mut heard = Instant::now();
        while !(self.is_stopped() && self.open.is_empty()) {
            self.make();
            if sent < self.open.len() {
                let batch = self.open.iter().skip(sent).take(500);
                let mut body = self.open[sent].0.to_be_bytes().to_vec();
                body.extend((batch.len() as u32).to_be_bytes());
                sent += batch.len();
                batch.for_each(|(.., frame)| body.extend_from_slice(frame));
                stream.write_all(&framed(0xE3, &body))?;
            }
            stream.set_read_timeout(Some(self.pause.max(Duration::from_millis(1))))?;
            let mut first = [0; 4];
            match stream.read(&mut first) {
                Ok(4) => {}
                Ok(0) => return Ok(()),
                Ok(some) => {
                    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
                    stream.read_exact(&mut first[some..])?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if heard.elapsed() > Duration::from_secs(5) && !self.open.is_empty() {
                        return Err(error);
                    }
                    continue;
                }
                Err(error) => return Err(error),
            }
            heard = Instant::now();
            stream.set_read_timeout(Some(Duration::from_secs(3)))?;
            let (kind, body) = body(&mut stream, first)?;
            if kind != 0xE4 {
                return Ok(()); // the server can't take it now
            }
            let acked = u64::from_be_bytes(body[..8].try_into().expect("8 bytes"));
            assert!(acked <= self.numbered, "{acked} was never sent");
            while self.open.front().is_some_and(|(number, ..)| *number <= acked) {
                if let Some((_, own, _)) = self.open.pop_front() {
                    self.report.acked = own;
                }
                // what an earlier connection sent may be acknowledged on this one
                sent = sent.saturating_sub(1);
            }
            (self.tell)(&self.report);
        }
        Ok(())
    }

    fn make(&mut self) {
        if self.is_stopped() {
            return;
        }
        for _ in 0..BATCH {
            self.report.made += 1;
            let own = self.report.made;
            if self.open.len() >= MOST_OPEN {
                match self.report.dropped.last_mut() {
                    Some((_, last)) if *last + 1 == own => *last = own,
                    _ => self.report.dropped.push((own, own)),
                }
                (self.tell)(&self.report);
                continue;
            }
            self.numbered += 1;
            let filler = "x".repeat(20 + (own % 60) as usize);
            let message = format!("{} {own} {filler}", self.number);
            self.open.push_back((self.numbered, own, frame("chaos", &message)));
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
    body(stream, length)
}

fn body(stream: &mut UnixStream, length: [u8; 4]) -> io::Result<(u8, Vec<u8>)> {
    let mut payload = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut payload)?;
    let body = payload.split_off(1);
    Ok((payload[0], body))
}
