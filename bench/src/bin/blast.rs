//! Sends a corpus to a log server, as fast as it takes it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use logyard_bench::{End, Slice, count, deal_out, frame_end, line_end};

/// Sends the frames of a file over several connections: each gets a contiguous slice of them and
/// sends it again and again. Prints the seconds until the server has closed all, bytes, records.
#[derive(Parser)]
struct Arguments {
    /// The server's address
    server: SocketAddr,
    /// How many connections, at once
    connections: usize,
    /// How often each slice is sent
    repeats: usize,
    /// The frames
    frames: PathBuf,
    /// The file has lines, not frames
    #[arg(long)]
    lines: bool,
}

/// What one write takes at the most: a client's socket buffer, about.
const WRITE: usize = 64 * 1024;

/// A server that takes nothing for so long is taken for stuck.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let frames = std::fs::read(&arguments.frames).context("can't read the frames")?;
    let end: End = if arguments.lines { line_end } else { frame_end };
    let slices = deal_out(&frames, arguments.connections, end);
    let sent = slices.last().map_or(0, |slice| slice.end);
    ensure!(sent == frames.len(), "the file ends inside a frame, at byte {sent}");
    let records = count(&frames, end) * arguments.repeats;

    let start = Instant::now();
    thread::scope(|scope| {
        let senders: Vec<_> =
            slices.iter().map(|slice| scope.spawn(|| send(&arguments, &frames, slice))).collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().map_err(|_| anyhow!("a sender panicked"))?)
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = frames.len() * arguments.repeats;
    writeln!(std::io::stdout(), "{seconds:.6} {bytes} {records}")?;
    Ok(())
}

fn send(arguments: &Arguments, frames: &[u8], slice: &Slice) -> Result<()> {
    let mut stream = TcpStream::connect(arguments.server)
        .with_context(|| format!("can't connect to {}", arguments.server))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let slice = frames.get(slice.clone()).unwrap_or_default();
    for _ in 0..arguments.repeats {
        for piece in slice.chunks(WRITE) {
            stream.write_all(piece).context("can't send")?;
        }
    }
    stream.shutdown(Shutdown::Write)?;
    // The server has read all when it closes too.
    match stream.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(anyhow!("the server answered")),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(()),
        Err(error) => Err(error).context("the server didn't close the connection"),
    }
}
