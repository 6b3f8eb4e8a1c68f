//! The tables and the plot.

use std::fmt;

use crate::Arguments;
use crate::corpus::Corpus;
use crate::drift::Drift;
use crate::idle::Idle;
use crate::latency::Latency;
use crate::machine;
use crate::plot::{self, Bar, Chart};
use crate::server::{Kind, Programs};
use crate::steady::Steady;
use crate::throughput::Figures;

pub(crate) struct Report {
    machine: String,
    work: String,
    kinds: Vec<Kind>,
    /// Servers that are not installed.
    absent: Vec<Kind>,
    /// The size of logyard's program without symbols.
    stripped: Option<u64>,
    pub(crate) rounds: Vec<(Kind, Figures)>,
    pub(crate) latencies: Vec<(Kind, Latency)>,
    pub(crate) mixes: Vec<Mix>,
    /// Records a second on so many cores.
    pub(crate) bursts: Vec<(usize, f64)>,
    pub(crate) idle: Option<Idle>,
    pub(crate) steady: Option<Steady>,
    pub(crate) drift: Option<Drift>,
}

/// The names of the first table's records, and of those that go many ways.
pub(crate) const USUAL: &str = "as above";
pub(crate) const SPREAD: &str = "200 loggers, 50 files, five formats";

/// A round with records of another kind.
pub(crate) struct Mix {
    name: &'static str,
    frame: f64,
    line: f64,
    floor: Figures,
    logyard: Figures,
}

impl Mix {
    pub(crate) fn new(
        name: &'static str,
        corpus: &Corpus,
        floor: Figures,
        logyard: Figures,
    ) -> Mix {
        let of_one = |bytes: f64| bytes / corpus.records as f64;
        let (frame, line) = (of_one(corpus.frames.len() as f64), of_one(corpus.text_bytes as f64));
        Mix { name, frame, line, floor, logyard }
    }
}

impl Report {
    pub(crate) fn new(
        arguments: &Arguments,
        programs: &Programs,
        corpus: &Corpus,
        absent: Vec<Kind>,
    ) -> Report {
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
            machine: machine::facts(programs, &arguments.servers),
            work,
            kinds: arguments.servers.clone(),
            absent,
            stripped: programs.stripped_size(),
            rounds: Vec::new(),
            latencies: Vec::new(),
            mixes: Vec::new(),
            bursts: Vec::new(),
            idle: None,
            steady: None,
            drift: None,
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
        writeln!(out, "# logyard, the floor of the job, and other log servers\n")?;
        writeln!(out, "Written by `bench`; bench/README.md tells what is measured, and how.\n")?;
        out.write_str(&self.machine)?;
        out.write_str(&self.work)?;
        writeln!(
            out,
            "- medians over the rounds; every line of every server but the floor was compared with what \
             CPython's logging writes for the record; rsyslog, syslog-ng and Fluent Bit get the same records \
             as lines of JSON"
        )?;
        for kind in &self.absent {
            writeln!(out, "- {kind} is not installed here")?;
        }
        writeln!(out)?;
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
        self.idle(out)?;
        self.targets(out)?;
        self.histogram(out)?;
        self.mixes(out)?;
        self.bursts(out)?;
        self.steady(out)?;
        self.drift(out)
    }
}

/// Less, or at least, is what is wanted.
enum Target {
    Below(f64),
    AtLeast(f64),
}

impl Report {
    /// What logyard is to reach, beside what it has reached in this run.
    fn targets(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Target::{AtLeast, Below};
        let speed = |kind| self.median(kind, Figures::per_second);
        let logyard = |value: fn(&Figures) -> f64| self.median(Kind::Logyard, value);
        let times = |kind| Some(speed(Kind::Logyard)? / speed(kind)?);
        let latency = self.latencies.iter().find(|(kind, _)| *kind == Kind::Logyard);
        let percentile = |percent| Some(latency?.1.percentile(percent));
        let idle = match &self.idle {
            Some(Idle::Measured { after, .. }) => Some(mib(*after)),
            _ => None,
        };
        let steady = self.steady.as_ref();
        let of_mix = |name| self.median_of_mix(name, |mix| mix.logyard.per_second());
        let spread = of_mix(SPREAD) / of_mix(USUAL);
        let rows = [
            ("records/s, times the floor's", AtLeast(0.5), times(Kind::Floor)),
            ("CPU of the server for a record, µs", Below(0.8), logyard(Figures::cpu_of_one)),
            ("records/s, times CPython's", AtLeast(60.0), times(Kind::Cpython)),
            ("records/s, times rsyslog's", AtLeast(30.0), times(Kind::Rsyslog)),
            ("records/s, times syslog-ng's", AtLeast(30.0), times(Kind::SyslogNg)),
            ("records/s, times Fluent Bit's", AtLeast(30.0), times(Kind::FluentBit)),
            ("two cores, times one", AtLeast(1.7), self.cores().map(|(one, two)| two / one)),
            ("one record, p50, µs", Below(1000.0), percentile(50)),
            ("one record, p99, µs", Below(5000.0), percentile(99)),
            ("busy, MiB", Below(32.0), logyard(|figures| mib(figures.peak))),
            ("idle connections, MiB", Below(160.0), idle),
            (
                "a little from many: the latest record, ms",
                Below(100.0),
                steady.map(|steady| steady.late.percentile(100) / 1e3),
            ),
            ("a little from many: cores of CPU", Below(0.5), steady.map(|steady| steady.cpu)),
            (
                "200 loggers, 50 files: times three files",
                AtLeast(0.5),
                Some(spread).filter(|times| times.is_finite()),
            ),
            ("the binary, stripped, MiB", Below(15.0), self.stripped.map(mib)),
            ("start to listening, ms", Below(20.0), logyard(|figures| figures.start * 1e3)),
        ];
        writeln!(
            out,
            "\n## Targets\n\n| logyard | wanted | here | |\n| --- | ---: | ---: | --- |"
        )?;
        for (name, target, measured) in rows {
            let (wanted, reached) = match target {
                Below(most) => (format!("below {most}"), measured.map(|value| value < most)),
                AtLeast(least) => {
                    (format!("at least {least}"), measured.map(|value| value >= least))
                }
            };
            let here = measured.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
            let verdict = match reached {
                Some(true) => "reached",
                Some(false) => "**missed**",
                None => "not measured",
            };
            writeln!(out, "| {name} | {wanted} | {here} | {verdict} |")?;
        }
        Ok(())
    }

    /// Records a second on one core and on two.
    fn cores(&self) -> Option<(f64, f64)> {
        let of = |cores: usize| {
            let bursts = self.bursts.iter().filter(|(other, _)| *other == cores);
            median(bursts.map(|(_, speed)| *speed).collect())
        };
        Some((of(1)?, of(2)?))
    }

    fn idle(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
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

    fn histogram(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, latency) in &self.latencies {
            writeln!(
                out,
                "\n## One record at a time, {kind}\n\n| up to µs | records |\n| ---: | ---: |"
            )?;
            for (bound, count) in latency.histogram() {
                writeln!(out, "| {bound} | {count} |")?;
            }
        }
        Ok(())
    }

    fn mixes(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mixes.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n## Other records\n")?;
        writeln!(
            out,
            "| records | bytes of a frame | of a line | floor, records/s | logyard | times the floor's | CPU of one, µs |"
        )?;
        writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
        for mix in self.first_mixes() {
            let of = |value: fn(&Mix) -> f64| self.median_of_mix(mix.name, value);
            let (floor, logyard) =
                (of(|mix| mix.floor.per_second()), of(|mix| mix.logyard.per_second()));
            let cpu = of(|mix| mix.logyard.cpu_of_one());
            writeln!(
                out,
                "| {} | {:.0} | {:.0} | {floor:.0} | {logyard:.0} | {:.2} | {cpu:.2} |",
                mix.name,
                mix.frame,
                mix.line,
                logyard / floor
            )?;
        }
        Ok(())
    }

    /// One of each name.
    fn first_mixes(&self) -> impl Iterator<Item = &Mix> {
        let mixes = self.mixes.iter().enumerate();
        mixes
            .filter(|(at, mix)| !self.mixes[..*at].iter().any(|other| other.name == mix.name))
            .map(|(_, mix)| mix)
    }

    fn median_of_mix(&self, name: &str, value: impl Fn(&Mix) -> f64) -> f64 {
        let mixes = self.mixes.iter().filter(|mix| mix.name == name);
        median(mixes.map(value).collect()).unwrap_or(f64::NAN)
    }

    fn bursts(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((one, two)) = self.cores() else { return Ok(()) };
        writeln!(
            out,
            "\n## Cores\n\nA corpus that waits in the kernel's buffers, with the sender done: {one:.0} records/s on \
             one core, {two:.0} on two, {:.2} times.",
            two / one
        )
    }

    fn steady(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Steady { connections, per_second, records, late, cpu, peak }) = &self.steady
        else {
            return Ok(());
        };
        writeln!(
            out,
            "\n## A little from many\n\n{connections} connections, {per_second} records a second on each, {records} in \
             all: {cpu:.2} cores of CPU, {:.1} MiB at the most. From the socket until read from the file (which is \
             looked at each millisecond): p50 {:.1} ms, p99 {:.1} ms, the last {:.1} ms.",
            mib(*peak),
            late.percentile(50) / 1e3,
            late.percentile(99) / 1e3,
            late.percentile(100) / 1e3,
        )
    }

    fn drift(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Drift { figures, quarters }) = &self.drift else { return Ok(()) };
        writeln!(out, "\n## A long run\n\n{figures}; every line compared.\n")?;
        writeln!(
            out,
            "| quarter of the time | records/s | most resident memory, MiB |\n| ---: | ---: | ---: |"
        )?;
        for (number, quarter) in (1..).zip(quarters) {
            let memory = mib(quarter.resident);
            writeln!(out, "| {number} | {:.0} | {memory:.1} |", quarter.per_second)?;
        }
        Ok(())
    }

    /// The first table's figures, the other records' and the latencies, as SVG.
    pub(crate) fn plot(&self) -> String {
        let speed = |name: String, value: f64| Bar { name, value, label: format!("{value:.0}") };
        let servers = self.kinds.iter().filter_map(|&kind| {
            Some(speed(kind.to_string(), self.median(kind, Figures::per_second)?))
        });
        let mut charts = vec![Chart {
            title: "records/s, until the last is in its file".into(),
            bars: servers.collect(),
        }];
        let mixes = self.first_mixes().map(|mix| {
            let name = format!("logyard: {}", mix.name);
            speed(name, self.median_of_mix(mix.name, |mix| mix.logyard.per_second()))
        });
        charts.push(Chart {
            title: "logyard, records/s of other kinds".into(),
            bars: mixes.collect(),
        });
        for (kind, latency) in &self.latencies {
            let bars = latency.histogram().into_iter().map(|(bound, count)| Bar {
                name: format!("up to {bound} µs"),
                value: count as f64,
                label: count.to_string(),
            });
            let title = format!("{kind}: one record at a time, socket to file");
            charts.push(Chart { title, bars: bars.collect() });
        }
        charts.retain(|chart| !chart.bars.is_empty());
        plot::svg(&charts)
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
