use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::live::Live;

/// What people and monitors may look at while the server runs.
#[derive(Clone, Debug)]
pub struct Views {
    pub(crate) live: Arc<Live>,
    /// Whether records are taken in: it has started, and does not stop yet.
    pub(crate) ready: Arc<AtomicBool>,
}

/// Gives the views to whoever shows them, with the server's state folder. What it gives back is dropped
/// when the server stops.
pub type Attach = Box<dyn FnOnce(&Path, Views) -> Result<Box<dyn Send>, AttachError> + Send>;

/// Why the views can't be shown.
pub type AttachError = Box<dyn std::error::Error + Send + Sync>;

impl Views {
    /// The records of the last moments and those that come.
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Whether records are taken in.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }
}
