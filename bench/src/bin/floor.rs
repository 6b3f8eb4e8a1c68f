//! The floor of the job: what a log server must do at the least.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use logyard_bench::frame_end;
use rustix::event::{Timespec, epoll};

/// Reads frames from every connection and writes one line of fixed text for each to FILE. Prints
/// `listening on ADDRESS` on stderr.
#[derive(Parser)]
struct Arguments {
    /// Where the lines go
    file: PathBuf,
    /// The port on 127.0.0.1; 0 for one that is free
    #[arg(default_value_t = 0)]
    port: u16,
}

/// A mean line of the corpus.
const LINE: [u8; 95] = {
    let mut line = [b'x'; 95];
    line[94] = b'\n';
    line
};

/// What one connection may hold; a frame has to fit.
const CONNECTION: usize = 256 * 1024;

/// Lines are written when so many bytes of them wait, or when nothing has come for [`PAUSE`].
const OUTPUT: usize = 64 * 1024;
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

/// The event of the listening socket; the others are the connections' indices.
const LISTENER: u64 = u64::MAX;

struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
    filled: usize,
}

struct Output {
    file: File,
    buffer: Vec<u8>,
}

impl Output {
    fn line(&mut self) -> Result<()> {
        if self.buffer.len() + LINE.len() > OUTPUT {
            self.flush()?;
        }
        self.buffer.extend_from_slice(&LINE);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.buffer).context("can't write")?;
        self.buffer.clear();
        Ok(())
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&arguments.file)
        .with_context(|| format!("can't open {}", arguments.file.display()))?;
    let mut output = Output { file, buffer: Vec::with_capacity(OUTPUT) };
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).context("can't listen")?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
    writeln!(std::io::stderr(), "listening on {}", listener.local_addr()?)?;

    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut events = Vec::with_capacity(64);
    loop {
        let pause = (!output.buffer.is_empty()).then_some(&PAUSE);
        events.clear();
        match epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), pause) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error).context("can't wait"),
        }
        if events.is_empty() {
            output.flush()?;
        }
        for event in &events {
            let index = event.data.u64();
            if index == LISTENER {
                let (stream, _) = listener.accept().context("can't accept")?;
                let data = epoll::EventData::new_u64(connections.len() as u64);
                epoll::add(&epoll, &stream, data, epoll::EventFlags::IN)?;
                let buffer = vec![0; CONNECTION].into_boxed_slice();
                connections.push(Some(Connection { stream, buffer, filled: 0 }));
            } else if let Some(slot) = connections.get_mut(index as usize) {
                let open = match slot {
                    Some(connection) => read(connection, &mut output)?,
                    None => continue,
                };
                if !open {
                    *slot = None;
                }
            }
        }
    }
}

/// Reads once; false at the end of the stream.
fn read(connection: &mut Connection, output: &mut Output) -> Result<bool> {
    let Connection { stream, buffer, filled } = connection;
    match stream.read(buffer.get_mut(*filled..).unwrap_or_default()) {
        Ok(0) => return Ok(false),
        Ok(count) => *filled += count,
        Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
        Err(_) => return Ok(false),
    }
    let data = buffer.get(..*filled).unwrap_or_default();
    let mut start = 0;
    while let Some(end) = frame_end(data, start) {
        output.line()?;
        start = end;
    }
    buffer.copy_within(start..*filled, 0);
    *filled -= start;
    Ok(true)
}
