use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use crate::clients::Clients;
use crate::entry::{Batch, HEAD, Head, Kind, MAGIC};
use crate::error::JournalError;
use crate::folder::{Segment, segments};
use crate::segment::{HEADER, Header, check_header};
use crate::store::{Store, read_full};

/// How much is read at a time.
const CHUNK: usize = 256 << 10;

/// What a reader comes upon.
#[derive(Debug)]
pub enum Found<'r> {
    /// Records that were taken together; `number` is that of the first.
    Batch {
        /// Its place in the journal.
        number: u64,
        /// The records.
        batch: Batch<'r>,
    },
    /// What is known of the clients at this place: the beginning of a segment.
    Clients(Clients),
    /// Bytes that are no whole entry, which are passed over.
    Damage(Damage),
    /// There is no more, as yet.
    End,
}

/// Bytes of a segment that are no whole entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong with them.
    pub what: What,
    /// The segment.
    pub segment: Segment,
    /// Where they begin.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
    /// Records that were in them, as far as the numbers around them tell.
    pub records: u64,
}

/// What is wrong with bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The file does not begin as a segment does.
    NotASegment,
    /// It is a segment of another version's format.
    Version(u8),
    /// An entry's checksum is not that of its bytes, or there is no entry where one should be.
    Changed,
    /// The last entry is not whole: the machine or the server ended while it was written.
    Torn,
    /// The system can't read the file from there on.
    Unreadable,
}

impl Damage {
    /// Whether nothing of the file is of use.
    pub(crate) fn is_whole_file(&self) -> bool {
        matches!(self.what, What::NotASegment | What::Version(_))
            || (self.what == What::Unreadable && self.offset == 0)
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Damage { segment, offset, bytes, records, .. } = self;
        let path = segment.path.display();
        match self.what {
            What::NotASegment => write!(f, "{path} is no segment of a journal"),
            What::Version(version) => {
                write!(
                    f,
                    "{path} is of version {version} of the journal's format, and this logyard reads version 1"
                )
            }
            What::Changed => write!(f, "{path} is damaged: {bytes} bytes at {offset}"),
            What::Torn => write!(f, "{path} ends within an entry: {bytes} bytes at {offset}"),
            What::Unreadable => write!(f, "{path} can't be read: {bytes} bytes at {offset}"),
        }?;
        match records {
            0 => Ok(()),
            records => write!(f, ", with {records} records"),
        }
    }
}

/// Reads a journal from some record on, also while it is written.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    /// Those that come after the open one, as far as they have been looked up.
    later: VecDeque<Segment>,
    /// Whether new ones are looked for.
    follows: bool,
    /// What a segment that was not opened yet is named at least.
    next_segment: u64,
    open: Option<Open>,
    /// Records up to this one are passed over.
    after: u64,
}

#[derive(Debug)]
pub(crate) struct Open {
    store: Store,
    segment: Segment,
    /// What its entries have in common.
    salt: Option<u64>,
    /// Bytes of the file from `start` on.
    window: Vec<u8>,
    start: u64,
    /// Where the next entry begins.
    at: u64,
}

impl Reader {
    /// A reader of the records behind the one numbered `after`; 0 for all.
    pub fn new(folder: &Path, after: u64) -> Result<Reader, JournalError> {
        let mut later: VecDeque<Segment> = segments(folder)?.into();
        while later.get(1).is_some_and(|next| next.first <= after.saturating_add(1)) {
            later.pop_front();
        }
        let folder = folder.to_owned();
        Ok(Reader { folder, later, follows: true, next_segment: 0, open: None, after })
    }

    /// A reader of one segment alone.
    pub(crate) fn of(segment: Segment) -> Reader {
        let (folder, later) = (PathBuf::new(), [segment].into());
        Reader { folder, later, follows: false, next_segment: 0, open: None, after: 0 }
    }

    /// The number of the last record that was found, or passed over.
    pub fn position(&self) -> u64 {
        self.after
    }

    /// The next thing. After [`Found::End`] it may be called again.
    pub fn read(&mut self) -> Result<Found<'_>, JournalError> {
        let head = match self.advance()? {
            Step::Entry(head) => head,
            Step::Damage(damage) => return Ok(Found::Damage(damage)),
            Step::End => return Ok(Found::End),
        };
        let Some(open) = &self.open else { return Ok(Found::End) };
        let body = open.body(head);
        Ok(match (head.kind, Batch::from_body(head, body)) {
            (Kind::Clients, _) => Found::Clients(Clients::from_bytes(body)),
            (Kind::Frames, Some(batch)) => Found::Batch { number: head.number, batch },
            (Kind::Frames, None) => {
                let bytes = (HEAD + body.len()) as u64;
                let (segment, offset) = (open.segment.clone(), open.at - bytes);
                let records = head.records.into();
                Found::Damage(Damage { what: What::Changed, segment, offset, bytes, records })
            }
        })
    }

    /// Goes behind the next entry that is to be found.
    fn advance(&mut self) -> Result<Step, JournalError> {
        loop {
            match self.open.as_mut().map(Open::next) {
                None => {
                    if self.later.is_empty() {
                        self.look_for_new()?;
                    }
                    let Some(segment) = self.later.pop_front() else { return Ok(Step::End) };
                    self.next_segment = segment.first.saturating_add(1);
                    match Open::new(segment) {
                        Ok(open) => self.open = open,
                        Err(damage) => return Ok(Step::Damage(damage)),
                    }
                }
                Some(Step::Entry(head)) if head.kind == Kind::Frames => {
                    if head.last() > self.after {
                        self.after = head.last();
                        return Ok(Step::Entry(head));
                    }
                }
                Some(Step::End) if self.later.is_empty() => {
                    self.look_for_new()?;
                    if self.later.is_empty() {
                        return Ok(Step::End);
                    }
                    // it is sealed now; but something may have been appended since this looked
                }
                Some(Step::End) => {
                    // what is at its end and is no entry never will be one
                    let rest = self.open.as_ref().and_then(Open::rest);
                    self.open = None;
                    if let Some(damage) = rest {
                        return Ok(Step::Damage(damage));
                    }
                }
                Some(Step::Damage(mut damage)) => {
                    if damage.what == What::Unreadable {
                        self.open = None; // on to the next one
                    } else if let Some(open) = &self.open {
                        let known = self.after.max(open.segment.first.saturating_sub(1));
                        let next = Head::from_bytes(open.ahead()).map_or(0, |head| head.number);
                        damage.records = next.saturating_sub(known.saturating_add(1));
                    }
                    return Ok(Step::Damage(damage));
                }
                Some(step) => return Ok(step),
            }
        }
    }

    /// Bytes at the end of the last segment that are no whole entry: of one that is being written, or
    /// a torn tail. To be asked after [`Found::End`].
    pub fn tail(&self) -> Option<Damage> {
        self.open.as_ref().and_then(Open::rest)
    }

    /// Whether it reads this segment.
    pub(crate) fn is_in(&self, segment: &Segment) -> bool {
        self.open.as_ref().is_some_and(|open| open.segment.first == segment.first)
    }

    /// Bytes of the last segment up to there, and its salt.
    pub(crate) fn end(&self) -> (u64, u64) {
        self.open.as_ref().map_or((0, 0), |open| (open.at, open.salt.unwrap_or_default()))
    }

    fn look_for_new(&mut self) -> Result<(), JournalError> {
        if self.follows {
            self.later = segments(&self.folder)?.into();
            self.later.retain(|segment| segment.first >= self.next_segment);
        }
        Ok(())
    }
}

enum Step {
    /// A whole entry, which lies before `at` in the window.
    Entry(Head),
    Damage(Damage),
    End,
}

impl Open {
    /// None if it has been removed; the error is a file that is no segment.
    pub(crate) fn new(mut segment: Segment) -> Result<Option<Open>, Damage> {
        let store = match Store::open(&mut segment) {
            Ok(Some(store)) => store,
            Ok(None) => return Ok(None),
            Err(_) => {
                let bytes = segment.bytes;
                let (what, offset, records) = (What::Unreadable, 0, 0);
                return Err(Damage { what, segment, offset, bytes, records });
            }
        };
        let mut open = Open { store, segment, salt: None, window: Vec::new(), start: 0, at: 0 };
        let what = match open.fill(HEADER).map(|_| check_header(&open.window)) {
            Ok(Header::Good(salt)) => {
                (open.at, open.salt) = (HEADER as u64, Some(salt));
                return Ok(Some(open));
            }
            Ok(Header::Version(version)) => What::Version(version),
            // its first block is damaged: it was a segment when it was compressed
            Ok(Header::Bad) if open.segment.packed => return Ok(Some(open)),
            Ok(Header::Bad) => What::NotASegment,
            Err(_) => What::Unreadable,
        };
        Err(open.damage(what, open.len()))
    }

    /// Goes behind the next entry, or damage, and gives where it ends; none if no entry follows.
    pub(crate) fn step_over(&mut self) -> Option<u64> {
        match self.next() {
            Step::Entry(_) => Some(self.at),
            Step::Damage(damage) if damage.what != What::Unreadable => Some(self.at),
            Step::Damage(_) | Step::End => None,
        }
    }

    fn next(&mut self) -> Step {
        // the reason is the disk's; what matters here is that the rest of the file is out of reach
        self.entry().unwrap_or_else(|_| Step::Damage(self.damage(What::Unreadable, self.len())))
    }

    fn entry(&mut self) -> io::Result<Step> {
        if !self.fill(HEAD)? {
            // less than a head: an entry that is being written, or damage to its end
            return Ok(Step::End);
        }
        let Some(head) = Head::from_bytes(self.ahead()) else { return self.resume() };
        let whole = HEAD + head.body as usize;
        if !self.fill(whole)? {
            return self.resume();
        }
        self.at += whole as u64;
        if crc32fast::hash(self.body(head)) == head.body_crc {
            // its checksum is good, which the header has none of
            self.salt = Some(head.salt);
            return Ok(Step::Entry(head));
        }
        // not behind all that it claims: other entries may lie in it, if it was not written to its end
        self.at -= whole as u64;
        self.resume()
    }

    /// Goes on behind damage. If no entry follows, stays where it is.
    fn resume(&mut self) -> io::Result<Step> {
        let Some(next) = self.find_entry(self.at + 1)? else { return Ok(Step::End) };
        let damage = self.damage(What::Changed, next);
        self.at = next;
        self.fill(HEAD)?;
        Ok(Step::Damage(damage))
    }

    /// The bytes from here to `end` are of no use.
    fn damage(&self, what: What, end: u64) -> Damage {
        let bytes = end.saturating_sub(self.at);
        Damage { what, segment: self.segment.clone(), offset: self.at, bytes, records: 0 }
    }

    /// Where the first head at or behind `from` is.
    fn find_entry(&mut self, mut from: u64) -> io::Result<Option<u64>> {
        let salt = self.salt;
        let finder = memchr::memmem::Finder::new(&MAGIC);
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = self.read_at(&mut chunk, from)?;
            let bytes = &chunk[..read];
            let is_head = |&at: &usize| Head::of_segment(&bytes[at..], salt).is_some();
            if let Some(found) = finder.find_iter(bytes).find(is_head) {
                return Ok(Some(from + found as u64));
            }
            if read < CHUNK {
                return Ok(None);
            }
            from += (CHUNK - (HEAD - 1)) as u64; // a head may lie across the end
        }
    }

    /// The body of the entry that ends at `at`.
    fn body(&self, head: Head) -> &[u8] {
        let end = (self.at - self.start) as usize;
        self.window.get(end - head.body as usize..end).unwrap_or_default()
    }

    /// What is in memory from `at` on.
    fn ahead(&self) -> &[u8] {
        self.window.get((self.at - self.start) as usize..).unwrap_or_default()
    }

    /// Reads until `count` bytes are there from `at` on; false if the file ends before.
    fn fill(&mut self, count: usize) -> io::Result<bool> {
        if self.ahead().len() >= count {
            return Ok(true);
        }
        if count > CHUNK && self.store.len()? < self.at + count as u64 {
            return Ok(false); // memory for what isn't there would be wasted
        }
        let mut window = vec![0; count.max(CHUNK)]; // zeroed by the system
        let held = self.ahead().len();
        window[..held].copy_from_slice(self.ahead());
        let read = self.read_at(&mut window[held..], self.at + held as u64)?;
        window.truncate(held + read);
        (self.window, self.start) = (window, self.at);
        Ok(held + read >= count)
    }

    /// Reads as much as there is and fits.
    fn read_at(&mut self, buffer: &mut [u8], from: u64) -> io::Result<usize> {
        read_full(&mut self.store, buffer, from)
    }

    pub(crate) fn len(&self) -> u64 {
        self.store.len().unwrap_or(self.segment.bytes)
    }

    /// What is behind the last entry.
    fn rest(&self) -> Option<Damage> {
        let mut rest = self.damage(What::Torn, self.len());
        rest.records = Head::from_bytes(self.ahead()).map_or(0, |head| head.records.into());
        (rest.bytes > 0).then_some(rest)
    }
}
