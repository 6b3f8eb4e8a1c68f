//! Where the logs can be seen, and by whom.

use std::path::PathBuf;

use logyard_server::Address;

/// What the file says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Web {
    pub(super) addresses: Vec<Address>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) hosts: Vec<String>,
}

#[cfg(feature = "web")]
mod with_web {
    use super::{PathBuf, Web};
    use crate::cli::Serve;

    /// The web server can't be had as it is wanted.
    #[derive(Debug, thiserror::Error)]
    pub(crate) enum BadWeb {
        #[error("the token can't be read from {}: {source}", path.display())]
        Token { path: PathBuf, source: std::io::Error },
        #[error(transparent)]
        Web(#[from] logyard_web::WebError),
    }

    impl Web {
        /// A flag or variable counts before the file, one by one.
        pub(crate) fn given(&self, given: &Serve) -> Web {
            let or = |flag: &[String], file: &[String]| {
                if flag.is_empty() { file.to_vec() } else { flag.to_vec() }
            };
            let file = given.web_token_file.clone().filter(|file| !file.as_os_str().is_empty());
            Web {
                addresses: match given.web.is_empty() {
                    true => self.addresses.clone(),
                    false => given.web.clone(),
                },
                token_file: file.or_else(|| self.token_file.clone()),
                hosts: or(&given.web_host, &self.hosts),
            }
        }

        /// What to start, if it can be.
        pub(crate) fn setup(&self, given: &Serve) -> Result<logyard_web::Setup, BadWeb> {
            let Web { addresses, token_file, hosts } = self.given(given);
            let token = match token_file {
                None => None,
                Some(path) => match std::fs::read_to_string(&path) {
                    Ok(text) => Some(text.trim().to_owned()),
                    Err(source) => return Err(BadWeb::Token { path, source }),
                },
            };
            let setup = logyard_web::Setup { addresses, token, hosts };
            setup.check()?;
            Ok(setup)
        }
    }
}
