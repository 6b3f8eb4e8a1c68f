use std::fmt::Write;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::round::Report;

/// Sums over all rounds, in Prometheus's text format.
#[derive(Default)]
pub(super) struct Metrics {
    /// `{file="…",logger="…"}`
    labels: String,
    rounds: u64,
    sums: Report,
    send_errors: u64,
    last_was_well: bool,
    delay: Option<(f64, f64)>,
}

impl Metrics {
    pub(super) fn new(file: &str, logger: &str) -> Metrics {
        let labels = format!("file=\"{}\",logger=\"{}\"", escape(file), escape(logger));
        Metrics { labels, ..Metrics::default() }
    }

    pub(super) fn add(&mut self, report: &Report) {
        self.rounds += 1;
        self.sums.sent += report.sent;
        self.sums.missing += report.missing;
        self.sums.doubled += report.doubled;
        self.sums.out_of_order += report.out_of_order;
        self.send_errors += u64::from(report.error.is_some());
        self.last_was_well = report.is_well();
        self.delay = report.delay();
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let counters = [
            ("rounds", "Rounds that were made.", self.rounds),
            ("sent", "Records that were sent.", self.sums.sent),
            ("missing", "Records that were not found in time.", self.sums.missing),
            ("doubled", "Copies of records beyond the first.", self.sums.doubled),
            ("out_of_order", "Records that were found behind a later one.", self.sums.out_of_order),
            ("send_errors", "Rounds in which not all could be sent.", self.send_errors),
        ];
        let labels = &self.labels;
        for (name, help, value) in counters {
            let name = format!("logyard_canary_{name}_total");
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter");
            let _ = writeln!(out, "{name}{{{labels}}} {value}");
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let gauges = [
            (
                "last_round_well",
                "1 if all of the last round were found, once and in order.",
                f64::from(u8::from(self.last_was_well)),
            ),
            ("last_round_timestamp_seconds", "When the last round ended.", now.as_secs_f64()),
        ];
        for (name, help, value) in gauges {
            let name = format!("logyard_canary_{name}");
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
            let _ = writeln!(out, "{name}{{{labels}}} {value}");
        }
        if let Some((median, longest)) = self.delay {
            let name = "logyard_canary_delay_seconds";
            let help = "From sending to the line in the file, in the last round.";
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (quantile, value) in [("0.5", median), ("1", longest)] {
                let _ = writeln!(out, "{name}{{{labels},quantile=\"{quantile}\"}} {value}");
            }
        }
        out
    }

    /// Whoever reads the file sees all of it.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new"); // node_exporter reads *.prom
        std::fs::write(&temporary, self.text())?;
        std::fs::rename(&temporary, path)
    }
}

/// A label's value.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
