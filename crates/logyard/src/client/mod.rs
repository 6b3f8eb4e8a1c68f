//! Sends records to a server: as a SocketHandler does, or by the acknowledged protocol.

mod acknowledged;
mod record;
mod stream;

pub(crate) use acknowledged::Sender;
pub(crate) use record::Record;
pub(crate) use stream::{Stream, readable};
