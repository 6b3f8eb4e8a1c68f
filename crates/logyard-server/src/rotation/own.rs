use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use logyard_logrotate::{OwnFiles, StillOpen};

use crate::lane::State;
use crate::pipeline::Pipeline;

/// How long a rotation waits for a lane to go over to the new file: as long as a lane may hang in a write
/// before it counts as stuck.
const PATIENCE: Duration = crate::lane::STUCK;

/// Pause between two looks at a lane.
const LOOK: Duration = Duration::from_millis(1);

/// The files that the server's handlers write.
pub(crate) struct Own {
    pipeline: Arc<Pipeline>,
    /// Who writes a log, as found when it was still in its place.
    found: Mutex<HashMap<PathBuf, Vec<Arc<State>>>>,
    /// Logs that the user was warned of.
    warned: Mutex<HashSet<PathBuf>>,
}

impl Own {
    pub(crate) fn new(pipeline: Arc<Pipeline>) -> Own {
        Own { pipeline, found: Mutex::default(), warned: Mutex::default() }
    }

    fn warn_of_twice(&self, log: &Path, lanes: &[Arc<State>]) {
        let Some(handler) = lanes.iter().find_map(|lane| lane.rolls.as_deref()) else { return };
        if lock(&self.warned).insert(log.to_owned()) {
            tracing::warn!(
                "{} is rotated twice, by handler `{handler}` and by the configuration of --rotate; leave it to one of them",
                log.display()
            );
        }
    }
}

impl OwnFiles for Own {
    fn has(&self, log: &Path) -> bool {
        let about = log.metadata().ok();
        let mut lanes = self.pipeline.lanes();
        lanes.retain(|lane| lane.writes(log, about.as_ref()));
        self.warn_of_twice(log, &lanes);
        let mut found = lock(&self.found);
        if lanes.is_empty() {
            if about.is_some() {
                found.remove(log);
            }
            return found.contains_key(log);
        }
        found.insert(log.to_owned(), lanes);
        true
    }

    fn let_go(&self, logs: &[&Path]) -> Result<(), StillOpen> {
        let mut asked: Vec<(&Path, Arc<State>, u64)> = Vec::new();
        for log in logs {
            let lanes = lock(&self.found).remove(*log).unwrap_or_default();
            asked.extend(lanes.into_iter().map(|lane| {
                let number = lane.reopen();
                (*log, lane, number)
            }));
        }
        let start = Instant::now();
        for (log, lane, number) in asked {
            while !lane.has_reopened(number) {
                if start.elapsed() > PATIENCE {
                    let (log, seconds) = (log.display().to_string(), PATIENCE.as_secs());
                    return Err(StillOpen { log, seconds });
                }
                std::thread::sleep(LOOK);
            }
        }
        Ok(())
    }
}

/// What these locks protect is whole after a panic, too.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
