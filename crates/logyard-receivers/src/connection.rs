use std::io;
use std::ops::ControlFlow;

use logyard_pickle::{FrameError, HEADER, Limits, Step, next_frame};

use crate::{Budget, Stream};

/// Size of a worker's read buffer: what a busy sender puts into the kernel's socket buffer fits in
/// one read, and one worker's buffer stays in the second-level cache.
const BUFFER: usize = 256 * 1024;

/// How an incomplete large frame grows: never ahead of what has arrived by more than this, so that
/// a header that announces much costs nothing by itself.
const GROWTH: usize = 256 * 1024;

/// A longer beginning of a frame is read on where it lies: copying it to the worker's buffer again
/// for each byte that a slow (or hostile) sender adds would cost quadratic time.
const COPIED: usize = 16 * 1024;

/// The buffer that one worker thread reads with, for whichever connection is at hand: an idle
/// connection holds none.
#[derive(Debug)]
pub struct ReadBuffer {
    bytes: Box<[u8]>,
}

impl Default for ReadBuffer {
    fn default() -> Self {
        Self { bytes: vec![0; BUFFER].into_boxed_slice() }
    }
}

/// One client's stream of frames.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    budget: Budget,
    limits: Limits,
    /// The beginning of a frame whose rest has not arrived, or frames that were left for later.
    /// Empty between frames.
    partial: Vec<u8>,
    /// Bytes taken from the budget for `partial`.
    charged: usize,
    draining: bool,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The socket gave all it had: wait until it is readable again.
    Drained,
    /// There may be more at once.
    More,
    /// The client has closed, between two frames.
    Closed,
}

/// Why a connection has to end.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The stream makes no sense any more.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The client closed in the middle of a frame.
    #[error("closed in the middle of a frame: {have} of {wanted} bytes had arrived")]
    Truncated {
        /// Bytes that are there, the header included.
        have: usize,
        /// Length of the whole frame, the header included.
        wanted: usize,
    },
    /// Too many large frames are under way on all connections.
    #[error("no memory left for a frame of {wanted} bytes: too many large frames at once")]
    Budget {
        /// Length of the whole frame.
        wanted: usize,
        /// How many frames are lost by it.
        frames: u64,
    },
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
}

impl Connection {
    /// A connection at the start of its stream.
    pub fn new(stream: Stream, budget: Budget, limits: Limits) -> Self {
        Self { stream, budget, limits, partial: Vec::new(), charged: 0, draining: false }
    }

    /// The socket, to wait on.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Bytes that are held: of an incomplete frame, as a rule.
    pub fn partial(&self) -> &[u8] {
        &self.partial
    }

    /// What is to be told if the stream ends here, within a frame.
    pub fn truncated(&self) -> ConnectionError {
        let wanted = match next_frame(&self.partial, &self.limits) {
            Ok(Step::More { wanted }) => wanted,
            _ => HEADER,
        };
        ConnectionError::Truncated { have: self.partial.len(), wanted }
    }

    /// From now on, reads ask the kernel itself, so that `Drained` means that it holds nothing: what
    /// the runtime knows of a socket can lag behind.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Reads once from the socket and calls `on_frame` with each whole frame's payload, as long as
    /// it wants to go on; the frames that it leaves are given to it at the next call.
    pub fn read(
        &mut self,
        buffer: &mut ReadBuffer,
        mut on_frame: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Progress, ConnectionError> {
        let wanted = match next_frame(&self.partial, &self.limits)? {
            Step::More { wanted } => wanted,
            Step::Frame { .. } => {
                let left = std::mem::take(&mut self.partial);
                let rest = each_frame(&left, &self.limits, on_frame)?;
                self.keep(rest)?;
                return Ok(Progress::More);
            }
        };
        let held = self.partial.len();
        if wanted > buffer.bytes.len() || held > COPIED {
            return self.read_large(wanted, on_frame);
        }
        buffer.bytes[..held].copy_from_slice(&self.partial);
        let space = &mut buffer.bytes[held..];
        let room = space.len();
        let count = match read(&self.stream, self.draining, space) {
            Ok(0) => return self.end(wanted),
            Ok(count) => count,
            Err(error) => return blocked(error),
        };
        let rest = each_frame(&buffer.bytes[..held + count], &self.limits, &mut on_frame)?;
        self.keep(rest)?;
        let left = matches!(next_frame(rest, &self.limits), Ok(Step::Frame { .. }));
        Ok(if count < room && !left { Progress::Drained } else { Progress::More })
    }

    /// A frame larger than the worker's buffer is gathered in the connection's own.
    fn read_large(
        &mut self,
        wanted: usize,
        mut on_frame: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Progress, ConnectionError> {
        let held = self.partial.len();
        let space = (wanted - held).min(GROWTH);
        if !self.take(held + space) {
            return Err(ConnectionError::Budget { wanted, frames: 1 });
        }
        self.partial.resize(held + space, 0);
        let outcome = read(&self.stream, self.draining, &mut self.partial[held..]);
        self.partial.truncate(held + *outcome.as_ref().unwrap_or(&0));
        match outcome {
            Ok(0) => return self.end(wanted),
            Ok(_) => {}
            Err(error) => return blocked(error),
        }
        if self.partial.len() == wanted {
            let frame = std::mem::take(&mut self.partial);
            self.release();
            let _ = on_frame(&frame[HEADER..]); // it is the only one that is there
        }
        Ok(Progress::More)
    }

    fn end(&self, wanted: usize) -> Result<Progress, ConnectionError> {
        match self.partial.len() {
            0 => Ok(Progress::Closed),
            have => Err(ConnectionError::Truncated { have, wanted }),
        }
    }

    fn keep(&mut self, rest: &[u8]) -> Result<(), ConnectionError> {
        self.release();
        if rest.is_empty() {
            self.partial = Vec::new(); // an idle connection holds no memory
            return Ok(());
        }
        self.charge(rest)?;
        self.partial.clear();
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    /// Takes what `rest` needs from the budget. What can't be kept is counted.
    fn charge(&mut self, rest: &[u8]) -> Result<(), ConnectionError> {
        if self.take(rest.len()) {
            return Ok(());
        }
        let mut frames = 0;
        let last = each_frame(rest, &self.limits, |_| {
            frames += 1;
            ControlFlow::Continue(())
        })?;
        frames += u64::from(!last.is_empty());
        Err(ConnectionError::Budget { wanted: rest.len(), frames })
    }

    fn take(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(Budget::FREE).saturating_sub(self.charged);
        let taken = self.budget.take(more);
        if taken {
            self.charged += more;
        }
        taken
    }

    fn release(&mut self) {
        self.budget.give_back(std::mem::take(&mut self.charged));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.release();
    }
}

fn read(stream: &Stream, draining: bool, space: &mut [u8]) -> io::Result<usize> {
    if draining { stream.read_now(space) } else { stream.try_read(space) }
}

/// Calls `on_frame` for each whole frame; gives what is left.
fn each_frame<'b>(
    mut bytes: &'b [u8],
    limits: &Limits,
    mut on_frame: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<&'b [u8], FrameError> {
    while let Step::Frame { payload, rest } = next_frame(bytes, limits)? {
        bytes = rest;
        if on_frame(payload).is_break() {
            break;
        }
    }
    Ok(bytes)
}

fn blocked(error: io::Error) -> Result<Progress, ConnectionError> {
    match error.kind() {
        io::ErrorKind::WouldBlock => Ok(Progress::Drained),
        io::ErrorKind::Interrupted => Ok(Progress::More),
        _ => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
