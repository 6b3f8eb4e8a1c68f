use std::os::fd::OwnedFd;
use std::process::ExitCode;

use logyard_server::{Ack, Attach, Limits, Loaded, ServeError, Setup, StartError};

use crate::cli::Serve;
use crate::settings::{self, Settings};
use crate::{configuration, exit, own_log};

/// What `logyard run` leaves open for its server.
#[derive(Default)]
pub(crate) struct Passed {
    /// In place of all addresses.
    pub(crate) sockets: Vec<OwnedFd>,
    /// Gets a byte when the server listens.
    pub(crate) ready: Option<OwnedFd>,
}

pub(crate) fn run(arguments: &Serve, passed: Passed) -> ExitCode {
    own_log::start();
    let addresses = match arguments.addresses() {
        Ok(addresses) => addresses,
        Err(error) => {
            tracing::error!("LOGYARD_LISTEN: {error}");
            return ExitCode::from(exit::USAGE);
        }
    };
    let Ok(settings) = settings::load(&arguments.configuration) else {
        tracing::error!("the settings can't be used");
        return ExitCode::from(exit::CONFIGURATION);
    };
    if let Some(name) = settings.name() {
        tracing::info!("the settings are those of {name}");
    }
    let Some(loaded) = configuration::load(&arguments.configuration, &settings) else {
        tracing::error!("the configuration can't be used");
        return ExitCode::from(exit::CONFIGURATION);
    };
    let rotate = settings.rotate(arguments);
    if let Some(missing) = rotate.iter().find(|conf| !conf.exists()) {
        tracing::error!("there is no {} to rotate by", missing.display());
        return ExitCode::from(exit::CONFIGURATION);
    }
    let attach = match attach(&settings, arguments) {
        Ok(attach) => attach,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(exit::USAGE);
        }
    };
    let zone = settings.tz.as_ref().map(|tz| tz.zone.clone());
    let setup = Setup {
        addresses: match () {
            () if !passed.sockets.is_empty() => Vec::new(),
            () if addresses.is_empty() => settings.listen.clone(),
            () => addresses,
        },
        passed: passed.sockets,
        ready: passed.ready,
        allow_remote: arguments.allow_remote.or(settings.allow_remote).unwrap_or(false),
        state: arguments.state.clone().or_else(|| settings.state.clone()),
        journal: settings.journal(arguments),
        ack: arguments.ack.or(settings.ack),
        zone: arguments.tz.clone().or(zone).unwrap_or_default(),
        apply_logger_levels: arguments
            .apply_logger_levels
            .or(settings.apply_logger_levels)
            .unwrap_or(false),
        rotate,
        limits: Limits::default(),
        attach,
        reload: Box::new({
            let arguments = arguments.clone();
            move || reload(&arguments, &settings)
        }),
    };
    if setup.ack == Some(Ack::Synced) && !setup.syncs_journal() {
        tracing::error!(
            "`ack` can't be synced without a journal that is; see --journal and --journal-sync"
        );
        return ExitCode::from(exit::USAGE);
    }
    match logyard_server::serve(setup, loaded) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::from(match error {
                ServeError::Start(StartError::Thread(_)) => exit::RUN_TIME,
                ServeError::Start(_) => exit::CONFIGURATION,
                ServeError::Remote(_) => exit::USAGE,
                _ => exit::RUN_TIME,
            })
        }
    }
}

/// The page and its API, to be started when the server is ready. The error is one of the command line's.
#[cfg(feature = "web")]
fn attach(settings: &Settings, arguments: &Serve) -> Result<Option<Attach>, String> {
    let web = settings.web.clone().setup(arguments).map_err(|error| error.to_string())?;
    Ok(Some(Box::new(
        move |folder, views| Ok(Box::new(web.start(folder, views)?) as Box<dyn Send>),
    )))
}

/// A build without the page.
#[cfg(not(feature = "web"))]
#[expect(clippy::unnecessary_wraps, reason = "as with the page")]
fn attach(_: &Settings, _: &Serve) -> Result<Option<Attach>, String> {
    Ok(None)
}

/// SIGHUP: the settings and the configuration again; `before` are the settings of the start.
fn reload(arguments: &Serve, before: &Settings) -> Option<Loaded> {
    let settings = settings::load(&arguments.configuration).ok()?;
    if let Some(name) = settings.name() {
        tracing::info!("the settings are those of {name}");
    }
    for key in settings::after_a_restart(before, &settings, arguments) {
        tracing::warn!(
            "the new `{key}` of the settings will count when the server is started anew"
        );
    }
    configuration::load(&arguments.configuration, &settings)
}
