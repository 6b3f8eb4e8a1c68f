use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::consider::Verdict;
use super::prepare::Job;
use super::{Run, consider, finish, packing, prepare, recover, renew, space};
use crate::conf::old_dir;
use crate::owner::Identity;
use crate::plan::{Access, Block, Criterion};
use crate::scripts;

/// Something went wrong and was told.
pub(super) struct Failed;

/// A log that is due.
struct Due<'a> {
    log: &'a Path,
    about: consider::About,
    /// In place of the block, for a log that the caller writes.
    own: Option<Block>,
}

impl Due<'_> {
    fn block<'b>(&'b self, block: &'b Block) -> &'b Block {
        self.own.as_ref().unwrap_or(block)
    }
}

/// The block for a log that the caller writes: where it would be copied and emptied, it is moved, and made
/// anew as it was. The rest of the block is the same; its files are left out.
fn of_own(block: &Block, log: &Path) -> Block {
    let mut d = block.directives.clone();
    if d.copy_truncate && !d.rename_copy {
        let device = |folder: Option<PathBuf>| {
            folder.and_then(|folder| folder.metadata().ok()).map(|about| about.dev())
        };
        let elsewhere = old_dir::of(block, log)
            .is_some_and(|old| device(Some(old)) != device(log.parent().map(Path::to_owned)));
        d.rename_copy = elsewhere; // a copy of what was moved, then
        (d.copy, d.copy_truncate) = (false, false);
        d.create.get_or_insert(Access::default());
    }
    Block { pattern: block.pattern.clone(), files: Vec::new(), directives: d, at: block.at.clone() }
}

/// Rotates the logs of one block that are due.
pub(super) fn rotate(run: &mut Run, block: &Block) -> Result<(), Failed> {
    describe(run, block);
    let open = run.underway.is_left(&block.pattern);
    if block.files.is_empty() && !open {
        run.told.debug("No logs found. Rotation not needed.\n");
        return Ok(());
    }
    let Some((user, group)) = block.directives.su else { return rotate_files(run, block) };
    let before = Identity::current();
    packing::settle(run); // as whoever they are of
    Identity { user, group }.assume(run.told).map_err(|()| Failed)?;
    let result = rotate_files(run, block);
    packing::settle(run);
    before.assume(run.told).map_err(|()| Failed)?;
    result
}

fn rotate_files(run: &mut Run, block: &Block) -> Result<(), Failed> {
    let mut result = recover::interrupted(run, block);
    let mut due = Vec::new();
    for log in &block.files {
        let own = run.owner_of(log).map(|_| of_own(block, log));
        match consider::consider(run, own.as_ref().unwrap_or(block), log) {
            Ok(Verdict::Due(about)) => due.push(Due { log, about, own }),
            Ok(Verdict::Later(..) | Verdict::Left(_)) => {}
            Err(Failed) => result = Err(Failed),
        }
    }
    if due.is_empty() {
        tell_not_running(run, block, result.is_ok());
        return space::keep_bounds(run, block).and(result);
    }
    let scripts = &block.directives.scripts;
    if let Some(script) = &scripts.first {
        packing::settle(run);
        run.told.debug("running first action script\n");
        if !run_script(run, script, &[OsStr::new(&block.pattern)]) {
            run.told.error(&format!("error running first action script for {}", block.pattern));
            return Err(Failed);
        }
    }
    let shared = block.directives.shared_scripts;
    for due in due.chunks(if shared { due.len() } else { 1 }) {
        if run.is_to_stop() {
            break;
        }
        // one script for all: it is all of them or none
        let all = !shared || result.is_ok();
        if all && group(run, block, due).is_err() {
            result = Err(Failed);
        }
    }
    last_action(run, block).and(space::keep_bounds(run, block)).and(result)
}

/// No log is due: the scripts that wait for one. Those that are for all logs don't wait unless all is well.
fn tell_not_running(run: &Run, block: &Block, all_well: bool) {
    let d = &block.directives;
    let shared = d.shared_scripts && all_well;
    for (kind, there, when) in [
        ("first action", d.scripts.first.is_some(), "will be"),
        ("prerotate", d.scripts.pre.is_some() && shared, "will be"),
        ("postrotate", d.scripts.post.is_some() && shared, "were"),
        ("last action", d.scripts.last.is_some(), "will be"),
    ] {
        if there {
            run.told.debug(&format!("not running {kind} script, since no logs {when} rotated\n"));
        }
    }
}

pub(super) fn last_action(run: &Run, block: &Block) -> Result<(), Failed> {
    let Some(script) = &block.directives.scripts.last else { return Ok(()) };
    packing::settle(run);
    run.told.debug("running last action script\n");
    if run_script(run, script, &[OsStr::new(&block.pattern)]) {
        return Ok(());
    }
    run.told.error(&format!("error running last action script for {}", block.pattern));
    Err(Failed)
}

/// The logs that one run of `prerotate` and `postrotate` stands for: all with `sharedscripts`, else
/// each by itself. The first failure ends it for all of them.
fn group(run: &mut Run, block: &Block, due: &[Due]) -> Result<(), Failed> {
    let scripts = &block.directives.scripts;
    // a script finds what was rotated before it as logrotate would have it: compressed
    if scripts.pre.is_some()
        || scripts.post.is_some()
        || due.iter().any(|due| run.packing.is_about(due.log))
    {
        packing::settle(run);
    }
    if let Some(script) = &scripts.pre {
        run.told.debug("running prerotate script\n");
        let shared = block.directives.shared_scripts;
        let argument = match due.first() {
            Some(due) if !shared => due.log.as_os_str(),
            _ => OsStr::new(&block.pattern),
        };
        if !run_script(run, script, &[argument]) {
            let (kind, which) = named(block, due.first().map(|due| due.log));
            run.told.error(&format!("error running {kind} prerotate script for {which}"));
            return Err(Failed);
        }
    }
    // the attempt counts: what fails from here on is not tried again before it is due again
    due.iter().for_each(|due| run.state.rotated(due.log, &run.now));
    let run = &*run;
    let mut jobs = Vec::with_capacity(due.len());
    let mut numbers = Vec::with_capacity(due.len());
    let mut failed = false;
    for due in due {
        let number = run.underway.begin(due.log, &block.pattern, &run.now, run.told);
        numbers.push(number);
        match prepare::prepare(run, due.block(block), number, due.log, &due.about) {
            Ok(job) => jobs.push(job),
            Err(Failed) => failed = true,
        }
    }
    let renewed = if failed {
        Err(Failed)
    } else {
        jobs.iter_mut().zip(due).try_for_each(|(job, due)| renew::renew(run, due.block(block), job))
    };
    let result = match renewed {
        Ok(()) => finish_all(run, block, &jobs),
        Err(Failed) => {
            numbers.iter().for_each(|number| recover::failed(run, *number));
            Err(Failed)
        }
    };
    numbers.into_iter().for_each(|number| run.is_over(number));
    result
}

/// Waits until the caller writes nothing more to what its own logs were moved to.
fn let_go(run: &Run, block: &Block, jobs: &[Job]) -> Result<(), Failed> {
    if block.directives.copy && !block.directives.rename_copy && !block.directives.copy_truncate {
        return Ok(()); // they were not moved
    }
    let logs: Vec<&Path> =
        jobs.iter().map(|job| job.log).filter(|log| run.owner_of(log).is_some()).collect();
    let Some(own) = logs.first().and_then(|log| run.owner_of(log)) else { return Ok(()) };
    own.let_go(&logs).map_err(|error| {
        run.told.error(&error.to_string());
        Failed
    })
}

/// `postrotate`, and what comes after it.
pub(super) fn finish_all(run: &Run, block: &Block, jobs: &[Job]) -> Result<(), Failed> {
    let_go(run, block, jobs)?;
    if let (Some(script), Some(job)) = (&block.directives.scripts.post, jobs.first()) {
        run.told.debug("running postrotate script\n");
        let arguments: &[&OsStr] = if block.directives.shared_scripts {
            &[OsStr::new(&block.pattern)]
        } else {
            &[job.log.as_os_str(), job.rotated.as_os_str()]
        };
        if !run_script(run, script, arguments) {
            let (kind, which) = named(block, Some(job.log));
            run.told.error(&format!("error running {kind} postrotate script for {which}"));
            return Err(Failed);
        }
    }
    jobs.iter().try_for_each(|job| finish::finish(run, block, job))
}

/// How messages call a script's kind, and what it runs for.
fn named(block: &Block, log: Option<&Path>) -> (&'static str, String) {
    match log {
        Some(log) if !block.directives.shared_scripts => {
            ("non-shared", format!("{} of '{}'", log.display(), block.pattern))
        }
        _ => ("shared", format!("'{}'", block.pattern)),
    }
}

/// Scripts run as whoever started the rotation, whatever `su` says.
pub(super) fn run_script(run: &Run, script: &str, arguments: &[&OsStr]) -> bool {
    let real = Identity {
        user: rustix::process::getuid().as_raw(),
        group: rustix::process::getgid().as_raw(),
    };
    let (debug, log) = (run.options.debug, run.options.log.as_deref());
    real.during(run.told, || scripts::run(script, arguments, debug, log, run.told)).unwrap_or(false)
}

fn describe(run: &Run, block: &Block) {
    let d = &block.directives;
    let when = match d.criterion {
        _ if run.options.force => "forced from command line".to_owned(),
        Criterion::Size(size) => format!("{size} bytes"),
        Criterion::Minutes(minutes) => format!("after {minutes} minutes"),
        Criterion::Daily => "after 1 days".to_owned(),
        other => other.name().to_owned(),
    };
    let mut rules = String::new();
    if let Some(old) = &d.old_dir {
        rules += &format!("olddir is {}, ", old.display());
    }
    rules += if d.if_empty {
        "empty log files are rotated, "
    } else {
        "empty log files are not rotated, "
    };
    if let Some(size) = d.min_size.filter(|size| *size > 0) {
        rules += &format!("only log files >= {size} bytes are rotated, ");
    }
    if let Some(size) = d.max_size.filter(|size| *size > 0) {
        rules += &format!("log files >= {size} are rotated earlier, ");
    }
    if d.min_age > 0 {
        rules += &format!("only log files older than {} days are rotated, ", d.min_age);
    }
    let forever = d.rotate < 0 && d.max_age == 0;
    if let Some(address) = d.mail.as_ref().filter(|_| !forever) {
        rules += &format!("old logs mailed to {address}, ");
    }
    let kept = match d.rotate {
        0 => "no old logs will be kept".to_owned(),
        _ if forever => "old logs are kept forever".to_owned(),
        count => {
            let count = if count < 0 { "unlimited".to_owned() } else { count.to_string() };
            let age = match d.max_age {
                0 => String::new(),
                days => format!(" after {days} days"),
            };
            format!("({count} rotations), old logs are removed{age}")
        }
    };
    run.told.debug(&format!("\nrotating pattern: {} {when} {rules}{kept}\n", block.pattern));
}
