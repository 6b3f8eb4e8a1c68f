use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, UnixListener};

use crate::{Address, Stream};

/// Connections that wait to be accepted. A restart of a service with many workers connects them all
/// at once; the kernel cuts this to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// When to ask a silent peer whether it is still there: a worker that vanished with its machine
/// would otherwise hold its connection for ever.
const KEEP_ALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(120))
    .with_interval(Duration::from_secs(30))
    .with_retries(4);

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    socket: Listening,
    address: Address,
    /// Passed by systemd: it lives on when this process ends.
    inherited: bool,
    /// Device and inode of the socket's file, to remove at the end what is ours only.
    file: Option<(u64, u64)>,
}

#[derive(Debug)]
enum Listening {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// An address can't be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The name of the host is not known.
    #[error("cannot listen on {address}: the host is not known ({source})")]
    Lookup {
        /// What was asked for.
        address: Address,
        /// What the resolver says.
        source: io::Error,
    },
    /// Somebody else has it.
    #[error(
        "cannot listen on {address}: another program does already; stop it, or choose another address with `--listen`"
    )]
    InUse {
        /// What was asked for.
        address: Address,
    },
    /// There is a file of another kind where the socket should be.
    #[error("cannot listen on {address}: there is a file at that path which is not a socket")]
    NotASocket {
        /// What was asked for.
        address: Address,
    },
    /// Anything else.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// What was asked for.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// systemd passed something that is not a listening stream socket.
    #[error(
        "a socket passed by systemd is not a listening TCP or Unix stream socket; the unit needs `ListenStream=`"
    )]
    Inherited,
}

impl Listener {
    /// Starts to listen. Several addresses of one host name: the first that works.
    ///
    /// A Unix socket's path that an earlier server left behind is taken over; one that is in use is
    /// not. Its mode is 0660: the owner and the group may send.
    pub fn bind(address: &Address) -> Result<Listener, ListenError> {
        let (socket, address) = match address {
            Address::Tcp { host, port } => bind_tcp(address, host, *port)?,
            Address::Unix(path) => (bind_unix(address, path)?, address.clone()),
        };
        let file = match &address {
            Address::Unix(path) => identity(path),
            Address::Tcp { .. } => None,
        };
        Ok(Listener { socket, address, inherited: false, file })
    }

    /// Takes a listening socket that systemd passed.
    pub fn from_inherited(fd: OwnedFd) -> Result<Listener, ListenError> {
        let socket = Socket::from(fd);
        let local = socket.local_addr().map_err(|_| ListenError::Inherited)?;
        socket.set_nonblocking(true).map_err(|_| ListenError::Inherited)?;
        if !socket.is_listener().unwrap_or(false) || socket.r#type().ok() != Some(Type::STREAM) {
            return Err(ListenError::Inherited);
        }
        let (socket, address) = if let Some(at) = local.as_socket() {
            let listener =
                TcpListener::from_std(socket.into()).map_err(|_| ListenError::Inherited)?;
            (Listening::Tcp(listener), tcp_address(at))
        } else {
            let path = local.as_pathname().unwrap_or(Path::new("/")).to_owned();
            let listener =
                UnixListener::from_std(socket.into()).map_err(|_| ListenError::Inherited)?;
            (Listening::Unix(listener, path.clone()), Address::Unix(path))
        };
        Ok(Listener { socket, address, inherited: true, file: None })
    }

    /// Only holds the socket, for another process that accepts its connections.
    pub fn hold(mut self) -> io::Result<Held> {
        let fd = match &self.socket {
            Listening::Tcp(listener) => listener.as_fd().try_clone_to_owned(),
            Listening::Unix(listener, _) => listener.as_fd().try_clone_to_owned(),
        }?;
        Ok(Held { fd, address: self.address.clone(), file: self.file.take() })
    }

    /// The address in use, with the port that the system chose.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether systemd holds the socket too, so that connections which wait are not lost when this
    /// process ends.
    pub fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Waits for the next connection; the text names the peer. Cancel safe.
    pub async fn accept(&self) -> io::Result<(Stream, String)> {
        match &self.socket {
            Listening::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Failing here only means that the peer is gone already; reading will tell.
                let _ = socket2::SockRef::from(&stream).set_tcp_keepalive(&KEEP_ALIVE);
                Ok((Stream::Tcp(stream), peer.to_string()))
            }
            Listening::Unix(listener, path) => {
                let (stream, _) = listener.accept().await?;
                let pid = stream.peer_cred().ok().and_then(|cred| cred.pid());
                let peer = match pid {
                    Some(pid) => format!("unix://{} (process {pid})", path.display()),
                    None => format!("unix://{}", path.display()),
                };
                Ok((Stream::Unix(stream), peer))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        remove(&self.address, self.file);
    }
}

/// A listening socket that is passed to the processes that accept its connections. Connections wait in it
/// when there is none. A Unix socket's file is removed when this is dropped.
#[derive(Debug)]
pub struct Held {
    /// The socket.
    pub fd: OwnedFd,
    /// As of [`Listener::address`].
    pub address: Address,
    file: Option<(u64, u64)>,
}

impl Drop for Held {
    fn drop(&mut self) {
        remove(&self.address, self.file);
    }
}

/// Removes the file of a Unix socket, if it is still this one.
fn remove(address: &Address, file: Option<(u64, u64)>) {
    if let Address::Unix(path) = address
        && file.is_some()
        && file == identity(path)
    {
        let _ = std::fs::remove_file(path); // the next server takes over a left one anyway
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

fn bind_tcp(address: &Address, host: &str, port: u16) -> Result<(Listening, Address), ListenError> {
    let candidates = (host, port)
        .to_socket_addrs()
        .map_err(|source| ListenError::Lookup { address: address.clone(), source })?;
    let mut last = io::Error::other("the host has no address");
    for at in candidates {
        match listen(Domain::for_address(at), &at.into()).and_then(|socket| {
            let listener = TcpListener::from_std(socket.into())?;
            let at = listener.local_addr()?;
            Ok((Listening::Tcp(listener), tcp_address(at)))
        }) {
            Ok(listening) => return Ok(listening),
            Err(error) => last = error,
        }
    }
    Err(failed(address, last))
}

fn bind_unix(address: &Address, path: &Path) -> Result<Listening, ListenError> {
    let io_error = |source| failed(address, source);
    if let Ok(found) = std::fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(ListenError::NotASocket { address: address.clone() });
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(ListenError::InUse { address: address.clone() });
        }
        std::fs::remove_file(path).map_err(io_error)?;
    }
    let at = SockAddr::unix(path).map_err(io_error)?;
    let socket = listen(Domain::UNIX, &at).map_err(io_error)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(io_error)?;
    let listener = UnixListener::from_std(socket.into()).map_err(io_error)?;
    Ok(Listening::Unix(listener, path.to_owned()))
}

fn listen(domain: Domain, at: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, None)?;
    if domain != Domain::UNIX {
        socket.set_reuse_address(true)?; // a restart need not wait for old connections to be forgotten
    }
    socket.set_nonblocking(true)?;
    socket.bind(at)?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

fn tcp_address(at: SocketAddr) -> Address {
    Address::Tcp { host: at.ip().to_string(), port: at.port() }
}

fn failed(address: &Address, source: io::Error) -> ListenError {
    match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse { address: address.clone() },
        _ => ListenError::Io { address: address.clone(), source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_is_chosen_and_told() {
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
        let Address::Tcp { port, .. } = listener.address() else { panic!() };
        assert_ne!(*port, 0);
        let again = Listener::bind(listener.address());
        assert!(matches!(again, Err(ListenError::InUse { .. })), "{again:?}");
    }

    #[tokio::test]
    async fn a_socket_left_behind_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.sock");
        let address = Address::Unix(path.clone());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let listener = Listener::bind(&address).unwrap();
        assert!(matches!(Listener::bind(&address), Err(ListenError::InUse { .. })));
        drop(listener);
        assert!(!path.exists());
        let old = Listener::bind(&address).unwrap();
        std::fs::remove_file(&path).unwrap();
        let new = Listener::bind(&address).unwrap();
        drop(old);
        assert!(path.exists(), "another server's socket is left alone");
        drop(new);
        std::fs::write(&path, "not a socket").unwrap();
        assert!(matches!(Listener::bind(&address), Err(ListenError::NotASocket { .. })));
    }
}
