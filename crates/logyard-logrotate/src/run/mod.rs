//! The engine: carries a configuration out.

mod block;
mod consider;
mod copytruncate;
mod files;
mod finish;
mod packing;
mod prepare;
pub(crate) mod preview;
mod recover;
mod renew;
mod space;
mod underway;

use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use logyard_libc::Zone;
use logyard_rotate::Clock;

use crate::conf;
use crate::conf::problem::why;
use crate::messages::Messages;
use crate::moment::Moment;
use crate::options::{Options, Outcome};
use crate::own::OwnFiles;
use crate::state::lock::read_only;
use crate::state::{Locked, State};
pub(crate) use files::{open as open_log, rename_new};
use packing::Packing;
use underway::{Note, Underway};

/// What all blocks of a run share.
struct Run<'a> {
    options: &'a Options,
    told: &'a Messages,
    now: Moment,
    state: State,
    underway: Underway,
    packing: Packing,
    repeated: Option<Repeated<'a>>,
    /// What was over.
    disposed: RefCell<Vec<PathBuf>>,
}

/// What a run has that is one of many.
#[derive(Clone, Copy)]
pub(crate) struct Repeated<'a> {
    /// Logs that the caller writes itself.
    pub(crate) own: Option<&'a dyn OwnFiles>,
    /// Ends the run after the log in hand.
    pub(crate) stop: &'a AtomicBool,
}

impl Run<'_> {
    /// The caller, if it writes `log` itself.
    fn owner_of(&self, log: &Path) -> Option<&dyn OwnFiles> {
        self.repeated.and_then(|repeated| repeated.own).filter(|own| own.has(log))
    }

    /// A rotation has come to its end, unless its log is still being compressed.
    fn is_over(&self, number: usize) {
        if !self.packing.has(number) && !self.underway.is_over(number) {
            self.underway.note(number, Note::Done, self.told);
        }
    }

    fn is_to_stop(&self) -> bool {
        self.repeated.is_some_and(|repeated| repeated.stop.load(Ordering::SeqCst))
    }
}

/// `logrotate OPTIONS CONF...`: reads the configuration and the state, rotates what is due, and
/// writes the state.
pub fn rotate(options: &Options, clock: &Clock, zone: Zone) -> Outcome {
    let told = match messages(options) {
        Ok(told) => told,
        Err(outcome) => return outcome,
    };
    if options.debug {
        told.warning(
            "logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) \
             instead if this is not what you want.\n",
        );
    }
    once(options, &told, Moment::new(clock.now(), zone), None)
}

/// The same, telling `told`; if it is one run of many, a state file in which nothing would change is not
/// written.
pub(crate) fn once(
    options: &Options,
    told: &Messages,
    now: Moment,
    repeated: Option<Repeated>,
) -> Outcome {
    let configuration = conf::read(&options.configurations, options.debug, told);
    let mut bad = configuration.bad;
    let stateless = options.state.as_os_str() == "/dev/null";
    let mut locked = None;
    if !options.debug && !stateless {
        match Locked::open(&options.state, options.lock, told) {
            Ok(file) => locked = Some(file),
            Err(error) => {
                told.error(&error.to_string());
                return Outcome::Locked;
            }
        }
    }
    let (mut state, state_bad) = read_state(options, locked.as_mut(), &now, told);
    bad |= state_bad;
    let before = state.clone();
    let underway = if options.debug || stateless {
        Underway::default()
    } else {
        Underway::open(&options.state, &mut state, told)
    };
    told.debug(&format!("\nHandling {} logs\n", configuration.blocks.len()));
    let (packing, disposed) = (Packing::default(), RefCell::default());
    let mut run = Run { options, told, now, state, underway, packing, repeated, disposed };
    for block in &configuration.blocks {
        if run.is_to_stop() {
            break;
        }
        bad |= block::rotate(&mut run, block).is_err();
    }
    packing::settle(&run);
    bad |= run.packing.failed();
    if !run.is_to_stop() {
        for (log, pattern) in run.underway.not_taken_up() {
            told.warning(&format!(
                "the last rotation of {} was interrupted, and stays as it is: no block has the files {} any more",
                log.display(),
                pattern.display()
            ));
        }
    }
    if !options.debug && !stateless {
        bad |= !write_state(&mut run, &before);
    }
    drop(locked);
    if bad { Outcome::Errors } else { Outcome::Fine }
}

fn messages(options: &Options) -> Result<Messages, Outcome> {
    let verbose = options.verbose || options.debug;
    let Some(path) = &options.log else { return Ok(Messages::new(verbose, None)) };
    File::create(path).map(|file| Messages::new(verbose, Some(file))).map_err(|error| {
        Messages::default().error(&format!(
            "error opening log file {}: {}",
            path.display(),
            why(&error)
        ));
        Outcome::Errors
    })
}

fn read_state(
    options: &Options,
    locked: Option<&mut Locked>,
    now: &Moment,
    told: &Messages,
) -> (State, bool) {
    let path = options.state.display();
    told.debug(&format!("Reading state from file: {path}\n"));
    let text = match locked {
        Some(file) => file.text(),
        None if options.state.as_os_str() == "/dev/null" => Ok(Vec::new()),
        None => read_only(&options.state),
    };
    match text {
        Ok(text) => {
            let (state, error) = State::read(&text, now);
            if let Some(error) = &error {
                told.error(&format!("{error} {path}"));
            }
            (state, error.is_some())
        }
        Err(error) if options.debug && error.kind() == std::io::ErrorKind::NotFound => {
            told.debug(&format!("state file {path} does not exist\n"));
            (State::default(), false)
        }
        Err(error) => {
            told.error(&format!("error opening state file {path}: {}", why(&error)));
            (State::default(), true)
        }
    }
}

fn write_state(run: &mut Run, before: &State) -> bool {
    for log in run.state.forget(&run.now) {
        run.told.debug(&format!(
            "Removing {} from state file, because it does not exist and has not been rotated for one year\n",
            log.display()
        ));
    }
    let path = &run.options.state;
    let written = run.repeated.is_some() && run.state.is_as(before);
    if !written && let Err(error) = run.state.write(path, &run.now) {
        run.told.error(&format!("error creating state file {}: {}", path.display(), why(&error)));
        return false; // what is noted as done stays noted
    }
    let closed = std::mem::take(&mut run.underway).close(&run.now);
    if let Err(error) = &closed {
        let path = path.display();
        run.told.error(&format!("error removing {path}.underway: {}", why(error)));
    }
    closed.is_ok()
}
