use std::ffi::OsStr;
use std::path::Path;

use super::prepare::Job;
use super::underway::Note;
use super::{Run, consider, finish, prepare, recover, renew};
use crate::owner::Identity;
use crate::plan::{Block, Criterion};
use crate::scripts;

/// Something went wrong and was told.
pub(super) struct Failed;

/// Rotates the logs of one block that are due.
pub(super) fn rotate(run: &mut Run, block: &Block) -> Result<(), Failed> {
    describe(run, block);
    let open = !run.underway.interrupted(&block.pattern).is_empty();
    if block.files.is_empty() && !open {
        run.told.debug("No logs found. Rotation not needed.\n");
        return Ok(());
    }
    let Some((user, group)) = block.directives.su else { return rotate_files(run, block) };
    let before = Identity::current();
    Identity { user, group }.assume(run.told).map_err(|()| Failed)?;
    let result = rotate_files(run, block);
    before.assume(run.told).map_err(|()| Failed)?;
    result
}

fn rotate_files(run: &mut Run, block: &Block) -> Result<(), Failed> {
    let mut result = recover::interrupted(run, block);
    let mut due = Vec::new();
    for log in &block.files {
        match consider::consider(run, block, log) {
            Ok(Some(about)) => due.push((log.as_path(), about)),
            Ok(None) => {}
            Err(Failed) => result = Err(Failed),
        }
    }
    if due.is_empty() {
        return result;
    }
    let scripts = &block.directives.scripts;
    if let Some(script) = &scripts.first {
        run.told.debug("running first action script\n");
        if !run_script(run, script, &[OsStr::new(&block.pattern)]) {
            run.told.error(&format!("error running first action script for {}", block.pattern));
            return Err(Failed);
        }
    }
    // the attempt counts: what fails is not tried again before it is due again
    due.iter().for_each(|(log, _)| run.state.rotated(log, &run.now));
    if block.directives.shared_scripts {
        // one script for all: it is all of them or none
        if result.is_ok() && group(run, block, &due).is_err() {
            result = Err(Failed);
        }
    } else {
        for log in due.chunks(1) {
            if group(run, block, log).is_err() {
                result = Err(Failed);
            }
        }
    }
    last_action(run, block).and(result)
}

pub(super) fn last_action(run: &Run, block: &Block) -> Result<(), Failed> {
    let Some(script) = &block.directives.scripts.last else { return Ok(()) };
    run.told.debug("running last action script\n");
    if run_script(run, script, &[OsStr::new(&block.pattern)]) {
        return Ok(());
    }
    run.told.error(&format!("error running last action script for {}", block.pattern));
    Err(Failed)
}

/// The logs that one run of `prerotate` and `postrotate` stands for: all with `sharedscripts`, else
/// each by itself. The first failure ends it for all of them.
fn group(run: &Run, block: &Block, due: &[(&Path, consider::About)]) -> Result<(), Failed> {
    let scripts = &block.directives.scripts;
    if let Some(script) = &scripts.pre {
        run.told.debug("running prerotate script\n");
        let shared = block.directives.shared_scripts;
        let argument = match due.first() {
            Some((log, _)) if !shared => log.as_os_str(),
            _ => OsStr::new(&block.pattern),
        };
        if !run_script(run, script, &[argument]) {
            let (kind, which) = named(block, due.first().map(|(log, _)| *log));
            run.told.error(&format!("error running {kind} prerotate script for {which}"));
            return Err(Failed);
        }
    }
    let mut jobs = Vec::with_capacity(due.len());
    let mut numbers = Vec::with_capacity(due.len());
    let mut failed = false;
    for (log, about) in due {
        let number = run.underway.begin(log, &block.pattern, &run.now, run.told);
        numbers.push(number);
        match prepare::prepare(run, block, number, log, about) {
            Ok(job) => jobs.push(job),
            Err(Failed) => failed = true,
        }
    }
    let renewed = if failed {
        Err(Failed)
    } else {
        jobs.iter_mut().try_for_each(|job| renew::renew(run, block, job))
    };
    let result = match renewed {
        Ok(()) => finish_all(run, block, &jobs),
        Err(Failed) => {
            numbers.iter().for_each(|number| recover::failed(run, *number));
            Err(Failed)
        }
    };
    numbers.into_iter().for_each(|number| run.underway.note(number, Note::Done, run.told));
    result
}

/// `postrotate`, and what comes after it.
pub(super) fn finish_all(run: &Run, block: &Block, jobs: &[Job]) -> Result<(), Failed> {
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
