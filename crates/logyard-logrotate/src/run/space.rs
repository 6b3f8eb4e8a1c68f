//! Bounds that logrotate lacks: `logyard_max_total_size`, `logyard_keep_free` and `logyard_delete_when_full`.
//!
//! Only what has the name of a rotated log of the block goes, the oldest first, as if it were over the count:
//! it is mailed before, and `preremove` and `shred` hold. The live log never goes.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use super::block::Failed;
use super::{Run, files, packing};
use crate::amount::bytes;
use crate::conf::problem::why;
use crate::dates::DateFormat;
use crate::names::Names;
use crate::plan::{Amount, Block};

/// A rotated log.
#[derive(Clone, Debug)]
struct Older {
    path: PathBuf,
    device: u64,
    modified: i64,
    /// Bytes in it.
    size: u64,
    /// Bytes that its filesystem gets back when it goes.
    room: u64,
}

/// Units of `st_blocks`.
const SECTOR: u64 = 512;

/// At the end of a block: removes what is over its bounds.
pub(super) fn keep_bounds(run: &Run, block: &Block) -> Result<(), Failed> {
    let d = &block.directives;
    if d.max_total_size.is_none() && d.keep_free.is_none() {
        return Ok(());
    }
    packing::settle(run); // then all have their last size
    let mut result = Ok(());
    if let Some(most) = d.max_total_size {
        for log in &block.files {
            let live = log.symlink_metadata().map_or(0, |about| about.len());
            let older = of_log(block, log, run);
            let all = older.iter().fold(live, |sum, older| sum.saturating_add(older.size));
            let surplus = first(&older, all.saturating_sub(most), |older| older.size);
            for Older { path, .. } in surplus {
                run.told.debug(&format!(
                    "{} and what was rotated of it have more than {}\n",
                    log.display(),
                    bytes(most)
                ));
                result = files::dispose(run, block, path).and(result);
            }
        }
    }
    if let Some(free) = d.keep_free {
        result = keep_free(run, block, free).and(result);
    }
    result
}

fn keep_free(run: &Run, block: &Block, free: Amount) -> Result<(), Failed> {
    let mut result = Ok(());
    let mut devices: BTreeMap<u64, Vec<Older>> = BTreeMap::new();
    for older in of_block(block, run) {
        devices.entry(older.device).or_default().push(older);
    }
    for older in devices.into_values() {
        let Some(folder) = older.first().and_then(|older| older.path.parent()) else { continue };
        let about = match statvfs(folder) {
            Ok(about) => about,
            Err(error) => {
                let error = why(&error.into());
                run.told
                    .error(&format!("can't tell the free space of {}: {error}", folder.display()));
                result = Err(Failed);
                continue;
            }
        };
        let available = about.f_bavail.saturating_mul(about.f_frsize);
        let wanted = match free {
            Amount::Bytes(bytes) => bytes,
            Amount::Percent(percent) => {
                about.f_blocks.saturating_mul(about.f_frsize) / 100 * u64::from(percent)
            }
        };
        for Older { path, .. } in
            first(&older, wanted.saturating_sub(available), |older| older.room)
        {
            run.told.debug(&format!(
                "the filesystem of {} has less than {} free\n",
                path.display(),
                bytes(wanted)
            ));
            result = files::dispose(run, block, path).and(result);
        }
    }
    result
}

/// The disk is full: removes the oldest rotated log of the block, if that is asked for, but not `kept`. Gives
/// which.
pub(super) fn make_room(run: &Run, block: &Block, kept: &Path) -> Option<PathBuf> {
    if !block.directives.delete_when_full {
        return None;
    }
    let oldest =
        of_block(block, run).into_iter().find(|older| older.room > 0 && older.path != kept)?;
    run.told.warning(&format!("the disk is full: {} goes", oldest.path.display()));
    files::dispose(run, block, &oldest.path).ok()?;
    Some(oldest.path)
}

/// The first ones, as many as it takes to come to `need`.
fn first(older: &[Older], mut need: u64, counts: fn(&Older) -> u64) -> &[Older] {
    let enough = older.iter().position(|older| {
        let met = need == 0;
        need = need.saturating_sub(counts(older));
        met
    });
    older.get(..enough.unwrap_or(older.len())).unwrap_or_default()
}

/// The rotated logs of all logs of the block, the oldest first by the time of their last line.
fn of_block(block: &Block, run: &Run) -> Vec<Older> {
    let mut all: Vec<Older> = block.files.iter().flat_map(|log| of_log(block, log, run)).collect();
    all.sort_by_key(|older| older.modified); // what is of the same second stays in the order of the names
    all
}

/// The rotated logs of one log, compressed and not, the oldest first by their names.
fn of_log(block: &Block, log: &Path, run: &Run) -> Vec<Older> {
    let d = &block.directives;
    let names = Names::new(block, log);
    let endings = ["", d.compression.extension.as_str()];
    let endings = if endings[1].is_empty() { &endings[..1] } else { &endings };
    let mut paths: Vec<PathBuf> = if d.date_ext {
        let format = DateFormat::of(d);
        names.all_dated_with(&format, endings, &run.now)
    } else {
        let mut numbers: Vec<(u32, &str)> = endings
            .iter()
            .flat_map(|ending| {
                names.all_numbered(ending).into_iter().map(|number| (number, *ending))
            })
            .collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        numbers.into_iter().map(|(number, ending)| names.numbered(number, ending)).collect()
    };
    // what the log itself is called fits too, with an odd `dateformat`
    paths.retain(|path| !block.files.contains(path));
    paths.into_iter().filter_map(look_at).collect()
}

fn look_at(path: PathBuf) -> Option<Older> {
    let about = path.symlink_metadata().ok()?;
    let shared = about.nlink() > 1; // its room stays taken
    about.is_file().then(|| Older {
        path,
        device: about.dev(),
        modified: about.mtime(),
        size: about.len(),
        room: if shared { 0 } else { about.blocks().saturating_mul(SECTOR) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_go_than_have_to() {
        let older = |size| Older { path: PathBuf::new(), device: 0, modified: 0, size, room: 0 };
        let all = [older(5), older(0), older(7), older(1)];
        for (need, count) in [(0, 0), (1, 1), (5, 1), (6, 3), (12, 3), (13, 4), (99, 4)] {
            assert_eq!(first(&all, need, |older| older.size).len(), count, "{need}");
        }
    }
}
