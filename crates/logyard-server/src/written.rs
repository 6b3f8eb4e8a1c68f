//! What the running configuration writes of one record, for who wants it as the files have it.

use logyard_format::Scratch;
use logyard_record::Record;

use crate::client_zones::ClientZones;
use crate::running::Running;

/// A record's text in one file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// The handler's name.
    pub handler: String,
    /// The file's path, or the stream's name.
    pub to: String,
    /// The text, with what ends it.
    pub text: String,
}

/// What each handler that takes the record writes of it. Left out are those behind a QueueHandler, which get another
/// record, and the one that writes a file for each logger.
pub(crate) fn written(running: &Running, record: &Record<'_>) -> Vec<Written> {
    let found = running.router.route(record.name());
    if !found.passes(record.name()) {
        return Vec::new();
    }
    let zone = ClientZones::default().of(record).ok().flatten();
    let mut scratch = Scratch::default();
    let mut all = Vec::new();
    for handler in &found.route.handlers {
        let Some(handler) = running.handlers.get(usize::from(*handler)) else { continue };
        let (Some(place), None) = (handler.place, &handler.behind) else { continue };
        let lane = running.lanes.get(usize::from(place.lane));
        let formatter = running.formatters.get(usize::from(handler.formatter));
        let (Some(lane), Some(formatter)) = (lane, formatter) else { continue };
        if !handler.takes(record) {
            continue;
        }
        let zone = formatter.zone.as_ref().or(zone.as_ref()).unwrap_or(&running.zone);
        let mut text = Vec::new();
        scratch.next_record();
        if formatter.formatter.format(record, zone, &mut scratch, &mut text).is_err() {
            continue; // it is a dead letter
        }
        text.extend_from_slice(&handler.terminator);
        all.push(Written {
            handler: handler.name.clone(),
            to: lane.state.name.clone(),
            text: String::from_utf8_lossy(&text).into_owned(),
        });
    }
    all
}
