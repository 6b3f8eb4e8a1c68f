use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// `logging.handlers.DEFAULT_TCP_LOGGING_PORT`.
pub const DEFAULT_PORT: u16 = 9020;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `HOST:PORT` or `tcp://HOST:PORT`; the host is a name or an address, IPv6 in brackets.
    Tcp {
        /// Name or address, without brackets.
        host: String,
        /// Port; 0 lets the system choose one.
        port: u16,
    },
    /// `unix:///PATH`: a stream socket in the file system.
    Unix(PathBuf),
}

/// The text is no address that logyard can listen on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Such as `http://…`.
    #[error(
        "`{0}` is not a kind of address that this server listens on; use `HOST:PORT`, `tcp://HOST:PORT` or `unix:///PATH`"
    )]
    Scheme(String),
    /// Not a number from 0 to 65535.
    #[error("`{0}` is not a port; ports are numbers from 0 to 65535")]
    Port(String),
    /// `unix://relative/path`, or nothing.
    #[error("`unix://{0}` needs an absolute path, as in `unix:///run/logyard/logyard.sock`")]
    UnixPath(String),
    /// `:9020`: which interfaces are meant must be said.
    #[error("`{0}` names no host; write `127.0.0.1{0}` to serve this machine only")]
    NoHost(String),
    /// An IPv6 address without brackets.
    #[error("`{0}` has several colons; write an IPv6 address in brackets, as in `[::1]:9020`")]
    Brackets(String),
}

impl Default for Address {
    fn default() -> Self {
        Self::Tcp { host: "127.0.0.1".into(), port: DEFAULT_PORT }
    }
}

impl Address {
    /// Whether only this machine can reach it. A name is not looked up: only `localhost` counts.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } => match host.parse::<std::net::IpAddr>() {
                Ok(ip) => ip.is_loopback(),
                Err(_) => host.eq_ignore_ascii_case("localhost"),
            },
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix://") {
            if !path.starts_with('/') {
                return Err(AddressError::UnixPath(path.into()));
            }
            return Ok(Self::Unix(path.into()));
        }
        let rest = match text.split_once("://") {
            Some(("tcp", rest)) => rest,
            Some(_) => return Err(AddressError::Scheme(text.into())),
            None => text,
        };
        if rest.parse::<u16>().is_ok() {
            return Err(AddressError::NoHost(format!(":{rest}")));
        }
        let (host, port) = split_port(rest)?;
        if host.is_empty() {
            return Err(AddressError::NoHost(format!(":{port}")));
        }
        Ok(Self::Tcp { host: host.into(), port })
    }
}

fn split_port(text: &str) -> Result<(&str, u16), AddressError> {
    let parse = |port: &str| port.parse().map_err(|_| AddressError::Port(port.into()));
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        let port = rest.strip_prefix(':').map_or(Ok(DEFAULT_PORT), parse)?;
        return Ok((host, port));
    }
    match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Err(AddressError::Brackets(text.into())),
        Some((host, port)) => Ok((host, parse(port)?)),
        None => Ok((text, DEFAULT_PORT)),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        text.parse::<Address>().unwrap().to_string()
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!(round_trip("127.0.0.1:9020"), "127.0.0.1:9020");
        assert_eq!(round_trip("tcp://localhost"), "localhost:9020");
        assert_eq!(round_trip("[::1]:7"), "[::1]:7");
        assert_eq!(round_trip("unix:///run/l.sock"), "unix:///run/l.sock");
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| text.parse::<Address>().unwrap_err();
        assert_eq!(error("http://x:1"), AddressError::Scheme("http://x:1".into()));
        assert_eq!(error("x:70000"), AddressError::Port("70000".into()));
        assert_eq!(error("unix://run"), AddressError::UnixPath("run".into()));
        assert_eq!(error(":9020"), AddressError::NoHost(":9020".into()));
        assert_eq!(error("9020"), AddressError::NoHost(":9020".into()));
        assert_eq!(error("::1:9020"), AddressError::Brackets("::1:9020".into()));
    }

    #[test]
    fn only_loopback_is_local() {
        assert!("127.1.2.3:1".parse::<Address>().unwrap().is_local());
        assert!("unix:///x".parse::<Address>().unwrap().is_local());
        assert!(!"0.0.0.0:1".parse::<Address>().unwrap().is_local());
        assert!(!"example.org:1".parse::<Address>().unwrap().is_local());
    }
}
