//! Where the parts meet: the logger tree, the way of a record from a connection to the files, dead
//! letters, reload and shutdown.
//!
//! A connection's frames are decoded, routed and formatted on the worker thread that read them
//! (`intake`); the text goes in batches to lanes, threads that own one file each (`lane`). A
//! configuration is put to work by `running` and exchanged by `pipeline`.

mod batch;
mod client;
mod client_zones;
mod connections;
mod dead_letters;
mod embedded;
mod formatters;
mod handler_routes;
mod intake;
mod journal;
mod lane;
mod layout;
mod live;
mod metrics;
mod per_logger;
mod pipeline;
mod queued;
mod rotation;
mod router;
mod running;
mod serve;
mod shared;
mod slot;
mod start;
mod state;
mod systemd;
mod trouble;
mod views;
mod written;

pub use client::{Ack, look_at};
pub use embedded::Embedded;
pub use formatters::{check_codec, check_format};
pub use journal::JournalSetup;
pub use live::{Live, Seen, Watcher};
pub use logyard_journal::{JournalError, Limits as JournalLimits, Sync};
pub use logyard_pickle::Limits;
pub use logyard_receivers::{Address, AddressError};
pub use metrics::{
    CONNECTIONS, ConnectionStatus, HandlerStatus, JournalStatus, LAG_BOUNDS, LEVELS, LaneStatus,
    LastError, ReceiverStatus, Status,
};
pub use rotation::rotate_daemon;
pub use serve::{Loaded, ServeError, Setup, serve};
pub use start::StartError;
pub use state::{StateError, StatePlace, servers};
pub use views::{Attach, AttachError, Views};
pub use written::Written;
