//! One file compressed into another.

use std::fs::{File, FileTimes, Metadata, OpenOptions, Permissions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::GzBuilder;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use logyard_config::Compress;

/// Bytes read at a time; between two reads the worker looks whether it should stop.
const CHUNK: usize = 64 << 10;

/// Writes `source`, compressed, to a new file at `path`, which gets its mode, owner and mtime and
/// is on the disk at the end. `found` is what is known of the source.
pub(crate) fn compress(
    mut source: &File,
    found: &Metadata,
    path: &Path,
    how: Compress,
    stop: &AtomicBool,
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let target = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let mut encoder = Encoder::new(how, &target, found)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => encoder.write(chunk.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    encoder.finish()?;
    let owned = std::os::unix::fs::fchown(&target, Some(found.uid()), Some(found.gid())).is_ok();
    // as gzip does: what another group may read must not become readable to the server's
    let mode = found.mode() & if owned { 0o7777 } else { 0o700 };
    target.set_permissions(Permissions::from_mode(mode))?;
    target.set_times(FileTimes::new().set_modified(found.modified()?))?;
    target.sync_all()
}

/// Whether a compressed file holds what `plain` holds.
pub(crate) fn holds(path: &Path, how: Compress, plain: &File) -> io::Result<bool> {
    let compressed = BufReader::new(File::open(path)?);
    match how {
        Compress::Gz => same(MultiGzDecoder::new(compressed), plain),
        #[cfg(feature = "zst")]
        Compress::Zst => same(zstd::stream::read::Decoder::with_buffer(compressed)?, plain),
        #[cfg(not(feature = "zst"))]
        Compress::Zst => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn same(unpacked: impl Read, plain: &File) -> io::Result<bool> {
    let (mut left, mut right) = (BufReader::new(unpacked).bytes(), BufReader::new(plain).bytes());
    loop {
        match (left.next().transpose()?, right.next().transpose()?) {
            (None, None) => return Ok(true),
            (a, b) if a == b => {}
            _ => return Ok(false),
        }
    }
}

enum Encoder<'f> {
    Gz(GzEncoder<&'f File>),
    #[cfg(feature = "zst")]
    Zst(zstd::stream::write::Encoder<'static, &'f File>),
}

impl<'f> Encoder<'f> {
    fn new(how: Compress, target: &'f File, found: &Metadata) -> io::Result<Encoder<'f>> {
        match how {
            Compress::Gz => {
                // as gzip does, which knows 32 bits only
                let mtime = u32::try_from(found.mtime()).unwrap_or(0);
                let level = flate2::Compression::default();
                Ok(Encoder::Gz(GzBuilder::new().mtime(mtime).write(target, level)))
            }
            #[cfg(feature = "zst")]
            Compress::Zst => {
                let mut encoder = zstd::stream::write::Encoder::new(target, 0)?;
                encoder.include_checksum(true)?; // as the command zstd does
                Ok(Encoder::Zst(encoder))
            }
            #[cfg(not(feature = "zst"))]
            Compress::Zst => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this logyard was built without Zstandard",
            )),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Encoder::Gz(encoder) => encoder.write_all(bytes),
            #[cfg(feature = "zst")]
            Encoder::Zst(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Encoder::Gz(encoder) => encoder.finish().map(drop),
            #[cfg(feature = "zst")]
            Encoder::Zst(encoder) => encoder.finish().map(drop),
        }
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
