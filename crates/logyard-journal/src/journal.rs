use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::append::append;
use crate::clients::{ClientId, Clients};
use crate::entry::Batch;
use crate::error::JournalError;
use crate::folder::{self, Segment, index_path, packed_path, remove};
use crate::read::{Damage, Reader};
use crate::recover::{Recovered, recover};
use crate::segment;
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

/// A journal that is open for appending.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    _lock: File,
    limits: Limits,
    syncer: Syncer,
    sealed: VecDeque<Sealed>,
    file: Arc<File>,
    segment: Segment,
    /// When its last record was taken.
    newest: u64,
    end: u64,
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
}

/// What an append has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Number of the last record.
    pub end: u64,
    /// A segment was sealed: time to look at [`Journal::retain`].
    pub sealed: bool,
}

impl Journal {
    /// Opens the journal in a folder, which is made if need be. `now` is the time in microseconds since
    /// 1970. `tell` is called from the thread that syncs.
    pub fn open(
        folder: &Path,
        limits: Limits,
        sync: Sync,
        now: u64,
        tell: impl FnMut(Synced) + Send + 'static,
    ) -> Result<Opened, JournalError> {
        let lock = folder::lock(folder)?;
        let recovered = recover(folder, now)?;
        let Recovered { sealed, file, segment, end, clients, damage } = recovered;
        let syncer = Syncer::start(sync, tell)
            .map_err(JournalError::io("start the thread that syncs", folder))?;
        syncer.new_segment(Arc::clone(&file), segment.path.clone());
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
            file,
            segment,
            newest: now,
            end,
            clients,
            head: Vec::new(),
        };
        Ok(Opened { journal, damage })
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
        sealed.sum::<u64>() + self.segment.bytes
    }

    /// A reader of the records behind the one numbered `after`.
    pub fn reader(&self, after: u64) -> Result<Reader, JournalError> {
        Reader::new(&self.folder, after)
    }

    /// Appends records. They are in the kernel's hands then: they survive the server's end. After an
    /// error the journal is as before.
    pub fn append(&mut self, batch: &Batch<'_>) -> Result<Appended, JournalError> {
        let sealed = self.segment.bytes >= self.limits.segment_bytes;
        if sealed {
            self.begin_segment(batch.micros)?;
        }
        let number = self.end + 1;
        let at = self.segment.bytes;
        let written = append(&self.file, &mut self.head, number, batch).map_err(|source| {
            // a part of it may be there: the next entry must not come behind it
            let cut = self.file.set_len(at);
            JournalError::io("append to", &self.segment.path)(cut.err().unwrap_or(source))
        })?;
        self.segment.bytes += written;
        self.newest = batch.micros;
        self.end += u64::from(batch.records);
        if let Some((id, last)) = batch.origin.client {
            self.clients.took(id, last, batch.micros);
        }
        self.syncer.appended(self.end);
        Ok(Appended { end: self.end, sealed })
    }

    /// Removes the oldest segments as the limits say. One that holds records behind the one numbered
    /// `needed` stays, unless the journal would be too large with it: then the number of the first record
    /// that is left is given.
    pub fn retain(&mut self, needed: u64, now: u64) -> Result<Option<u64>, JournalError> {
        let mut bytes = self.bytes();
        let mut lost = None;
        while let Some(oldest) = self.sealed.front() {
            let next = self.sealed.get(1).map_or(self.segment.first, |next| next.segment.first);
            let is_needed = next > needed.saturating_add(1);
            let too_old =
                self.limits.age_micros.is_some_and(|age| oldest.newest.saturating_add(age) < now);
            if bytes <= self.limits.total_bytes && (is_needed || !too_old) {
                break;
            }
            remove(&oldest.segment.path)?;
            remove(&index_path(&self.folder, oldest.segment.first))?;
            if is_needed {
                lost = Some(next);
            }
            bytes -= oldest.segment.bytes;
            self.sealed.pop_front();
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

    fn begin_segment(&mut self, micros: u64) -> Result<(), JournalError> {
        let created = segment::create(&self.folder, self.end + 1, &self.clients, micros);
        let (file, segment) =
            created.map_err(JournalError::io("make a segment in", &self.folder))?;
        let file = Arc::new(file);
        self.syncer.new_segment(Arc::clone(&file), segment.path.clone());
        let segment = std::mem::replace(&mut self.segment, segment);
        self.sealed.push_back(Sealed { segment, newest: self.newest });
        self.file = file;
        Ok(())
    }
}
