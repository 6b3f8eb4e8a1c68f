use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use logyard_receivers::{Address, ListenError, Listener, Stream};
use logyard_server::Views;
use tokio::sync::{Semaphore, watch};

use crate::access::{Access, From};
use crate::routes::{self, Site};
use crate::{SOCKET, Setup, Web, WebError};

/// Connections at a time, of all addresses together: people, not fleets.
const CONNECTIONS: usize = 256;

/// How long a client may take to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// What a request's head may take: a filter may be long.
const HEADER_BYTES: usize = 32 << 10;

/// Pause after `accept` has failed, when descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Of a core that the server needs itself, this thread gets about a quarter: enough to be of use on a busy
/// machine, and little beside all cores.
const NICE: i32 = 5;

pub(crate) fn start(setup: Setup, folder: &Path, views: Views) -> Result<Web, WebError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(WebError::Thread)?;
    let mut listeners = Vec::new();
    {
        let _within = runtime.enter();
        for address in &setup.addresses {
            let listener = Listener::bind(address)?;
            tracing::info!("the logs can be seen at {}", shown(listener.address()));
            listeners.push((listener, From::Network));
        }
        match private(&folder.join(SOCKET)) {
            Ok(listener) => listeners.push((listener, From::Owner)),
            // a path too long for a socket must not keep the server from its work
            Err(error) => tracing::warn!(
                "`logyard tail` and `logyard status` will not find this server by its state folder: {error}"
            ),
        }
    }
    let (stop, stopped) = watch::channel(());
    let site = Arc::new(Site::new(views, Access::new(&setup, &listeners)));
    std::thread::Builder::new()
        .name("logyard-web".into())
        .spawn(move || {
            // without it, people who look compete with those who log
            let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
            runtime.block_on(serve(listeners, site, stopped));
        })
        .map_err(WebError::Thread)?;
    Ok(Web { _stop: stop })
}

/// The address as a browser wants it.
fn shown(address: &Address) -> String {
    match address {
        Address::Tcp { .. } => format!("http://{address}/"),
        Address::Unix(_) => address.to_string(),
    }
}

/// The socket for this user's own commands.
fn private(path: &Path) -> Result<Listener, ListenError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // the folder is held by a lock and for the owner only, so it is not in use
    let _ = std::fs::remove_file(&path);
    Listener::bind(&Address::Unix(path))
}

async fn serve(
    listeners: Vec<(Listener, From)>,
    site: Arc<Site>,
    mut stopped: watch::Receiver<()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut accepting = tokio::task::JoinSet::new();
    for (listener, from) in listeners {
        accepting.spawn(accept(listener, from, Arc::clone(&site), Arc::clone(&room)));
    }
    while stopped.changed().await.is_ok() {}
}

async fn accept(listener: Listener, from: From, site: Arc<Site>, room: Arc<Semaphore>) {
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let site = Arc::clone(&site);
                tokio::spawn(async move {
                    match stream {
                        Stream::Tcp(stream) => connection(TokioIo::new(stream), from, site).await,
                        Stream::Unix(stream) => connection(TokioIo::new(stream), from, site).await,
                    }
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection<T>(stream: TokioIo<T>, from: From, site: Arc<Site>)
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let answer = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, std::convert::Infallible>(routes::answer(&request, from, &site)) }
    });
    // what goes wrong with one connection is its client's business
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(stream, answer)
        .await;
}
