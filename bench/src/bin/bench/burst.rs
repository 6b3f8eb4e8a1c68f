//! How a server uses more cores: what waits in the kernel's buffers, while the sender is done, is taken by a server
//! that has so many of them.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use logyard_bench::{count, deal_out, frame_end};
use rustix::process::Signal;

use crate::corpus::Corpus;
use crate::output;
use crate::server::{Kind, Programs, Server, Setup};

/// So that each connection's part fits the kernel's buffers.
const CONNECTIONS: usize = 64;

/// A part that does not fit is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Records a second of logyard on so many cores.
pub(crate) fn run(
    cores: usize,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<f64> {
    let setup = Setup { kind: Kind::Logyard, config: &corpus.config, cores: Some(cores) };
    let mut server = Server::start(setup, programs, folder)?;
    let streams: Vec<TcpStream> =
        (0..CONNECTIONS).map(|_| TcpStream::connect(server.address)).collect::<Result<_, _>>()?;
    thread::sleep(Duration::from_millis(200)); // until all are accepted
    server.signal(Signal::STOP)?;
    let slices = deal_out(&corpus.frames, CONNECTIONS, frame_end);
    let sent = thread::scope(|scope| {
        let senders: Vec<_> = streams
            .iter()
            .zip(&slices)
            .map(|(mut stream, slice)| {
                scope.spawn(move || {
                    stream.set_write_timeout(Some(PATIENCE))?;
                    stream.write_all(corpus.frames.get(slice.clone()).unwrap_or_default())
                })
            })
            .collect();
        senders.into_iter().try_for_each(|sender| {
            sender
                .join()
                .map_err(|_| anyhow!("a sender panicked"))?
                .context("the kernel's buffers are too small")
        })
    });
    server.signal(Signal::CONT)?;
    let begin = Instant::now();
    sent?;
    let seconds = server.logs.wait_for(corpus.text_bytes)?.duration_since(begin).as_secs_f64();
    drop(streams);
    let ended = server.stop()?;
    ensure!(ended.success(), "it ended with {ended}");
    output::compare(&corpus.texts, 1, &server.logs.read()?)?;
    Ok(count(&corpus.frames, frame_end) as f64 / seconds)
}
