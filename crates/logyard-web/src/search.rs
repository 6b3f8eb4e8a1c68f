//! Searching the journal: what the live view no longer has.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Bytes;
use logyard_history::{Event, From, History, Hit, Progress, Request};
use logyard_query::Query;
use logyard_record::Record;
use logyard_server::{Views, Written};
use logyard_view::Entry;
use serde_json::json;
use tokio::sync::mpsc;

use crate::body::Answer;
use crate::query::Wanted;
use crate::summary;

/// Searches at a time: each is a thread, and reads as fast as the disk gives.
const SEARCHES: usize = 8;

/// Records that one search gives when it is not told how many, and at the most.
const LIMIT: (usize, usize) = (500, 100_000);

/// Text that is sent together, about.
const ENOUGH: usize = 64 << 10;

/// Bytes of the journal after which it is told how far a search is.
const STEP: u64 = 16 << 20;

/// How many are under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Searches(Arc<AtomicUsize>);

/// Counts one of them for as long as it lives.
struct Turn(Arc<AtomicUsize>);

impl Searches {
    fn turn(&self) -> Option<Turn> {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        let turn = Turn(Arc::clone(&self.0));
        (before < SEARCHES).then_some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What is asked of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The records.
    Records,
    /// How many there are.
    Summary,
    /// What the files have of one.
    Written(u64),
}

/// Starts a search; none if too many are under way.
pub(crate) fn start(
    searches: &Searches,
    folder: &Path,
    views: &Views,
    mut wanted: Wanted,
    ask: Ask,
) -> Option<Answer> {
    let views = views.clone();
    let turn = searches.turn()?;
    let (sender, receiver) = mpsc::channel(1);
    let history = History::new(folder);
    let thread = std::thread::Builder::new().name("logyard-search".into());
    let spawned = thread.spawn(move || {
        // the niceness of the web server's thread is this one's, too
        match ask {
            Ask::Records => {
                Search { wanted, sender, out: Vec::new(), found: 0, told: 0 }.run(&history);
            }
            Ask::Summary => summary::run(&history, &mut wanted, &sender),
            Ask::Written(number) => {
                let texts = written(&history, &views, number).unwrap_or_default();
                // whoever asked may have gone
                let _ = sender.blocking_send((json!({ "texts": texts }).to_string() + "\n").into());
            }
        }
        drop(turn);
    });
    spawned.ok().map(|_| Answer::Stream(receiver))
}

/// What the files have of a record of the journal.
fn written(history: &History, views: &Views, number: u64) -> Option<Vec<Written>> {
    let from = From::After(number.checked_sub(1)?);
    let every = Query::default();
    let mut texts = None;
    let done = history.search(&Request { query: &every, from, threads: 1 }, &mut |event| {
        let Event::Hit(hit) = event else { return ControlFlow::Continue(()) };
        let received = hit.received();
        if hit.number == number
            && let Ok(kept) = hit.decode()
            && let Ok(record) = Record::new(kept.value(), &received)
        {
            texts = Some(views.written(&record));
        }
        ControlFlow::Break(())
    });
    done.ok().and(texts)
}

struct Search {
    wanted: Wanted,
    sender: mpsc::Sender<Bytes>,
    out: Vec<u8>,
    found: usize,
    /// How far it was when that was told last.
    told: u64,
}

impl Search {
    fn run(mut self, history: &History) {
        let query = self.wanted.query();
        let from = match (self.wanted.before, self.wanted.after) {
            (Some(number), _) => From::Before(number),
            (None, Some(number)) => From::After(number),
            (None, None) => From::Newest,
        };
        let most =
            if self.wanted.history == 0 { LIMIT.0 } else { self.wanted.history.min(LIMIT.1) };
        let mut last = Progress::default();
        let request = Request { query: &query, from, threads: 1 };
        let done = history.search(&request, &mut |event| match event {
            Event::Hit(hit) => self.hit(&hit, most),
            Event::Progress(progress) => {
                last = progress;
                self.progress(progress)
            }
            Event::Damage(what) => self.line(&json!({ "damage": what })),
        });
        if let Err(error) = done {
            let _ = self.line(&json!({ "damage": error.to_string() }));
        }
        let complete = self.found < most;
        let Progress { searched, of, read } = last;
        let end = json!({ "end": complete, "searched": searched, "of": of, "read": read });
        let _ = self.line(&end);
        let _ = self.send();
    }

    fn hit(&mut self, hit: &Hit, most: usize) -> ControlFlow<()> {
        let Ok(kept) = hit.decode() else { return ControlFlow::Continue(()) };
        let received = hit.received();
        let Ok(record) = Record::new(kept.value(), &received) else {
            return ControlFlow::Continue(());
        };
        let entry = Entry::read(&record, hit.number, &hit.peer, hit.frame.len());
        if !self.wanted.filter.passes(&entry) {
            return ControlFlow::Continue(());
        }
        self.found += 1;
        let first = self.found == 1;
        if serde_json::to_writer(&mut self.out, &entry).is_ok() {
            self.out.push(b'\n');
        }
        if self.found >= most {
            return ControlFlow::Break(());
        }
        // the first one at once
        if first || self.out.len() >= ENOUGH { self.send() } else { ControlFlow::Continue(()) }
    }

    fn progress(&mut self, Progress { searched, of, read }: Progress) -> ControlFlow<()> {
        if searched < self.told + STEP {
            // whoever asked may have gone
            return if self.sender.is_closed() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            };
        }
        self.told = searched;
        self.line(&json!({ "searched": searched, "of": of, "read": read }))?;
        self.send()
    }

    fn line(&mut self, value: &serde_json::Value) -> ControlFlow<()> {
        self.out.extend_from_slice(value.to_string().as_bytes());
        self.out.push(b'\n');
        ControlFlow::Continue(())
    }

    /// Waits until the client has taken what was sent before; ends when it has gone.
    fn send(&mut self) -> ControlFlow<()> {
        let bytes = Bytes::from(std::mem::take(&mut self.out));
        if bytes.is_empty() || self.sender.blocking_send(bytes).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
