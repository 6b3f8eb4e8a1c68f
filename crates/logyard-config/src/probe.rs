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
    /// `pwd.getpwnam(name).pw_uid`
    fn user(&self, name: &str) -> Option<u32>;
    /// `grp.getgrnam(name).gr_gid`
    fn group(&self, name: &str) -> Option<u32>;
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A file, pipe, device or anything else that is opened and written.
    File,
}

/// Linux follows no more links than this in one path.
const MAX_LINKS: usize = 40;

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

    fn user(&self, name: &str) -> Option<u32> {
        logyard_libc::user_id(name)
    }

    fn group(&self, name: &str) -> Option<u32> {
        logyard_libc::group_id(name)
    }

    fn realpath(&self, path: &Path) -> PathBuf {
        // Python resolves each link, also one that leads to nothing, and keeps the rest of the name
        let parts = |path: &Path| {
            let parts = path.components().rev().map(|part| part.as_os_str().to_owned());
            parts.collect::<Vec<_>>()
        };
        let (mut real, mut rest, mut links) = (PathBuf::new(), parts(path), 0);
        while let Some(part) = rest.pop() {
            if part == ".." {
                real.pop();
                continue;
            }
            let next = real.join(part);
            match std::fs::read_link(&next) {
                Ok(target) if links < MAX_LINKS => {
                    links += 1;
                    rest.extend(parts(&target));
                }
                _ => real = next,
            }
        }
        real
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
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, root.join(name)).unwrap();
        link("../none/x", "logs/out");
        assert_eq!(Disk.realpath(&root.join("link/out")), root.join("none/x"));
        link("loop", "loop");
        assert_eq!(Disk.realpath(&root.join("loop/x")), root.join("loop/x"));
    }
}
