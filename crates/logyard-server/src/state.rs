use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use logyard_receivers::Address;
use rustix::fs::{FlockOperation, flock};

/// The folder for what the server keeps for itself, never among the user's logs. It is held by a
/// lock as long as this value lives, so that two servers never share one.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    _lock: File,
}

/// The state folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Neither a flag nor the environment tells where it should be.
    #[error(
        "there is no place for the server's state: none of `--state`, $STATE_DIRECTORY, $XDG_STATE_HOME and $HOME is set"
    )]
    NoPlace,
    /// Another server holds it.
    #[error("the state folder {} is in use by another logyard; give this one a folder of its own with `--state`", .0.display())]
    InUse(PathBuf),
    /// It can't be made or written.
    #[error("cannot use the state folder {}: {source}; choose another with `--state`", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl StateFolder {
    /// Makes and locks the folder of the server at `address` below `base`.
    pub(crate) fn open(base: &Path, address: &Address) -> Result<StateFolder, StateError> {
        let path = base.join(folder_name(address));
        let io_error = |source| StateError::Io { path: path.clone(), source };
        // Dead letters hold what the users' programs logged: for the owner's eyes only.
        DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(io_error)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(io_error)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(StateFolder { path, _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StateError::InUse(path)),
            Err(error) => Err(io_error(error.into())),
        }
    }

    /// Where the folders of all servers of this user are: the flag, else `$STATE_DIRECTORY`
    /// (systemd), else `$XDG_STATE_HOME/logyard`, else `~/.local/state/logyard`.
    pub(crate) fn base(
        flag: Option<&Path>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<PathBuf, StateError> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        if let Some(path) = flag {
            return Ok(path.to_owned());
        }
        if let Some(list) = env("STATE_DIRECTORY") {
            // systemd lists several with colons; the first is the unit's main one (systemd.exec(5))
            return Ok(list.split(':').next().unwrap_or(&list).into());
        }
        if let Some(home) = env("XDG_STATE_HOME") {
            return Ok(Path::new(&home).join("logyard"));
        }
        let home = env("HOME").ok_or(StateError::NoPlace)?;
        Ok(Path::new(&home).join(".local/state/logyard"))
    }

    /// Makes a link in the folder to another one.
    pub(crate) fn link(&self, name: &str, to: &Path) -> Result<(), StateError> {
        let path = self.file(name);
        let io_error = |source| StateError::Io { path: path.clone(), source };
        let to = std::path::absolute(to).map_err(io_error)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(error)),
            _ => std::os::unix::fs::symlink(to, &path).map_err(io_error),
        }
    }

    /// The path of a file in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// The state folder of one server, from outside.
#[derive(Clone, Debug)]
pub struct StatePlace {
    /// The folder.
    pub path: PathBuf,
    /// Its name: the server's first address, as a file name.
    pub name: String,
}

/// The state folders of this user's servers, or of those of `--state`; that of the server at `address`
/// only, if one is given. In the order of their names.
///
/// # Errors
///
/// If there is no place for them, or it can't be read. A folder that is not there has no servers.
pub fn servers(
    flag: Option<&Path>,
    address: Option<&Address>,
) -> Result<Vec<StatePlace>, StateError> {
    let base = StateFolder::base(flag, |name| std::env::var(name).ok())?;
    let entries = match base.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StateError::Io { path: base, source }),
    };
    let wanted = address.map(folder_name);
    let mut places = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().join("lock").exists()
            && wanted.as_ref().is_none_or(|wanted| *wanted == name)
        {
            places.push(StatePlace { path: entry.path(), name });
        }
    }
    places.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(places)
}

/// A folder name that a person recognises: `127.0.0.1-9020`, `unix-run-logyard.sock`.
fn folder_name(address: &Address) -> String {
    let text = match address {
        Address::Tcp { host, port } => format!("{host}-{port}"),
        Address::Unix(path) => format!("unix{}", path.display()),
    };
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_never_share_a_folder() {
        let base = tempfile::tempdir().unwrap();
        let address: Address = "127.0.0.1:9020".parse().unwrap();
        let first = StateFolder::open(base.path(), &address).unwrap();
        assert_eq!(first.file("x"), base.path().join("127.0.0.1-9020/x"));
        assert!(matches!(StateFolder::open(base.path(), &address), Err(StateError::InUse(_))));
        drop(first);
        StateFolder::open(base.path(), &address).unwrap();
    }

    #[test]
    fn the_place_is_found_in_the_documented_order() {
        let all = |name: &str| {
            Some(match name {
                "STATE_DIRECTORY" => "/var/lib/logyard:/var/lib/other".to_owned(),
                "XDG_STATE_HOME" => "/x".to_owned(),
                _ => "/home/me".to_owned(),
            })
        };
        let base = |env: &dyn Fn(&str) -> Option<String>| StateFolder::base(None, env).unwrap();
        assert_eq!(StateFolder::base(Some(Path::new("/f")), all).unwrap(), Path::new("/f"));
        assert_eq!(base(&all), Path::new("/var/lib/logyard"));
        assert_eq!(base(&|n| all(n).filter(|_| n != "STATE_DIRECTORY")), Path::new("/x/logyard"));
        assert_eq!(
            base(&|n| all(n).filter(|_| n == "HOME")),
            Path::new("/home/me/.local/state/logyard")
        );
        assert!(matches!(StateFolder::base(None, |_| None), Err(StateError::NoPlace)));
    }
}
