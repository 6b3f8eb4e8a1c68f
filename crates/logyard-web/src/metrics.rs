//! The status as Prometheus and OpenMetrics read it. All of it is documented in `docs/metrics.md`.

use std::collections::BTreeMap;
use std::fmt::Write;

use logyard_server::{LAG_BOUNDS, Status};

/// How the text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Prometheus,
    OpenMetrics,
}

impl Dialect {
    pub(crate) fn accepted(accept: &str) -> Dialect {
        if accept.contains("application/openmetrics-text") {
            Dialect::OpenMetrics
        } else {
            Dialect::Prometheus
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Dialect::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Dialect::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

pub(crate) fn text(status: &Status, dialect: Dialect) -> String {
    let mut page = Page { dialect, out: String::new() };
    let levels = status.levels.iter().map(|(level, records)| (vec![("level", *level)], *records));
    page.counter("records", "Records that could be read, by level.", levels);
    receivers(status, &mut page);
    handlers(status, &mut page);
    let drops = status.drops.iter().map(|(reason, records)| (vec![("reason", *reason)], *records));
    page.counter("drops", "Records that were set aside or lost, by reason.", drops);
    let complaints =
        status.complaints.iter().map(|(reason, times)| (vec![("reason", *reason)], *times));
    page.counter("complaints", "Other things that went wrong, by reason.", complaints);
    lag(status, &mut page);
    if let Some(journal) = &status.journal {
        page.gauge("journal_bytes", "Size of the journal on the disk.", [(vec![], journal.bytes)]);
        let end = [(vec![], journal.end)];
        page.gauge("journal_end", "Number of the journal's last record.", end);
        let synced = [(vec![], journal.synced)];
        page.gauge("journal_synced", "Number of the last record that is on the disk.", synced);
        page.gauge(
            "journal_cursor_lag_records",
            "Records of the journal that not all files are known to have.",
            [(vec![], journal.cursor_lag)],
        );
    }
    page.gauge("watchers", "Those who watch live.", [(vec![], status.watchers as u64)]);
    page.gauge("ready", "1 if records are taken in.", [(vec![], u64::from(status.ready))]);
    page.head("start_time_seconds", "gauge", "When the server started, since 1970.");
    let _ = writeln!(page.out, "logyard_start_time_seconds {:.3}", status.started);
    page.gauge("build_info", "Which logyard this is.", [(vec![("version", status.version)], 1)]);
    if dialect == Dialect::OpenMetrics {
        page.out.push_str("# EOF\n");
    }
    page.out
}

fn receivers(status: &Status, page: &mut Page) {
    let by = |value: fn(&logyard_server::ReceiverStatus) -> u64| {
        status.receivers.iter().map(move |one| (vec![("receiver", &*one.address)], value(one)))
    };
    page.counter("receiver_records", "Records that could be read.", by(|one| one.records));
    page.counter("receiver_bytes", "Bytes of their frames.", by(|one| one.bytes));
    page.counter("connections_accepted", "Connections that came.", by(|one| one.accepted));
    page.gauge("connections", "Connections that are open.", by(|one| one.open as u64));
}

fn handlers(status: &Status, page: &mut Page) {
    // during a reload there are two lanes of one file: one series must not come twice
    let mut handlers: BTreeMap<(&str, &str), [u64; 3]> = BTreeMap::new();
    let mut files: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for lane in &status.lanes {
        for one in &lane.handlers {
            let sums = handlers.entry((&one.name, &lane.name)).or_default();
            let more = [one.records, one.bytes, one.rollovers];
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        let sums = files.entry(&lane.name).or_default();
        let more = [lane.queued as u64, lane.waiting, u64::from(lane.stuck)];
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    let by = |which: usize| {
        handlers.iter().map(move |((name, file), sums)| {
            (vec![("handler", *name), ("file", *file)], sums[which])
        })
    };
    page.counter("handler_records", "Records that a handler was given.", by(0));
    page.counter("handler_bytes", "Bytes of their text.", by(1));
    page.counter("rollovers", "Rollovers that a handler has made.", by(2));
    let by =
        |which: usize| files.iter().map(move |(file, sums)| (vec![("file", *file)], sums[which]));
    page.gauge("queue_bytes", "Text that waits to be written to a file.", by(0));
    page.gauge("waiting_records", "Records that wait because a file can't be written.", by(1));
    page.gauge("stuck", "1 if a file takes nothing.", by(2));
}

fn lag(status: &Status, page: &mut Page) {
    let (buckets, sum) = &status.lag;
    page.head(
        "lag_seconds",
        "histogram",
        "From a record's `created` to its file, one of each batch.",
    );
    let mut count = 0;
    for (bucket, records) in buckets.iter().enumerate() {
        count += records;
        let bound = LAG_BOUNDS.get(bucket).map_or("+Inf".to_owned(), |bound| format!("{bound:?}"));
        let _ = writeln!(page.out, "logyard_lag_seconds_bucket{{le=\"{bound}\"}} {count}");
    }
    let _ = writeln!(page.out, "logyard_lag_seconds_sum {sum}\nlogyard_lag_seconds_count {count}");
}

struct Page {
    dialect: Dialect,
    out: String,
}

/// Labels and a value.
type Sample<'s> = (Vec<(&'static str, &'s str)>, u64);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // in OpenMetrics the family of a counter is called without `_total`
        let family = match (kind, self.dialect) {
            ("counter", Dialect::Prometheus) => format!("logyard_{name}_total"),
            _ => format!("logyard_{name}"),
        };
        // a String takes all
        let _ = writeln!(self.out, "# HELP {family} {help}\n# TYPE {family} {kind}");
    }

    fn counter<'s>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = Sample<'s>>,
    ) {
        self.head(name, "counter", help);
        self.samples(&format!("{name}_total"), samples);
    }

    fn gauge<'s>(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = Sample<'s>>) {
        self.head(name, "gauge", help);
        self.samples(name, samples);
    }

    fn samples<'s>(&mut self, name: &str, samples: impl IntoIterator<Item = Sample<'s>>) {
        for (labels, value) in samples {
            let _ = write!(self.out, "logyard_{name}");
            for (place, (label, text)) in labels.iter().enumerate() {
                let open = if place == 0 { '{' } else { ',' };
                let _ = write!(self.out, "{open}{label}=\"{}\"", escape(text));
            }
            let close = if labels.is_empty() { "" } else { "}" };
            let _ = writeln!(self.out, "{close} {value}");
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
