use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use logyard_crash as crash;

use crate::clients::Clients;
use crate::error::JournalError;
use crate::folder::{self, Segment, segments};
use crate::read::{Damage, Found, Reader};
use crate::segment::{self, Current};

/// What was found in the folder, made fit to be appended to.
pub(crate) struct Recovered {
    /// All but the one that is appended to, the oldest first.
    pub(crate) sealed: Vec<Segment>,
    /// None if the next entry needs a segment of its own.
    pub(crate) current: Option<Current>,
    /// Number of the last record.
    pub(crate) end: u64,
    pub(crate) clients: Clients,
    /// What is no whole entry.
    pub(crate) damage: Vec<Damage>,
    /// What could not be done about it.
    pub(crate) problems: Vec<JournalError>,
}

/// Reads the newest segments, as many as it takes to know the clients; cuts what follows the last
/// whole entry, after keeping it aside; opens the last one at its end.
///
/// No damage, nor a disk that is full or refuses to be read, keeps it from ending well: what can't be
/// appended to is left as it is, and the next segment begins behind it.
pub(crate) fn recover(folder: &Path, micros: u64) -> Result<Recovered, JournalError> {
    remove_unfinished(folder)?;
    let mut sealed = segments(folder)?;
    for segment in sealed.iter().filter(|segment| segment.packed) {
        // the server ended before; what stays is passed over
        let _ = folder::remove(&folder::plain_path(folder, segment.first));
    }
    let mut known = None;
    let mut from = sealed.len();
    while known.is_none() && from > 0 {
        from -= 1;
        known = clients_at(&sealed[from])?;
    }
    let after = sealed.get(from).map_or(0, |segment| segment.first.saturating_sub(1));
    let mut clients = known.unwrap_or_default();
    let mut damage = Vec::new();
    let mut reader = Reader::new(folder, after)?;
    loop {
        match reader.read()? {
            Found::Batch { batch, .. } => {
                if let Some((id, last)) = batch.origin.client {
                    clients.took(id, last, batch.micros);
                }
            }
            Found::Clients(_) => {}
            Found::Damage(found) => damage.push(found),
            Found::End => break,
        }
    }
    let tail = reader.tail();
    let mut problems = Vec::new();
    let mut aside =
        |damage: &Damage| folder::set_aside(folder, damage).map_err(|error| problems.push(error));
    for found in &damage {
        let _ = aside(found); // told of; the bytes are where they were
    }
    let is_kept = tail.as_ref().is_none_or(|tail| aside(tail).is_ok());
    if tail.is_some() {
        crash::here("tail-aside");
    }
    sealed.retain(|segment| segment.path.exists()); // a whole one may have been set aside
    // what a segment's name says counts even if all its records are damaged
    let named = sealed.last().map_or(0, |last| last.first.saturating_sub(1));
    let mut end = reader.position().max(named);
    let (offset, salt) = reader.end();
    let mut current = None;
    if is_kept
        && offset > 0
        && let Some(last) = sealed.pop_if(|last| !last.packed && reader.is_in(last))
    {
        match at_end(last.clone(), offset, salt, micros) {
            Ok(opened) => current = Some(opened),
            Err(error) => {
                problems.push(error);
                sealed.push(last);
            }
        }
    }
    if tail.is_some() {
        crash::here("tail-cut");
    }
    if current.is_none()
        && let Some(last) = sealed.last()
    {
        end = end.max(last.first); // the next one must not have its name
    }
    damage.extend(tail);
    Ok(Recovered { sealed, current, end, clients, damage, problems })
}

/// Cuts a segment at the end of its last entry and opens it there.
fn at_end(
    mut segment: Segment,
    offset: u64,
    salt: u64,
    newest: u64,
) -> Result<Current, JournalError> {
    let opened = OpenOptions::new().append(true).open(&segment.path);
    let file = opened.map_err(JournalError::io("open", &segment.path))?;
    if segment.bytes != offset {
        file.set_len(offset).map_err(JournalError::io("cut", &segment.path))?;
    }
    segment.bytes = offset;
    Ok(Current { file: Arc::new(file), segment, salt, newest })
}

/// What a segment says of the clients at its beginning.
fn clients_at(segment: &Segment) -> Result<Option<Clients>, JournalError> {
    match Reader::of(segment.clone()).read()? {
        Found::Clients(clients) => Ok(Some(clients)),
        _ => Ok(None),
    }
}

/// Segments that the server was making when it ended.
fn remove_unfinished(folder: &Path) -> Result<(), JournalError> {
    let entries = std::fs::read_dir(folder).map_err(JournalError::io("read the folder", folder))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == segment::NEW) {
            let _ = std::fs::remove_file(&path); // it is nothing that is ever read
        }
    }
    Ok(())
}
