use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use logyard_config::Plan;

use crate::batch::Batch;
use crate::lane::{Ended, wait_for};
use crate::running::{Running, Started};
use crate::shared::Shared;
use crate::slot::keep_line;
use crate::start::StartError;

/// The way of the records from formatted batches to files, through reloads.
pub(crate) struct Pipeline {
    pub(crate) shared: Shared,
    running: ArcSwapOption<Running>,
    ended: Mutex<Option<Ended>>,
}

impl Pipeline {
    /// Starts the lanes of the first plan and waits until they have opened their files.
    pub(crate) async fn start(
        plan: &Plan,
        folder: Option<PathBuf>,
        shared: Shared,
    ) -> Result<Pipeline, StartError> {
        let pipeline =
            Pipeline { shared, running: ArcSwapOption::empty(), ended: Mutex::new(None) };
        pipeline.replace(plan, folder).await?;
        Ok(pipeline)
    }

    /// Goes over to another plan. What is under way goes through the old lanes; the new ones open
    /// their files when the old have closed theirs. On an error the old plan stays.
    pub(crate) async fn replace(
        &self,
        plan: &Plan,
        folder: Option<PathBuf>,
    ) -> Result<(), StartError> {
        let before = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Started { running, opened, ended } =
            Running::start(plan, folder, &self.shared, before)?;
        self.running.store(Some(Arc::new(running)));
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        for opened in opened {
            let _ = opened.await; // an error would be a thread that has ended: it can't be yet
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
                self.set_aside(lane.name(), &batch);
            }
        }
    }

    fn set_aside(&self, lane: &str, batch: &Batch) {
        let now = self.shared.now();
        let detail = format!("`{lane}` has taken nothing for {} s", crate::lane::STUCK.as_secs());
        let mut start = 0;
        for line in &batch.lines {
            let text = batch.text.get(start as usize..line.end as usize).unwrap_or_default();
            keep_line(lane, "stuck", &detail, text, &self.shared.trouble, now);
            start = line.end;
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

    /// Lets the lanes write all they have and end; false when some have not after `limit`.
    pub(crate) async fn close(&self, limit: Duration) -> bool {
        self.running.store(None);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        match ended {
            Some(ended) => wait_for(ended, limit).await,
            None => true,
        }
    }
}
