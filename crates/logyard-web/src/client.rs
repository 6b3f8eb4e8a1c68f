//! Asking a running server, as `logyard tail` and `logyard status` do.

use std::path::PathBuf;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::query;

/// Where a server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The socket in its state folder.
    Socket(PathBuf),
    /// `http://HOST:PORT`
    Network {
        /// With the port.
        authority: String,
        /// If it wants one.
        token: Option<String>,
    },
}

/// A server could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody is there.
    #[error("no server answers at {place}: {source}")]
    Connect {
        /// Where.
        place: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It broke.
    #[error("the connection to the server broke: {0}")]
    Broken(#[from] hyper::Error),
    /// The address or the token can't be sent.
    #[error("this can't be asked: {0}")]
    Request(#[from] hyper::http::Error),
    /// The server says why.
    #[error("the server refuses: {0}")]
    Refused(String),
}

/// Encodes a parameter's value.
pub fn encode(text: &str) -> String {
    query::encode(text)
}

/// An answer, as it comes.
#[derive(Debug)]
pub struct Reply {
    body: Incoming,
    /// What has come of the next lines; those before `at` were given.
    rest: Vec<u8>,
    at: usize,
    ended: bool,
}

/// No line is longer: a record's texts are cut before.
const LINE_BYTES: usize = 64 << 20;

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Socket(path) => path.display().fmt(f),
            Place::Network { authority, .. } => write!(f, "http://{authority}"),
        }
    }
}

impl Place {
    /// Asks for a path with its query. To be called in a Tokio runtime.
    pub async fn get(&self, path: &str) -> Result<Reply, AskError> {
        let lost = |source| AskError::Connect { place: self.to_string(), source };
        let mut request = Request::get(path);
        match self {
            Place::Socket(socket) => {
                let stream = UnixStream::connect(socket).await.map_err(lost)?;
                ask(TokioIo::new(stream), request.header(HOST, "localhost")).await
            }
            Place::Network { authority, token } => {
                let with_port =
                    if authority.rsplit(':').next().is_some_and(|p| p.parse::<u16>().is_ok()) {
                        authority.clone()
                    } else {
                        format!("{authority}:80")
                    };
                let stream = TcpStream::connect(with_port).await.map_err(lost)?;
                request = request.header(HOST, authority);
                if let Some(token) = token {
                    request = request.header(AUTHORIZATION, format!("Bearer {token}"));
                }
                ask(TokioIo::new(stream), request).await
            }
        }
    }
}

async fn ask<T>(
    stream: TokioIo<T>,
    request: hyper::http::request::Builder,
) -> Result<Reply, AskError>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await?;
    tokio::spawn(connection); // what breaks shows up in the answer
    let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
    let status = response.status();
    let mut reply = Reply { body: response.into_body(), rest: Vec::new(), at: 0, ended: false };
    if status == StatusCode::OK || status == StatusCode::SERVICE_UNAVAILABLE {
        return Ok(reply);
    }
    let text = reply.text().await?;
    let told = serde_json::from_str::<serde_json::Value>(&text).ok();
    let told = told.and_then(|told| Some(told.get("error")?.as_str()?.to_owned()));
    Err(AskError::Refused(told.unwrap_or_else(|| status.to_string())))
}

impl Reply {
    /// All of it.
    pub async fn text(&mut self) -> Result<String, AskError> {
        let mut all = String::new();
        while let Some(line) = self.line().await? {
            all.push_str(&line);
            all.push('\n');
        }
        Ok(all)
    }

    /// Whether a line is there without waiting.
    pub fn has_line(&self) -> bool {
        self.rest[self.at..].contains(&b'\n')
    }

    /// The next line, without its end; none when the server has ended it.
    pub async fn line(&mut self) -> Result<Option<String>, AskError> {
        let mut looked = self.at;
        loop {
            if let Some(length) = self.rest[looked..].iter().position(|&byte| byte == b'\n') {
                let line = &self.rest[self.at..looked + length];
                let line = String::from_utf8_lossy(line).into_owned();
                self.at = looked + length + 1;
                return Ok(Some(line));
            }
            self.rest.drain(..std::mem::take(&mut self.at));
            looked = self.rest.len();
            if self.ended || looked > LINE_BYTES {
                let line = std::mem::take(&mut self.rest);
                let line = (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned());
                return Ok(line);
            }
            match self.body.frame().await {
                Some(frame) => {
                    if let Ok(bytes) = frame?.into_data() {
                        self.rest.extend_from_slice(&bytes);
                    }
                }
                None => self.ended = true,
            }
        }
    }
}
