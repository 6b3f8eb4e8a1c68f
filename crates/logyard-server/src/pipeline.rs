use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use logyard_config::Plan;
use tokio::sync::watch;

use crate::batch::Batch;
use crate::lane::{Alive, Ended, STUCK, State, all_ended};
use crate::running::{Running, Started};
use crate::shared::Shared;
use crate::start::StartError;

/// How long a start or a reload waits for files to open: a FIFO without a reader, or a dead NFS
/// server, may keep one lane, but not the server.
const OPENING: Duration = Duration::from_secs(10);

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
    ) -> Result<Pipeline, StartError> {
        let (alive, ended) = watch::channel(());
        let pipeline = Pipeline {
            shared,
            running: ArcSwapOption::empty(),
            lanes: Mutex::new(Lanes { alive: Some(Arc::new(alive)), states: Vec::new() }),
            ended: Mutex::new(ended),
        };
        pipeline.replace(plan, folder).await?;
        Ok(pipeline)
    }

    /// Goes over to another plan. What is under way goes through the old lanes; a new one opens its
    /// file when the old one that has it has closed it. On an error the old plan stays.
    pub(crate) async fn replace(
        &self,
        plan: &Plan,
        folder: Option<PathBuf>,
    ) -> Result<(), StartError> {
        let Some(alive) = lock(&self.lanes).alive.clone() else { return Ok(()) };
        let Started { running, opened } = {
            // let go of before the wait below: while it is held, its lanes don't end
            let before = self.running();
            let before = before.as_ref().map_or(&[][..], |running| &running.lanes);
            Running::start(plan, folder, &self.shared, before, &alive)?
        };
        {
            let mut lanes = lock(&self.lanes);
            lanes.states.retain(|state| !state.has_ended());
            lanes.states.extend(running.lanes.iter().map(|lane| Arc::clone(&lane.state)));
        }
        let names: Vec<String> = running.lanes.iter().map(|lane| lane.state.name.clone()).collect();
        self.running.store(Some(Arc::new(running)));
        let deadline = tokio::time::Instant::now() + OPENING;
        for (opened, name) in opened.into_iter().zip(names) {
            if tokio::time::timeout_at(deadline, opened).await.is_err() {
                self.shared.trouble.complain("not-open", || {
                    format!("`{name}` has not opened yet; its records wait")
                });
            }
        }
        Ok(())
    }

    /// The configuration in force. Not to be held while waiting for a client: it keeps its lanes
    /// alive.
    pub(crate) fn running(&self) -> Option<Arc<Running>> {
        self.running.load_full()
    }

    /// Hands batches to their lanes. Those of a stuck lane become dead letters.
    pub(crate) async fn deliver(&self, running: &Running, batches: Vec<(u16, Batch)>) {
        for (lane, batch) in batches {
            let Some(lane) = running.lanes.get(usize::from(lane)) else { continue };
            if let Err(batch) = lane.send(batch).await {
                let Shared { trouble, .. } = &self.shared;
                let detail =
                    format!("`{}` has taken nothing for {} s", lane.state.name, STUCK.as_secs());
                lane.state.set_aside(&batch, &detail, trouble, self.shared.now());
            }
        }
    }

    /// SIGUSR1: all files are closed and opened again by their names.
    pub(crate) fn reopen(&self) {
        for lane in self.running().iter().flat_map(|running| &running.lanes) {
            lane.reopen();
        }
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
        self.running.store(None);
        lock(&self.lanes).alive = None;
        let mut ended = lock(&self.ended).clone();
        let written = tokio::select! {
            () = all_ended(&mut ended) => true,
            () = give_up => false,
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
