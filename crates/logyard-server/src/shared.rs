use std::sync::Arc;

use logyard_config::Plan;
use logyard_handlers::{Compressor, Surroundings};
use logyard_libc::Zone;
use logyard_rotate::Clock;

use crate::batch::Pool;
use crate::journal::Recorder;
use crate::live::Live;
use crate::metrics::Lag;
use crate::trouble::Trouble;

/// What lives as long as the server, through all reloads.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) clock: Clock,
    pub(crate) zone: Zone,
    pub(crate) compressor: Compressor,
    pub(crate) apply_logger_levels: bool,
    /// How old records are when they are written.
    pub(crate) lag: Arc<Lag>,
    /// For those who watch.
    pub(crate) live: Arc<Live>,
    /// With a journal.
    pub(crate) recorder: Option<Arc<Recorder>>,
}

impl Shared {
    /// What a handler with rollovers in this zone needs.
    pub(crate) fn surroundings(&self, zone: &Zone, plan: &Plan) -> Surroundings {
        let (clock, compressor) = (self.clock.clone(), self.compressor.clone());
        Surroundings { zone: zone.clone(), clock, rules: plan.rules(), compressor }
    }

    /// `time.time()`
    pub(crate) fn now(&self) -> f64 {
        self.clock.micros() as f64 / 1e6
    }
}

/// The worker for rolled files, which tells of those that it could not compress.
pub(crate) fn compressor(trouble: &Arc<Trouble>) -> Compressor {
    let trouble = Arc::clone(trouble);
    Compressor::new(move |error| trouble.complain("compress-failed", || error.to_string()))
}
