//! What `logyard check` foretells, beside what `logyard rotate -d` says at that time.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use libtest_mimic::Failed;

use crate::case::Case;
use crate::reference::Reference;
use crate::run::{prepare, set_up};

/// Whether there is something to compare: one configuration, and a folder that one can look at.
pub(crate) fn fits(case: &Case) -> bool {
    let first = case.steps().into_iter().next();
    case.conf.is_some()
        && !first.is_some_and(|step| step.flags.contains("conf") || step.flags.contains("-s "))
}

/// `check` says whether a run would end with 1, which logs it would rotate, and when it will be so.
pub(crate) fn compare(case: &Case, reference: &Reference) -> Result<(), Failed> {
    let home = tempfile::tempdir()?;
    let folder = set_up(case, home.path())?;
    let step = case.steps().into_iter().next().ok_or("a case has a step")?;
    prepare(&step, &folder)?;
    let at = |now: &str, arguments: &[&str]| logyard(case, &folder, reference, now, arguments);
    let check = at(&step.now, &["check", "--rotate", "conf", "--rotate-state", "state"])?;
    let debug = at(&step.now, &["rotate", "-d", "-s", "state", "conf"])?;
    let (told, said) = (text(&check.stdout), text(&debug.stderr));
    let report = |what: &str| -> Failed {
        format!("{what}\n--- check\n{told}{}--- rotate -d\n{said}", text(&check.stderr)).into()
    };
    let bad = |output: &Output| output.status.code() == Some(1) || output.status.code() == Some(2);
    if bad(&check) != bad(&debug) {
        return Err(report("the exit codes differ"));
    }
    let due = |said: &str| said.matches("  log needs rotating").count();
    let foretold = told.matches("the next run rotates it").count()
        + told.matches("due, and left as it is while another").count();
    if foretold != due(&said) {
        return Err(report("the logs that are due differ"));
    }
    let next = told.lines().find_map(|line| line.trim().strip_prefix("next at "));
    let Some((next, rest)) = next.and_then(|next| next.split_at_checked("2026-11-22 10:00".len()))
    else {
        return Ok(());
    };
    // that depends on what is written until then, on a first run, and on which of the two hours is meant
    let depends = rest.starts_with(", if")
        || told.contains("not seen before")
        || told.matches("next at ").count() > 1
        || case.name.ends_with("the hour that comes twice");
    if depends {
        return Ok(());
    }
    let now = due(&said);
    for (time, expected) in [(before(next, case)?, now), (format!("{next}:00"), now + 1)] {
        let debug = at(&time, &["rotate", "-d", "-s", "state", "conf"])?;
        if due(&text(&debug.stderr)) != expected {
            let said = text(&debug.stderr);
            return Err(report(&format!("at {time}, {expected} should be due: {said}")));
        }
    }
    Ok(())
}

/// A minute before.
fn before(time: &str, case: &Case) -> Result<String, Failed> {
    let output = Command::new("date")
        .args(["-d", &format!("{time}:00 1 minute ago"), "+%F %T"])
        .env("TZ", case.tz.as_deref().unwrap_or("UTC"))
        .output()?;
    Ok(text(&output.stdout).trim().to_owned())
}

fn logyard(
    case: &Case,
    folder: &Path,
    reference: &Reference,
    now: &str,
    arguments: &[&str],
) -> Result<Output, Failed> {
    let output = Command::new("timeout")
        .arg("20")
        .arg("env")
        .arg(format!("LD_PRELOAD={}", reference.faketime.display()))
        .arg(format!("FAKETIME={now}"))
        .arg("NO_FAKE_STAT=1")
        .arg(env!("CARGO_BIN_EXE_logyard"))
        .args(arguments)
        .current_dir(folder)
        .env("TZ", case.tz.as_deref().unwrap_or("UTC"))
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()?;
    Ok(output)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
