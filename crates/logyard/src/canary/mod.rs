//! `logyard canary`: do records arrive?

mod follow;
mod marks;
mod metrics;
mod round;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::cli::Canary;
use crate::{exit, own_log};
use metrics::Metrics;

pub(crate) fn run(arguments: &Canary) -> ExitCode {
    own_log::start();
    let mut metrics = Metrics::new(&arguments.file.display().to_string(), &arguments.logger);
    let mut well_before = true;
    loop {
        let start = Instant::now();
        let report = match round::run(arguments) {
            Ok(report) => report,
            Err(error) => return exit::run_time(&error.to_string()),
        };
        metrics.add(&report);
        if let Some(path) = &arguments.textfile
            && let Err(error) = metrics.write(path)
        {
            tracing::error!("the metrics can't be written to {}: {error}", path.display());
            if arguments.once {
                return ExitCode::from(exit::RUN_TIME);
            }
        }
        let well = report.is_well();
        if arguments.once {
            let printed = exit::print(&format!("{report}\n"));
            let code = if well { 0 } else { exit::RUN_TIME };
            return printed.unwrap_or(ExitCode::from(code));
        }
        match (well, well_before) {
            (false, _) => tracing::warn!("{report}"),
            (true, false) => tracing::info!("all is well again: {report}"),
            (true, true) => {}
        }
        well_before = well;
        let interval = Duration::from_secs_f64(arguments.interval);
        std::thread::sleep(interval.saturating_sub(start.elapsed()));
    }
}
