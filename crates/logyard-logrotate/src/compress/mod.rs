//! Compression of a log beside itself: gzip and zstd in the process, all else by the configured command.
//!
//! What is written has a hidden name until it is whole and on the disk. A run that is killed leaves it, and the
//! next one goes on where it ended (gzip, zstd) or begins anew.

mod command;
mod known;
mod worker;

use std::fs::{File, FileTimes, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(crate) use command::filter;
pub(crate) use known::known;
pub(crate) use worker::{Work, Worker};

use crate::conf::problem::why;
use crate::messages::Messages;
use crate::moment::Moment;
use crate::names::temporary;
use crate::owner::Identity;
use crate::plan::Compression;
use crate::run::{open_log, rename_new};

/// A log and what it is compressed to.
#[derive(Debug)]
pub(crate) struct Paths {
    pub(crate) source: PathBuf,
    /// Until it is whole.
    pub(crate) part: PathBuf,
    pub(crate) target: PathBuf,
    /// What the source was when it was opened.
    pub(crate) about: Metadata,
}

/// What was opened.
pub(crate) enum Begun {
    /// Input and output.
    Open(Paths, File, File),
    /// The compressed log is there: a run that was killed could not remove the source.
    There(Paths),
}

/// Opens `source` and what it is compressed to, with mode and owner of `like`. `None` if that failed,
/// which was told.
pub(crate) fn begin(
    source: &Path,
    like: &Metadata,
    how: &Compression,
    su: Option<Identity>,
    now: &Moment,
    told: &Messages,
) -> Option<Begun> {
    told.debug(&format!("compressing log with: {}\n", how.command.display()));
    let mut target = source.as_os_str().to_owned();
    target.push(&how.extension);
    let target = PathBuf::from(target);
    let opened = open_log(source, false).and_then(|input| Ok((input.metadata()?, input)));
    let (about, input) = opened
        .map_err(|error| {
            told.error(&format!(
                "unable to open {} (read-only) for compression: {}",
                source.display(),
                why(&error)
            ));
        })
        .ok()?;
    let paths =
        Paths { source: source.to_owned(), part: temporary(&target, "part"), target, about };
    if is_there(&paths.target, &input, how, su, told) {
        told.debug(&format!("{} is there already\n", paths.target.display()));
        let _ = std::fs::remove_file(&paths.part); // none is needed
        return Some(Begun::There(paths));
    }
    move_away(&paths.target, now, told);
    if known(how).is_some()
        && let Some(output) = half_made(&paths.part, like)
    {
        return Some(Begun::Open(paths, input, output));
    }
    let _ = std::fs::remove_file(&paths.part); // a killed run left it
    match create_like(&paths.part, like, now, told) {
        Ok(output) => Some(Begun::Open(paths, input, output)),
        Err(error) => {
            told.error(&format!(
                "error creating output file {}: {}",
                paths.target.display(),
                why(&error)
            ));
            None
        }
    }
}

/// What a killed run left, if it is as this one would make it; how much of it holds what it should is
/// looked at later.
fn half_made(part: &Path, like: &Metadata) -> Option<File> {
    let file = open_log(part, true).ok()?;
    let about = file.metadata().ok()?;
    let same = |a: &Metadata, b: &Metadata| {
        (a.uid(), a.gid(), a.mode() & 0o7777) == (b.uid(), b.gid(), b.mode() & 0o7777)
    };
    (about.nlink() == 1 && same(&about, like)).then_some(file)
}

fn is_there(
    target: &Path,
    source: &File,
    how: &Compression,
    su: Option<Identity>,
    told: &Messages,
) -> bool {
    let Ok(packed) = open_log(target, false) else { return false };
    match known(how) {
        Some((format, _)) => logyard_compress::holds(&packed, format, source).unwrap_or(false),
        None => command::unpacks_to(packed, source, how, su, told),
    }
}

/// Gives what is whole and on the disk its name, unless somebody has written to the source since it was
/// opened: that would be lost. Tells if that failed.
pub(crate) fn place(paths: &Paths, told: &Messages) -> bool {
    if !unchanged(paths) {
        told.error(&format!(
            "{} was written to while it was compressed, and stays as it is: its program should open it anew before \
             (postrotate), or delaycompress be used",
            paths.source.display()
        ));
        give_up(paths, told);
        return false;
    }
    rename_new(&paths.part, &paths.target)
        .map_err(|error| {
            told.error(&format!("can't finish {}: {}", paths.target.display(), why(&error)));
            give_up(paths, told);
        })
        .is_ok()
}

fn unchanged(paths: &Paths) -> bool {
    let key = |about: &Metadata| {
        (about.dev(), about.ino(), about.len(), about.mtime(), about.mtime_nsec())
    };
    paths.source.symlink_metadata().is_ok_and(|about| key(&about) == key(&paths.about))
}

/// Has the names of new files on the disk, before the old ones go.
pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Half of a file is of no use; the source is still there.
pub(crate) fn give_up(paths: &Paths, told: &Messages) {
    told.error(&format!("failed to compress log {}", paths.source.display()));
    let _ = std::fs::remove_file(&paths.part); // the next attempt empties it, too
}

/// The times that the compressed log gets.
pub(crate) fn times(like: &Metadata) -> io::Result<FileTimes> {
    Ok(FileTimes::new().set_accessed(like.accessed()?).set_modified(like.modified()?))
}

/// What is in the way is kept under another name.
pub(crate) fn move_away(target: &Path, now: &Moment, told: &Messages) {
    if target.symlink_metadata().is_err() {
        return;
    }
    let wall = now.wall();
    let mut backup = target.as_os_str().to_owned();
    backup.push(format!("-{}{:02}{:02}{:02}.backup", wall.year, wall.month, wall.day, wall.hour));
    told.error(&format!(
        "destination {} already exists, renaming to {}",
        target.display(),
        backup.display()
    ));
    if let Err(error) = std::fs::rename(target, &backup) {
        told.error(&format!(
            "failed to rename {} to {}: {}",
            target.display(),
            backup.display(),
            why(&error)
        ));
    }
}

/// Creates a file with the mode and as far as allowed the owner of another. What is
/// in the way gets another name.
pub(crate) fn create_like(
    path: &Path,
    model: &Metadata,
    now: &Moment,
    told: &Messages,
) -> io::Result<File> {
    move_away(path, now, told);
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    let mine = file.metadata()?;
    if (mine.uid(), mine.gid()) != (model.uid(), model.gid()) {
        let owned = std::os::unix::fs::fchown(&file, Some(model.uid()), Some(model.gid()));
        if Identity::current().user == 0 {
            owned?;
        }
    }
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(model.mode() & 0o7777))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn begun(folder: &Path, told: &Messages) -> (Paths, File) {
        let source = folder.join("a.log.1");
        let like = source.metadata().unwrap();
        let now = Moment::new(1_795_341_600, logyard_libc::Zone::Utc);
        match begin(&source, &like, &Compression::default(), None, &now, told) {
            Some(Begun::Open(paths, _, output)) => (paths, output),
            _ => panic!("it is not there"),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_written_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let told = Messages::default();
        std::fs::write(folder.path().join("a.log.1"), "one\n").unwrap();
        let (paths, _) = begun(folder.path(), &told);
        assert_eq!(names(folder.path()), [".a.log.1.gz.part", "a.log.1"]);
        let mut writer = File::options().append(true).open(&paths.source).unwrap();
        writer.write_all(b"two\n").unwrap();
        assert!(!place(&paths, &told));
        assert_eq!(names(folder.path()), ["a.log.1"]);
        let (paths, _) = begun(folder.path(), &told);
        assert!(place(&paths, &told));
        assert_eq!(names(folder.path()), ["a.log.1", "a.log.1.gz"]);
    }

    #[test]
    fn what_is_half_made_is_gone_on_with_if_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let told = Messages::default();
        std::fs::write(folder.path().join("a.log.1"), "one\n").unwrap();
        begun(folder.path(), &told).1.write_all(b"half").unwrap();
        let (paths, output) = begun(folder.path(), &told);
        assert_eq!(output.metadata().unwrap().len(), 4);
        let others = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        std::fs::set_permissions(&paths.part, others).unwrap();
        let (paths, output) = begun(folder.path(), &told);
        assert_eq!(output.metadata().unwrap().len(), 0);
        std::fs::remove_file(&paths.part).unwrap();
        std::os::unix::fs::symlink("a.log.1", &paths.part).unwrap();
        begun(folder.path(), &told).1.write_all(b"half").unwrap();
        assert_eq!(std::fs::read_to_string(&paths.source).unwrap(), "one\n");
    }
}
