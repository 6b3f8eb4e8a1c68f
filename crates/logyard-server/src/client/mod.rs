//! Clients that number their records and are told what was taken: the acknowledged protocol.

mod acks;
mod incoming;
mod known;
mod message;

use std::ops::ControlFlow;
use std::time::Duration;

use logyard_crash as crash;
use logyard_receivers::{Connection, ConnectionError, Progress};
use tokio::sync::watch;
use tokio::time::Instant;

pub use acks::Ack;
use acks::Acks;
pub(crate) use acks::{Sent, Ticket};
pub(crate) use incoming::Incoming;
pub(crate) use known::Known;
pub(crate) use message::is_hello;

use crate::connections::{Connections, DEAD_LETTER_QUOTA, From, complain, read_once};
use crate::metrics::Connected;
use known::Turn;
use message::{Hello, Message};

/// Takes messages as a session does, and gives how many records it would have taken; for the fuzz target.
#[doc(hidden)]
pub fn look_at(messages: &[&[u8]]) -> u64 {
    let (limits, mut incoming, mut taken) =
        (logyard_pickle::Limits::default(), Incoming::new(0), 0);
    for payload in messages {
        let _ = message::read(payload);
        let before = incoming.last;
        let mut each = |_: &[u8]| {
            taken += 1;
            if taken % 3 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let _ = incoming.message(payload, &limits, &mut each);
        while incoming.is_interrupted() {
            let _ = incoming.go_on(&limits, &mut each);
        }
        assert!(incoming.last >= before, "numbers went back");
        if incoming.problem.is_some() {
            break;
        }
    }
    taken
}

/// Bytes that a client may send beyond what was acknowledged: enough to keep both ends busy while an
/// acknowledgement is on its way.
const CREDIT: u64 = 4 << 20;

/// How often it is looked whether something can be acknowledged; the protocol promises 100 ms.
const LOOK: Duration = Duration::from_millis(20);

/// How long a server that stops waits for what it could acknowledge.
const LAST_ACKS: Duration = Duration::from_secs(2);

/// How long a client may take none of the acknowledgements.
const DEAF: Duration = Duration::from_secs(60);

/// A connection whose client has said hello.
struct Session<'c> {
    connection: Connection,
    connections: &'c Connections,
    connected: &'c Connected,
    peer: String,
    incoming: Incoming,
    turn: Turn,
    hello: Hello,
    acks: Acks,
    /// What the client has not taken yet.
    out: Vec<u8>,
    /// Since when it takes nothing.
    deaf: Option<Instant>,
}

/// Serves a client to its end, or until the server stops.
pub(crate) async fn serve(
    connection: Connection,
    hello: &[u8],
    connected: &Connected,
    connections: &Connections,
    mut stop: watch::Receiver<bool>,
) {
    let peer = connected.peer.as_str();
    let hello = match message::read(hello) {
        Ok(Message::Hello(hello)) => hello,
        Ok(_) => return refuse(&connection, peer, connections, "a hello comes first"),
        Err(problem) => return refuse(&connection, peer, connections, &problem),
    };
    let Some(turn) = connections.known.turn(hello.client).await else {
        let problem = "this client has another connection that does not end";
        return refuse(&connection, peer, connections, problem);
    };
    let last = connections.last_of(hello.client);
    let ack = connections.ack;
    let frame = connections.limits.frame_bytes;
    let out = message::welcome(ack.name(), last, CREDIT, frame);
    let synced = connections.pipeline.shared.recorder.as_ref().map(|recorder| recorder.synced());
    let mut acks = Acks::new(ack, synced.unwrap_or_default());
    if last > 0 {
        // what came by an earlier connection, and may not have been acknowledged there
        acks.sent(last, 0, connections.pipeline.sent());
    }
    let peer =
        if hello.about.is_empty() { peer.into() } else { format!("{peer} ({})", hello.about) };
    let incoming = Incoming::new(last);
    let mut session = Session {
        connection,
        connections,
        connected,
        peer,
        incoming,
        turn,
        hello,
        acks,
        out,
        deaf: None,
    };
    session.run(&mut stop).await;
}

/// Tells the client what is wrong, as far as it takes it at once, and ends.
fn refuse(connection: &Connection, peer: &str, connections: &Connections, problem: &str) {
    let _ = connection.stream().try_write(&message::error(problem)); // it is closed in any case
    connections
        .pipeline
        .shared
        .trouble
        .complain("bad-client", || format!("the connection from {peer} was closed: {problem}"));
}

impl Session<'_> {
    async fn run(&mut self, stop: &mut watch::Receiver<bool>) {
        let mut quota = DEAD_LETTER_QUOTA;
        let mut stopping: Option<Instant> = None;
        loop {
            if !self.speak() {
                return;
            }
            let waits = !self.acks.is_empty() || !self.out.is_empty();
            tokio::select! {
                _ = self.connection.stream().readable(), if stopping.is_none() && !self.is_full() => {}
                () = tokio::time::sleep(LOOK), if waits || stopping.is_some() => {}
                () = self.turn.is_over() => return,
                _ = stop.changed(), if stopping.is_none() => {
                    self.connection.drain();
                    stopping = Some(Instant::now() + LAST_ACKS);
                }
            }
            if stopping.is_none() && self.is_full() {
                continue;
            }
            let ended = match self.read(&mut quota, stopping.is_some()).await {
                Ok(Progress::Closed) => true,
                Ok(_) => false,
                Err(error) => {
                    return complain(&self.peer, self.connections, &self.connection, &error);
                }
            };
            if let Some(problem) = self.incoming.problem.take() {
                return refuse(&self.connection, &self.peer, self.connections, &problem);
            }
            let late = stopping.is_some_and(|end| self.is_told() || Instant::now() >= end);
            if ended || late {
                self.speak();
                return;
            }
        }
    }

    /// Whether so much is unacknowledged that nothing more is read.
    fn is_full(&self) -> bool {
        self.acks.is_full(CREDIT)
    }

    /// Whether the client knows all that there is to say.
    fn is_told(&self) -> bool {
        self.acks.is_empty() && self.out.is_empty()
    }

    /// Acknowledges what can be, as far as the client listens; false if it will not listen any more.
    fn speak(&mut self) -> bool {
        if self.out.is_empty()
            && let Some(number) = self.acks.due()
        {
            crash::here("ack-before");
            self.out = message::ack(number, CREDIT);
        }
        while !self.out.is_empty() {
            match self.connection.stream().try_write(&self.out) {
                Ok(count) => {
                    self.out.drain(..count.min(self.out.len()));
                    self.deaf = None;
                    crash::here("ack-after");
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return self.deaf.get_or_insert_with(Instant::now).elapsed() < DEAF;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return false, // it comes again
            }
        }
        true
    }

    /// Takes all that the kernel holds of this connection.
    async fn read(
        &mut self,
        quota: &mut usize,
        to_the_end: bool,
    ) -> Result<Progress, ConnectionError> {
        loop {
            if self.is_full() && !to_the_end {
                return Ok(Progress::Drained);
            }
            let before = self.incoming.last;
            let client = self.hello.client;
            let from = From {
                peer: &self.peer,
                connected: self.connected,
                client: Some((client, &mut self.incoming)),
                quota: &mut *quota,
                hello: &mut None,
            };
            let (progress, sent) = read_once(&mut self.connection, self.connections, from).await?;
            let Some(sent) = sent else {
                if self.incoming.last != before {
                    // the client keeps it, and comes again
                    let problem = "the server's journal can't take records; try again later";
                    self.incoming.problem = Some(problem.into());
                    self.incoming.last = before;
                    return Ok(Progress::Drained);
                }
                return Ok(progress); // the server has given up waiting for this connection
            };
            let bytes = std::mem::take(&mut self.incoming.bytes) as u64;
            if bytes > 0 || self.incoming.last != before {
                self.acks.sent(self.incoming.last, bytes, sent);
            }
            if self.incoming.problem.is_some() {
                return Ok(Progress::Drained);
            }
            match progress {
                Progress::More => {
                    self.speak();
                    tokio::task::yield_now().await; // others want to be read, too
                }
                progress => return Ok(progress),
            }
        }
    }
}
