use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use logyard_config::Plan;
use logyard_journal::{JournalError, Sync};
use logyard_libc::Zone;
use logyard_pickle::Limits;
use logyard_receivers::{Address, ListenError, Listener};
use logyard_rotate::Clock;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::batch::Pool;
use crate::client::Ack;
use crate::connections::{Connections, accept};
use crate::dead_letters::DeadLetters;
use crate::journal::{JournalSetup, Recorder};
use crate::lane::{Ended, all_ended};
use crate::live::Live;
use crate::pipeline::Pipeline;
use crate::rotation::{self, Own, Rotation};
use crate::shared::{Shared, compressor};
use crate::start::StartError;
use crate::state::{StateError, StateFolder};
use crate::systemd;
use crate::trouble::Trouble;
use crate::views::{Attach, Views};

/// How long connections are read on after the signal to stop: what the kernel holds is a few
/// megabytes each, and a sender that never stops must not keep the server up.
const LAST_READS: Duration = Duration::from_secs(10);

/// How long the lanes may take to write what they have.
const LAST_WRITES: Duration = Duration::from_secs(30);

/// The same after a second signal: what works is written in that time.
const INSISTED: Duration = Duration::from_secs(1);

/// How often the cursors are kept: what has to be replayed after a kill is what came since.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// How long the log that is being rotated may take: a large one that is compressed takes longer.
const LAST_ROTATION: Duration = Duration::from_secs(5);
/// The file with what is known of clients that number their records, from one server without a journal
/// to the next.
const CLIENTS: &str = "clients";

/// Descriptors that connections must leave for files and for the server itself.
const OWN_DESCRIPTORS: usize = 256;

/// What a server is started with.
pub struct Setup {
    /// Where to listen, besides what systemd passes. Empty and nothing passed: the default address.
    pub addresses: Vec<Address>,
    /// Listening sockets that `logyard run` passes, besides.
    pub passed: Vec<OwnedFd>,
    /// Gets a byte when the server listens.
    pub ready: Option<OwnedFd>,
    /// Whether addresses that other machines can reach are meant.
    pub allow_remote: bool,
    /// The folder for the state of all servers: `--state`.
    pub state: Option<PathBuf>,
    /// The journal, if one is to be kept.
    pub journal: Option<JournalSetup>,
    /// What clients that number their records are told by an acknowledgement; if nothing is said, that
    /// they are in the synced journal, or in their files if there is none that is synced.
    pub ack: Option<Ack>,
    /// The zone of times in the files.
    pub zone: Zone,
    /// Whether records below their logger's level are dropped; the cookbook's server does not.
    pub apply_logger_levels: bool,
    /// Configurations of logrotate to be carried out by the server.
    pub rotate: Vec<PathBuf>,
    /// Bounds on what a sender may cost.
    pub limits: Limits,
    /// Shows what the server does, to people and monitors.
    pub attach: Option<Attach>,
    /// Reads the configuration again. It has told the user of what is wrong when it gives none.
    pub reload: Box<dyn Fn() -> Option<Loaded> + Send>,
}

impl Setup {
    /// Whether there is a journal that is synced to the disk.
    pub fn syncs_journal(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.sync != Sync::Never)
    }

    /// What is said of a record when it is acknowledged.
    fn ack(&self) -> Ack {
        let best = if self.syncs_journal() { Ack::Synced } else { Ack::Written };
        self.ack.unwrap_or(best)
    }
}

/// What a configuration says.
pub struct Loaded {
    /// What is to run.
    pub plan: Plan,
    /// With no configuration: the folder with a file for each logger.
    pub folder: Option<PathBuf>,
}

/// The server could not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Other machines could reach the server, which knows neither TLS nor passwords.
    #[error(
        "{0} can be reached from other machines, and whoever reaches it can write to your logs; use `127.0.0.1`, or say `--allow-remote` if the network is trusted"
    )]
    Remote(Address),
    /// See [`ListenError`].
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// See [`StateError`].
    #[error(transparent)]
    State(#[from] StateError),
    /// See [`JournalError`].
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// See [`StartError`].
    #[error(transparent)]
    Start(#[from] StartError),
    /// What would show the server's work can't.
    #[error("{0}")]
    Attach(crate::views::AttachError),
    /// The system refuses what every server needs.
    #[error("cannot start: {0}")]
    Io(#[from] std::io::Error),
    /// A file took too long: its last records are not in it.
    #[error("stopped, but a file took nothing for too long: see the dead letters")]
    NotWritten,
}

/// Runs a server until SIGTERM or SIGINT, with the configuration that was `loaded` to begin with.
pub fn serve(mut setup: Setup, loaded: Loaded) -> Result<(), ServeError> {
    let mut inherited = logyard_libc::inherited_fds();
    inherited.append(&mut setup.passed);
    let descriptors = raise_descriptor_limit();
    if let (Some(address), false) =
        (setup.addresses.iter().find(|address| !address.is_local()), setup.allow_remote)
    {
        return Err(ServeError::Remote(address.clone()));
    }
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("logyard")
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        let mut listeners = Vec::new();
        for fd in inherited {
            listeners.push(Listener::from_inherited(fd)?);
        }
        let mut addresses = setup.addresses.clone();
        if addresses.is_empty() && listeners.is_empty() {
            addresses.push(Address::default());
        }
        for address in &addresses {
            listeners.push(Listener::bind(address)?);
        }
        let attach = setup.attach.take();
        let mut server = Server::start(&setup, loaded, listeners, descriptors, workers).await?;
        server.attach(attach)?;
        server.run(&setup).await
    });
    // a lane that hangs in a write must not keep the process
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

struct Server {
    pipeline: Arc<Pipeline>,
    connections: Arc<Connections>,
    connections_done: Ended,
    /// Until connections are accepted.
    listeners: Vec<Listener>,
    acceptors: tokio::task::JoinSet<()>,
    stop: watch::Sender<bool>,
    /// With a journal: lets the cursors be kept. Ends with this value.
    _checkpoints: tokio::task::JoinSet<()>,
    signals: Signals,
    state: StateFolder,
    rotation: Option<Rotation>,
    views: Views,
    /// Who shows them.
    attached: Option<Box<dyn Send>>,
    /// For `systemctl status` and the server's own log.
    listening: String,
}

struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
    usr1: Signal,
}

impl Signals {
    /// The user insists: what can't be done at once is not waited for.
    async fn second(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

impl Server {
    async fn start(
        setup: &Setup,
        loaded: Loaded,
        listeners: Vec<Listener>,
        descriptors: usize,
        workers: usize,
    ) -> Result<Server, ServeError> {
        let signals = Signals {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
            usr1: signal(SignalKind::user_defined1())?,
        };
        let addresses: Vec<&Address> = listeners.iter().map(Listener::address).collect();
        let base = StateFolder::base(setup.state.as_deref(), |name| std::env::var(name).ok())?;
        let first = addresses.first().map_or_else(Address::default, |first| (*first).clone());
        let state = StateFolder::open(&base, &first)?;
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let listening = format!("listening on {}", names.join(", "));
        let letters = DeadLetters::new(state.file("dead-letters.jsonl"));
        let trouble = Arc::new(Trouble::new(Some(letters)));
        let clock = Clock::System;
        let recorder = match &setup.journal {
            Some(setup) => {
                let now = clock.micros().unsigned_abs();
                let recorder = Arc::new(Recorder::open(setup.clone(), now, &trouble)?);
                state.link("journal", &setup.folder)?; // for `logyard search`
                Some(recorder)
            }
            None => None,
        };
        let shared = Shared {
            compressor: compressor(&trouble),
            trouble,
            pool: Arc::new(Pool::default()),
            clock,
            zone: setup.zone.clone(),
            apply_logger_levels: setup.apply_logger_levels,
            lag: Arc::default(),
            live: Arc::new(Live::new(recorder.as_ref().map_or(0, |r| r.lock().end()) + 1)),
            recorder,
        };
        let (pipeline, replay_from) = Pipeline::start(&loaded.plan, loaded.folder, shared).await?;
        let pipeline = Arc::new(pipeline);
        let most = descriptors.saturating_sub(OWN_DESCRIPTORS + loaded.plan.handlers.len()).max(16);
        let (connections, connections_done) = Connections::new(
            Arc::clone(&pipeline),
            setup.limits.clone(),
            setup.ack(),
            most,
            workers,
        );
        let connections = Arc::new(connections);
        connections.known.load(&state.file(CLIENTS));
        connections.replay(replay_from).await?;
        let views = Views {
            live: Arc::clone(&pipeline.shared.live),
            traffic: Arc::clone(&connections.traffic),
            pipeline: Arc::downgrade(&pipeline),
            started: pipeline.shared.now(),
            ready: Arc::default(),
        };
        let (stop, _) = watch::channel(false);
        let mut checkpoints = tokio::task::JoinSet::new();
        if pipeline.shared.recorder.is_some() {
            let pipeline = Arc::clone(&pipeline);
            checkpoints.spawn(async move {
                loop {
                    tokio::time::sleep(CHECKPOINT).await;
                    pipeline.checkpoint().await;
                }
            });
        }
        Ok(Server {
            pipeline,
            connections,
            connections_done,
            listeners,
            acceptors: tokio::task::JoinSet::new(),
            stop,
            _checkpoints: checkpoints,
            signals,
            state,
            rotation: None,
            views,
            attached: None,
            listening,
        })
    }

    async fn run(mut self, setup: &Setup) -> Result<(), ServeError> {
        self.start_rotation(setup)?;
        for listener in std::mem::take(&mut self.listeners) {
            let connections = Arc::clone(&self.connections);
            self.acceptors.spawn(accept(listener, connections, self.stop.subscribe()));
        }
        self.views.ready.store(true, Ordering::SeqCst);
        tracing::info!("{}", self.listening);
        systemd::ready(&self.listening);
        if let Some(ready) = &setup.ready {
            let _ = rustix::io::write(ready, b"1"); // whoever waited is gone, and so is the need
        }
        let mut sums = tokio::time::interval(Duration::from_secs(1));
        let watchdog = systemd::watchdog();
        tokio::pin!(watchdog);
        loop {
            tokio::select! {
                _ = self.signals.term.recv() => break,
                _ = self.signals.int.recv() => break,
                _ = self.signals.hup.recv() => self.reload(setup).await,
                _ = self.signals.usr1.recv() => {
                    self.pipeline.reopen();
                    tracing::info!("SIGUSR1: the files are opened again");
                }
                _ = sums.tick() => self.pipeline.shared.trouble.tell_sums(false),
                () = &mut watchdog => {}
            }
        }
        self.shut_down().await
    }

    fn attach(&mut self, attach: Option<Attach>) -> Result<(), ServeError> {
        let Some(attach) = attach else {
            self.views.live.turn_off();
            return Ok(());
        };
        let attached = attach(&self.state.file(""), self.views.clone());
        self.attached = Some(attached.map_err(ServeError::Attach)?);
        Ok(())
    }

    fn start_rotation(&mut self, setup: &Setup) -> Result<(), ServeError> {
        if setup.rotate.is_empty() {
            return Ok(());
        }
        let rotator = rotation::rotator(setup.rotate.clone(), &self.state, setup.zone.clone())?;
        self.rotation = Some(Rotation::start(rotator, Some(Own::new(Arc::clone(&self.pipeline))))?);
        Ok(())
    }

    /// SIGHUP: the new configuration, or the old one if the new one is bad.
    async fn reload(&mut self, setup: &Setup) {
        systemd::reloading();
        match (setup.reload)() {
            None => tracing::error!("SIGHUP: the old configuration stays in force"),
            Some(loaded) => match self.pipeline.replace(&loaded.plan, loaded.folder).await {
                Ok(_) => tracing::info!("SIGHUP: the new configuration is in force"),
                Err(error) => {
                    tracing::error!("SIGHUP: the old configuration stays in force: {error}");
                }
            },
        }
        if let Some(rotation) = &self.rotation {
            rotation.wake();
        }
        systemd::ready(&self.listening);
    }

    /// Stop accepting, read what the kernel holds, write it all.
    async fn shut_down(mut self) -> Result<(), ServeError> {
        self.views.ready.store(false, Ordering::SeqCst);
        systemd::stopping();
        tracing::info!("stopping: reading what has been sent, and writing it");
        if let Some(rotation) = &self.rotation {
            rotation.stop();
        }
        self.stop.send_replace(true);
        while self.acceptors.join_next().await.is_some() {}
        drop(self.attached.take());
        let records = Arc::clone(&self.connections.records);
        let known = Arc::clone(&self.connections.known);
        drop(self.connections);
        let mut insisted = false;
        let all_read = tokio::select! {
            () = all_ended(&mut self.connections_done) => true,
            () = tokio::time::sleep(LAST_READS) => false,
            () = self.signals.second() => {
                insisted = true;
                false
            }
        };
        if !all_read {
            tracing::warn!(
                "some connections were still being read; what they send from now on is not"
            );
        }
        let give_up = async {
            tokio::select! {
                () = tokio::time::sleep(if insisted { INSISTED } else { LAST_WRITES }) => {}
                () = self.signals.second() => {}
            }
        };
        let written = self.pipeline.close(give_up).await;
        if !written {
            // connections that waited for a lane have their text back, and set it aside
            let _ = tokio::time::timeout(INSISTED, all_ended(&mut self.connections_done)).await;
        }
        if let Some(rotation) = &mut self.rotation
            && tokio::time::timeout(LAST_ROTATION, rotation.ended()).await.is_err()
        {
            tracing::warn!(
                "a rotation is under way; what it has not done is done at the next start"
            );
        }
        if let Err(error) = known.save(&self.state.file(CLIENTS)) {
            tracing::warn!("what clients have sent can't be kept, they may send it again: {error}");
        }
        let trouble = &self.pipeline.shared.trouble;
        trouble.tell_sums(true);
        for (reason, count) in trouble.counts() {
            tracing::warn!("{count} records were set aside or lost [{reason}]");
        }
        tracing::info!("stopped after {} records", records.load(Ordering::Relaxed));
        if written { Ok(()) } else { Err(ServeError::NotWritten) }
    }
}

/// Each connection is a descriptor, and the usual soft limit of 1,024 is soon reached; the hard
/// limit is what the administrator means. Gives the limit in force.
fn raise_descriptor_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let _ = setrlimit(Resource::Nofile, raised); // without it, there are just fewer connections
    getrlimit(Resource::Nofile).current.map_or(1 << 20, |most| most as usize)
}
