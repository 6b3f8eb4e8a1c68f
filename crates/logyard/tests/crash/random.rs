use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use libtest_mimic::Failed;

use crate::folder::{Folder, can_collapse};

/// Rotations while others write.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    directives: &'static str,
    writer: Writer,
}

/// How a writer comes to the log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// Open all the time.
    Stays,
    /// Opens it for each line.
    Opens,
    /// Opens it again where another file has its name.
    Follows,
}

pub(crate) const SCENES: &[Scene] = &[
    Scene { name: "copytruncate", directives: "copytruncate", writer: Writer::Stays },
    Scene {
        name: "copytruncate, packed",
        directives: "copytruncate\ncompress",
        writer: Writer::Stays,
    },
    Scene { name: "copytruncate, opened again", directives: "copytruncate", writer: Writer::Opens },
    Scene { name: "create", directives: "create", writer: Writer::Follows },
];

/// Of each scene: all together are 200. `LOGYARD_CRASH` says another number.
const ROTATIONS: u64 = 50;

const WRITERS: usize = 3;

/// Most lines of a writer for each rotation: some megabytes in the short form.
const LINES: u64 = 1_200;

pub(crate) fn run(scene: &Scene) -> Result<(), Failed> {
    if scene.writer == Writer::Stays && !can_collapse() {
        eprintln!(
            "skipped: random: {}: the filesystem can't remove the beginning of a file",
            scene.name
        );
        return Ok(());
    }
    let rotations = std::env::var("LOGYARD_CRASH").ok().map(|text| text.parse());
    let rotations: u64 = rotations.transpose()?.unwrap_or(ROTATIONS);
    let most = rotations * LINES;
    let folder = Folder::new(&format!("rotate 100000\n{}", scene.directives), &[]);
    drop(folder.append());
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos() as u64;
    let mut random = seed | 1;
    let stop = AtomicBool::new(false);
    let (mut written, mut killed) = (Vec::new(), 0);
    let told = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn({
                    let (folder, stop) = (&folder, &stop);
                    move || write(folder, scene.writer, writer, stop, most)
                })
            })
            .collect();
        let mut longest = Duration::from_millis(60);
        for _ in 0..rotations {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let start = Instant::now();
            let mut child =
                folder.rotate(&[], &["-f"]).stderr(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(longest.mul_f64(random as f64 / u64::MAX as f64));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                killed += 1;
            } else {
                longest = longest.min(start.elapsed());
            }
            child.wait().unwrap();
        }
        let told = folder.rotate_now(&["-f"]);
        stop.store(true, Ordering::Relaxed);
        written = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        told
    });
    let told = told?;
    eprintln!(
        "{}: killed {killed} times of {rotations}, {} lines",
        scene.name,
        written.iter().sum::<u64>()
    );
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    folder.lines().into_iter().for_each(|line| *found.entry(line).or_default() += 1);
    let total: u64 = found.values().sum();
    let mut wrong = Vec::new();
    for (writer, count) in written.iter().enumerate() {
        for number in 0..*count {
            let times = found.remove(&line(writer, number)).unwrap_or(0);
            if times != 1 {
                wrong.push(format!("{writer} {number}: {times} times"));
            }
        }
    }
    wrong.extend(found.into_keys().map(|line| format!("{line:?}: nobody wrote it")));
    wrong.truncate(10);
    let (state, beside) = folder.state();
    let stray: Vec<String> =
        folder.tree().into_keys().filter(|name| name.starts_with('.')).collect();
    let state = state.ends_with("\"/logs/a.log\" now\n") && beside == ["conf", "logs", "state"];
    if wrong.is_empty() && stray.is_empty() && state && killed > 10 {
        return Ok(());
    }
    Err(format!("seed {seed}, {total} lines, killed {killed} times, state is good: {state}, {beside:?}, {stray:?}\n{told}{wrong:#?}").into())
}

fn line(writer: usize, number: u64) -> String {
    format!("{writer} {number} {}", "x".repeat((number % 80) as usize))
}

/// Appends lines until it is stopped, or there are enough; gives how many.
fn write(folder: &Folder, how: Writer, writer: usize, stop: &AtomicBool, most: u64) -> u64 {
    let mut file: File = folder.append();
    for number in 0..most {
        if stop.load(Ordering::Relaxed) {
            return number;
        }
        let other = || match folder.log().metadata() {
            Ok(about) => about.ino() != file.metadata().unwrap().ino(),
            Err(_) => false, // it is on its way
        };
        if how == Writer::Opens || how == Writer::Follows && other() {
            drop(file);
            file = folder.append();
        }
        file.write_all(format!("{}\n", line(writer, number)).as_bytes()).unwrap();
        std::thread::sleep(Duration::from_micros(50));
        if how == Writer::Opens {
            // nobody has it open now and then
            file = File::open("/dev/null").unwrap();
        }
    }
    most
}
