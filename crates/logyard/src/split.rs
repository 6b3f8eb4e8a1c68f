use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use logyard_config::{Halves, Severity, Source, Wishes};
use logyard_server::Address;

use crate::cli::Split;
use crate::tell::tell;
use crate::{configuration, exit, settings};

pub(crate) fn run(arguments: &Split) -> ExitCode {
    let path = arguments.configuration.path.as_deref();
    let python = arguments.from.from_python.is_some();
    if path.is_none() && !python {
        let what = "`logyard split` needs a configuration: logyard split logging.ini";
        return exit::bad_usage(ErrorKind::MissingRequiredArgument, what);
    }
    let files = files(path, arguments.out.as_deref());
    if let Some(file) = [&files.0, &files.1].into_iter().find(|file| file.exists())
        && !arguments.force
    {
        return exit::run_time(&format!(
            "{} is there already; --force overwrites it",
            file.display()
        ));
    }
    let Some((source, map)) = configuration::named(path, &arguments.from) else {
        return ExitCode::from(exit::CONFIGURATION);
    };
    let Ok(settings) = settings::load(&arguments.configuration) else {
        return ExitCode::from(exit::CONFIGURATION);
    };
    let Some(options) = configuration::options(&arguments.configuration, &settings) else {
        return ExitCode::from(exit::RUN_TIME);
    };
    let how = logyard_config::Split {
        wishes: Wishes {
            to_server: arguments.to_server.clone(),
            to_workers: arguments.to_workers.clone(),
        },
        address: match &arguments.connect {
            Address::Tcp { host, port } => (host.clone(), Some(*port)),
            Address::Unix(path) => (path.to_string_lossy().into_owned(), None),
        },
        names: (name(&files.0), name(&files.1)),
        python,
    };
    let halves = match logyard_config::split(&source, &options, &how) {
        Ok(halves) => halves,
        Err(problems) => {
            tell(&problems, &source);
            return ExitCode::from(exit::CONFIGURATION);
        }
    };
    if let Err((file, error)) = write(&files, &halves) {
        return exit::run_time(&format!("can't write {}: {error}", file.display()));
    }
    let text = words(&files, &halves);
    if let Err(error) = std::io::stdout().write_all(text.as_bytes())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        return ExitCode::from(exit::RUN_TIME);
    }
    let half = Source { name: name(&files.1).into(), path: files.1, text: halves.server };
    let problems = logyard_config::check_half(&half, &options);
    tell(&problems, &half);
    match problems.iter().any(|problem| problem.severity == Severity::Error) {
        true => {
            configuration::tell_map(&map, &settings);
            ExitCode::from(exit::CONFIGURATION)
        }
        false => ExitCode::SUCCESS,
    }
}

/// The workers' file and the server's.
fn files(path: Option<&Path>, out: Option<&Path>) -> (PathBuf, PathBuf) {
    let stem = path.and_then(Path::file_stem).unwrap_or("logging".as_ref()).to_string_lossy();
    let suffix = path.and_then(Path::extension).map(|suffix| suffix.to_string_lossy());
    let (workers, server) = match (path, suffix) {
        (None, _) => (".py".to_owned(), ".json".to_owned()),
        (Some(_), Some(suffix)) => (format!(".{suffix}"), format!(".{suffix}")),
        (Some(_), None) => (String::new(), String::new()),
    };
    let beside = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let folder = out.unwrap_or(beside);
    (folder.join(format!("{stem}.workers{workers}")), folder.join(format!("{stem}.server{server}")))
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn write<'f>(
    files: &'f (PathBuf, PathBuf),
    halves: &Halves,
) -> Result<(), (&'f Path, std::io::Error)> {
    if let Some(folder) = files.0.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| (folder, error))?;
    }
    for (file, text) in [(&files.0, &halves.workers), (&files.1, &halves.server)] {
        std::fs::write(file, text).map_err(|error| (file.as_path(), error))?;
    }
    Ok(())
}

fn words(files: &(PathBuf, PathBuf), halves: &Halves) -> String {
    let mut text = String::new();
    for decision in &halves.decisions {
        text.push_str(&format!("{decision}\n"));
    }
    text.push_str(&format!("\nworkers: {}\n", files.0.display()));
    text.push_str(&format!("server:  {}\n", files.1.display()));
    text
}
