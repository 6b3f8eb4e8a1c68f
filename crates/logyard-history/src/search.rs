use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use logyard_journal::JournalError;
use logyard_query::{Condition, Operator, Query};
use logyard_record::Record;

use crate::plan::{Job, Plan, Progress};
use crate::scan::{Hit, Range, Scanner};

/// The records that a journal holds.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// Where a search begins, and which way it goes. A position is a record's number: it stays what it is
/// while segments are sealed, compressed and removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the newest record, back in time.
    Newest,
    /// At the record before the one of this number, back in time.
    Before(u64),
    /// At the oldest record, on in time.
    Oldest,
    /// At the record behind the one of this number, on in time.
    After(u64),
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'q> {
    /// The query.
    pub query: &'q Query,
    /// Where to begin.
    pub from: From,
    /// How many threads look, 1 at least: a server leaves the others to its work.
    pub threads: usize,
}

/// What a search brings, in this order.
#[derive(Clone, Debug)]
pub enum Event {
    /// A record that matches.
    Hit(Hit),
    /// How far it is: after each block, and at the end.
    Progress(Progress),
    /// A block can't be read; its records are passed over. The text says which one.
    Damage(String),
}

impl History {
    /// Of the journal in a folder, which a server may be writing.
    pub fn new(folder: &Path) -> History {
        History { folder: folder.to_owned() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// When the oldest and the newest record that tell a time were made, in microseconds since 1970. None, if
    /// there is none.
    ///
    /// # Errors
    ///
    /// The folder or a segment can't be read.
    pub fn span(&self) -> Result<Option<(i64, i64)>, JournalError> {
        let timed = Query::one(Condition::Time(Operator::Greater, i64::MIN));
        let mut ends = [None, None];
        for (end, from) in ends.iter_mut().zip([From::Oldest, From::Newest]) {
            self.search(&Request { query: &timed, from, threads: 1 }, &mut |event| {
                let Event::Hit(hit) = event else { return ControlFlow::Continue(()) };
                let received = hit.received();
                if let Ok(kept) = hit.decode()
                    && let Ok(record) = Record::new(kept.value(), &received)
                {
                    *end = record.created().map(|seconds| (seconds * 1e6) as i64);
                }
                if end.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        let [first, last] = ends;
        Ok(first.zip(last).map(|(first, last)| (first.min(last), first.max(last))))
    }

    /// Calls `on` with what is found, until that breaks or all is looked through.
    ///
    /// Order is that of the journal: in which the server took the records.
    ///
    /// # Errors
    ///
    /// The folder or a segment can't be read.
    pub fn search(
        &self,
        request: &Request<'_>,
        on: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let (range, backward) = match request.from {
            From::Newest => (Range { first: 0, last: u64::MAX }, true),
            From::Before(number) => match number.checked_sub(1) {
                Some(last) => (Range { first: 0, last }, true),
                None => return Ok(()),
            },
            From::Oldest => (Range { first: 0, last: u64::MAX }, false),
            From::After(number) => match number.checked_add(1) {
                Some(first) => (Range { first, last: u64::MAX }, false),
                None => return Ok(()),
            },
        };
        let plan = Plan::new(&self.folder, request.query, range, backward)?;
        let mut order = Order { progress: Progress { of: plan.of, ..Progress::default() }, on };
        let search = Search { query: request.query, range, backward };
        if request.threads <= 1 {
            return search.alone(plan, &mut order);
        }
        search.together(plan, request.threads.min(64), &mut order)
    }
}

/// What a block has brought.
struct Done {
    hits: Vec<Hit>,
    damage: Option<String>,
    bytes: u64,
    passed: u64,
}

/// Gives what was found to the caller.
struct Order<'o> {
    progress: Progress,
    on: &'o mut dyn FnMut(Event) -> ControlFlow<()>,
}

impl Order<'_> {
    fn give(&mut self, done: Done) -> ControlFlow<()> {
        if let Some(damage) = done.damage {
            (self.on)(Event::Damage(damage))?;
        }
        for hit in done.hits {
            (self.on)(Event::Hit(hit))?;
        }
        self.progress.searched += done.passed + done.bytes;
        self.progress.read += done.bytes;
        (self.on)(Event::Progress(self.progress))
    }
}

#[derive(Clone, Copy)]
struct Search<'q> {
    query: &'q Query,
    range: Range,
    backward: bool,
}

#[derive(Default)]
struct Buffers {
    packed: Vec<u8>,
    plain: Vec<u8>,
}

impl Search<'_> {
    fn block(
        &self,
        job: &Job,
        scanner: &mut Scanner,
        buffers: &mut Buffers,
    ) -> Result<Done, JournalError> {
        let Buffers { packed, plain } = buffers;
        let (bytes, passed) = (job.block.bytes, job.passed);
        if !job.file.load(&job.block, packed, plain)? {
            let path = job.file.segment().path.display();
            let (at, len) = job.block.packed.unwrap_or((job.block.offset, bytes));
            let damage = Some(format!("{path} is damaged: {len} bytes at {at}"));
            return Ok(Done { hits: Vec::new(), damage, bytes, passed });
        }
        let mut hits = Vec::new();
        scanner.scan(plain, self.query, self.range, job.texts_lie_there(), &mut |found| {
            hits.push(found.hit());
        });
        if self.backward {
            hits.reverse();
        }
        Ok(Done { hits, damage: None, bytes, passed })
    }

    fn alone(&self, mut plan: Plan, order: &mut Order<'_>) -> Result<(), JournalError> {
        let (mut scanner, mut buffers) = (Scanner::new(), Buffers::default());
        loop {
            let (done, is_last) = match plan.next()? {
                Ok(job) => (self.block(&job, &mut scanner, &mut buffers)?, false),
                Err(passed) => (Done { hits: Vec::new(), damage: None, bytes: 0, passed }, true),
            };
            if order.give(done).is_break() || is_last {
                return Ok(());
            }
        }
    }

    /// The same with several threads. What they find is given in order.
    fn together(
        &self,
        plan: Plan,
        threads: usize,
        order: &mut Order<'_>,
    ) -> Result<(), JournalError> {
        let shared = Shared {
            state: Mutex::new(State { plan, taken: 0, given: 0, stop: false }),
            wake: Condvar::new(),
            window: threads * 4,
        };
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(threads);
            for _ in 0..threads {
                let (sender, shared) = (sender.clone(), &shared);
                scope.spawn(move || {
                    let (mut scanner, mut buffers) = (Scanner::new(), Buffers::default());
                    while let Some((turn, next)) = shared.next() {
                        let (done, is_last) = match next {
                            Ok(Ok(job)) => (self.block(&job, &mut scanner, &mut buffers), false),
                            Ok(Err(passed)) => (
                                Ok(Done { hits: Vec::new(), damage: None, bytes: 0, passed }),
                                true,
                            ),
                            Err(error) => (Err(error), true),
                        };
                        if sender.send((turn, done, is_last)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut given = 0;
            let mut result = Ok(());
            'all: for (turn, done, is_last) in &receiver {
                waiting.insert(turn, (done, is_last));
                while let Some((done, is_last)) = waiting.remove(&given) {
                    given += 1;
                    shared.lock().given = given;
                    shared.wake.notify_all();
                    let stop = match done {
                        Ok(done) => order.give(done).is_break(),
                        Err(error) => {
                            result = Err(error);
                            true
                        }
                    };
                    if stop || is_last {
                        break 'all;
                    }
                }
            }
            shared.lock().stop = true;
            shared.wake.notify_all();
            drop(receiver);
            result
        })
    }
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// Blocks that may be looked through before their turn.
    window: usize,
}

struct State {
    plan: Plan,
    taken: usize,
    given: usize,
    stop: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next block and its turn.
    #[expect(clippy::type_complexity, reason = "it is what the plan gives")]
    fn next(&self) -> Option<(usize, Result<Result<Job, u64>, JournalError>)> {
        let mut state = self.lock();
        while !state.stop && state.taken >= state.given + self.window {
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stop {
            return None;
        }
        let next = state.plan.next();
        // there is nothing behind it
        state.stop = !matches!(next, Ok(Ok(_)));
        let turn = state.taken;
        state.taken += 1;
        Some((turn, next))
    }
}
