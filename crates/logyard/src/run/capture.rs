//! The command's stdout and stderr as records.

use std::io::Read;
use std::os::fd::AsFd;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use logyard_receivers::Address;
use tokio::task::JoinHandle;

use crate::cli::Level;
use crate::client::{Record, Sender, readable};

/// Bytes of a line in one record; a longer line is several records.
const LONGEST_LINE: usize = 64 << 10;

/// Bytes that may be unacknowledged; then the command waits, as with any pipe that nobody reads.
const MOST_OPEN: usize = 4 << 20;

/// How long to read on after the command has ended, if somebody still has its stdout.
const LAST_READS: Duration = Duration::from_millis(500);

/// How long the server may take to acknowledge the last lines.
const LAST_ACKS: Duration = Duration::from_secs(30);

/// The threads that read.
pub(super) struct Capture(Vec<JoinHandle<()>>);

impl Capture {
    /// `over` is to be set when the command has ended.
    pub(super) fn start(
        child: &mut Child,
        logger: &str,
        levels: [Level; 2],
        address: &Address,
        over: &Arc<AtomicBool>,
    ) -> Capture {
        let process = child.id();
        let lines = |name: &str, level| Lines {
            logger: format!("{logger}.{name}"),
            level,
            process,
            address: address.clone(),
            over: Arc::clone(over),
        };
        let (out, err) = (lines("stdout", levels[0]), lines("stderr", levels[1]));
        let mut threads = Vec::new();
        if let Some(pipe) = child.stdout.take() {
            threads.push(tokio::task::spawn_blocking(move || out.take(pipe)));
        }
        if let Some(pipe) = child.stderr.take() {
            threads.push(tokio::task::spawn_blocking(move || err.take(pipe)));
        }
        Capture(threads)
    }

    /// Waits until the last lines are delivered, for a bounded time.
    pub(super) async fn end(self) {
        for thread in self.0 {
            let _ = thread.await; // a panic is told, and the command's status counts all the same
        }
    }
}

struct Lines {
    logger: String,
    level: Level,
    process: u32,
    address: Address,
    over: Arc<AtomicBool>,
}

impl Lines {
    /// Reads to the end.
    fn take(self, mut pipe: impl Read + AsFd) {
        let mut sender = match Sender::new(self.address.clone(), &self.logger) {
            Ok(sender) => sender,
            Err(error) => return tracing::error!("{} is not taken: {error}", self.logger),
        };
        let mut buffer = vec![0; LONGEST_LINE];
        let mut kept = 0; // bytes of a line that has no end yet
        while let Some(read) = self.read(&mut pipe, &mut buffer[kept..]) {
            let end = kept + read;
            kept = self.push_lines(&mut sender, &mut buffer, end);
            // A server that is away comes again. Meanwhile nothing more is read.
            while sender.go_on(MOST_OPEN, Instant::now() + LAST_ACKS).is_err() {
                if self.over.load(Ordering::SeqCst) {
                    break;
                }
            }
        }
        if kept > 0 {
            self.push(&mut sender, &buffer[..kept]);
        }
        if let Err(error) = sender.go_on(0, Instant::now() + LAST_ACKS) {
            let open = sender.open();
            tracing::error!("{open} lines of {} could not be delivered: {error}", self.logger);
        }
    }

    /// The next bytes; none at the end.
    fn read(&self, pipe: &mut (impl Read + AsFd), into: &mut [u8]) -> Option<usize> {
        loop {
            let over = self.over.load(Ordering::SeqCst);
            match readable(pipe.as_fd(), LAST_READS) {
                Ok(true) => return pipe.read(into).ok().filter(|read| *read > 0),
                Ok(false) if over => return None,
                Ok(false) => {}
                Err(_) => return None,
            }
        }
    }

    /// Makes records of all whole lines, and of one that fills the buffer; moves the rest to the
    /// beginning and gives its length.
    fn push_lines(&self, sender: &mut Sender, buffer: &mut [u8], end: usize) -> usize {
        let mut start = 0;
        while let Some(length) = buffer[start..end].iter().position(|byte| *byte == b'\n') {
            self.push(sender, &buffer[start..start + length]);
            start += length + 1;
        }
        if start == 0 && end == buffer.len() {
            let cut = cut(buffer);
            self.push(sender, &buffer[..cut]);
            start = cut;
        }
        buffer.copy_within(start..end, 0);
        end - start
    }

    fn push(&self, sender: &mut Sender, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let record = Record {
            logger: &self.logger,
            message: &text(line),
            level: self.level,
            created: now.as_secs_f64(),
            process: self.process,
            process_name: "MainProcess",
        };
        sender.push(record.frame());
    }
}

/// Where to cut a line that is too long: not within a character of UTF-8.
fn cut(line: &[u8]) -> usize {
    let last = line.len().saturating_sub(3);
    let start = (last..line.len()).rev().find(|at| line[*at] & 0xC0 != 0x80).unwrap_or(line.len());
    let width = match line.get(start).copied().unwrap_or_default() {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0.. => 4,
        _ => 1,
    };
    if start + width > line.len() && start > 0 { start } else { line.len() }
}

/// UTF-8; what is not becomes `\xNN`, as by Python's `backslashreplace`.
fn text(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_characters() {
        assert_eq!(cut(b"abc"), 3);
        assert_eq!(cut("ab\u{e4}".as_bytes()), 4);
        assert_eq!(cut(&"ab\u{e4}".as_bytes()[..3]), 2);
        assert_eq!(cut(&"ab\u{20ac}".as_bytes()[..4]), 2);
        assert_eq!(cut(&"ab\u{1f600}".as_bytes()[..5]), 2);
        assert_eq!(cut(b"\x80\x80\x80\x80"), 4);
    }

    #[test]
    fn what_is_no_utf_8_is_shown() {
        assert_eq!(text(b"a\xffb\xc3\xa4"), "a\\xffb\u{e4}");
    }
}
