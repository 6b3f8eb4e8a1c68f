use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use libtest_mimic::Failed;

use crate::folder::Folder;
use crate::scenes::Scene;

/// System calls that change something, or wait for somebody who does. Not all machines have all.
const CALLS: &[&str] = &[
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "write",
    "pwrite64",
    "fallocate",
    "ftruncate",
    "fsync",
    "fdatasync",
    "chmod",
    "fchmod",
    "chown",
    "fchown",
    "utimensat",
    "copy_file_range",
    "sendfile",
    "splice",
    "vfork",
    "clone",
    "clone3",
    "wait4",
    "fcntl",
    "flock",
    "exit_group",
];

/// More than any scene has of one.
const MOST: usize = 200;

/// Whether there is a strace that can kill, or why not.
pub(crate) fn strace() -> Result<(), String> {
    let killed = Command::new("strace")
        .args([
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=all",
            "-e",
            "inject=?exit_group,?exit:signal=KILL",
            "true",
        ])
        .output();
    match killed {
        Ok(output) if output.status.signal() == Some(9) => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("strace: {error}")),
    }
}

/// Lines of one log: `NAME NUMBER FILL`, some blocks.
fn lines(name: &str) -> String {
    (0..400).map(|number| format!("{name} {number} {}\n", "x".repeat(number % 50))).collect()
}

/// The folder of a scene, and whoever has the log open.
fn prepare(scene: &Scene) -> (Folder, Option<File>) {
    let folder = Folder::new(scene.directives, scene.options);
    for name in scene.older {
        folder.write(name, &lines(name));
    }
    folder.append().write_all(lines("live").as_bytes()).unwrap();
    let writer = scene.open.then(|| folder.append());
    (folder, writer)
}

/// Runs it with a kill before the call with that number; gives whether it came so far.
fn killed(folder: &Folder, call: &str, number: usize) -> Result<bool, Failed> {
    let trace = format!("trace=?{call}");
    let inject = format!("inject=?{call}:signal=KILL:when={number}");
    let wrapper = ["strace", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let output = folder.rotate(&wrapper, &[]).output()?;
    match (output.status.signal(), output.status.success()) {
        (Some(9), _) => Ok(true),
        (None, true) => Ok(false),
        _ => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

/// What a rotation gives that nobody kills.
struct Undisturbed {
    tree: BTreeMap<String, String>,
    lines: Vec<String>,
    state: (String, Vec<String>),
}

pub(crate) fn run(scene: &Scene) -> Result<(), Failed> {
    let (folder, writer) = prepare(scene);
    folder.rotate_now(&[])?;
    drop(writer);
    let undisturbed =
        Undisturbed { tree: folder.tree(), lines: folder.lines(), state: folder.state() };
    let (mut kills, mut wrong) = (0, Vec::new());
    for call in CALLS {
        for number in 1..MOST {
            match once(scene, &undisturbed, (call, number)) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => wrong.push(error),
            }
            kills += 1;
        }
    }
    eprintln!("{}: killed {kills} times, {} times something is wrong", scene.name, wrong.len());
    assert!(kills > 15, "it was killed {kills} times only");
    wrong.into_iter().next().map_or(Ok(()), Err)
}

/// Kills one rotation, runs it once more, and compares with one that was not disturbed. `false` if it was not
/// killed, as there are not that many of these calls.
fn once(
    scene: &Scene,
    undisturbed: &Undisturbed,
    (call, number): (&str, usize),
) -> Result<bool, Failed> {
    let (folder, mut writer) = prepare(scene);
    if !killed(&folder, call, number)? {
        return Ok(false);
    }
    let left: Vec<String> = folder.tree().into_keys().collect();
    // the second attempt is killed, too
    let again = number % 3 == 0 && killed(&folder, call, number / 3)?;
    let at = format!("killed before {call} {number}, again: {again}, which left {left:?}");
    // somebody goes on writing
    let more = number % 2 == 0 && !scene.directives.contains("rotate 0");
    if more && (writer.is_some() || folder.log().exists()) {
        let writer = writer.get_or_insert_with(|| folder.append());
        writer.write_all(b"later 1\nlater 2\n")?;
    }
    let told = folder.rotate_now(&[]).map_err(|told| format!("{at}\n{told}"))?;
    let mut lines = folder.lines();
    lines.retain(|line| !line.starts_with("later "));
    let wrong = difference(&undisturbed.lines, &lines);
    let tree = folder.tree();
    let stray = tree.keys().any(|name| name.split('/').any(|part| part.starts_with('.')));
    let other = !more && tree != undisturbed.tree;
    let state = folder.state();
    if wrong.is_empty() && !stray && !other && state == undisturbed.state {
        return Ok(true);
    }
    Err(format!(
        "{at}\n{told}at least {} lines are wrong: {wrong:?}\nfiles: {:#?}\nundisturbed: {:#?}\n\
         state: {state:#?}\nundisturbed: {:#?}",
        wrong.len(),
        sizes(&tree),
        sizes(&undisturbed.tree),
        undisturbed.state
    )
    .into())
}

/// Names, sizes and beginnings.
fn sizes(tree: &BTreeMap<String, String>) -> Vec<String> {
    let size = |(name, text): (&String, &String)| {
        let first = text.lines().next().unwrap_or_default();
        format!("{name}: {} bytes, {first:.20}", text.len())
    };
    tree.iter().map(size).collect()
}

/// The lines that are missing or there too often; both are sorted.
fn difference(expected: &[String], found: &[String]) -> Vec<String> {
    let count = |lines: &[String]| {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        lines.iter().for_each(|line| *counts.entry(line.clone()).or_default() += 1);
        counts
    };
    let mut counts = count(found);
    for (line, times) in count(expected) {
        *counts.entry(line).or_default() -= times;
    }
    counts.retain(|_, times| *times != 0);
    counts.into_iter().take(10).map(|(line, times)| format!("{line:.30}: {times:+}")).collect()
}
