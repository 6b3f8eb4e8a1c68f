//! The table.

use std::fmt;

use crate::Arguments;
use crate::corpus::Corpus;
use crate::idle::Idle;
use crate::latency::Latency;
use crate::machine;
use crate::server::{Kind, Programs};
use crate::throughput::Figures;

pub(crate) struct Report {
    machine: String,
    work: String,
    kinds: Vec<Kind>,
    pub(crate) rounds: Vec<(Kind, Figures)>,
    pub(crate) latencies: Vec<(Kind, Latency)>,
    pub(crate) idle: Option<Idle>,
}

impl Report {
    pub(crate) fn new(arguments: &Arguments, programs: &Programs, corpus: &Corpus) -> Report {
        let work = format!(
            "- a corpus of {} records, {:.0} bytes in a frame and {:.0} in a line on average, over {} \
             connections; {} rounds, in each of which every server has a turn\n",
            corpus.records,
            corpus.frames.len() as f64 / corpus.records as f64,
            corpus.text_bytes as f64 / corpus.records as f64,
            arguments.connections,
            arguments.rounds,
        );
        Report {
            machine: machine::facts(programs),
            work,
            kinds: arguments.servers.clone(),
            rounds: Vec::new(),
            latencies: Vec::new(),
            idle: None,
        }
    }

    /// The median over the rounds of `kind`.
    fn median(&self, kind: Kind, value: impl Fn(&Figures) -> f64) -> Option<f64> {
        let rounds = self.rounds.iter().filter(|(other, _)| *other == kind);
        median(rounds.map(|(_, figures)| value(figures)).collect())
    }

    fn row(
        &self,
        out: &mut fmt::Formatter<'_>,
        name: &str,
        cell: impl Fn(Kind) -> Option<String>,
    ) -> fmt::Result {
        write!(out, "| {name} |")?;
        for &kind in &self.kinds {
            write!(out, " {} |", cell(kind).unwrap_or_else(|| "–".to_owned()))?;
        }
        writeln!(out)
    }

    fn median_row(
        &self,
        out: &mut fmt::Formatter<'_>,
        name: &str,
        decimals: usize,
        value: impl Fn(&Figures) -> f64,
    ) -> fmt::Result {
        self.row(out, name, |kind| Some(format!("{:.decimals$}", self.median(kind, &value)?)))
    }

    /// How many times the records a second of `other`.
    fn ratio(&self, kind: Kind, other: Kind) -> Option<String> {
        let of = |kind| self.median(kind, Figures::per_second);
        (kind != other).then_some(())?;
        Some(format!("{:.2}", of(kind)? / of(other)?))
    }

    fn latency(&self, kind: Kind, percent: usize) -> Option<String> {
        let (_, latency) = self.latencies.iter().find(|(other, _)| *other == kind)?;
        Some(format!("{:.0}", latency.percentile(percent)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "# logyard, the floor of the job, and CPython's receiver\n")?;
        writeln!(out, "Written by `bench`; bench/README.md tells what is measured, and how.\n")?;
        out.write_str(&self.machine)?;
        out.write_str(&self.work)?;
        writeln!(
            out,
            "- medians over the rounds; every line of logyard and of CPython's receiver was compared \
             with what CPython's logging writes for the record\n"
        )?;
        self.row(out, "", |kind| Some(kind.to_string()))?;
        self.row(out, "---", |_| Some("---:".to_owned()))?;
        self.median_row(out, "records sent in a round", 0, |figures| figures.records as f64)?;
        self.median_row(out, "records/s, until the last is in its file", 0, Figures::per_second)?;
        self.median_row(out, "CPU of the server for a record, µs", 2, Figures::cpu_of_one)?;
        self.row(out, "records/s, times the floor's", |kind| self.ratio(kind, Kind::Floor))?;
        self.row(out, "records/s, times CPython's", |kind| self.ratio(kind, Kind::Cpython))?;
        self.median_row(out, "most resident memory, MiB", 1, |figures| mib(figures.peak))?;
        self.median_row(out, "start to listening, ms", 1, |figures| figures.start * 1e3)?;
        for percent in [50, 99, 100] {
            let name = format!("one record on an idle server, socket to file, p{percent}, µs");
            self.row(out, &name, |kind| self.latency(kind, percent))?;
        }
        match &self.idle {
            Some(Idle::Measured { connections, before, after }) => {
                let each =
                    after.saturating_sub(*before) as f64 / 1024.0 / (*connections).max(1) as f64;
                writeln!(
                    out,
                    "\nlogyard with {connections} idle connections, each of which has sent a record: \
                     {:.1} MiB resident ({:.1} MiB before the first), {each:.1} KiB for each.",
                    mib(*after),
                    mib(*before),
                )
            }
            Some(Idle::Skipped(reason)) => writeln!(out, "\nIdle connections: skipped, {reason}."),
            None => Ok(()),
        }
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values.get(middle - 1)? + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_and_even() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
