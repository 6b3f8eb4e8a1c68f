//! Looking at the disk before anything is opened.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// What the checks ask of the disk; tests bring their own.
pub trait Files {
    /// What is at the path, symbolic links followed; `None` when nothing is.
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>>;
    /// Whether this process may write the file, or make files in the directory.
    fn writable(&self, path: &Path) -> io::Result<()>;
    /// `os.path.realpath` of an absolute path.
    fn realpath(&self, path: &Path) -> PathBuf;
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file, pipe, device or anything else that is opened and written.
    File,
}

/// The real disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Directory)),
            Ok(_) => Ok(Some(Kind::File)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn writable(&self, path: &Path) -> io::Result<()> {
        let mode = match self.kind(path)? {
            Some(Kind::Directory) => Access::WRITE_OK | Access::EXEC_OK,
            _ => Access::WRITE_OK,
        };
        Ok(access(path, mode)?)
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        // Python resolves what exists and keeps the rest of the name
        for (depth, ancestor) in path.ancestors().enumerate() {
            if let Ok(real) = ancestor.canonicalize() {
                let rest = path.components().skip(path.components().count() - depth);
                return real.join(rest.collect::<PathBuf>());
            }
        }
        path.to_path_buf()
    }
}
