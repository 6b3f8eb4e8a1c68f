//! What a reload can't change.

use super::Settings;
use crate::cli::Serve;

/// The keys that count at the start only and have changed since, but for those that a flag or a
/// variable sets.
pub(crate) fn after_a_restart(
    old: &Settings,
    new: &Settings,
    arguments: &Serve,
) -> Vec<&'static str> {
    let zone = |settings: &Settings| settings.tz.as_ref().map(|zone| zone.name.clone());
    let listens = arguments.addresses().is_ok_and(|addresses| addresses.is_empty());
    let keys = vec![
        ("listen", listens && old.listen != new.listen),
        ("allow_remote", arguments.allow_remote.is_none() && old.allow_remote != new.allow_remote),
        ("state", arguments.state.is_none() && old.state != new.state),
        ("journal", old.journal(arguments) != new.journal(arguments)),
        ("ack", arguments.ack.is_none() && old.ack != new.ack),
        #[cfg(feature = "web")]
        ("web", old.web.given(arguments) != new.web.given(arguments)),
        ("tz", arguments.tz.is_none() && zone(old) != zone(new)),
        ("rotate", old.rotate(arguments) != new.rotate(arguments)),
        (
            "apply_logger_levels",
            arguments.apply_logger_levels.is_none()
                && old.apply_logger_levels != new.apply_logger_levels,
        ),
    ];
    keys.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
}
