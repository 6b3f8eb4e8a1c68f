//! The stream of live records to one watcher.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use logyard_server::{Live, Seen, Watcher};
use logyard_view::Entry;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::body::Answer;
use crate::query::{Format, Wanted};

/// People who watch at a time.
const WATCHERS: usize = 64;

/// What comes within that time is sent together: an eye sees no difference.
const TOGETHER: Duration = Duration::from_millis(25);

/// Text that is sent together, about.
const ENOUGH: usize = 128 << 10;

/// How often a silent stream says that it lives: so it is seen when a watcher has gone.
const SILENCE: Duration = Duration::from_secs(5);

/// Records before those that come, at most: more than the ring holds of any size.
const HISTORY: usize = 100_000;

/// Starts a stream; none if too many watch already.
pub(crate) fn start(live: &Arc<Live>, wanted: Wanted, format: Format) -> Option<Answer> {
    if live.watchers() >= WATCHERS {
        return None;
    }
    let (sender, receiver) = mpsc::channel(1);
    let back = wanted.history > 0 || wanted.since.is_some();
    let from = match wanted.after {
        // one that has not come yet is of a server before, whose numbers began anew
        Some(number) if number >= live.span().1 => 0,
        Some(number) => number + 1,
        None if back => 0,
        None => u64::MAX,
    };
    let watcher = live.watch(from);
    let room = wanted.rate.map(|rate| Room::new(rate, Instant::now()));
    let stream = Stream { wanted, format, sender, out: Vec::new(), room, skipped: 0 };
    tokio::spawn(stream.run(watcher, live.span().1));
    Some(Answer::Stream(receiver))
}

struct Stream {
    wanted: Wanted,
    format: Format,
    sender: mpsc::Sender<Bytes>,
    out: Vec<u8>,
    /// For how many more records there is room; none if all are wanted.
    room: Option<Room>,
    /// Records since the last one that were not looked at, or not sent.
    skipped: u64,
}

/// The client has gone.
struct Gone;

/// So many records a second, on the average: those of a quiet second may come at once, as bursts do.
struct Room {
    rate: f64,
    left: f64,
    at: Instant,
}

impl Room {
    fn new(rate: u32, now: Instant) -> Room {
        let rate = f64::from(rate);
        Room { rate, left: rate, at: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        let come = now.saturating_duration_since(self.at).as_secs_f64() * self.rate;
        self.at = now;
        self.left = (self.left + come).min(self.rate);
        let is_room = self.left >= 1.0;
        if is_room {
            self.left -= 1.0;
        }
        is_room
    }
}

#[derive(Serialize)]
struct Skipped {
    skipped: u64,
}

#[derive(Serialize)]
struct Alive {
    alive: u64,
}

impl Stream {
    async fn run(mut self, mut watcher: Watcher, end: u64) {
        let _ = async {
            self.past(&mut watcher, end).await?;
            if self.wanted.follow {
                return self.follow(&mut watcher).await;
            }
            self.tell_skipped();
            self.send().await
        }
        .await;
    }

    /// What was there before: the last of it, as far as it is wanted.
    async fn past(&mut self, watcher: &mut Watcher, end: u64) -> Result<(), Gone> {
        let most = match self.wanted.history {
            0 => HISTORY,
            most => most.min(HISTORY),
        };
        // each with how many before it were not kept
        let mut kept: VecDeque<(u64, Entry)> = VecDeque::new();
        let mut skipped = 0;
        while watcher.position() < end
            && let Some(seen) = watcher.try_next()
        {
            skipped += seen.skipped;
            for entry in seen.entries.iter().filter(|entry| self.wants(entry)) {
                if kept.len() == most {
                    kept.pop_front();
                }
                kept.push_back((std::mem::take(&mut skipped), entry.clone()));
            }
            tokio::task::yield_now().await;
        }
        for (place, (gap, entry)) in kept.iter().enumerate() {
            // what was before the first is not asked for, unless it is behind a known place
            if place > 0 || self.wanted.after.is_some() {
                self.skipped += gap;
            }
            self.entry(entry);
            if self.out.len() >= ENOUGH {
                self.send().await?;
            }
        }
        if !kept.is_empty() || self.wanted.after.is_some() {
            self.skipped += skipped;
        }
        Ok(())
    }

    async fn follow(&mut self, watcher: &mut Watcher) -> Result<(), Gone> {
        // the headers, and where it begins
        self.alive(watcher.position());
        self.send().await?;
        loop {
            let seen = tokio::select! {
                seen = watcher.next() => seen,
                () = tokio::time::sleep(SILENCE) => {
                    self.alive(watcher.position());
                    self.send().await?;
                    continue;
                }
                () = self.sender.closed() => return Err(Gone),
            };
            self.take(&seen);
            let until = Instant::now() + TOGETHER;
            while self.out.len() < ENOUGH && Instant::now() < until {
                match watcher.try_next() {
                    Some(seen) => self.take(&seen),
                    None => break,
                }
                tokio::task::yield_now().await; // others watch, too
            }
            self.tell_skipped();
            self.send().await?;
            tokio::time::sleep(TOGETHER).await;
        }
    }

    fn wants(&self, entry: &Entry) -> bool {
        self.wanted.since.is_none_or(|since| entry.created >= since)
            && self.wanted.until.is_none_or(|until| entry.created < until)
            && self.wanted.filter.passes(entry)
    }

    fn take(&mut self, seen: &Seen) {
        self.skipped += seen.skipped;
        for entry in seen.entries.iter() {
            if !self.wanted.filter.passes(entry) {
                continue;
            }
            if self.has_room() {
                self.entry(entry);
            } else {
                self.skipped += 1;
            }
        }
    }

    fn has_room(&mut self) -> bool {
        self.room.as_mut().is_none_or(|room| room.take(Instant::now()))
    }

    fn entry(&mut self, entry: &Entry) {
        self.tell_skipped();
        self.write("record", Some(entry.number), entry);
    }

    fn tell_skipped(&mut self) {
        match std::mem::take(&mut self.skipped) {
            0 => {}
            skipped => self.write("skipped", None, &Skipped { skipped }),
        }
    }

    /// Says that the stream lives, and up to which record it has looked.
    fn alive(&mut self, position: u64) {
        self.write("alive", None, &Alive { alive: position });
    }

    fn write(&mut self, event: &str, id: Option<u64>, data: &impl Serialize) {
        if self.format == Format::Events {
            self.out.extend_from_slice(format!("event: {event}\n").as_bytes());
            if let Some(id) = id {
                self.out.extend_from_slice(format!("id: {id}\n").as_bytes());
            }
            self.out.extend_from_slice(b"data: ");
        }
        let start = self.out.len();
        if serde_json::to_writer(&mut self.out, data).is_err() {
            self.out.truncate(start); // never so: nothing of it can fail
        }
        let end: &[u8] = if self.format == Format::Events { b"\n\n" } else { b"\n" };
        self.out.extend_from_slice(end);
    }

    /// Waits until the client has taken what was sent before.
    async fn send(&mut self) -> Result<(), Gone> {
        if self.out.is_empty() {
            return Ok(());
        }
        let bytes = Bytes::from(std::mem::take(&mut self.out));
        self.sender.send(bytes).await.map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_stream_is_held_to_its_rate() {
        let start = Instant::now();
        let mut room = Room::new(100, start);
        let mut taken =
            |at: Duration, many: u32| (0..many).filter(|_| room.take(start + at)).count();
        assert_eq!(taken(Duration::ZERO, 150), 100, "those of a second at once");
        assert_eq!(taken(Duration::from_millis(500), 150), 50);
        assert_eq!(taken(Duration::from_secs(60), 150), 100, "no more than those of a second");
        let stream =
            (1..=1000).map(|n| taken(Duration::from_secs(60) + Duration::from_millis(10) * n, 10));
        let all: usize = stream.sum();
        assert!((999..=1001).contains(&all), "{all} in ten seconds");
    }
}
