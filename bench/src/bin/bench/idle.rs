//! The memory of a server that holds many connections where nothing happens.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::corpus::Corpus;
use crate::output::records;
use crate::process;
use crate::server::{Kind, Programs, Server, Setup};

/// What was found.
pub(crate) enum Idle {
    Measured {
        connections: usize,
        /// Resident memory before the first connection, in bytes
        before: u64,
        /// With all connections, each of which has sent one record
        after: u64,
    },
    /// And why
    Skipped(String),
}

/// What a process has open besides the connections.
const OTHER_FILES: usize = 100;

/// How long one connection may take, and how long the server may take to have all.
const PATIENCE: Duration = Duration::from_secs(20);

/// Raises the soft limit on open files to the hard one, here and so in the servers; the limit.
pub(crate) fn raise_open_files() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it fails the old one stays, and counts.
    let _ = setrlimit(Resource::Nofile, limit);
    let now = getrlimit(Resource::Nofile).current;
    now.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}

pub(crate) fn run(
    connections: usize,
    limit: usize,
    programs: &Programs,
    corpus: &Corpus,
    folder: &Path,
) -> Result<Idle> {
    if connections + OTHER_FILES > limit {
        return Ok(Idle::Skipped(format!("this process may open {limit} files")));
    }
    let setup = Setup { kind: Kind::Logyard, config: &corpus.config, cores: None };
    let mut server = Server::start(setup, programs, folder)?;
    measure(connections, corpus, &server)
        .with_context(|| format!("its last lines on stderr:\n{}", server.end()))
}

fn measure(connections: usize, corpus: &Corpus, server: &Server) -> Result<Idle> {
    let before = process::resident(server.pid())?;
    let files = process::open_files(server.pid())?;
    let frames: Vec<_> = corpus.first(connections).collect();
    let mut held = Vec::with_capacity(connections);
    for (number, frame) in (1..=connections).zip(frames.iter().cycle()) {
        let mut stream = TcpStream::connect_timeout(&server.address, PATIENCE)
            .with_context(|| format!("connection {number}"))?;
        stream.write_all(frame)?;
        held.push(stream);
    }
    let begin = Instant::now();
    while process::open_files(server.pid())? < files + connections {
        ensure!(begin.elapsed() < PATIENCE, "it doesn't accept all connections");
        thread::sleep(Duration::from_millis(10));
    }
    while server.logs.read()?.values().map(|text| records(text).count()).sum::<usize>()
        < connections
    {
        ensure!(begin.elapsed() < PATIENCE, "it doesn't write a record of each connection");
        thread::sleep(Duration::from_millis(50));
    }
    // What it frees or closes when it has nothing to do, it does now.
    thread::sleep(Duration::from_secs(1));
    ensure!(process::open_files(server.pid())? >= files + connections, "connections were closed");
    let after = process::resident(server.pid())?;
    Ok(Idle::Measured { connections, before, after })
}
