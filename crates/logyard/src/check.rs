use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;
use logyard_config::{describe, explain};

use crate::cli::Check;
use crate::{configuration, exit, settings};

pub(crate) fn run(arguments: &Check) -> ExitCode {
    let path = arguments.configuration.path.as_deref();
    if path.is_none() && arguments.from.from_python.is_none() {
        let what = "`logyard check` needs a configuration: logyard check logging.ini";
        return exit::bad_usage(ErrorKind::MissingRequiredArgument, what);
    }
    if let Some(file) = &arguments.write
        && file.extension().is_none_or(|suffix| suffix != "json")
    {
        let what = format!("--write {}: the name must end in .json", file.display());
        return exit::bad_usage(ErrorKind::ValueValidation, &what);
    }
    let Some((source, map)) = configuration::named(path, &arguments.from) else {
        return ExitCode::from(exit::CONFIGURATION);
    };
    if let Some(file) = &arguments.write
        && let Err(error) = std::fs::write(file, &source.text)
    {
        return exit::run_time(&format!("can't write {}: {error}", file.display()));
    }
    // both files are read, so that all problems come in one go
    let (settings, good) = match settings::load(&arguments.configuration) {
        Ok(settings) => (settings, true),
        Err(Some(settings)) => (*settings, false),
        Err(None) => return ExitCode::from(exit::CONFIGURATION),
    };
    settings.tell_of_remote();
    let plan = configuration::plan(&source, &arguments.configuration, &settings);
    let Some(plan) = plan.filter(|_| good) else {
        configuration::tell_map(&map, &settings);
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
