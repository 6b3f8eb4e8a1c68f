//! What the unit tests of this crate share: a disk and an environment that are made up.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::probe::{Files, Kind};
use crate::source::{Options, Source};

/// A disk with these directories, all writable but those under `/ro`, and `/half` in which one
/// file can be written.
pub(crate) struct Fake;

impl Files for Fake {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        Ok(match path.to_str() {
            Some("/" | "/srv" | "/srv/app" | "/srv/app/logs" | "/ro" | "/tmp" | "/half") => {
                Some(Kind::Directory)
            }
            Some("/ro/full.log" | "/srv/app/file" | "/half/old.log") => Some(Kind::File),
            Some(path) if path.starts_with("/secret") => {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            _ => None,
        })
    }

    fn writable(&self, path: &Path) -> io::Result<()> {
        match path.starts_with("/ro") || path == Path::new("/half") {
            true => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            false => Ok(()),
        }
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        path.to_path_buf()
    }

    fn user(&self, name: &str) -> Option<u32> {
        (name == "www").then_some(33)
    }

    fn group(&self, name: &str) -> Option<u32> {
        (name == "adm").then_some(4)
    }
}

pub(crate) fn options() -> Options<'static> {
    let env = [("HOME", "/home/u"), ("APP", "shop")];
    Options {
        settings: Default::default(),
        cwd: PathBuf::from("/srv/app"),
        env: env.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect::<BTreeMap<_, _>>(),
        files: &Fake,
        check_format: &|_, _| Ok(()),
        check_codec: &|_| Ok(()),
    }
}

pub(crate) fn source(text: &str) -> Source {
    Source {
        name: "logging.ini".into(),
        path: "/srv/app/logging.ini".into(),
        text: text.to_owned(),
    }
}
