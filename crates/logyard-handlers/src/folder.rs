//! Lists a log file's folder for the rollover's policy, and does what the policy says.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use logyard_crash as crash;
use logyard_rotate::{Action, Entry};

use crate::error::HandlerError;

/// The names in the folder that begin with `base`; none if the folder is gone, which the next open
/// will see to.
pub(crate) fn list(folder: &Path, base: &OsStr) -> Result<Vec<Entry>, HandlerError> {
    let error = |source| HandlerError::List { path: folder.to_owned(), source };
    let mut listing = Vec::new();
    let items = match std::fs::read_dir(folder) {
        Err(source) if source.kind() == ErrorKind::NotFound => return Ok(listing),
        items => items.map_err(error)?,
    };
    for item in items {
        let item = item.map_err(error)?;
        let name = item.file_name();
        if name.as_bytes().starts_with(base.as_bytes()) {
            let link = item.file_type().is_ok_and(|kind| kind.is_symlink());
            let exists = !link || item.path().exists();
            listing.push(Entry { name, exists });
        }
    }
    Ok(listing)
}

/// `os.path.exists` for one name in the folder.
pub(crate) fn entry(folder: &Path, name: &OsStr) -> Entry {
    Entry { name: name.to_owned(), exists: folder.join(name).exists() }
}

/// Carries out one step. A file that is gone already is no error: someone else was faster.
pub(crate) fn act(folder: &Path, action: &Action) -> Result<(), HandlerError> {
    match action {
        Action::Rename { from, to } => {
            let (from, to) = (folder.join(from), folder.join(to));
            crash::here("rollover-before");
            let renamed = std::fs::rename(&from, &to);
            crash::here("rollover-after");
            match renamed {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    Err(HandlerError::Rename { from, to, source })
                }
                _ => Ok(()),
            }
        }
        Action::Remove(name) => {
            let path = folder.join(name);
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    Err(HandlerError::Remove { path, source })
                }
                _ => Ok(()),
            }
        }
    }
}
