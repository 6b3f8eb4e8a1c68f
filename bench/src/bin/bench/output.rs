//! What a server has written, and whether it is what it should be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// A folder of log files.
pub(crate) struct Logs {
    folder: PathBuf,
}

/// How long the files may stay as they are before all is there.
const PATIENCE: Duration = Duration::from_secs(20);

impl Logs {
    pub(crate) fn new(folder: PathBuf) -> Logs {
        Logs { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes in all files.
    pub(crate) fn size(&self) -> Result<u64> {
        let mut size = 0;
        for entry in fs::read_dir(&self.folder)? {
            size += entry?.metadata()?.len();
        }
        Ok(size)
    }

    /// Waits until the files hold `bytes`, as long as they grow; the moment when they did.
    pub(crate) fn wait_for(&self, bytes: u64) -> Result<Instant> {
        let mut last = (self.size()?, Instant::now());
        loop {
            let size = self.size()?;
            if size >= bytes {
                return Ok(Instant::now());
            }
            if size != last.0 {
                last = (size, Instant::now());
            }
            if last.1.elapsed() > PATIENCE {
                bail!("the files stay at {size} bytes, not {bytes}");
            }
            thread::sleep(Duration::from_micros(500));
        }
    }

    /// The text of each file, by its name before `.log`: the parts of one that was rolled over are
    /// one text.
    pub(crate) fn read(&self) -> Result<Texts> {
        let mut texts = Texts::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).context("strange name")?;
            let name = name.split(".log").next().unwrap_or_default();
            let text = fs::read(&path)?;
            match texts.entry(name.to_owned()) {
                Entry::Vacant(new) => drop(new.insert(text)),
                Entry::Occupied(mut known) => known.get_mut().extend_from_slice(&text),
            }
        }
        Ok(texts)
    }
}

/// Texts by the names of their files.
pub(crate) type Texts = HashMap<String, Vec<u8>>;

/// Fails unless `found` has the records of `expected`, each `repeats` times, in any order.
pub(crate) fn compare(expected: &Texts, repeats: usize, found: &Texts) -> Result<()> {
    for (name, text) in expected {
        let empty = Vec::new();
        let found = found.get(name).unwrap_or(&empty);
        let mut open: HashMap<&[u8], usize> = HashMap::new();
        for record in records(text) {
            *open.entry(record).or_default() += repeats;
        }
        for record in records(found) {
            match open.get_mut(record) {
                Some(count) if *count > 0 => *count -= 1,
                _ => bail!(
                    "{name}.log: not expected: {}",
                    String::from_utf8_lossy(record.trim_ascii_end())
                ),
            }
        }
        let missing: usize = open.values().sum();
        let example = open.iter().find(|(_, count)| **count > 0).map_or(&b""[..], |(text, _)| text);
        ensure!(
            missing == 0,
            "{name}.log: {missing} records are missing, one of them: {}",
            String::from_utf8_lossy(example.trim_ascii_end())
        );
    }
    ensure!(found.len() == expected.len(), "files: {:?}", found.keys());
    Ok(())
}

/// Cuts a text before each line that begins with a date: a traceback stays with its record.
pub(crate) fn records(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr_iter(b'\n', rest)
            .map(|newline| newline + 1)
            .find(|&next| rest.get(next..).is_none_or(|after| after.is_empty() || dated(after)))
            .unwrap_or(rest.len());
        let (record, after) = rest.split_at_checked(end)?;
        rest = after;
        (!record.is_empty()).then_some(record)
    })
}

/// Whether a line begins as `2026-11-22 `.
fn dated(line: &[u8]) -> bool {
    let pattern = b"0000-00-00 ";
    line.len() >= pattern.len()
        && pattern.iter().zip(line).all(|(wanted, byte)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "2026-11-22 20:00:00 one\n2026-11-22 20:00:00 two\nTraceback\n  2026\n\
                        2026-11-22 20:00:01 three\n";

    fn texts(text: &str) -> Texts {
        Texts::from([("root".to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn a_traceback_stays_with_its_record() {
        let lines: Vec<_> = records(TEXT.as_bytes()).map(|r| r.len()).collect();
        assert_eq!(lines, [24, 24 + 10 + 7, 26]);
        assert_eq!(records(b"").count(), 0);
        assert_eq!(records(b"no date").count(), 1);
    }

    #[test]
    fn another_order_is_the_same_and_a_lost_or_altered_line_is_not() {
        let turned = "2026-11-22 20:00:01 three\n2026-11-22 20:00:00 two\nTraceback\n  2026\n\
                      2026-11-22 20:00:00 one\n";
        compare(&texts(TEXT), 1, &texts(turned)).unwrap();
        compare(&texts(TEXT), 2, &texts(&(TEXT.to_owned() + turned))).unwrap();
        for bad in [&TEXT[24..], &TEXT.replace("three", "thr33"), &TEXT.repeat(2), ""] {
            assert!(compare(&texts(TEXT), 1, &texts(bad)).is_err(), "{bad}");
        }
        assert!(compare(&texts(TEXT), 1, &Texts::new()).is_err());
    }
}
