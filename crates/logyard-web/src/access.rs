//! Who may ask: this machine; whoever knows the token; no page of another site.

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use logyard_receivers::{Address, Listener};

use crate::Setup;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The socket in the state folder, which only its owner can open.
    Owner,
    /// Any other address.
    Network,
}

/// Shorter ones can be guessed.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 16..=1024;

/// A token that can't be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the token must be {} to {} printable characters of ASCII without spaces; `openssl rand -hex 32` makes one",
    TOKEN_BYTES.start(),
    TOKEN_BYTES.end()
)]
pub struct BadToken;

pub(crate) fn check_token(token: &str) -> Result<(), BadToken> {
    let good = token.bytes().all(|byte| byte.is_ascii_graphic());
    if good && TOKEN_BYTES.contains(&token.len()) { Ok(()) } else { Err(BadToken) }
}

#[derive(Debug)]
pub(crate) struct Access {
    token: Option<String>,
    /// What `Host` may name, besides this machine; any where it is None, because of the token.
    hosts: Option<Vec<String>>,
}

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) why: &'static str,
}

const BAD_HOST: Refused = Refused {
    status: StatusCode::MISDIRECTED_REQUEST,
    why: "this server is not known by that name; `--web-host NAME` makes it known",
};
const BAD_ORIGIN: Refused =
    Refused { status: StatusCode::FORBIDDEN, why: "pages of other sites may not read these logs" };
const NO_TOKEN: Refused = Refused {
    status: StatusCode::UNAUTHORIZED,
    why: "this server wants its token: `Authorization: Bearer TOKEN`",
};

impl Access {
    pub(crate) fn new(setup: &Setup, listeners: &[(Listener, From)]) -> Access {
        let bound = listeners.iter().filter_map(|(listener, _)| match listener.address() {
            Address::Tcp { host, .. } => Some(host.clone()),
            Address::Unix(_) => None,
        });
        let hosts = setup.hosts.iter().cloned().chain(bound);
        let all = setup.token.is_some() && setup.hosts.is_empty();
        Access {
            token: setup.token.clone(),
            hosts: (!all).then(|| hosts.map(|host| host.to_ascii_lowercase()).collect()),
        }
    }

    /// Whether anything may be asked at all. A page whose name an attacker has pointed at this machine
    /// (DNS rebinding) comes with that name as its host; a page of another site with its origin.
    pub(crate) fn check_site(&self, from: From, headers: &HeaderMap) -> Result<(), Refused> {
        if from == From::Owner {
            return Ok(());
        }
        let authority = text(headers, &HOST).ok_or(BAD_HOST)?;
        let host = name_of(authority);
        let local = host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let known = self
            .hosts
            .as_ref()
            .is_none_or(|hosts| hosts.iter().any(|known| known.eq_ignore_ascii_case(host)));
        if !local && !known {
            return Err(BAD_HOST);
        }
        match headers.get(ORIGIN) {
            None => Ok(()),
            Some(origin) => {
                let origin = origin.to_str().unwrap_or_default();
                let own = ["http://", "https://"].iter().any(|scheme| {
                    origin.strip_prefix(scheme).is_some_and(|o| o.eq_ignore_ascii_case(authority))
                });
                if own { Ok(()) } else { Err(BAD_ORIGIN) }
            }
        }
    }

    /// Whether logs may be read.
    pub(crate) fn check_token(&self, from: From, headers: &HeaderMap) -> Result<(), Refused> {
        let (From::Network, Some(token)) = (from, &self.token) else { return Ok(()) };
        let given = text(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        match given {
            Some(given) if same(given.trim().as_bytes(), token.as_bytes()) => Ok(()),
            _ => Err(NO_TOKEN),
        }
    }

    pub(crate) fn wants_token(&self) -> bool {
        self.token.is_some()
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn name_of(authority: &str) -> &str {
    if let Some((host, _)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

/// Takes the same time wherever they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(token: Option<&str>, hosts: &[&str]) -> Access {
        let setup = Setup {
            addresses: Vec::new(),
            token: token.map(str::to_owned),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        };
        Access::new(&setup, &[])
    }

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn site(access: &Access, host: &str, origin: Option<&str>) -> Result<(), Refused> {
        let mut pairs = vec![(HOST, host)];
        pairs.extend(origin.map(|origin| (ORIGIN, origin)));
        access.check_site(From::Network, &headers(&pairs))
    }

    #[test]
    fn names_of_others_are_refused() {
        let access = access(None, &["logs.example.org"]);
        for good in ["localhost:9021", "127.0.0.1", "127.1.2.3:1", "[::1]:9021", "LOGS.example.org"]
        {
            assert_eq!(site(&access, good, None), Ok(()), "{good}");
        }
        for bad in ["evil.example", "localhost.evil.example:9021", "10.0.0.1", "", "[::2]:1"] {
            assert_eq!(site(&access, bad, None), Err(BAD_HOST), "{bad}");
        }
        assert_eq!(access.check_site(From::Network, &HeaderMap::new()), Err(BAD_HOST));
        assert_eq!(access.check_site(From::Owner, &HeaderMap::new()), Ok(()));
    }

    #[test]
    fn pages_of_others_are_refused() {
        let access = access(None, &[]);
        assert_eq!(site(&access, "localhost:1", Some("http://localhost:1")), Ok(()));
        for bad in ["http://localhost:2", "http://evil.example", "null", "https://localhost:1.evil"]
        {
            assert_eq!(site(&access, "localhost:1", Some(bad)), Err(BAD_ORIGIN), "{bad}");
        }
    }

    #[test]
    fn the_token_is_asked_for_except_of_the_owner() {
        let access = access(Some("0123456789abcdef"), &[]);
        let check = |from, value: &str| {
            access.check_token(from, &headers(&[(AUTHORIZATION, value)])).is_ok()
        };
        assert!(check(From::Network, "Bearer 0123456789abcdef"));
        assert!(!check(From::Network, "Bearer 0123456789abcdeF"));
        assert!(!check(From::Network, "Basic 0123456789abcdef"));
        assert!(check(From::Owner, "Bearer no"));
        assert_eq!(access.check_token(From::Network, &HeaderMap::new()), Err(NO_TOKEN));
        assert_eq!(site(&access, "10.0.0.1:9021", None), Ok(()), "a token is enough");
        assert!(check_token("short").is_err() && check_token("with space in it, long").is_err());
    }
}
