//! What a browser, a script, a monitor and `logyard tail` are shown of a running server: an HTTP
//! server on a thread of its own, which the kernel gives what the others leave.
//!
//! It reads [`Views`] and changes nothing. `routes` has the table of what
//! can be asked for, `access` who may ask.

mod access;
mod assets;
mod body;
pub mod client;
mod listen;
mod metrics;
mod query;
mod routes;
mod search;
mod summary;
mod watch;

use std::path::Path;

use logyard_receivers::{Address, ListenError};
use logyard_server::Views;
use tokio::sync::watch::Sender;

pub use access::BadToken;

/// The socket in the server's state folder.
pub const SOCKET: &str = "web.sock";

/// Where the views are shown, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Besides the socket in the state folder, which is always there.
    pub addresses: Vec<Address>,
    /// What whoever asks has to know.
    pub token: Option<String>,
    /// Names under which the page is reached, besides this machine's own: those of a proxy.
    pub hosts: Vec<String>,
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Other machines could read the logs.
    #[error(
        "{0} can be reached from other machines, and whoever reaches it can read your logs; use `127.0.0.1`, or give a token with `--web-token-file`"
    )]
    Remote(Address),
    /// See [`BadToken`].
    #[error(transparent)]
    Token(#[from] BadToken),
    /// See [`ListenError`].
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There is no thread for it.
    #[error("cannot start the web server: {0}")]
    Thread(std::io::Error),
}

/// The web server. It ends with this value.
#[derive(Debug)]
pub struct Web {
    _stop: Sender<()>,
}

impl Setup {
    /// Tells what is wrong with it before anything is started.
    pub fn check(&self) -> Result<(), WebError> {
        match (&self.token, self.addresses.iter().find(|address| !address.is_local())) {
            (Some(token), _) => Ok(access::check_token(token)?),
            (None, Some(address)) => Err(WebError::Remote(address.clone())),
            (None, None) => Ok(()),
        }
    }

    /// Listens, and shows the views until the value that it gives is dropped.
    pub fn start(self, folder: &Path, views: Views) -> Result<Web, WebError> {
        self.check()?;
        listen::start(self, folder, views)
    }
}
