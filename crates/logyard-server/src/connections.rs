use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use logyard_journal::{ClientId, JournalError};
use logyard_pickle::Limits;
use logyard_receivers::{Budget, Connection, ConnectionError, Listener, Progress, Stream};
use logyard_record::Received;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use crate::client::{self, Ack, Incoming, Known, Sent};
use crate::intake::{Frames, Intake, MOST_TEXT, Source};
use crate::journal::{format_again, replay};
use crate::lane::{Alive, Ended};
use crate::metrics::{Connected, Counted, Receiver, Traffic};
use crate::pipeline::{Pipeline, Recorded, Taken};
use crate::running::Running;

/// Memory for large frames under way, of all connections together. Senders of ordinary records do
/// not draw on it.
const PARTIAL_BYTES: usize = 64 << 20;

/// What one connection may put into the dead-letter file by what it sends.
pub(crate) const DEAD_LETTER_QUOTA: usize = 8 << 20;

/// How long the end of a frame is waited for when the server stops, and how often it is looked for.
const LAST_FRAME: Duration = Duration::from_secs(1);
const LAST_FRAME_POLL: Duration = Duration::from_millis(5);

/// Pause after `accept` has failed, when descriptors or memory ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a stopping server looks for connections that wait to be accepted. Not longer: clients
/// whose connection is closed come again at once.
const LAST_ACCEPTS: Duration = Duration::from_millis(100);

/// How long a start waits for what was replayed to be written.
const LAST_REPLAYED: Duration = Duration::from_secs(10);

/// Formatted text that may wait to be taken by lanes, of all connections together: what a reader may
/// make in one go, for each worker thread, and some more.
const TEXT_BYTES: usize = 32 << 20;

thread_local! {
    /// One for each worker thread, so that no connection holds buffers of its own.
    static INTAKE: RefCell<Option<Intake>> = const { RefCell::new(None) };
}

/// What all connections share.
pub(crate) struct Connections {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) limits: Limits,
    /// Clients that number their records.
    pub(crate) known: Arc<Known>,
    /// What they are told by an acknowledgement.
    pub(crate) ack: Ack,
    budget: Budget,
    room: Arc<Semaphore>,
    /// Room for formatted text that no lane has taken yet.
    text: Arc<Semaphore>,
    started: f64,
    pid: u32,
    /// Held by each connection, to know when the last one is done.
    alive: Alive,
    pub(crate) records: Arc<AtomicU64>,
    pub(crate) traffic: Arc<Traffic>,
}

impl Connections {
    /// At most `most` connections at a time, on `workers` threads. The second value tells when all are
    /// done.
    pub(crate) fn new(
        pipeline: Arc<Pipeline>,
        limits: Limits,
        ack: Ack,
        most: usize,
        workers: usize,
    ) -> (Self, Ended) {
        let (alive, done) = watch::channel(());
        let started = pipeline.shared.now();
        let connections = Connections {
            pipeline,
            limits,
            known: Arc::new(Known::default()),
            ack,
            budget: Budget::new(PARTIAL_BYTES),
            room: Arc::new(Semaphore::new(most)),
            text: Arc::new(Semaphore::new(TEXT_BYTES + workers * MOST_TEXT)),
            started,
            pid: std::process::id(),
            alive: Arc::new(alive),
            records: Arc::new(AtomicU64::new(0)),
            traffic: Arc::default(),
        };
        (connections, done)
    }

    /// The number of the last record that was taken from a client.
    pub(crate) fn last_of(&self, client: ClientId) -> u64 {
        let recorder = self.pipeline.shared.recorder.as_ref();
        let journaled = recorder.map_or(0, |recorder| recorder.lock().last_of(client));
        journaled.max(self.known.last(client))
    }

    /// What frames come from that `peer` sent at this time, in microseconds since 1970.
    pub(crate) fn source<'s>(
        &'s self,
        running: &Running,
        peer: &'s str,
        micros: i64,
        quota: usize,
    ) -> Source<'s> {
        Source {
            peer,
            trouble: &self.pipeline.shared.trouble,
            quota,
            received: Received {
                created: micros as f64 / 1e6,
                msecs: running.compat.milliseconds(micros),
                started: self.started,
                pid: self.pid,
            },
            keeps_frames: false,
            records: 0,
            counted: Counted::default(),
            aside: 0,
            hello: None,
        }
    }

    /// After a start: what the journal holds behind the record numbered `after`, and some file may lack,
    /// goes its way once more.
    pub(crate) async fn replay(&self, after: Option<u64>) -> Result<(), JournalError> {
        let Pipeline { shared, .. } = &*self.pipeline;
        let (Some(recorder), Some(after)) = (&shared.recorder, after) else { return Ok(()) };
        let records = replay(self, recorder, after).await?;
        if records > 0 {
            // so that the files are whole when it is told; one that hangs keeps nobody
            let _ = tokio::time::timeout(LAST_REPLAYED, self.pipeline.barrier()).await;
            tracing::info!("replayed {records} records of the journal, to complete the files");
        }
        self.pipeline.checkpoint().await;
        Ok(())
    }
}

/// Accepts connections until the server stops, and then those that wait already.
pub(crate) async fn accept(
    listener: Listener,
    connections: Arc<Connections>,
    mut stop: watch::Receiver<bool>,
) {
    let receiver = connections.traffic.receiver(&listener.address().to_string());
    while !*stop.borrow() {
        let next = async {
            let place = Arc::clone(&connections.room).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        tokio::select! {
            next = next => match next {
                Some((place, Ok((stream, peer)))) => {
                    spawn(stream, &peer, &receiver, &connections, stop.clone(), place);
                }
                Some((_, Err(error))) => {
                    connections.pipeline.shared.trouble.complain("accept-failed", || {
                        format!("a connection could not be accepted on {}: {error}", listener.address())
                    });
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                None => return, // the semaphore is never closed
            },
            _ = stop.changed() => {}
        }
    }
    if listener.is_inherited() {
        return; // they wait in systemd's socket for the next server
    }
    let deadline = Instant::now() + LAST_ACCEPTS;
    while let Ok(Ok((stream, peer))) = timeout_at(deadline, listener.accept()).await {
        let Ok(place) = Arc::clone(&connections.room).try_acquire_owned() else { return };
        spawn(stream, &peer, &receiver, &connections, stop.clone(), place);
    }
}

fn spawn(
    stream: Stream,
    peer: &str,
    receiver: &Arc<Receiver>,
    connections: &Arc<Connections>,
    stop: watch::Receiver<bool>,
    place: tokio::sync::OwnedSemaphorePermit,
) {
    let now = connections.pipeline.shared.now();
    let open = connections.traffic.open(receiver, peer, now);
    let connections = Arc::clone(connections);
    let alive = Arc::clone(&connections.alive);
    tokio::spawn(async move {
        serve_stream(stream, &open.connected, &connections, stop).await;
        drop((open, place, alive));
    });
}

/// Reads one connection to its end, or until the server stops.
pub(crate) async fn serve_stream(
    stream: Stream,
    connected: &Connected,
    connections: &Connections,
    mut stop: watch::Receiver<bool>,
) {
    let mut connection =
        Connection::new(stream, connections.budget.clone(), connections.limits.clone());
    let peer = connected.peer.as_str();
    let mut quota = DEAD_LETTER_QUOTA;
    let mut hello = None;
    while !*stop.borrow() {
        tokio::select! {
            _ = connection.stream().readable() => {} // an error shows up in the read
            _ = stop.changed() => {}
        }
        match read_all(&mut connection, connected, connections, &mut quota, &mut hello).await {
            Ok(Progress::Closed) => return,
            Ok(_) => {}
            Err(error) => return complain(peer, connections, &connection, &error),
        }
        if let Some(hello) = hello {
            return client::serve(connection, &hello, connected, connections, stop).await;
        }
    }
    // The server stops: what the kernel holds is read. If that ends within a frame, the rest of it
    // is on the way.
    connection.drain();
    let deadline = Instant::now() + LAST_FRAME;
    loop {
        match read_all(&mut connection, connected, connections, &mut quota, &mut hello).await {
            Ok(Progress::Closed) => return,
            // a client that has said hello just now has sent nothing that counts
            Ok(_) if hello.is_some() => return,
            Ok(_) if connection.partial().is_empty() => return,
            Ok(_) if Instant::now() >= deadline => {
                return complain(peer, connections, &connection, &connection.truncated());
            }
            Ok(_) => tokio::time::sleep(LAST_FRAME_POLL).await,
            Err(error) => return complain(peer, connections, &connection, &error),
        }
    }
}

/// Reads until the kernel holds nothing more of this connection, or its client says hello.
async fn read_all(
    connection: &mut Connection,
    connected: &Connected,
    connections: &Connections,
    quota: &mut usize,
    hello: &mut Option<Vec<u8>>,
) -> Result<Progress, ConnectionError> {
    loop {
        let from = From { peer: &connected.peer, connected, client: None, quota, hello };
        match read_once(connection, connections, from).await?.0 {
            Progress::More if hello.is_none() => tokio::task::yield_now().await, // others want to be read, too
            progress => return Ok(progress),
        }
    }
}

/// Whom a connection is read from.
pub(crate) struct From<'a> {
    pub(crate) peer: &'a str,
    /// What is counted of its connection.
    pub(crate) connected: &'a Connected,
    /// One that numbers its records.
    pub(crate) client: Option<(ClientId, &'a mut Incoming)>,
    /// Bytes of dead letters that it may still cause.
    pub(crate) quota: &'a mut usize,
    /// A hello, if one came.
    pub(crate) hello: &'a mut Option<Vec<u8>>,
}

/// Reads a connection once and sends what came on its way. Nothing is sent if a client that numbers its
/// records had better keep them.
pub(crate) async fn read_once(
    connection: &mut Connection,
    connections: &Connections,
    from: From<'_>,
) -> Result<(Progress, Option<Sent>), ConnectionError> {
    let pipeline = &connections.pipeline;
    let From { peer, connected, mut client, quota, hello } = from;
    // room for the text before it is made: what lanes do not take must not grow
    let most = MOST_TEXT as u32;
    let Ok(mut room) = Arc::clone(&connections.text).acquire_many_owned(most).await else {
        return Ok((Progress::Closed, None)); // the semaphore is never closed
    };
    // gone only when the server has given up waiting for this connection
    let Some(running) = pipeline.running() else {
        let whole = connection.partial().is_empty();
        return if whole { Ok((Progress::Closed, None)) } else { Err(connection.truncated()) };
    };
    let (progress, batches, taken) = with_intake(connections, |intake| {
        let micros = pipeline.shared.clock.micros();
        let live = pipeline.shared.live.wants(micros);
        let mut source = connections.source(&running, peer, micros, *quota);
        source.keeps_frames = pipeline.shared.recorder.is_some() || live;
        let (buffer, mut on_frame) = intake.parts(&running, &pipeline.shared.pool, &mut source);
        let limits = &connections.limits;
        let progress = match &mut client {
            None => connection.read(buffer, &mut on_frame),
            Some((_, incoming)) if incoming.is_interrupted() => {
                let _ = incoming.go_on(limits, &mut on_frame); // what is left waits for the next time
                Ok(Progress::More)
            }
            Some((_, incoming)) => {
                connection.read(buffer, |payload| incoming.message(payload, limits, &mut on_frame))
            }
        };
        drop(on_frame);
        (*quota, *hello) = (source.quota, source.hello);
        connections.records.fetch_add(source.records, Ordering::Relaxed);
        let client = client.as_ref().map(|(id, incoming)| (*id, incoming.last));
        connections.traffic.add(connected, &source.counted);
        let (counted, frames) = (source.counted, intake.take_frames());
        let taken = Taken { micros, peer, client, live, counted, frames };
        let mut batches = intake.take_batches();
        for (_, batch) in &mut batches {
            batch.created = counted.created;
        }
        (progress, batches, taken)
    });
    let made: usize = batches.iter().map(|(_, batch)| batch.text.len()).sum();
    drop(room.split(MOST_TEXT.saturating_sub(made)));
    let sent = match &pipeline.shared.recorder {
        None => {
            if let Some((id, last)) = taken.client {
                connections.known.took(id, last, taken.micros);
            }
            let frames = Some(&taken.frames).filter(|_| taken.live);
            let (records, micros) = (taken.counted.records(), taken.micros);
            pipeline.shared.live.publish(None, records, frames, peer, micros);
            give_back(taken.frames);
            Some(pipeline.deliver(&running, batches).await)
        }
        Some(recorder) => {
            if let (Some((id, last)), 0) = (taken.client, taken.frames.records) {
                // all of them were set aside: the journal has no entry to say so
                connections.known.took(id, last, taken.micros);
            }
            let (mut running, mut batches, mut taken) = (running, batches, taken);
            loop {
                match pipeline.record(recorder, &running, batches, taken).await {
                    Recorded::Sent(frames, sent) => {
                        give_back(frames);
                        break sent;
                    }
                    Recorded::Outdated(again, now) => {
                        batches = with_intake(connections, |intake| {
                            format_again(connections, &now, intake, &again, *quota)
                        });
                        (running, taken) = (now, again);
                    }
                }
            }
        }
    };
    Ok((progress?, sent))
}

fn with_intake<T>(connections: &Connections, act: impl FnOnce(&mut Intake) -> T) -> T {
    INTAKE.with_borrow_mut(|intake| {
        act(intake.get_or_insert_with(|| Intake::new(&connections.limits)))
    })
}

/// Lets the intake of this thread use a buffer again.
fn give_back(frames: Frames) {
    INTAKE.with_borrow_mut(|intake| {
        if let Some(intake) = intake {
            intake.give_back(frames);
        }
    });
}

/// Tells why a connection has ended.
pub(crate) fn complain(
    peer: &str,
    connections: &Connections,
    connection: &Connection,
    error: &ConnectionError,
) {
    let trouble = &connections.pipeline.shared.trouble;
    match error {
        ConnectionError::Frame(_) => trouble.complain("not-frames", || {
            format!("the connection from {peer} was closed: {error}; is it a logging.handlers.SocketHandler?")
        }),
        ConnectionError::Budget { frames, .. } => trouble.lost("no-memory", *frames, || {
            format!("the connection from {peer} was closed: {error}")
        }),
        ConnectionError::Truncated { .. } => trouble.lost("truncated", 1, || {
            format!("the connection from {peer} ended within a record: {error}")
        }),
        ConnectionError::Io(_) if connection.partial().is_empty() => {
            trouble.complain("connection-failed", || format!("the connection from {peer} broke: {error}"));
        }
        ConnectionError::Io(_) => trouble.lost("truncated", 1, || {
            format!("the connection from {peer} broke within a record: {error}")
        }),
    }
}
