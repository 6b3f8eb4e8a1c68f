//! The journal: the server's own durable sequence of what its receivers have taken.
//!
//! A folder of segments (`00000000000000000001.journal`, named after the number of the first record in
//! it), each a sequence of checked entries; an entry is what one read of one connection brought: the
//! frames as they came. [`Journal`] appends and syncs, [`Reader`] reads from any record on, also while
//! the journal is written. What is damaged costs itself only: a torn tail is cut when the journal is
//! opened for writing, a bad entry is passed over and reported.
//!
//! The format is described in `docs/reference/journal.md`.

mod append;
mod blocks;
mod clients;
mod entry;
mod error;
mod folder;
mod journal;
mod packed;
mod read;
mod recover;
mod segment;
mod store;
mod sync;
mod zst;

pub use blocks::{SegmentFile, entries, pack, remove_plain};
pub use clients::{ClientId, Clients};
pub use entry::{Batch, Origin};
pub use error::JournalError;
pub use folder::{Segment, index_path, segments};
pub use journal::{Appended, Journal, Limits, Opened};
pub use packed::{BLOCK, Block};
pub use read::{Damage, Found, Reader, What};
pub use sync::{Sync, Synced};
