//! `StreamHandler` on the real standard streams: this program starts itself as a child.

use std::io::Read;
use std::process::{Command, Stdio};

use logyard_config::{HandlerKind, HandlerPlan, Stream};
use logyard_handlers::{Clock, HandlerError, Notice, Run, Surroundings, Writer};
use logyard_libc::Zone;

/// Two lines, the first with a lone surrogate.
const TEXT: &[u8] = b"a\xED\xB2\x80\nb\n";

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("child") => child(),
        _ => parent(),
    }
}

fn child() {
    // The parent says when.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    let mut bad = Vec::new();
    let mut notice = |notice| match notice {
        Notice::BadLine { index, .. } => bad.push(index),
        Notice::Opened { .. } => {}
        Notice::Rollover { error, .. } | Notice::Upkeep(error) => panic!("{error}"),
    };
    let run = Run::new(TEXT, &[5, 7], &[]);
    let with = Surroundings::new(Zone::Utc, Clock::System);
    let mut write = |stream| {
        let kind = HandlerKind::Stream(stream);
        let mut writer =
            Writer::new(&HandlerPlan { kind, ..HandlerPlan::default() }, &with).unwrap();
        writer.open().unwrap();
        writer.write(&run, &mut notice)
    };
    write(Stream::Stderr).unwrap();
    match write(Stream::Stdout) {
        Ok(()) => std::process::exit(10 + bad.first().map_or(9, |&index| index as i32)),
        Err(failed) => {
            let HandlerError::Write { name, source } = failed.error else { panic!("{failed}") };
            assert_eq!((name.as_str(), failed.written), ("<stdout>", 5));
            assert_eq!(source.kind(), std::io::ErrorKind::BrokenPipe);
            std::process::exit(30);
        }
    }
}

fn parent() {
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .arg("child")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    // `sys.stdout` refuses the surrogate, `sys.stderr` writes it in ASCII.
    let output = start().wait_with_output().unwrap();
    assert_eq!(output.stdout, b"b\n");
    assert_eq!(output.stderr, b"a\\udc80\nb\n");
    assert_eq!(output.status.code(), Some(10), "line 0 is the bad one");

    // A pipe that nobody reads: the bad line is done with, the other is not.
    let mut child = start();
    drop(child.stdout.take());
    drop(child.stdin.take());
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(30), "{text}");
}
