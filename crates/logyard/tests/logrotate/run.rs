use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use libtest_mimic::Failed;

use crate::case::{Case, Expected, Step};
use crate::reference::{NEWEST, Reference};
use crate::tree;

/// Seconds that one run may take.
const PATIENCE: &str = "20";

/// What one run gave.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    tree: BTreeMap<String, String>,
}

/// Runs a case with both, or with ours against what the case expects.
pub(crate) fn compare(case: &Case, reference: Option<&Reference>) -> Result<(), Failed> {
    let reference = reference.ok_or("there is no reference")?;
    // both in the same place, one after the other: nothing depends on the path then
    let home = tempfile::tempdir()?;
    let ours = steps(case, home.path(), reference, Path::new(env!("CARGO_BIN_EXE_logyard")), true)?;
    if let Some(expected) = &case.expect {
        return check(case, expected, ours.last(), home.path());
    }
    let theirs = steps(case, home.path(), reference, &reference.program, false)?;
    let mut report = String::new();
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let mut line = |what: &str, theirs: &dyn std::fmt::Debug, ours: &dyn std::fmt::Debug| {
            let _ = writeln!(
                report,
                "run {index}, {what}\n  logrotate: {theirs:?}\n  logyard:   {ours:?}"
            );
        };
        if ours.code != theirs.code {
            line("exit code", &theirs.code, &ours.code);
        }
        if ours.stdout != theirs.stdout {
            line("standard output", &theirs.stdout, &ours.stdout);
        }
        let spoken = case.messages_differ.is_none() && reference.version == NEWEST;
        if spoken && ours.stderr != theirs.stderr {
            let _ = writeln!(
                report,
                "--- logrotate's messages\n{}\n--- logyard's\n{}",
                theirs.stderr, ours.stderr
            );
        }
        let names: std::collections::BTreeSet<_> =
            ours.tree.keys().chain(theirs.tree.keys()).collect();
        for name in names {
            let (a, b) = (theirs.tree.get(name), ours.tree.get(name));
            if a != b {
                let _ =
                    writeln!(report, "run {index}, {name}\n  logrotate: {a:?}\n  logyard:   {b:?}");
            }
        }
    }
    if report.is_empty() { Ok(()) } else { Err(report.into()) }
}

fn check(
    case: &Case,
    expected: &Expected,
    outcome: Option<&Outcome>,
    home: &Path,
) -> Result<(), Failed> {
    assert!(case.instead.is_some(), "a case that does not ask logrotate says why");
    let outcome = outcome.ok_or("nothing was run")?;
    let folder = home.join("dir");
    let mut found: BTreeMap<String, String> = outcome
        .tree
        .iter()
        .filter(|(name, line)| {
            ![" folder", " pipe"].iter().any(|kind| line.ends_with(kind))
                && !["conf", "state"].contains(&name.as_str())
        })
        .map(|(name, _)| (name.clone(), tree::content(&folder.join(name))))
        .collect();
    for text in found.values_mut() {
        *text = text.split_once("cat: ").map_or(text.clone(), |(_, text)| text.to_owned());
    }
    let text = |text: &str| text.replace("{dir}", &folder.display().to_string());
    let files: BTreeMap<String, String> =
        expected.files.iter().map(|(name, content)| (name.clone(), text(content))).collect();
    let said = expected.says.iter().all(|part| outcome.stderr.contains(&text(part)));
    if found == files && outcome.code == Some(expected.code) && said {
        return Ok(());
    }
    Err(format!("expected {expected:#?}\nfound {found:#?}\n{outcome:#?}").into())
}

fn steps(
    case: &Case,
    home: &Path,
    reference: &Reference,
    program: &Path,
    ours: bool,
) -> Result<Vec<Outcome>, Failed> {
    let folder = set_up(case, home)?;
    let text = |text: &str| text.replace("{dir}", &folder.display().to_string());
    let tz = case.tz.as_deref().unwrap_or("UTC");
    let mut outcomes = Vec::new();
    for step in &case.steps() {
        prepare(step, &folder)?;
        outcomes.push(run(step, &folder, reference, program, ours, &text, tz)?);
    }
    Ok(outcomes)
}

/// The folder of a case, with its files.
pub(crate) fn set_up(case: &Case, home: &Path) -> Result<PathBuf, Failed> {
    let folder = home.join("dir");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir(&folder)?;
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755))?;
    std::fs::set_permissions(home, PermissionsExt::from_mode(0o755))?;
    let text = |text: &str| text.replace("{dir}", &folder.display().to_string());
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_165_200);
    let write = |name: &str, content: &str, mode: u32| -> std::io::Result<()> {
        let path = folder.join(name);
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above)?;
        }
        std::fs::write(&path, text(content))?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode))?;
        std::fs::File::options().write(true).open(&path)?.set_modified(old)
    };
    for (name, content) in &case.files {
        write(name, content, 0o644)?;
    }
    if let Some(conf) = &case.conf {
        write("conf", conf, 0o644)?;
    }
    if let Some(state) = &case.state {
        write("state", &format!("logrotate state -- version 2\n{state}"), 0o640)?;
    }
    Ok(folder)
}

/// The shell commands before a run.
pub(crate) fn prepare(step: &Step, folder: &Path) -> Result<(), Failed> {
    let commands = step.setup.replace("{dir}", &folder.display().to_string());
    let setup = Command::new("sh").args(["-ec", &commands]).current_dir(folder).output()?;
    if !setup.status.success() {
        return Err(format!("setup failed: {}", String::from_utf8_lossy(&setup.stderr)).into());
    }
    Ok(())
}

fn run(
    step: &Step,
    folder: &Path,
    reference: &Reference,
    program: &Path,
    ours: bool,
    text: &dyn Fn(&str) -> String,
    tz: &str,
) -> Result<Outcome, Failed> {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg("env");
    // the wrapper itself must not live in the frozen time
    command.arg(format!("LD_PRELOAD={}", reference.faketime.display()));
    command.arg(format!("FAKETIME={}", step.now)).arg("NO_FAKE_STAT=1").arg(program);
    if ours {
        command.arg("rotate");
    }
    let flags = text(&step.flags);
    let mut flags: Vec<&str> = flags.split_ascii_whitespace().collect();
    let (state, conf) = (text("{dir}/state"), text("{dir}/conf"));
    if !flags.contains(&"-s") {
        flags.extend(["-s", &state]);
    }
    if !flags.iter().any(|flag| flag.contains("conf")) {
        flags.push(&conf);
    }
    let output = command
        .args(flags)
        .current_dir(folder)
        .env("TZ", tz)
        .env("LC_ALL", "C")
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()?;
    if output.status.code() == Some(124) {
        return Err(format!("{} took too long", program.display()).into());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Ok(Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: normal(&stderr),
        tree: tree::snapshot(folder),
    })
}

/// What may differ in messages: process ids, our columns, how logrotate keeps its table, and the two
/// lines that it leaves without an end.
fn normal(stderr: &str) -> String {
    let mut out = String::new();
    for line in stderr
        .replace("/stateReading", "/state\nReading")
        .replace("/stateacquired", "/state\nacquired")
        .lines()
    {
        if line.starts_with("Allocating hash table")
            || line == "Creating new state"
            || line.is_empty()
        {
            continue;
        }
        let line = line.split_once(" (column ").map_or(line, |(line, _)| line);
        let line = line.split_once("(pid ").map_or(line, |(line, _)| line);
        out += line;
        out.push('\n');
    }
    out
}
