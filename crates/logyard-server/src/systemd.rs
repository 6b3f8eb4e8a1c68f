//! What systemd is told (sd_notify(3)), when it started this process; otherwise nothing happens.

use std::time::Duration;

use sd_notify::NotifyState;

/// `READY=1`, with a line for `systemctl status`.
pub(crate) fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// `RELOADING=1`, which has to carry the time (`Type=notify-reload`).
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(time) => send(&[NotifyState::Reloading, time]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// `STOPPING=1`.
pub(crate) fn stopping() {
    send(&[NotifyState::Stopping]);
}

/// `WATCHDOG=1`, twice in the interval that the unit asks for, as long as the runtime runs.
pub(crate) async fn watchdog() {
    let Some(interval) = sd_notify::watchdog_enabled().filter(|time| *time > Duration::ZERO) else {
        return std::future::pending().await;
    };
    let mut tick = tokio::time::interval(interval / 2);
    loop {
        tick.tick().await;
        send(&[NotifyState::Watchdog]);
    }
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("systemd could not be told of the server's state: {error}");
    }
}
