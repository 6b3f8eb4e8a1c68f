use std::io;
use std::os::fd::AsFd;

use tokio::net::{TcpStream, UnixStream};

/// A connected socket of either kind.
#[derive(Debug)]
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// Unix stream socket.
    Unix(UnixStream),
}

impl Stream {
    /// Waits until there may be something to read, or the end of the stream.
    pub async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.readable().await,
            Self::Unix(stream) => stream.readable().await,
        }
    }

    /// Reads what the kernel holds, whether or not the runtime has heard of it yet.
    pub(crate) fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let fd = match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        };
        Ok(rustix::io::read(fd, buffer)?)
    }

    /// Reads what is there; `WouldBlock` when nothing is.
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(buffer),
            Self::Unix(stream) => stream.try_read(buffer),
        }
    }
}
