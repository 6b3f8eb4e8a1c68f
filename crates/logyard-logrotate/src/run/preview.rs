//! What the next rotation of a log would be, asked of the engine itself: nothing is changed.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::block::Failed;
use super::consider::{self, Verdict};
use super::packing::Packing;
use super::underway::Underway;
use super::{Run, copytruncate, finish, prepare, read_state};
use crate::messages::Messages;
use crate::moment::Moment;
use crate::names::Names;
use crate::options::Options;
use crate::plan::Block;
use crate::when::{self, NotDue};

/// What is to be said of one log.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// In bytes, if it is there.
    pub(crate) size: Option<u64>,
    /// When it was rotated last, as the state file has it.
    pub(crate) last: Option<Moment>,
    /// What a run now would do.
    pub(crate) now: Now,
    /// When it is due by its criterion: now, or later.
    pub(crate) next: Option<Moment>,
    /// What would be done then, if it can be.
    pub(crate) then: Option<Then>,
    /// Whether its folder is one where root rotates nothing without `su`.
    pub(crate) unsafe_folder: bool,
    /// Whether its filesystem can remove the beginning of a file.
    pub(crate) collapses: bool,
    /// The processes that write to it now.
    pub(crate) writers: Vec<String>,
}

/// What a run now would do with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    /// Rotate it.
    Rotate,
    /// Nothing yet, and why.
    Wait(NotDue),
    /// Nothing ever, as it is, and why, in logrotate's words.
    Leave(String),
    /// It would fail, which was told.
    Fail,
}

/// A rotation.
#[derive(Clone, Debug)]
pub(crate) struct Then {
    /// Where the log goes.
    pub(crate) to: PathBuf,
    /// What is removed.
    pub(crate) gone: Vec<PathBuf>,
}

/// Asks the engine for each log in turn.
pub(crate) struct Previewer<'a>(Run<'a>);

impl<'a> Previewer<'a> {
    /// `options` must be those of `-d`: the state file is read, and not locked. Gives whether it is bad, too.
    pub(crate) fn new(
        options: &'a Options,
        told: &'a Messages,
        now: Moment,
    ) -> (Previewer<'a>, bool) {
        let (state, bad) = read_state(options, None, &now, told);
        let engine = Previewer(Run {
            options,
            told,
            now,
            state,
            underway: Underway::default(),
            repeated: None,
            packing: Packing::default(),
            disposed: RefCell::default(),
        });
        (engine, bad)
    }

    /// What is to be said of `log`.
    pub(crate) fn of(&mut self, block: &Block, log: &Path) -> Preview {
        let run = &mut self.0;
        let last = run.state.known(log).map(|last| run.now.at(last));
        let about = log.symlink_metadata().ok();
        let (collapses, writers) = match &about {
            Some(about) if about.is_file() => copytruncate::prospects(log).unwrap_or_default(),
            _ => (false, Vec::new()),
        };
        let verdict = consider::consider(run, block, log);
        let seen = run.state.known(log).unwrap_or(run.now.secs);
        let next = match &verdict {
            Ok(Verdict::Due(_)) => Some(run.now.clone()),
            Ok(Verdict::Later(..)) => when::next(&block.directives, seen, &run.now),
            Ok(Verdict::Left(_)) | Err(Failed) => None,
        };
        let (now, about_then) = match verdict {
            Ok(Verdict::Due(about)) => (Now::Rotate, Some(about)),
            Ok(Verdict::Later(why, about)) => (Now::Wait(why), Some(about)),
            Ok(Verdict::Left(why)) => (Now::Leave(why), None),
            Err(Failed) => (Now::Fail, None),
        };
        let then = about_then.and_then(|about| {
            let before = run.now.clone();
            run.now = next.clone().unwrap_or_else(|| before.clone());
            let then = rotation(run, block, log, &about);
            run.now = before;
            then
        });
        Preview {
            size: about.map(|about| about.len()),
            last,
            now,
            next,
            then,
            unsafe_folder: !consider::folder_is_safe(log),
            collapses,
            writers,
        }
    }
}

fn rotation(run: &Run, block: &Block, log: &Path, about: &consider::About) -> Option<Then> {
    run.disposed.borrow_mut().clear();
    let job = prepare::prepare(run, block, 0, log, about).ok()?;
    finish::finish(run, block, &job).ok()?;
    let mut gone = run.disposed.take();
    let d = &block.directives;
    if let Ok(count @ 1..) = u32::try_from(d.rotate)
        && !d.date_ext
    {
        // the last one moves on before it goes, which is not done here
        let packed = if d.compression.on { d.compression.extension.as_str() } else { "" };
        let last = Names::new(block, log).numbered(d.start.saturating_add(count - 1), packed);
        if last.symlink_metadata().is_ok() {
            gone.push(last);
        }
    }
    Some(Then { to: job.result, gone })
}
