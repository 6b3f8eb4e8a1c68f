use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use crate::clients::Clients;
use crate::error::JournalError;
use crate::folder::{self, Segment, segments};
use crate::read::{Damage, Found, Reader};
use crate::segment;

/// What was found in the folder, made fit to be appended to.
pub(crate) struct Recovered {
    /// All but the one that is appended to, the oldest first.
    pub(crate) sealed: Vec<Segment>,
    pub(crate) file: Arc<File>,
    pub(crate) segment: Segment,
    /// Number of the last record.
    pub(crate) end: u64,
    pub(crate) clients: Clients,
    /// What was cut off.
    pub(crate) damage: Vec<Damage>,
}

/// Reads the newest segments, as many as it takes to know the clients; cuts what follows the last
/// whole entry, after keeping it aside; opens the last one at its end.
pub(crate) fn recover(folder: &Path, micros: u64) -> Result<Recovered, JournalError> {
    remove_unfinished(folder)?;
    let mut sealed = segments(folder)?;
    for segment in sealed.iter().filter(|segment| segment.packed) {
        folder::remove(&folder::plain_path(folder, segment.first))?; // the server ended before
    }
    let mut damage = Vec::new();
    let mut known = None;
    let mut from = sealed.len();
    while known.is_none() && from > 0 {
        from -= 1;
        known = clients_at(&sealed[from])?;
    }
    let after = sealed.get(from).map_or(0, |segment| segment.first.saturating_sub(1));
    let mut clients = known.unwrap_or_default();
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
    let tail = reader.tail()?;
    // what a segment's name says counts even if all its records are damaged
    let named = sealed.last().map_or(0, |last| last.first.saturating_sub(1));
    let end = reader.position().max(named);
    for found in damage.iter().chain(&tail) {
        folder::set_aside(folder, found)?;
    }
    sealed.retain(|segment| segment.path.exists()); // a whole one may have been set aside
    let offset = reader.offset();
    // one that is compressed is not appended to
    let last = sealed.pop_if(|last| offset > 0 && !last.packed && reader.is_in(last));
    let (file, segment) = match last {
        Some(mut last) => {
            let io_error = || JournalError::io("open", &last.path);
            let file = OpenOptions::new().append(true).open(&last.path).map_err(io_error())?;
            file.set_len(offset).map_err(JournalError::io("cut", &last.path))?;
            last.bytes = offset;
            (Arc::new(file), last)
        }
        None => {
            let created = segment::create(folder, end + 1, &clients, micros);
            let (file, segment) = created.map_err(JournalError::io("make a segment in", folder))?;
            (Arc::new(file), segment)
        }
    };
    damage.extend(tail);
    Ok(Recovered { sealed, file, segment, end, clients, damage })
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
            std::fs::remove_file(&path).map_err(JournalError::io("remove", &path))?;
        }
    }
    Ok(())
}
