//! Parts of files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
use rustix::io::Errno;

use crate::progress::Progress;

/// Bytes that are compared in one go.
const PIECE: usize = 64 * 1024;

/// Bytes that are copied between two looks at the clock.
const COPIED: u64 = 16 << 20;

/// Copies `[from, to)` of `input`, or to its end, to the same place of `output`. Holes stay holes. Gives
/// where it ended, and tells how far it is.
pub(super) fn copy(
    mut input: &File,
    mut output: &File,
    from: u64,
    to: u64,
    progress: &Progress,
) -> io::Result<u64> {
    let end = to.min(input.metadata()?.len());
    let mut at = from;
    while at < end {
        let data = match rustix::fs::seek(input, rustix::fs::SeekFrom::Data(at)) {
            Ok(data) => data.min(end),
            Err(Errno::NXIO) => end, // a hole up to the end
            Err(_) => at,            // the filesystem does not tell
        };
        let hole = match rustix::fs::seek(input, rustix::fs::SeekFrom::Hole(data)) {
            Ok(hole) if data < end => hole.min(end),
            _ => end,
        };
        if data < hole {
            input.seek(SeekFrom::Start(data))?;
            output.seek(SeekFrom::Start(data))?;
            let mut done = data;
            while done < hole {
                let piece = (hole - done).min(COPIED);
                let copied = io::copy(&mut input.take(piece), &mut output)?;
                done += copied;
                if copied < piece {
                    return Ok(done); // somebody else truncated it
                }
                progress.at(done);
            }
        }
        at = hole;
    }
    if at > from && output.metadata()?.len() < at {
        output.set_len(at)?;
    }
    Ok(at)
}

/// Has a new file and its name on the disk.
pub(super) fn sync(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The size of blocks that can be removed.
pub(super) fn block(file: &File) -> u64 {
    let filesystem = fstatvfs(file).map_or(0, |about| about.f_bsize);
    let file = file.metadata().map_or(0, |about| about.blksize());
    // both are powers of two, so the larger one fits both
    filesystem.max(file).max(512)
}

/// Far behind the end of any log, within what filesystems address, and no multiple of a block.
const NOWHERE: u64 = (1 << 40) + 1;

/// Whether the beginning of `file` can be removed. It is asked by a range that no filesystem removes: not
/// of whole blocks, and behind the end, however fast the file grows. Where ranges can be removed it is
/// invalid, elsewhere not supported.
pub(super) fn can_collapse(file: &File) -> bool {
    if file.metadata().is_ok_and(|about| about.len() >= NOWHERE / 2) {
        return false;
    }
    fallocate(file, FallocateFlags::COLLAPSE_RANGE, NOWHERE, 1) == Err(Errno::INVAL)
}

/// Removes the first `len` bytes in one step that no writer can come between.
pub(super) fn collapse(file: &File, len: u64) -> io::Result<()> {
    loop {
        match fallocate(file, FallocateFlags::COLLAPSE_RANGE, 0, len) {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

/// Whether the last bytes of a copy are at the same place of what was copied: it was not cut, or replaced by
/// other text. Only a few, as that is asked while others write.
pub(super) fn same_end(file: &File, copy: &File) -> io::Result<bool> {
    let len = copy.metadata()?.len();
    let some = len.min(PIECE as u64);
    same(file, len - some, copy, len - some, some)
}

/// Whether `len` bytes of two files are there and the same.
pub(super) fn same(a: &File, a_at: u64, b: &File, b_at: u64, len: u64) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; PIECE], vec![0; PIECE]);
    let mut done = 0;
    while done < len {
        let piece = usize::try_from(len - done).unwrap_or(PIECE).min(PIECE);
        let (left, right) = (&mut left[..piece], &mut right[..piece]);
        for (file, at, into) in [(a, a_at, &mut *left), (b, b_at, &mut *right)] {
            match file.read_exact_at(into, at + done) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                other => other?,
            }
        }
        if left != right {
            return Ok(false);
        }
        done += piece as u64;
    }
    Ok(true)
}
