//! Logs that are compressed while the run goes on.
//!
//! Only where nobody can see the difference: the rotation of a log with scripts begins when all before it is
//! compressed, and what is to be mailed, shredded or told to `preremove` is waited for. All changes of names are
//! made here, by the thread that runs everything else, as whoever `su` names.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::block::Failed;
use super::consider::About;
use super::prepare::Job;
use super::underway::Note;
use super::{Run, copytruncate, files, space};
use crate::compress::{self, Begun, Paths, Work, Worker, known};
use crate::conf::problem::why;
use crate::owner::Identity;
use crate::plan::Block;
use crate::progress::Progress;

/// What is done with a log here.
const PACKING: &str = "compressing";

/// How often the progress is shown, and the end of the run is noticed, while the compression is waited for.
const LOOK: Duration = Duration::from_millis(200);

/// The logs that are being compressed.
#[derive(Default)]
pub(super) struct Packing {
    worker: OnceCell<Worker>,
    /// In the order in which the worker has them.
    waiting: RefCell<VecDeque<Waiting>>,
    /// Logs that the worker has ended with.
    ended: Cell<usize>,
    failed: Cell<bool>,
}

struct Waiting {
    /// Of its rotation, which has come to its end then.
    number: usize,
    /// The log that was rotated.
    log: PathBuf,
    paths: Paths,
    /// What goes then.
    dispose: Option<PathBuf>,
}

impl Packing {
    /// Whether the log of that rotation is still being compressed.
    pub(super) fn has(&self, number: usize) -> bool {
        self.waiting.borrow().iter().any(|waiting| waiting.number == number)
    }

    /// Whether `path` is one that is to be compressed, or its compressed form, or the log whose rotation ends
    /// with that: an interrupted one may be finished before the next one is due.
    pub(super) fn is_about(&self, path: &Path) -> bool {
        self.waiting.borrow().iter().any(|Waiting { log, paths, .. }| {
            log == path || paths.source == path || paths.target == path
        })
    }

    /// Whether a log could not be compressed, which was told.
    pub(super) fn failed(&self) -> bool {
        self.failed.get()
    }

    fn add(&self, work: Work) -> io::Result<()> {
        let worker = match self.worker.get() {
            Some(worker) => worker,
            None => {
                let started = Worker::start()?;
                self.worker.get_or_init(|| started)
            }
        };
        if worker.add(work) { Ok(()) } else { Err(io::Error::other("the thread has died")) }
    }
}

/// Compresses `file` and waits for it. It stays: the caller removes it.
pub(super) fn now(run: &Run, block: &Block, file: &Path, like: &About) -> Result<(), Failed> {
    settle(run);
    loop {
        match once(run, block, file, like) {
            Err(Full::Yes) if space::make_room(run, block, file).is_some() => {}
            other => return other.map_err(|_| Failed),
        }
    }
}

/// Whether it failed as the disk is full; it was told.
enum Full {
    Yes,
    No,
}

fn once(run: &Run, block: &Block, file: &Path, like: &About) -> Result<(), Full> {
    let how = &block.directives.compression;
    let (paths, input, output) = match begin(run, block, file, like).map_err(|Failed| Full::No)? {
        Begun::There(_) => return Ok(()),
        Begun::Open(paths, input, output) => (paths, input, output),
    };
    let packed = match work(block, &paths, like, &input, &output) {
        None => {
            let su = identity(block);
            let filtered = compress::filter(&paths.source, &input, &output, how, su, run.told);
            if !filtered {
                compress::give_up(&paths, run.told);
                return Err(Full::No);
            }
            compress::times(like).and_then(|times| {
                output.set_times(times)?;
                output.sync_all()
            })
        }
        Some(work) => {
            let progress = Progress::new(run.told, PACKING, &paths.source, paths.about.len());
            work.and_then(|work| run.packing.add(work)).and_then(|()| wait(run, &progress))
        }
    };
    if let Err(error) = packed {
        give_up(run, &paths, &error);
        return Err(if copytruncate::is_full(&error) { Full::Yes } else { Full::No });
    }
    let placed = compress::place(&paths, run.told)
        && compress::sync_folder(&paths.target).map_err(|error| tell(run, &paths, &error)).is_ok();
    if placed { Ok(()) } else { Err(Full::No) }
}

/// Whether the compression of a rotated log, and what comes after it, can wait.
pub(super) enum Later {
    /// It is ended when it is compressed.
    Waits,
    /// It is compressed already, by a run that was killed.
    IsThere,
    /// No: somebody could see the difference.
    No,
}

/// Has the log of `job` compressed and its rotation ended later, if that can wait.
pub(super) fn later(run: &Run, block: &Block, job: &Job) -> Result<Later, Failed> {
    let d = &block.directives;
    if run.options.debug
        || known(&d.compression).is_none()
        || d.scripts.pre_remove.is_some()
        || d.shred
        || d.mail.is_some()
        || d.delete_when_full
    {
        return Ok(Later::No);
    }
    let (paths, input, output) = match begin(run, block, &job.rotated, job.about)? {
        Begun::There(paths) => {
            let removed = files::remove(run, block, &paths.source);
            return if removed { Ok(Later::IsThere) } else { Err(Failed) };
        }
        Begun::Open(paths, input, output) => (paths, input, output),
    };
    let added = work(block, &paths, job.about, &input, &output)
        .unwrap_or_else(|| Err(io::ErrorKind::Unsupported.into()))
        .and_then(|work| run.packing.add(work));
    if let Err(error) = added {
        give_up(run, &paths, &error);
        return Err(Failed);
    }
    let (log, dispose) = (job.log.to_owned(), job.dispose.clone());
    let waiting = Waiting { number: job.number, log, paths, dispose };
    run.packing.waiting.borrow_mut().push_back(waiting);
    gather(run, Duration::ZERO, || {});
    Ok(Later::Waits)
}

fn identity(block: &Block) -> Option<Identity> {
    block.directives.su.map(|(user, group)| Identity { user, group })
}

fn begin(run: &Run, block: &Block, file: &Path, like: &About) -> Result<Begun, Failed> {
    let how = &block.directives.compression;
    compress::begin(file, like, how, identity(block), &run.now, run.told).ok_or(Failed)
}

/// For the worker; `None` if it is nothing for it.
fn work(
    block: &Block,
    paths: &Paths,
    like: &About,
    input: &File,
    output: &File,
) -> Option<io::Result<Work>> {
    let (format, level) = known(&block.directives.compression)?;
    let work = || {
        Ok(Work {
            format,
            level,
            size: paths.about.len(),
            modified: paths.about.mtime(),
            times: compress::times(like)?,
            input: input.try_clone()?,
            output: output.try_clone()?,
        })
    };
    Some(work())
}

/// Waits for the only log that the worker has.
fn wait(run: &Run, progress: &Progress) -> io::Result<()> {
    let Some(worker) = run.packing.worker.get() else { return Ok(()) };
    loop {
        match worker.results(LOOK) {
            Ok(Some(mut results)) => {
                run.packing.ended.set(run.packing.ended.get() + results.len());
                return results.pop().unwrap_or(Ok(()));
            }
            Ok(None) => progress.at(worker.progress().done.load(Ordering::Relaxed)),
            Err(_) => return Err(io::Error::other("the thread has died")),
        }
    }
}

/// Waits until all is compressed.
pub(super) fn settle(run: &Run) {
    let mut shown: Option<(usize, Progress)> = None;
    while !run.packing.waiting.borrow().is_empty() {
        // the bar goes before something is told
        if gather(run, LOOK, || shown = None) {
            continue;
        }
        let Some(worker) = run.packing.worker.get() else { continue };
        let at = worker.progress();
        if run.is_to_stop() {
            at.stop();
        }
        let begun = at.begun.load(Ordering::Relaxed);
        if shown.as_ref().is_none_or(|(number, _)| *number != begun) {
            shown = in_hand(run, begun).map(|progress| (begun, progress));
        }
        if let Some((_, progress)) = &shown {
            progress.at(at.done.load(Ordering::Relaxed));
        }
    }
}

/// The log that the worker has in hand, if it has begun with so many.
fn in_hand<'a>(run: &'a Run, begun: usize) -> Option<Progress<'a>> {
    let waiting = run.packing.waiting.borrow();
    let paths = &waiting.get(begun.checked_sub(run.packing.ended.get() + 1)?)?.paths;
    Some(Progress::new(run.told, PACKING, &paths.source, paths.about.len()))
}

/// Ends the rotation of those that are compressed, and does `first` before. `false` if there were none in that time.
fn gather(run: &Run, wait: Duration, first: impl FnOnce()) -> bool {
    let Some(worker) = run.packing.worker.get() else { return false };
    match worker.results(wait) {
        Ok(Some(results)) => {
            first();
            let mut waiting = run.packing.waiting.borrow_mut();
            let count = results.len().min(waiting.len());
            let these: Vec<Waiting> = waiting.drain(..count).collect();
            run.packing.ended.set(run.packing.ended.get() + count);
            drop(waiting);
            end(run, these.into_iter().zip(results));
            true
        }
        Ok(None) => false,
        Err(_) => {
            first();
            let died = |_: &Waiting| Err(io::Error::other("the thread has died"));
            let these: Vec<Waiting> = run.packing.waiting.borrow_mut().drain(..).collect();
            let results: Vec<_> = these.iter().map(died).collect();
            end(run, these.into_iter().zip(results));
            true
        }
    }
}

fn end(run: &Run, these: impl Iterator<Item = (Waiting, io::Result<()>)>) {
    let mut placed = Vec::new();
    for (waiting, result) in these {
        match result {
            Ok(()) if compress::place(&waiting.paths, run.told) => placed.push(waiting),
            // the next run goes on with it
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                run.told
                    .debug(&format!("{} is compressed later\n", waiting.paths.source.display()));
            }
            failed => {
                if let Err(error) = failed {
                    give_up(run, &waiting.paths, &error);
                }
                run.packing.failed.set(true);
                run.underway.note(waiting.number, Note::Done, run.told);
            }
        }
    }
    // once for each folder, as each of them makes the disk wait
    let mut synced = BTreeSet::new();
    for Waiting { number, paths, dispose, .. } in placed {
        let done = match paths.target.parent() {
            Some(folder) if synced.contains(folder) => Ok(()),
            _ => compress::sync_folder(&paths.target),
        };
        match done {
            Ok(()) => {
                synced.extend(paths.target.parent().map(Path::to_owned));
                remove(run, &paths.source, "error unlinking log file");
                if let Some(file) = dispose {
                    run.told.debug(&format!("removing old log {}\n", file.display()));
                    remove(run, &file, "error unlinking log file");
                }
            }
            Err(error) => {
                tell(run, &paths, &error);
                run.packing.failed.set(true);
            }
        }
        run.underway.note(number, Note::Done, run.told);
    }
}

fn remove(run: &Run, file: &Path, what: &str) {
    if let Err(error) = std::fs::remove_file(file) {
        run.told.error(&format!("{what} {}: {}", file.display(), why(&error)));
        if error.kind() != io::ErrorKind::NotFound {
            run.packing.failed.set(true);
        }
    }
}

fn tell(run: &Run, paths: &Paths, error: &io::Error) {
    run.told.error(&format!("can't finish {}: {}", paths.target.display(), why(error)));
}

fn give_up(run: &Run, paths: &Paths, error: &io::Error) {
    tell(run, paths, error);
    compress::give_up(paths, run.told);
}
