use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use logyard_config::Plan;
use logyard_libc::Zone;
use logyard_pickle::Limits;
use logyard_receivers::Stream;
use logyard_rotate::Clock;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::watch;

use crate::batch::Pool;
use crate::client::Ack;
use crate::connections::{Connections, serve_stream};
use crate::dead_letters::DeadLetters;
use crate::live::Live;
use crate::pipeline::Pipeline;
use crate::shared::{Shared, compressor};
use crate::start::StartError;
use crate::trouble::Trouble;

/// How long a test waits for its files.
const LIMIT: Duration = Duration::from_secs(60);

/// A server without addresses, signals and state: what the conformance tests feed with recorded
/// frames, with a clock of their own. The way of the records is the real one.
pub struct Embedded {
    connections: Arc<Connections>,
    pipeline: Arc<Pipeline>,
}

impl Embedded {
    /// Opens the plan's files; to be called in a Tokio runtime.
    pub async fn start(
        plan: &Plan,
        clock: Clock,
        letters: std::path::PathBuf,
    ) -> Result<Self, StartError> {
        let trouble = Arc::new(Trouble::new(Some(DeadLetters::new(letters))));
        let shared = Shared {
            compressor: compressor(&trouble),
            trouble,
            pool: Arc::new(Pool::default()),
            clock,
            zone: Zone::Process,
            apply_logger_levels: false,
            lag: Arc::default(),
            live: Arc::new(Live::new(1)),
            recorder: None,
        };
        let pipeline = Arc::new(Pipeline::start(plan, None, shared).await?.0);
        let (connections, _) =
            Connections::new(Arc::clone(&pipeline), Limits::default(), Ack::Written, 16, 2);
        Ok(Embedded { connections: Arc::new(connections), pipeline })
    }

    /// Sends bytes as one client would, and waits until what they bring is written.
    pub async fn feed(&self, bytes: &[u8]) -> std::io::Result<()> {
        let (mut client, server) = UnixStream::pair()?;
        let connections = Arc::clone(&self.connections);
        let (_stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(async move {
            let receiver = connections.traffic.receiver("test");
            let open = connections.traffic.open(&receiver, "test", 0.0);
            serve_stream(Stream::Unix(server), &open.connected, &connections, stopped).await;
        });
        client.write_all(bytes).await?;
        client.shutdown().await?;
        serving.await?;
        self.settle().await;
        Ok(())
    }

    /// Waits until all is written, and compressed where it is to be.
    async fn settle(&self) {
        self.pipeline.barrier().await;
        self.pipeline.shared.compressor.wait();
    }

    /// Writes what is held, closes the files, and gives the dead letters by reason.
    pub async fn close(self) -> BTreeMap<&'static str, u64> {
        self.pipeline.close(tokio::time::sleep(LIMIT)).await;
        self.pipeline.shared.trouble.counts()
    }
}
