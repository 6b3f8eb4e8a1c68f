use std::sync::Arc;

use logyard_libc::Zone;
use logyard_rotate::Clock;

use crate::batch::Pool;
use crate::trouble::Trouble;

/// What lives as long as the server, through all reloads.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) clock: Clock,
    pub(crate) zone: Zone,
    pub(crate) apply_logger_levels: bool,
}

impl Shared {
    /// `time.time()`
    pub(crate) fn now(&self) -> f64 {
        self.clock.micros() as f64 / 1e6
    }
}
