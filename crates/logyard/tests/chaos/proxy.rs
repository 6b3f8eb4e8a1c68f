use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::Choices;

/// A way to the server that breaks off after some bytes, in the middle of whatever it is.
pub(crate) struct Proxy {
    stop: Arc<AtomicBool>,
    calm: Arc<AtomicBool>,
    socket: PathBuf,
}

impl Proxy {
    pub(crate) fn start(server: &Path, socket: &Path, seed: u64) -> Proxy {
        let listener = UnixListener::bind(socket).unwrap();
        let (stop, server) = (Arc::new(AtomicBool::new(false)), server.to_owned());
        let stopped = Arc::clone(&stop);
        let calm = Arc::new(AtomicBool::new(false));
        let calmed = Arc::clone(&calm);
        std::thread::spawn(move || {
            let mut choices = Choices::new(seed ^ 0xABCD);
            for client in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(server) = UnixStream::connect(&server) else { continue };
                let bytes = match calmed.load(Ordering::SeqCst) {
                    true => u64::MAX,
                    false => 1 + choices.below(400_000),
                };
                pass(&client, &server, bytes);
                pass(&server, &client, u64::MAX);
            }
        });
        Proxy { stop, calm, socket: socket.to_owned() }
    }

    /// New connections break off no more.
    pub(crate) fn calm(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = UnixStream::connect(&self.socket); // so that it looks
    }
}

/// Passes so many bytes on, and then ends both ways.
fn pass(from: &UnixStream, to: &UnixStream, mut left: u64) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    from.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            match from.read(&mut buffer[..most]) {
                Ok(count) if count > 0 && to.write_all(&buffer[..count]).is_ok() => {
                    left -= count as u64
                }
                _ => break,
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}
