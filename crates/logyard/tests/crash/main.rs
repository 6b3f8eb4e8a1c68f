//! `logyard rotate` killed by SIGKILL, and run once more: no line is lost or there twice, nothing is
//! rotated twice, and nothing is left over.
//!
//! `every_moment` kills before each system call that changes something, by strace; `random` at any time
//! while others write, 200 rotations in all. The long form, 200 of each kind:
//!
//!     LOGYARD_CRASH=200 cargo test --release -p logyard --test crash random
#![allow(missing_docs, reason = "tests")]

mod every_moment;
mod folder;
mod random;
mod scenes;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let strace = every_moment::strace();
    if let Err(why) = &strace {
        eprintln!("skipped: kills at every moment: {why}");
    }
    let mut trials = Vec::new();
    for scene in scenes::SCENES {
        trials.push(
            Trial::test(format!("every moment: {}", scene.name), || every_moment::run(scene))
                .with_ignored_flag(strace.is_err()),
        );
    }
    for scene in random::SCENES {
        trials.push(Trial::test(format!("random: {}", scene.name), || random::run(scene)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
