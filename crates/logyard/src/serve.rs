use std::process::ExitCode;

use logyard_server::{Address, AddressError, Limits, ServeError, Setup, StartError};

use crate::cli::Serve;
use crate::{configuration, exit, own_log};

pub(crate) fn run(arguments: &Serve) -> ExitCode {
    own_log::start();
    let addresses = match addresses(arguments) {
        Ok(addresses) => addresses,
        Err(error) => {
            tracing::error!("LOGYARD_LISTEN: {error}");
            return ExitCode::from(exit::USAGE);
        }
    };
    let source = arguments.configuration.clone();
    let setup = Setup {
        addresses,
        allow_remote: arguments.allow_remote,
        state: arguments.state.clone(),
        zone: arguments.tz.clone().unwrap_or_default(),
        apply_logger_levels: arguments.apply_logger_levels,
        limits: Limits::default(),
        load: Box::new(move || configuration::load(&source)),
    };
    match logyard_server::serve(setup) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::from(match error {
                ServeError::Start(StartError::Thread(_)) => exit::RUN_TIME,
                ServeError::Configuration | ServeError::Start(_) => exit::CONFIGURATION,
                ServeError::Remote(_) => exit::USAGE,
                _ => exit::RUN_TIME,
            })
        }
    }
}

/// The flags, else the variable; an empty one is as good as none.
fn addresses(arguments: &Serve) -> Result<Vec<Address>, AddressError> {
    if !arguments.listen.is_empty() {
        return Ok(arguments.listen.clone());
    }
    let variable = std::env::var("LOGYARD_LISTEN").unwrap_or_default();
    let parts = variable.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::parse).collect()
}
