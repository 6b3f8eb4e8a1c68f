//! What is in the files, against what the clients say.

use std::collections::HashMap;
use std::path::Path;

use crate::client::Report;

/// What was found of one client in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its records' numbers, in the file's order.
    pub(crate) numbers: Vec<u64>,
}

/// What is wrong with what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) missing: u64,
    pub(crate) doubled: u64,
    pub(crate) out_of_order: u64,
}

/// All lines of a file by client, and those that are not whole.
pub(crate) fn read_lines(text: &str) -> (HashMap<u64, Found>, Vec<String>) {
    let (mut found, mut broken) = (HashMap::<u64, Found>::new(), Vec::new());
    for line in text.split_inclusive('\n') {
        match whole(line) {
            Some((client, record)) => found.entry(client).or_default().numbers.push(record),
            None => broken.push(line.to_owned()),
        }
    }
    (found, broken)
}

/// The client and its record, if the line is all that it should be.
fn whole(line: &str) -> Option<(u64, u64)> {
    let fields: Vec<&str> = line.strip_suffix('\n')?.split(' ').collect();
    let [client, record, filler] = fields[..] else { return None };
    let (client, record): (u64, u64) = (client.parse().ok()?, record.parse().ok()?);
    (filler.len() as u64 == 20 + record % 60).then_some((client, record))
}

/// Compares what a client made with what is in the file. What must be there: all up to `sure`, but for
/// what it dropped.
pub(crate) fn faults(found: &Found, report: &Report, sure: u64) -> Faults {
    let mut sorted = found.numbers.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let dropped = |number: u64| report.dropped.iter().any(|&(a, b)| (a..=b).contains(&number));
    let wanted = (1..=sure).filter(|&number| !dropped(number));
    Faults {
        missing: wanted.filter(|number| sorted.binary_search(number).is_err()).count() as u64,
        doubled: (found.numbers.len() - sorted.len()) as u64,
        out_of_order: found.numbers.windows(2).filter(|pair| pair[1] < pair[0]).count() as u64,
    }
}

/// That nothing is wrong, and nothing is there that was dropped.
pub(crate) fn check(text: &str, reports: &[(u64, Report, bool)], name: &str) {
    let (all, broken) = read_lines(text);
    assert_eq!(broken, [] as [&str; 0], "{name}");
    for (client, report, lived) in reports {
        let found = all.get(client).cloned().unwrap_or_default();
        // one that was killed knows what was acknowledged, and no more
        let sure = if *lived { report.made } else { report.acked };
        let faults = faults(&found, report, sure);
        assert_eq!(faults, Faults::default(), "{name}: client {client}");
        for &(first, last) in report.dropped.iter().filter(|_| *lived) {
            let there = found.numbers.iter().any(|number| (first..=last).contains(number));
            assert!(!there, "{name}: client {client}: {first} to {last} were dropped");
        }
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The rolled files' text and the file's own, the oldest first.
pub(crate) fn rolled(folder: &Path) -> String {
    let number =
        |name: std::ffi::OsString| name.to_str()?.strip_prefix("rolling.log.")?.parse().ok();
    let names = std::fs::read_dir(folder).unwrap();
    let mut numbers: Vec<u32> =
        names.filter_map(|entry| number(entry.unwrap().file_name())).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let rolled = numbers.iter().map(|number| read(&folder.join(format!("rolling.log.{number}"))));
    rolled.collect::<String>() + &read(&folder.join("rolling.log"))
}
