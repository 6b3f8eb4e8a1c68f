use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Run;
use super::block::Failed;
use super::copytruncate::{self, CopyError, Way};
use crate::conf::problem::why;
use crate::options::CopyTruncate;
use crate::owner::Identity;
use crate::plan::{Block, Criterion};
use crate::when::{self, Log, NotDue};

/// What is known of a log that is to be rotated.
pub(super) type About = std::fs::Metadata;

/// Whether a log is to be rotated.
pub(super) enum Verdict {
    /// It is.
    Due(About),
    /// Not yet, and the first reason.
    Later(NotDue, About),
    /// Never, as it is; in logrotate's words.
    Left(String),
}

/// Whether a log is to be rotated now.
pub(super) fn consider(run: &mut Run, block: &Block, path: &Path) -> Result<Verdict, Failed> {
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
        Ok(about) => {
            run.state.is_there(path);
            about
        }
        Err(error) if d.missing_ok && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(leave(run, format!("log {shown} does not exist -- skipping")));
        }
        Err(error) => {
            run.told.error(&format!("stat of {shown} failed: {}", why(&error)));
            return Err(Failed);
        }
    };
    if about.is_symlink() {
        let why = format!(
            "log {shown} is symbolic link. Rotation of symbolic links is not allowed to avoid security issues -- \
             skipping."
        );
        return Ok(leave(run, why));
    }
    if about.is_dir() {
        return Ok(leave(run, format!("log {shown} is a folder -- skipping")));
    }
    if about.nlink() > 1 && !d.allow_hardlink {
        let why = format!(
            "log {shown} has multiple ({}) hard links. Rotation of files with multiple hard links is not allowed for \
             {shown} -- skipping.",
            about.nlink()
        );
        return Ok(leave(run, why));
    }
    let log = Log { size: about.size(), modified: about.mtime(), last };
    run.told.debug(&format!("  Now: {}\n", run.now.to_the_minute()));
    run.told.debug(&format!("  Last rotated at {}\n", run.now.at(last).to_the_minute()));
    if when::in_future(d, &log, &run.now) && !run.options.force {
        run.told.error(&format!("log {shown} last rotated in the future -- rotation forced"));
    }
    match when::due(d, &log, &run.now, run.options.force) {
        Ok(()) => {
            if let Some(why) = cannot_be_taken(run, block, path, about.len())? {
                return Ok(leave(run, why));
            }
            run.told.debug("  log needs rotating\n");
            Ok(Verdict::Due(about))
        }
        Err(reasons) => {
            for reason in &reasons {
                run.told.debug(&format!("  log does not need rotating ({reason})\n"));
            }
            Ok(Verdict::Later(reasons.into_iter().next().unwrap_or(NotDue::Already), about))
        }
    }
}

fn leave(run: &Run, why: String) -> Verdict {
    run.told.debug(&format!("  {why}\n"));
    Verdict::Left(why)
}

/// Why `copytruncate` can't do anything for a log, asked before older ones are moved.
fn cannot_be_taken(
    run: &Run,
    block: &Block,
    path: &Path,
    size: u64,
) -> Result<Option<String>, Failed> {
    let d = &block.directives;
    let classic = run.options.copy_truncate == CopyTruncate::Classic;
    if !d.copy_truncate || d.copies_nothing() || classic || run.options.debug {
        return Ok(None);
    }
    match copytruncate::way(path) {
        Ok(Way::Blocks(block)) if size <= block => Ok(Some(format!(
            "log does not need rotating (it is open, and has no more than a block of {block} bytes)"
        ))),
        Ok(Way::Truncation) if run.options.copy_truncate == CopyTruncate::Strict => {
            run.told.error(&CopyError::Strict(path.display().to_string()).to_string());
            Err(Failed)
        }
        Ok(_) => Ok(None),
        Err(error) => {
            run.told.error(&error.to_string());
            Err(Failed)
        }
    }
}

/// Whoever can write to the folder could put another file, or a link, in place of the log, and have
/// root rotate that.
pub(super) fn folder_is_safe(path: &Path) -> bool {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match std::fs::metadata(folder) {
        Ok(about) => about.mode() & 0o002 == 0 && (about.mode() & 0o020 == 0 || about.gid() == 0),
        Err(_) => true, // the log is missing, which is told
    }
}
