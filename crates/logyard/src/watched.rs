//! Finding the running server that `tail` and `status` ask.

use std::path::PathBuf;

use clap::Args;
use logyard_server::{Address, servers};
use logyard_web::SOCKET;
use logyard_web::client::Place;

/// Which server is meant.
#[derive(Args, Clone, Debug)]
pub(crate) struct Server {
    /// The server: the address that it listens on, such as 127.0.0.1:9020, or where its page is, such as
    /// http://127.0.0.1:9021 [default: the one that this user runs]
    #[arg(long, value_name = "ADDRESS", env = "LOGYARD_SERVER", hide_env_values = true)]
    server: Option<String>,

    /// Folder in which the server keeps its state, if it was started with --state
    #[arg(long, value_name = "FOLDER", env = "LOGYARD_STATE", hide_env_values = true)]
    state: Option<PathBuf>,

    /// File with the token of the page, if it demands one
    #[arg(long, value_name = "FILE", env = "LOGYARD_WEB_TOKEN_FILE", hide_env_values = true)]
    token_file: Option<PathBuf>,
}

impl Server {
    /// Where to ask it, or why that is not known.
    pub(crate) fn place(&self) -> Result<Place, String> {
        if let Some(rest) = self.server.as_deref().and_then(|name| name.strip_prefix("http://")) {
            let token = match &self.token_file {
                None => None,
                Some(path) => match std::fs::read_to_string(path) {
                    Ok(text) => Some(text.trim().to_owned()),
                    Err(error) => {
                        return Err(format!(
                            "can't read the token from {}: {error}",
                            path.display()
                        ));
                    }
                },
            };
            let authority = rest.trim_end_matches('/').to_owned();
            return Ok(Place::Network { authority, token });
        }
        let address = match self.server.as_deref() {
            None => None,
            Some(name) if name.starts_with("https://") => {
                return Err("https is not spoken here; ask the server behind the proxy".into());
            }
            Some(name) => Some(name.parse::<Address>().map_err(|error| error.to_string())?),
        };
        let all = servers(self.state.as_deref(), address.as_ref()).map_err(|e| e.to_string())?;
        let answers = |path: &PathBuf| std::os::unix::net::UnixStream::connect(path).is_ok();
        let mut running: Vec<(String, PathBuf)> = all
            .into_iter()
            .map(|place| (place.name, place.path.join(SOCKET)))
            .filter(|(_, socket)| answers(socket))
            .collect();
        match (running.pop(), running.as_slice()) {
            (Some((_, socket)), []) => Ok(Place::Socket(socket)),
            (Some((last, _)), others) => {
                let names = others.iter().map(|(name, _)| name.as_str()).chain([last.as_str()]);
                let names = names.collect::<Vec<_>>().join(", ");
                Err(format!("several servers run: {names}; say which by --server ADDRESS"))
            }
            (None, _) => {
                let which = match &self.server {
                    Some(address) => format!("no server of this user listens on {address}"),
                    None => "no server of this user runs".to_owned(),
                };
                Err(format!(
                    "{which}; if it has a state folder of its own, name that by --state FOLDER, or name its page by --server http://HOST:PORT"
                ))
            }
        }
    }
}

/// Runs what asks a server.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}
