//! Eight processes append numbered lines as fast as they can while their log is rotated again and again: is
//! every line there, and once?
//!
//! The short form runs with the other tests. The long form does it with logrotate, too, and on every filesystem that
//! can be made here, and prints a table (docs/benchmarks/issue-4.md):
//!
//!     LOGYARD_TORTURE=200 cargo test --release -p logyard --test torture
#![allow(missing_docs, clippy::print_stdout, reason = "tests, and what one of them prints")]

mod filesystems;
mod server;
mod tally;
mod turn;
mod writer;

use std::path::Path;

use filesystems::Mount;
use turn::{Tool, Turn, Way};

/// Rotations of the short form.
const SHORT: u32 = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, log, writer] = arguments.as_slice()
        && [writer::COMMAND, writer::SENDER].contains(&command.as_str())
    {
        return writer::run(command, Path::new(log), writer.parse().unwrap());
    }
    let rotations = std::env::var("LOGYARD_TORTURE").ok().map(|text| text.parse().unwrap());
    let mounts = filesystems::all(rotations.is_some());
    println!("| filesystem | rotated by | tool | rotations | lines | lost | twice | broken |");
    println!("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |");
    let mut failed = 0;
    for mount in &mounts {
        for way in Way::ALL {
            for tool in Tool::ALL {
                if rotations.is_none() && (tool == Tool::Logrotate || way == Way::CreatePacked) {
                    continue;
                }
                failed += u32::from(!one(mount, way, tool, rotations.unwrap_or(SHORT)));
            }
        }
    }
    drop(mounts);
    assert_eq!(failed, 0, "lines were lost where none may be");
}

/// One line of the table. `false` if it is not as promised.
fn one(mount: &Mount, way: Way, tool: Tool, rotations: u32) -> bool {
    if let Some(why) = tool.missing() {
        eprintln!("skipped: {tool}: {why}");
        return true;
    }
    // what is compressed at this pace takes its time
    let rotations = if way == Way::CreatePacked { rotations / 4 } else { rotations };
    let turn = Turn { parent: mount.folder(), way, tool, rotations };
    let (tally, done) = turn.run();
    println!(
        "| {} | {way} | {tool} | {done} | {} | {} | {} | {} |",
        mount.name, tally.written, tally.lost, tally.twice, tally.broken
    );
    // what can't be promised: copytruncate where beginnings can't be removed, and what the others do
    let promised = tool == Tool::Logyard && (way != Way::CopyTruncate || mount.can_collapse());
    !promised || tally.lost + tally.twice + tally.broken == 0
}
