use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use logyard_config::Plan;
use logyard_crash as crash;
use logyard_journal::{Batch as Entry, ClientId, Origin};
use tokio::sync::watch;

use crate::batch::Batch;
use crate::client::Sent;
use crate::intake::Frames;
use crate::journal::Recorder;
use crate::lane::{Alive, Ended, STUCK, State, all_ended};
use crate::metrics::{Counted, LaneStatus};
use crate::running::{Running, Started};
use crate::shared::Shared;
use crate::start::StartError;

/// How long a start or a reload waits for files to open: a FIFO without a reader, or a dead NFS
/// server, may keep one lane, but not the server.
const OPENING: Duration = Duration::from_secs(10);

/// How long a full lane is waited for to take the word that its cursor is to be kept.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(100);

/// How long the end waits for the worker that compresses to leave its file in one form, not two: a
/// rename and a removal. The next start would put it right, too.
const LAST_COMPRESSION: Duration = Duration::from_secs(1);

/// The way of the records from formatted batches to files, through reloads.
pub(crate) struct Pipeline {
    pub(crate) shared: Shared,
    running: ArcSwapOption<Running>,
    lanes: Mutex<Lanes>,
    ended: Mutex<Ended>,
}

/// What one read of a connection has brought.
pub(crate) struct Taken<'a> {
    /// When, in microseconds since 1970.
    pub(crate) micros: i64,
    pub(crate) peer: &'a str,
    /// The client that numbers its records, and the last of these.
    pub(crate) client: Option<(ClientId, u64)>,
    /// Whether a copy of the frames is for those who watch.
    pub(crate) live: bool,
    pub(crate) counted: Counted,
    pub(crate) frames: Frames,
}

/// What became of what a connection has brought.
pub(crate) enum Recorded<'a> {
    /// It is on its way; the frames' buffer is given back. Nothing is sent if the journal can't take it and
    /// its client can keep it.
    Sent(Frames, Option<Sent>),
    /// Another configuration came into force meanwhile: its text is to be made anew, for that one.
    Outdated(Taken<'a>, Arc<Running>),
}

/// All lanes that may still write.
struct Lanes {
    /// None once the server stops.
    alive: Option<Alive>,
    states: Vec<Arc<State>>,
}

impl Pipeline {
    /// Starts the lanes of the first plan and waits until they have opened their files.
    pub(crate) async fn start(
        plan: &Plan,
        folder: Option<PathBuf>,
        shared: Shared,
    ) -> Result<(Pipeline, Option<u64>), StartError> {
        let (alive, ended) = watch::channel(());
        let pipeline = Pipeline {
            shared,
            running: ArcSwapOption::empty(),
            lanes: Mutex::new(Lanes { alive: Some(Arc::new(alive)), states: Vec::new() }),
            ended: Mutex::new(ended),
        };
        let replay_from = pipeline.replace(plan, folder).await?;
        if let Some((recorder, running)) = pipeline.shared.recorder.as_ref().zip(pipeline.running())
        {
            recorder.keep_lanes(running.lanes.iter().map(|lane| lane.state.name.as_str()));
        }
        Ok((pipeline, replay_from))
    }

    /// Goes over to another plan. At the start, with a journal, gives the number of the record behind
    /// which some file may lack something.
    ///
    /// Without a journal, what is under way goes through the old lanes. A new one opens its file when the
    /// old one that has it has closed it. On an error the old plan stays.
    pub(crate) async fn replace(
        &self,
        plan: &Plan,
        folder: Option<PathBuf>,
    ) -> Result<Option<u64>, StartError> {
        let Some(alive) = lock(&self.lanes).alive.clone() else { return Ok(None) };
        let (opened, names, replay_from) = {
            // let go of before the wait below: while it is held, its lanes don't end
            let before = self.running();
            let recorder = self.shared.recorder.as_ref().filter(|_| before.is_some());
            // The new lanes begin behind what is in the journal now. Nothing is appended until they are in
            // force: after a kill it would be theirs, too, and the old ones have written it.
            let journal = recorder.map(|recorder| recorder.lock());
            let anew = journal.as_ref().map(|journal| journal.end());
            let before = before.as_ref().map_or(&[][..], |running| &running.lanes);
            let Started { running, opened, replay_from } =
                Running::start(plan, folder, &self.shared, before, anew, &alive)?;
            let states = running.lanes.iter().map(|lane| Arc::clone(&lane.state));
            let states: Vec<Arc<State>> = states.collect();
            let names: Vec<String> = states.iter().map(|state| state.name.clone()).collect();
            let mut lanes = lock(&self.lanes);
            lanes.states.retain(|state| !state.has_ended());
            lanes.states.extend(states);
            self.running.store(Some(Arc::new(running)));
            (opened, names, replay_from)
        };
        let deadline = tokio::time::Instant::now() + OPENING;
        for (opened, name) in opened.into_iter().zip(names) {
            if tokio::time::timeout_at(deadline, opened).await.is_err() {
                self.shared.trouble.complain("not-open", || {
                    format!("`{name}` has not opened yet; its records wait")
                });
            }
        }
        Ok(replay_from)
    }

    /// The configuration in force. Not to be held while waiting for a client: it keeps its lanes
    /// alive.
    pub(crate) fn running(&self) -> Option<Arc<Running>> {
        self.running.load_full()
    }

    /// Hands batches to their lanes. Those of a stuck lane become dead letters.
    pub(crate) async fn deliver(&self, running: &Running, batches: Vec<(u16, Batch)>) -> Sent {
        let mut sent = Sent::default();
        for (lane, batch) in batches {
            let Some(to) = running.lanes.get(usize::from(lane)) else { continue };
            match to.send(batch).await {
                Ok(ticket) => sent.tickets.push(ticket),
                Err(batch) => self.set_aside(running, vec![(lane, batch)]),
            }
        }
        sent
    }

    /// Batches of stuck lanes become dead letters.
    fn set_aside(&self, running: &Running, batches: Vec<(u16, Batch)>) {
        for (lane, batch) in batches {
            let Some(lane) = running.lanes.get(usize::from(lane)) else { continue };
            let detail =
                format!("`{}` has taken nothing for {} s", lane.state.name, STUCK.as_secs());
            lane.state.set_aside(&batch, &detail, &self.shared.trouble, self.shared.now());
        }
    }

    /// Appends what a connection has taken to the journal and hands its text to the lanes, so that all
    /// of them have it in the journal's order. If the journal can't take it, it goes to the lanes without; but
    /// nothing is sent that its client can keep.
    pub(crate) async fn record<'a>(
        &self,
        recorder: &Recorder,
        running: &Running,
        mut batches: Vec<(u16, Batch)>,
        taken: Taken<'a>,
    ) -> Recorded<'a> {
        let mut stuck = Vec::new();
        let mut places = Vec::with_capacity(batches.len());
        let mut next = 0;
        while let Some((lane, batch)) = batches.get(next) {
            let Some(lane) = running.lanes.get(usize::from(*lane)) else { break };
            match lane.try_reserve(batch) {
                Some(place) => {
                    places.push(place);
                    next += 1;
                }
                // not to be waited for with others' room in hand: a slow file must not stop theirs
                None => {
                    places.clear();
                    if lane.reserve(batch).await.is_none() {
                        stuck.push(batches.remove(next));
                    }
                    next = 0;
                }
            }
        }
        let mut sent = Sent::default();
        let mut journal = recorder.lock();
        if let Some(now) = self.running().filter(|now| !std::ptr::eq(&raw const **now, running)) {
            return Recorded::Outdated(taken, now);
        }
        let Taken { micros, peer, client, live, frames, .. } = taken;
        let entry = Entry {
            micros: micros.unsigned_abs(), // the clock never says less than 1970
            origin: Origin { peer, client },
            records: frames.records,
            frames: &frames.bytes,
        };
        if entry.records > 0 {
            sent.number = match journal.append(&entry) {
                Ok(appended) => {
                    if appended.removed > 0 {
                        self.shared.trouble.complain("journal-short", || {
                            format!(
                                "the disk is full: the journal's {} oldest segments were removed before their time; all that was in them is in its files",
                                appended.removed
                            )
                        });
                    }
                    appended.end
                }
                Err(error) if client.is_some() => {
                    self.shared.trouble.complain("journal-failed", || {
                        format!("{error}; a client that numbers its records keeps them")
                    });
                    return Recorded::Sent(frames, None);
                }
                Err(error) => {
                    self.shared.trouble.lost("not-journaled", entry.records.into(), || {
                        format!("{error}; records go to their files without it")
                    });
                    0
                }
            };
            if sent.number > 0 {
                let records = u64::from(entry.records);
                let (first, kept) = (sent.number + 1 - records, live.then_some(&frames));
                self.shared.live.publish(Some(first), records, kept, peer, micros);
            }
            crash::here("hand-over");
            for (place, (_, mut batch)) in places.into_iter().zip(batches) {
                batch.number = sent.number;
                sent.tickets.push(place.send(batch));
            }
        } else {
            sent.number = journal.end(); // all of it was there before
        }
        drop(journal);
        self.set_aside(running, stuck);
        Recorded::Sent(frames, Some(sent))
    }

    /// All that was handed to lanes until now: what a client that comes again has sent before is in it.
    pub(crate) fn sent(&self) -> Sent {
        let recorder = self.shared.recorder.as_ref();
        Sent {
            number: recorder.map_or(0, |recorder| recorder.lock().end()),
            tickets: self.lanes().iter().map(State::last_sent).collect(),
        }
    }

    /// SIGUSR1: all files are closed and opened again by their names.
    pub(crate) fn reopen(&self) {
        for lane in self.lanes() {
            lane.reopen();
        }
    }

    /// Lets the lanes keep their cursors, and the journal remove what is not needed any more. To be called
    /// now and then.
    pub(crate) async fn checkpoint(&self) {
        let Some(recorder) = &self.shared.recorder else { return };
        let Some(running) = self.running() else { return };
        let end = recorder.lock().end(); // what is appended by now has been sent by now
        for lane in &running.lanes {
            // one that takes nothing keeps its old cursor
            let _ = tokio::time::timeout(CHECKPOINT_WAIT, lane.checkpoint(end)).await;
        }
        drop(running);
        let needed = {
            let mut lanes = lock(&self.lanes);
            lanes.states.retain(|state| !state.has_ended());
            let cursors = lanes.states.iter().map(|state| state.cursor.load(Ordering::SeqCst));
            cursors.min().unwrap_or(end)
        };
        recorder.retain(needed, self.shared.clock.micros().unsigned_abs(), &self.shared.trouble);
    }

    /// How the lanes stand, and up to which number of the journal all of them are known to be.
    pub(crate) fn lane_status(&self) -> (Vec<LaneStatus>, Option<u64>) {
        let lanes = self.lanes();
        let needed = lanes.iter().map(|state| state.cursor.load(Ordering::SeqCst)).min();
        (lanes.iter().map(|state| state.status()).collect(), needed)
    }

    /// All lanes that may still write, those of configurations before among them.
    pub(crate) fn lanes(&self) -> Vec<Arc<State>> {
        lock(&self.lanes).states.iter().filter(|state| !state.has_ended()).cloned().collect()
    }

    /// Waits until all that was delivered is written.
    pub(crate) async fn barrier(&self) {
        let Some(running) = self.running() else { return };
        for lane in &running.lanes {
            lane.barrier().await;
        }
    }

    /// Lets the lanes write all they have and end, until `give_up`. What those have that have not
    /// ended by then becomes dead letters; false if there are any.
    pub(crate) async fn close(&self, give_up: impl Future<Output = ()>) -> bool {
        let mut give_up = std::pin::pin!(give_up);
        tokio::select! {
            () = self.checkpoint() => {}
            () = &mut give_up => {}
        }
        self.running.store(None);
        lock(&self.lanes).alive = None;
        let mut ended = lock(&self.ended).clone();
        let written = tokio::select! {
            () = all_ended(&mut ended) => true,
            () = &mut give_up => false,
        };
        let compressor = &self.shared.compressor;
        compressor.stop();
        let end = tokio::time::Instant::now() + LAST_COMPRESSION;
        while !compressor.is_idle() && tokio::time::Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if !written {
            for state in lock(&self.lanes).states.iter().filter(|state| !state.has_ended()) {
                state.give_up(&self.shared.trouble, self.shared.now());
            }
        }
        written
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
