//! Whether a log was cut after it had been copied.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{files, range};
use crate::run::Run;
use crate::run::underway::Cut;

/// Whether what `copy` holds is no more in `log`, which was like `before` when the cut was near. Where that
/// can't be told it counts as cut: its lines may be there twice then, and none is lost.
pub(in crate::run) fn was_cut(run: &Run, log: &Path, copy: &Path, before: Cut) -> io::Result<bool> {
    let live = match files::open(log, false) {
        Ok(live) => live,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let copied = files::open(copy, false)?;
    let (about, len) = (live.metadata()?, copied.metadata()?.len());
    let now = Cut { size: about.len(), modified: (about.mtime(), about.mtime_nsec()) };
    if len == 0 || now == before {
        return Ok(false);
    }
    if !range::same(&live, 0, &copied, 0, len)? {
        return Ok(true);
    }
    // a log that repeats itself looks like that before the cut and after it
    let rest = about.len() - len;
    let repeats = range::same(&live, len, &copied, 0, rest.min(len))?;
    if repeats {
        run.told.warning(&format!(
            "{} repeats itself, so that it can't be told whether what is in {} was taken from it: that is kept",
            log.display(),
            copy.display()
        ));
    }
    Ok(repeats)
}

/// Whether `copy` holds nothing but the beginning of `log`.
pub(super) fn is_beginning(copy: &Path, log: &std::fs::File) -> io::Result<bool> {
    let copy = files::open(copy, false)?;
    range::same(log, 0, &copy, 0, copy.metadata()?.len())
}
