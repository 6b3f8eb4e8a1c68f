use std::io::Write;
use std::process::ExitCode;

use logyard_config::{describe, explain};

use crate::cli::Check;
use crate::{configuration, exit, settings};

pub(crate) fn run(arguments: &Check) -> ExitCode {
    let Some(path) = &arguments.configuration.path else {
        let usage = clap::Error::raw(
            clap::error::ErrorKind::MissingRequiredArgument,
            "`logyard check` needs a configuration: logyard check logging.ini\n",
        );
        return exit::usage(&usage);
    };
    // both files are read, so that all problems come in one go
    let (settings, good) = match settings::load(&arguments.configuration) {
        Ok(settings) => (settings, true),
        Err(Some(settings)) => (*settings, false),
        Err(None) => return ExitCode::from(exit::CONFIGURATION),
    };
    let plan = configuration::read(path, &arguments.configuration, &settings);
    let Some(plan) = plan.filter(|_| good) else {
        return ExitCode::from(exit::CONFIGURATION);
    };
    let text = match &arguments.explain {
        Some(logger) => explain(&plan, logger),
        None => settings.describe() + &describe(&plan),
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(exit::RUN_TIME),
    }
}
