use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use logyard_crash as crash;

use crate::append::append;
use crate::clients::{ClientId, Clients};
use crate::entry::Batch;
use crate::error::JournalError;
use crate::folder::{self, Segment, index_path, packed_path, remove};
use crate::read::{Damage, Reader};
use crate::recover::{Recovered, recover};
use crate::segment::{self, Current};
use crate::sync::{Sync, Synced, Syncer};

/// How large a journal may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all segments together; the oldest goes when there are more.
    pub total_bytes: u64,
    /// How old a segment's last record may be, in microseconds.
    pub age_micros: Option<u64>,
    /// Bytes of a segment, at which the next one is begun.
    pub segment_bytes: u64,
}

impl Default for Limits {
    /// 1 GiB in segments of 64 MiB.
    fn default() -> Self {
        Limits { total_bytes: 1 << 30, age_micros: None, segment_bytes: 64 << 20 }
    }
}

/// Which part of a segment what is known of clients may take: it begins with that.
const CLIENTS_PART: u64 = 8;

/// A journal that is open for appending.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    _lock: File,
    limits: Limits,
    syncer: Syncer,
    sealed: VecDeque<Sealed>,
    /// The segment that is appended to; none if the next entry begins one.
    current: Option<Current>,
    end: u64,
    /// Records up to this one are needed no more, as far as was told.
    not_needed: u64,
    clients: Clients,
    /// Reused for each entry's head.
    head: Vec<u8>,
}

#[derive(Debug)]
struct Sealed {
    segment: Segment,
    /// When its last record was taken; 0 if it isn't known, and so very old.
    newest: u64,
}

/// A journal, and what had to be done to open it.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// What was no whole entry in its newest segments: kept in the folder `aside`.
    pub damage: Vec<Damage>,
    /// What could not be done about it; the journal works in spite of them.
    pub problems: Vec<JournalError>,
}

/// What an append has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Number of the last record.
    pub end: u64,
    /// Segments whose records are needed no more and that were removed, before their time, because
    /// the disk is full.
    pub removed: u32,
}

impl Journal {
    /// Opens the journal in a folder, which is made if need be. `now` is the time in microseconds since
    /// 1970. Numbers up to `used` are not given again: others may know records by them that the journal
    /// itself has lost. `tell` is called from the thread that syncs.
    pub fn open(
        folder: &Path,
        limits: Limits,
        sync: Sync,
        now: u64,
        used: u64,
        tell: impl FnMut(Synced) + Send + 'static,
    ) -> Result<Opened, JournalError> {
        let lock = folder::lock(folder)?;
        let recovered = recover(folder, now)?;
        let Recovered { sealed, current, end, mut clients, damage, problems } = recovered;
        let end = end.max(used);
        clients.limit(limits.segment_bytes / CLIENTS_PART);
        let syncer = Syncer::start(sync, tell)
            .map_err(JournalError::io("start the thread that syncs", folder))?;
        if let Some(Current { file, segment, .. }) = &current {
            syncer.new_segment(Arc::clone(file), segment.path.clone());
        }
        syncer.appended(end);
        let sealed = sealed.into_iter().map(|segment| {
            let modified =
                std::fs::metadata(&segment.path).and_then(|metadata| metadata.modified());
            let age = modified.ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
            Sealed { segment, newest: now.saturating_sub(age.as_micros() as u64) }
        });
        let journal = Journal {
            folder: folder.to_owned(),
            _lock: lock,
            limits,
            syncer,
            sealed: sealed.collect(),
            current,
            end,
            not_needed: 0,
            clients,
            head: Vec::new(),
        };
        Ok(Opened { journal, damage, problems })
    }

    /// Number of the last record.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The number of the last record that was taken from a client; 0 if none is known.
    pub fn last_of(&self, client: ClientId) -> u64 {
        self.clients.last(client)
    }

    /// Bytes of all segments.
    pub fn bytes(&self) -> u64 {
        let sealed = self.sealed.iter().map(|sealed| sealed.segment.bytes);
        sealed.sum::<u64>() + self.current.as_ref().map_or(0, |current| current.segment.bytes)
    }

    /// A reader of the records behind the one numbered `after`.
    pub fn reader(&self, after: u64) -> Result<Reader, JournalError> {
        Reader::new(&self.folder, after)
    }

    /// Appends records. They are in the kernel's hands then: they survive the server's end. After an
    /// error the journal is as before. On a full disk, what is needed no more makes room.
    pub fn append(&mut self, batch: &Batch<'_>) -> Result<Appended, JournalError> {
        let mut removed = 0;
        while let Err(error) = self.try_append(batch) {
            let needed = self.sealed.is_empty() || self.is_needed();
            if !error.is_full() || needed || self.remove_oldest().is_err() {
                return Err(error);
            }
            removed += 1;
        }
        self.end += u64::from(batch.records);
        if let Some((id, last)) = batch.origin.client {
            self.clients.took(id, last, batch.micros);
        }
        self.syncer.appended(self.end);
        Ok(Appended { end: self.end, removed })
    }

    fn try_append(&mut self, batch: &Batch<'_>) -> Result<(), JournalError> {
        let number = self.end + 1;
        let most = self.limits.segment_bytes;
        // one without a record has the name that the next one would have
        let has_room =
            |current: &Current| current.segment.bytes < most || current.segment.first == number;
        if !self.current.as_ref().is_some_and(has_room) {
            self.begin_segment(batch.micros)?;
        }
        let Some(current) = &mut self.current else { return Ok(()) }; // it is there now
        let at = current.segment.bytes;
        match append(&current.file, &mut self.head, (number, current.salt), batch) {
            Ok(written) => {
                current.segment.bytes += written;
                current.newest = batch.micros;
                Ok(())
            }
            Err(source) => {
                let error = JournalError::io("append to", &current.segment.path)(source);
                // a part of it may be there, behind which the next entry must not come
                if current.file.set_len(at).is_err() {
                    self.seal();
                }
                Err(error)
            }
        }
    }

    /// Removes the oldest segments as the limits say. One that holds records behind the one numbered
    /// `needed` stays, unless the journal would be too large with it: then the number of the first record
    /// that is left is given.
    pub fn retain(&mut self, needed: u64, now: u64) -> Result<Option<u64>, JournalError> {
        self.not_needed = needed;
        let mut bytes = self.bytes();
        let mut lost = None;
        while let Some(oldest) = self.sealed.front() {
            let is_needed = self.is_needed();
            let too_old =
                self.limits.age_micros.is_some_and(|age| oldest.newest.saturating_add(age) < now);
            if bytes <= self.limits.total_bytes && (is_needed || !too_old) {
                break;
            }
            bytes -= oldest.segment.bytes;
            let next = self.remove_oldest()?;
            if is_needed {
                lost = Some(next);
            }
        }
        Ok(lost)
    }

    /// The oldest segment that is sealed and not compressed, of those whose first record comes behind
    /// the one numbered `after`; see [`crate::pack`].
    pub fn to_pack(&self, after: u64) -> Option<Segment> {
        let plain = |sealed: &&Sealed| !sealed.segment.packed && sealed.segment.first > after;
        self.sealed.iter().find(plain).map(|sealed| sealed.segment.clone())
    }

    /// The segment with this first record was compressed to a file, which takes its place; nothing else
    /// is done if it was removed meanwhile. Then comes [`crate::remove_plain`].
    pub fn packed(&mut self, first: u64, file: &Path, bytes: u64) -> Result<(), JournalError> {
        let Some(sealed) = self.sealed.iter_mut().find(|sealed| sealed.segment.first == first)
        else {
            return remove(file);
        };
        let path = packed_path(&self.folder, first);
        std::fs::rename(file, &path).map_err(JournalError::io("rename", file))?;
        sealed.segment = Segment { path, first, bytes, packed: true };
        Ok(())
    }

    /// Whether the oldest segment holds records that some file may lack.
    fn is_needed(&self) -> bool {
        self.second() > self.not_needed.saturating_add(1)
    }

    /// Number of the first record behind the oldest segment.
    fn second(&self) -> u64 {
        let next = self.sealed.get(1).map(|next| &next.segment);
        let next = next.or(self.current.as_ref().map(|current| &current.segment));
        next.map_or(self.end + 1, |next| next.first)
    }

    /// Gives the number of the first record that is left.
    fn remove_oldest(&mut self) -> Result<u64, JournalError> {
        let left = self.second();
        if let Some(oldest) = self.sealed.front() {
            crash::here("segment-remove-before");
            remove(&oldest.segment.path)?;
            remove(&index_path(&self.folder, oldest.segment.first))?;
            self.sealed.pop_front();
            crash::here("segment-remove-after");
        }
        Ok(left)
    }

    /// No more is appended to the current segment.
    fn seal(&mut self) {
        if let Some(Current { segment, newest, .. }) = self.current.take() {
            self.end = self.end.max(segment.first); // the next one must not have its name
            self.sealed.push_back(Sealed { segment, newest });
        }
    }

    fn begin_segment(&mut self, micros: u64) -> Result<(), JournalError> {
        let made = segment::create(&self.folder, self.end + 1, &self.clients, micros);
        let made = made.map_err(JournalError::io("make a segment in", &self.folder))?;
        self.syncer.new_segment(Arc::clone(&made.file), made.segment.path.clone());
        self.seal();
        self.current = Some(made);
        Ok(())
    }
}
