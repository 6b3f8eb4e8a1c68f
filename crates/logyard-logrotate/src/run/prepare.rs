use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::block::Failed;
use super::consider::About;
use super::underway::{Move, Note};
use super::{Run, files, packing};
use crate::conf::problem::why;
use crate::dates::{self, DateFormat};
use crate::names::Names;
use crate::plan::Block;

/// One log on its way.
pub(super) struct Job<'a> {
    /// Its number in what is under way.
    pub(super) number: usize,
    /// The live file.
    pub(super) log: &'a Path,
    /// What it was before.
    pub(super) about: &'a About,
    /// Where it goes, not compressed.
    pub(super) rotated: PathBuf,
    /// Where it goes in the end.
    pub(super) result: PathBuf,
    /// The one that is removed, or mailed and removed, in the end.
    pub(super) dispose: Option<PathBuf>,
    /// With `renamecopy`, what is copied once `postrotate` has run.
    pub(super) renamed: Option<PathBuf>,
}

/// Makes room: compresses what `delaycompress` left, removes what is too old, shifts the numbers.
pub(super) fn prepare<'a>(
    run: &Run,
    block: &Block,
    number: usize,
    log: &'a Path,
    about: &'a About,
) -> Result<Job<'a>, Failed> {
    let d = &block.directives;
    run.told.debug(&format!("rotating log {}, log->rotateCount is {}\n", log.display(), d.rotate));
    let names = Names::new(block, log);
    let format = DateFormat::of(d);
    let at = dates::in_name(d, &run.now);
    if let Some(own) = &d.date_format {
        run.told.debug(&format!("Converted '{own}' -> '{}'\n", format.for_strftime()));
    }
    let Some(date) = format.suffix(&at) else {
        let own = d.date_format.as_deref().unwrap_or_default();
        run.told.error(&format!("Date format {own} is too long"));
        return Err(Failed);
    };
    run.told.debug(&format!("dateext suffix '{date}'\n"));
    run.told.debug(&format!("glob pattern '{}'\n", format.pattern()));
    let packed = if d.compression.on { d.compression.extension.as_str() } else { "" };
    if d.compression.on && d.compression.delay {
        let left = if d.date_ext {
            names.all_dated(&format, "", &run.now)
        } else {
            vec![names.numbered(d.start, "")]
        };
        if left.is_empty() {
            run.told.debug("glob finding logs to compress failed\n");
        }
        for file in &left {
            match file.symlink_metadata() {
                Ok(about) => pack(run, block, file, &about)?,
                Err(_) => {
                    run.told.debug(&format!("previous log {} does not exist\n", file.display()))
                }
            }
        }
    }
    let (rotated, mut dispose) = if d.date_ext {
        let target = [names.dated(&date, ""), names.dated(&date, packed)];
        if let Some(there) = target.iter().rev().find(|file| file.symlink_metadata().is_ok()) {
            run.told.error(&format!(
                "destination {} already exists, skipping rotation",
                there.display()
            ));
            return Err(Failed);
        }
        (names.dated(&date, ""), dated(run, block, &names, &format, packed)?)
    } else {
        (names.numbered(d.start, ""), numbered(run, block, number, &names, packed)?)
    };
    let now_packed = if d.compression.delay { "" } else { packed };
    let mut result = rotated.clone().into_os_string();
    result.push(now_packed);
    let result = PathBuf::from(result);
    if d.rotate == 0 && !d.copy_truncate && !d.copy {
        dispose = Some(result.clone());
    }
    Ok(Job { number, log, about, rotated, result, dispose, renamed: None })
}

/// Compresses a file and removes it. The compressed one gets mode, owner and times of `like`.
pub(super) fn pack(run: &Run, block: &Block, file: &Path, like: &About) -> Result<(), Failed> {
    let d = &block.directives;
    if run.options.debug {
        run.told.debug(&format!("compressing log with: {}\n", d.compression.command.display()));
        return Ok(());
    }
    packing::now(run, block, file, like)?;
    if files::remove(run, block, file) { Ok(()) } else { Err(Failed) }
}

/// Removes all but the newest of the files that have dates, and gives the last of those that go.
fn dated(
    run: &Run,
    block: &Block,
    names: &Names,
    format: &DateFormat,
    packed: &str,
) -> Result<Option<PathBuf>, Failed> {
    let d = &block.directives;
    let found = names.all_dated(format, packed, &run.now);
    if found.is_empty() {
        run.told.debug("glob finding old rotated logs failed\n");
    }
    // the one of this run is not there yet, and counts
    let surplus = match usize::try_from(d.rotate) {
        Ok(keep) => (found.len() + 1).saturating_sub(keep),
        Err(_) => 0, // -1 keeps all
    };
    let mut dispose: Option<PathBuf> = None;
    for (index, file) in found.into_iter().enumerate() {
        if index >= surplus && !too_old(run, block, &file) {
            continue;
        }
        if let Some(before) = dispose.replace(file) {
            run.told.debug(&format!("removing {}\n", before.display()));
            files::dispose(run, block, &before)?;
        }
    }
    Ok(dispose)
}

/// Moves each number up by one, and gives the one that is over the count.
fn numbered(
    run: &Run,
    block: &Block,
    number: usize,
    names: &Names,
    packed: &str,
) -> Result<Option<PathBuf>, Failed> {
    let d = &block.directives;
    let start = d.start;
    let count = match u32::try_from(d.rotate) {
        Ok(0) => 1, // the newest one moves on, and goes later
        Ok(count) => count,
        // all: as far as there are any
        Err(_) => names
            .all_numbered(packed)
            .into_iter()
            .max()
            .map_or(0, |max| (max + 1).saturating_sub(start)),
    };
    let last = start.saturating_add(count);
    for i in present(start, last, names, packed) {
        let (from, to) = (names.numbered(i, packed), names.numbered(i + 1, packed));
        if d.max_age > 0 && from.symlink_metadata().is_err() {
            run.told.debug(&format!("old log {} does not exist\n", from.display()));
            continue;
        }
        if too_old(run, block, &from) {
            files::dispose(run, block, &from)?;
            continue;
        }
        run.told.debug(&format!(
            "renaming {} to {} (rotatecount {count}, logstart {start}, i {i}), \n",
            from.display(),
            to.display()
        ));
        if run.options.debug {
            continue;
        }
        if !shift(run, number, &from, &to)? {
            run.told.debug(&format!("old log {} does not exist\n", from.display()));
        }
    }
    if !packed.is_empty() {
        shift_plain(run, block, number, names, start..last)?;
    }
    if d.rotate < 0 {
        return Ok(None);
    }
    let over = names.numbered(last, packed);
    if over.symlink_metadata().is_err() {
        run.told.debug(&format!(
            "log {} doesn't exist -- won't try to dispose of it\n",
            over.display()
        ));
        return Ok(None);
    }
    Ok(Some(over))
}

/// Gives an older log its next name. `false` if there is none.
fn shift(run: &Run, number: usize, from: &Path, to: &Path) -> Result<bool, Failed> {
    let Ok(about) = from.symlink_metadata() else { return Ok(false) };
    let step = Move { inode: about.ino(), from: from.into(), to: to.into() };
    run.underway.note(number, Note::Move(step), run.told);
    std::fs::rename(from, to).map(|()| true).map_err(|error| {
        let (from, to) = (from.display(), to.display());
        run.told.error(&format!("error renaming {from} to {to}: {}", why(&error)));
        Failed
    })
}

/// Logs that are not compressed though they should be: that failed, or `compress` is new. They move on like the
/// others, where the newest would be written over.
fn shift_plain(
    run: &Run,
    block: &Block,
    number: usize,
    names: &Names,
    mut range: std::ops::Range<u32>,
) -> Result<(), Failed> {
    if run.options.debug {
        return Ok(());
    }
    let over = names.numbered(range.end, "");
    let there = |number: &u32| names.numbered(*number, "").symlink_metadata().is_ok();
    let row = range.by_ref().take_while(there).count();
    let first = block.directives.start;
    for i in (first..first.saturating_add(u32::try_from(row).unwrap_or(u32::MAX))).rev() {
        shift(run, number, &names.numbered(i, ""), &names.numbered(i + 1, ""))?;
    }
    if row > 0 && over.symlink_metadata().is_ok() && block.directives.rotate >= 0 {
        files::dispose(run, block, &over)?;
    }
    Ok(())
}

/// Longest row of numbers that is gone through one by one, as `-v` tells each of them.
const ROW: u32 = 1000;

/// The numbers to move, the highest first. Of a count that no folder has, only the files that are
/// there are looked at.
fn present(start: u32, last: u32, names: &Names, packed: &str) -> Vec<u32> {
    if last - start <= ROW {
        return (start..last).rev().collect();
    }
    let mut numbers = names.all_numbered(packed);
    numbers.retain(|number| (start..last).contains(number));
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers
}

fn too_old(run: &Run, block: &Block, file: &Path) -> bool {
    let days = i64::from(block.directives.max_age);
    days > 0
        && file
            .symlink_metadata()
            .is_ok_and(|about| run.now.secs.saturating_sub(about.mtime()) / 86_400 > days)
}
