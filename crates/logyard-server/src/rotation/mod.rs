//! Rotation by logrotate's configuration, in place of cron: in the server, and by itself.

mod daemon;
mod own;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use logyard_libc::Zone;
use logyard_logrotate::{CopyTruncate, Level, Lock, Options, OwnFiles, Rotator, Teller};
use logyard_rotate::Clock;
use tokio::sync::oneshot;

use crate::state::StateFolder;

pub use daemon::rotate_daemon;
pub(crate) use own::Own;

/// For the server: its own state file, complaints in its log, the time zone of its files.
///
/// # Errors
///
/// None, as there is no file of `-l`.
pub(crate) fn rotator(
    configurations: Vec<PathBuf>,
    state: &StateFolder,
    zone: Zone,
) -> std::io::Result<Rotator> {
    let options = Options {
        configurations,
        debug: false,
        force: false,
        verbose: false,
        state: state.file("rotate.status"),
        log: None,
        mail: MAIL.into(),
        lock: Lock::Try,
        copy_truncate: CopyTruncate::LossFree,
    };
    let teller: Teller = Arc::new(|level, text| match (level, text.trim_end()) {
        (Level::Debug, text) => tracing::info!("rotation: {text}"),
        (Level::Warning, text) => tracing::warn!("rotation: {text}"),
        (Level::Error, text) => tracing::error!("rotation: {text}"),
    });
    Rotator::new(options, Clock::System, zone, Some(teller))
}

/// logrotate's.
const MAIL: &str = "/usr/bin/mail";

/// A thread that rotates what is due when it starts, and then at each full minute.
#[derive(Debug)]
pub(crate) struct Rotation {
    control: Arc<Control>,
    ended: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct Control {
    stop: AtomicBool,
    /// Whether somebody asks not to wait for the minute.
    asked: Mutex<bool>,
    woken: Condvar,
}

impl Rotation {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub(crate) fn start<O>(rotator: Rotator, own: Option<O>) -> std::io::Result<Rotation>
    where
        O: OwnFiles + Send + Sync + 'static,
    {
        let control = Arc::new(Control::default());
        let (sender, ended) = oneshot::channel();
        let work = Arc::clone(&control);
        std::thread::Builder::new().name("rotation".into()).spawn(move || {
            again_and_again(rotator, own.as_ref().map(|own| own as &(dyn OwnFiles + Sync)), &work);
            let _ = sender.send(()); // whoever waited may have gone
        })?;
        Ok(Rotation { control, ended })
    }

    /// Has the configuration read and carried out at once.
    pub(crate) fn wake(&self) {
        *self.control.asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.control.woken.notify_all();
    }

    /// Asks for the end, after the log in hand.
    pub(crate) fn stop(&self) {
        self.control.stop.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Waits for the end.
    pub(crate) async fn ended(&mut self) {
        let _ = (&mut self.ended).await; // a thread that is gone has ended, too
    }
}

fn again_and_again(mut rotator: Rotator, own: Option<&(dyn OwnFiles + Sync)>, control: &Control) {
    while !control.stop.load(Ordering::SeqCst) {
        // A thread for each run: a panic costs no more than that, and an identity that `su` has set goes
        // with it.
        let run = || rotator.run(own.map(|own| own as &dyn OwnFiles), &control.stop);
        let done = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("rotating".into());
            thread.spawn_scoped(scope, run).map(|run| run.join().is_ok())
        });
        match done {
            Ok(true) => {}
            Ok(false) => tracing::error!(
                "a mistake in logyard ended the rotation, which is tried again; please report it"
            ),
            Err(error) => tracing::error!("no rotation, as a thread could not be started: {error}"),
        }
        let asked = control.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = control.woken.wait_timeout_while(asked, rotator.until_next(), |asked| !*asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}
