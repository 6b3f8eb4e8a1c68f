//! Which of the lines are there.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::writer::line;

/// What was found of what was written.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) written: u64,
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    /// Lines that nobody wrote: pieces.
    pub(crate) broken: u64,
}

/// Reads the log and all that was rotated, the oldest first, as one text: a cut may be inside a line.
pub(crate) fn tally(folder: &Path, written: &[u64]) -> Tally {
    let mut files: Vec<(i64, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| Some((age(path.file_name()?.to_str()?)?, path)))
        .collect();
    files.sort();
    let mut all: Box<dyn Read> = Box::new(std::io::empty());
    let mut children = Vec::new();
    for (_, path) in files {
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut gunzip = Command::new("gunzip");
            gunzip.arg("-c").stdin(Stdio::null()).stdout(Stdio::piped());
            let mut child = gunzip.arg(&path).spawn().unwrap();
            all = Box::new(all.chain(child.stdout.take().unwrap()));
            children.push(child);
        } else {
            all = Box::new(all.chain(File::open(path).unwrap()));
        }
    }
    let mut seen: Vec<Vec<u8>> = written.iter().map(|count| vec![0; *count as usize]).collect();
    let mut tally = Tally { written: written.iter().sum(), ..Tally::default() };
    let (mut text, mut expected) = (Vec::new(), String::new());
    let mut all = BufReader::with_capacity(1 << 20, all);
    while all.read_until(b'\n', &mut text).unwrap() > 0 {
        let slot = parse(&text, &mut expected)
            .and_then(|(writer, number)| seen.get_mut(writer)?.get_mut(number as usize));
        match slot {
            Some(times) => *times = times.saturating_add(1),
            None => tally.broken += 1,
        }
        text.clear();
    }
    for mut child in children {
        assert!(child.wait().unwrap().success(), "a compressed log is not whole");
    }
    for times in seen.into_iter().flatten() {
        tally.lost += u64::from(times == 0);
        tally.twice += u64::from(times.saturating_sub(1));
    }
    tally
}

/// Writer and number of a line, if it is one to the byte.
fn parse(text: &[u8], expected: &mut String) -> Option<(usize, u64)> {
    let mut words = std::str::from_utf8(text).ok()?.split(' ');
    let (writer, number) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    expected.clear();
    line(writer, number, expected);
    (expected.as_bytes() == text).then_some((writer, number))
}

/// Sorts by falling number; the live log is the youngest.
fn age(name: &str) -> Option<i64> {
    match name.strip_prefix("a.log")?.strip_prefix('.') {
        Some(rest) => Some(-rest.trim_end_matches(".gz").parse::<i64>().ok()?),
        None => Some(0),
    }
}
