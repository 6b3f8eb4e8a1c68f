//! One file compressed into another.

use std::fs::{File, FileTimes, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use logyard_compress::{Format, Packer, Step};
use logyard_config::Compress;

/// Writes `source`, compressed, to a new file at `path`, which gets its mode, owner and mtime and
/// is on the disk at the end. `found` is what is known of the source.
pub(crate) fn compress(
    source: &File,
    found: &Metadata,
    path: &Path,
    how: Compress,
    stop: &AtomicBool,
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // the worker looks whether it should stop after each piece
    let mut step = |_| if stop.load(Ordering::Relaxed) { Step::Stop } else { Step::Go };
    let target =
        options.read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let format = format(how);
    let mut packer = Packer::new(format, format.default_level())?;
    packer.pack(source, &target, found.mtime(), &mut step)?;
    let owned = std::os::unix::fs::fchown(&target, Some(found.uid()), Some(found.gid())).is_ok();
    // as gzip does: what another group may read must not become readable to the server's
    let mode = found.mode() & if owned { 0o7777 } else { 0o700 };
    target.set_permissions(Permissions::from_mode(mode))?;
    target.set_times(FileTimes::new().set_modified(found.modified()?))?;
    target.sync_all()
}

/// Whether a compressed file holds what `plain` holds.
pub(crate) fn holds(path: &Path, how: Compress, plain: &File) -> io::Result<bool> {
    logyard_compress::holds(&File::open(path)?, format(how), plain)
}

fn format(how: Compress) -> Format {
    match how {
        Compress::Gz => Format::Gzip,
        Compress::Zst => Format::Zstd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The programs that people use read what is written.
    #[test]
    fn gzip_and_zstd_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("a.log.1");
        let text: String = (0..50_000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(&plain, &text).unwrap();
        std::fs::set_permissions(&plain, Permissions::from_mode(0o640)).unwrap();
        let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        File::options().append(true).open(&plain).unwrap().set_modified(then).unwrap();
        for (how, program) in [(Compress::Gz, "gzip"), (Compress::Zst, "zstd")] {
            if how == Compress::Zst && !cfg!(feature = "zst") {
                continue;
            }
            let path = folder.path().join(format!("x{}", how.ending()));
            let (source, stop) = (File::open(&plain).unwrap(), AtomicBool::new(false));
            let found = source.metadata().unwrap();
            compress(&source, &found, &path, how, &stop).unwrap();
            let written = std::fs::metadata(&path).unwrap();
            assert!(written.len() < found.len() / 3, "{}", written.len());
            assert_eq!((written.mode() & 0o7777, written.mtime()), (0o640, 1_700_000_000));
            assert!(holds(&path, how, &File::open(&plain).unwrap()).unwrap());
            match std::process::Command::new(program).arg("-dc").arg(&path).output() {
                Ok(output) => assert!(output.stdout == text.as_bytes(), "{program}"),
                Err(_) => eprintln!("skipped: no program `{program}`"),
            }
            std::fs::write(folder.path().join("other"), "other\n").unwrap();
            let other = File::open(folder.path().join("other")).unwrap();
            assert!(!holds(&path, how, &other).unwrap());
        }
    }
}
