//! What takes bytes in: addresses, listening sockets, and connections that cut their stream into
//! frames. What a frame means is not known here.

mod address;
mod budget;
mod connection;
mod listener;
mod stream;

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use budget::Budget;
pub use connection::{Connection, ConnectionError, Progress, ReadBuffer};
pub use listener::{Held, ListenError, Listener};
pub use stream::Stream;
