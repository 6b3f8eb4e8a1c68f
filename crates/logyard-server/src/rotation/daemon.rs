use logyard_libc::Zone;
use logyard_logrotate::{Options, Rotator};
use logyard_rotate::Clock;
use tokio::signal::unix::{SignalKind, signal};

use super::{Own, Rotation};
use crate::systemd;

/// `logyard rotate --daemon`: rotates at the start and at each full minute, until SIGTERM or SIGINT, which
/// end it after the log in hand; a second one at once. SIGHUP is a run at once. systemd is told when it is
/// ready.
///
/// # Errors
///
/// The file of `-l`, a thread or a signal can't be had.
pub fn rotate_daemon(options: Options, zone: Zone) -> std::io::Result<()> {
    let rotator = Rotator::new(options, Clock::System, zone, None)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut term, mut int) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let mut hup = signal(SignalKind::hangup())?;
        let mut rotation = Rotation::start(rotator, None::<Own>)?;
        systemd::ready("rotating");
        let watchdog = systemd::watchdog();
        tokio::pin!(watchdog);
        loop {
            tokio::select! {
                _ = term.recv() => break,
                _ = int.recv() => break,
                _ = hup.recv() => rotation.wake(),
                () = &mut watchdog => {}
            }
        }
        systemd::stopping();
        rotation.stop();
        tokio::select! {
            () = rotation.ended() => {}
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        Ok(())
    })
}
