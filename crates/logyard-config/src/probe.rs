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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_disk() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("logs")).unwrap();
        std::fs::write(root.join("logs/x.log"), "").unwrap();
        std::os::unix::fs::symlink(root.join("logs"), root.join("link")).unwrap();
        assert_eq!(Disk.kind(&root.join("link")).unwrap(), Some(Kind::Directory));
        assert_eq!(Disk.kind(&root.join("link/x.log")).unwrap(), Some(Kind::File));
        assert_eq!(Disk.kind(&root.join("none")).unwrap(), None);
        assert!(Disk.kind(&root.join("logs/x.log/y")).is_err());
        assert!(Disk.writable(&root).is_ok());
        // Linux refuses even root here
        assert!(Disk.writable(Path::new("/proc/none")).is_err());
        assert_eq!(Disk.realpath(&root.join("link/x.log")), root.join("logs/x.log"));
        assert_eq!(Disk.realpath(&root.join("link/none/y")), root.join("logs/none/y"));
    }
}
