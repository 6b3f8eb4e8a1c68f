//! What is counted, and what it tells. Nothing is counted record by record: a read of a connection and a
//! run of lines are summed first.

mod counted;
mod handler;
mod lag;
mod status;
mod traffic;

pub(crate) use counted::Counted;
pub use counted::LEVELS;
pub(crate) use handler::HandlerCounts;
pub use lag::LAG_BOUNDS;
pub(crate) use lag::Lag;
pub use status::{
    CONNECTIONS, ConnectionStatus, HandlerStatus, JournalStatus, LaneStatus, LastError,
    ReceiverStatus, Status,
};
pub(crate) use traffic::{Connected, Receiver, Traffic};
