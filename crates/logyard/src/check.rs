use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use logyard_config::{describe, explain};

use crate::cli::Check;
use crate::{check_rotate, configuration, exit, settings};

pub(crate) fn run(arguments: &Check) -> ExitCode {
    let path = arguments.configuration.path.as_deref();
    let first = path.filter(|path| logyard_logrotate::is_logrotate(path));
    let rotate: Vec<PathBuf> = match first {
        Some(first) => std::iter::once(first.to_owned()).chain(arguments.more.clone()).collect(),
        None => Vec::new(),
    };
    if first.is_none()
        && let Some(more) = arguments.more.first()
    {
        let what = format!(
            "unexpected argument '{}': only logrotate has several configurations",
            more.display()
        );
        return exit::bad_usage(ErrorKind::UnknownArgument, &what);
    }
    let rotate: Vec<PathBuf> = rotate.into_iter().chain(arguments.rotate.clone()).collect();
    let path = if first.is_some() { None } else { path };
    if path.is_none() && arguments.from.from_python.is_none() {
        if rotate.is_empty() {
            let what = "`logyard check` needs a configuration: logyard check logging.ini";
            return exit::bad_usage(ErrorKind::MissingRequiredArgument, what);
        }
        return check_rotate::run(&rotate, &arguments.rotate_state, None);
    }
    logging(arguments, path, &rotate)
}

/// Python's configuration, and with it those of logrotate.
fn logging(arguments: &Check, path: Option<&Path>, rotate: &[PathBuf]) -> ExitCode {
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
        if !rotate.is_empty() {
            check_rotate::run(rotate, &arguments.rotate_state, None); // its problems, too
        }
        return ExitCode::from(exit::CONFIGURATION);
    };
    let text = match &arguments.explain {
        Some(logger) => explain(&plan, logger),
        None => settings.describe() + &describe(&plan),
    };
    match exit::print(&text) {
        Some(code) => code,
        None if rotate.is_empty() => ExitCode::SUCCESS,
        None => check_rotate::run(rotate, &arguments.rotate_state, Some(&plan)),
    }
}
