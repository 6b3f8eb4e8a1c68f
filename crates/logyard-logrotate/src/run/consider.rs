use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Run;
use super::block::Failed;
use super::copytruncate::{self, CopyError, Way};
use crate::conf::problem::why;
use crate::options::CopyTruncate;
use crate::owner::Identity;
use crate::plan::{Block, Criterion};
use crate::when::{self, Log};

/// What is known of a log that is to be rotated.
pub(super) type About = std::fs::Metadata;

/// Whether a log is to be rotated: its metadata if it is.
pub(super) fn consider(run: &mut Run, block: &Block, path: &Path) -> Result<Option<About>, Failed> {
    let d = &block.directives;
    let shown = path.display();
    run.told.debug(&format!("considering log {shown}\n"));
    // the hour of the first sight is as good as its minute, but to `minutes`
    let first = match d.criterion {
        Criterion::Minutes(_) => run.now.clone(),
        _ => run.now.full_hour(),
    };
    let last = run.state.last(path, &first);
    if d.su.is_none() && Identity::current().user == 0 && !folder_is_safe(path) {
        run.told.error(&format!(
            "skipping \"{shown}\" because parent directory has insecure permissions (It's world writable or writable by \
             group which is not \"root\") Set \"su\" directive in config file to tell logrotate which user/group should be \
             used for rotation."
        ));
        return Err(Failed);
    }
    let about = match path.symlink_metadata() {
        Ok(about) => about,
        Err(error) if d.missing_ok && error.kind() == std::io::ErrorKind::NotFound => {
            run.told.debug(&format!("  log {shown} does not exist -- skipping\n"));
            return Ok(None);
        }
        Err(error) => {
            run.told.error(&format!("stat of {shown} failed: {}", why(&error)));
            return Err(Failed);
        }
    };
    if about.is_symlink() {
        run.told.debug(&format!(
            "  log {shown} is symbolic link. Rotation of symbolic links is not allowed to avoid security issues -- \
             skipping.\n"
        ));
        return Ok(None);
    }
    if about.is_dir() {
        run.told.debug(&format!("  log {shown} is a folder -- skipping\n"));
        return Ok(None);
    }
    if about.nlink() > 1 && !d.allow_hardlink {
        run.told.debug(&format!(
            "  log {shown} has multiple ({}) hard links. Rotation of files with multiple hard links is not allowed for \
             {shown} -- skipping.\n",
            about.nlink()
        ));
        return Ok(None);
    }
    let log = Log { size: about.size(), modified: about.mtime(), last };
    run.told.debug(&format!("  Now: {}\n", run.now.to_the_minute()));
    run.told.debug(&format!("  Last rotated at {}\n", run.now.at(last).to_the_minute()));
    if when::in_future(&log, &run.now) && !run.options.force {
        run.told.error(&format!("log {shown} last rotated in the future -- rotation forced"));
    }
    match when::due(d, &log, &run.now, run.options.force) {
        Ok(()) => {
            if !can_be_taken(run, block, path, about.len())? {
                return Ok(None);
            }
            run.told.debug("  log needs rotating\n");
            Ok(Some(about))
        }
        Err(reason) => {
            run.told.debug(&format!("  log does not need rotating ({reason})\n"));
            Ok(None)
        }
    }
}

/// Whether `copytruncate` can do anything for a log, asked before older ones are moved.
fn can_be_taken(run: &Run, block: &Block, path: &Path, size: u64) -> Result<bool, Failed> {
    let d = &block.directives;
    let classic = run.options.copy_truncate == CopyTruncate::Classic;
    if !d.copy_truncate || d.rotate == 0 || classic || run.options.debug {
        return Ok(true);
    }
    match copytruncate::way(path) {
        Ok(Way::Blocks(block)) if size <= block => {
            run.told.debug(&format!(
                "  log does not need rotating (it is open, and has no more than a block of {block} bytes)\n"
            ));
            Ok(false)
        }
        Ok(Way::Truncation) if run.options.copy_truncate == CopyTruncate::Strict => {
            run.told.error(&CopyError::Strict(path.display().to_string()).to_string());
            Err(Failed)
        }
        Ok(_) => Ok(true),
        Err(error) => {
            run.told.error(&error.to_string());
            Err(Failed)
        }
    }
}

/// Whoever can write to the folder could put another file, or a link, in place of the log, and have
/// root rotate that.
fn folder_is_safe(path: &Path) -> bool {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::metadata(folder) {
        Ok(about) => about.mode() & 0o002 == 0 && (about.mode() & 0o020 == 0 || about.gid() == 0),
        Err(_) => true, // the log is missing, which is told
    }
}
