use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Seek};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use logyard_config::{Extras, FilePlan, Mode};
use logyard_crash as crash;

use crate::encoding::{self, CodecError, Errors};
use crate::error::{Failed, HandlerError};
use crate::resume::{FilePlace, Resume, There};
use crate::run::{Notice, Run};
use crate::text::{Stopped, Text};
use crate::upkeep::Upkeep;

/// The file under a handler: what CPython's `FileHandler` is to its subclasses.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    mode: Mode,
    /// Open at the first line only.
    delay: bool,
    text: Text,
    file: Option<File>,
    upkeep: Upkeep,
    closed: bool,
    /// How often it was rolled over.
    pub(crate) rollovers: u64,
    /// Whether the file was opened since the last line.
    opened: bool,
    /// After the server was killed, until all that may be in the file already has come.
    resume: Option<Arc<Mutex<Resume>>>,
    /// Whether a journal relies on what is synced.
    durable: bool,
    /// Whether names in the folder have changed since it was synced.
    new_names: bool,
    /// A sync has failed. The kernel may have dropped what it could not write, and will say yes the next
    /// time: nothing counts as synced any more.
    unsynced: bool,
}

impl LogFile {
    pub(crate) fn new(plan: &FilePlan, extras: &Extras) -> Result<LogFile, CodecError> {
        let codec = encoding::lookup(plan.encoding.as_deref().unwrap_or("utf-8"))?;
        let errors = Errors::lookup(plan.errors.as_deref().unwrap_or("strict"))?;
        Ok(LogFile {
            path: plan.path.clone(),
            mode: plan.mode,
            delay: plan.delay,
            text: Text::new(codec, errors),
            file: None,
            upkeep: Upkeep::new(extras),
            closed: false,
            rollovers: 0,
            opened: false,
            resume: None,
            durable: false,
            new_names: false,
            unsynced: false,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name in its folder.
    pub(crate) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Rollovers append: CPython sets the mode so for the classes that roll.
    pub(crate) fn append_only(&mut self) {
        self.mode = Mode::Append;
    }

    /// The constructor's open.
    pub(crate) fn open_unless_delayed(&mut self) -> Result<(), HandlerError> {
        if self.delay { Ok(()) } else { self.ensure_open() }
    }

    pub(crate) fn ensure_open(&mut self) -> Result<(), HandlerError> {
        if self.file.is_some() {
            return Ok(());
        }
        if self.closed && self.mode == Mode::Truncate {
            return Err(HandlerError::Closed { path: self.path.clone() });
        }
        self.open(self.mode)?;
        if self.mode == Mode::Exclusive {
            // The file exists from now on. CPython would fail to open it again, for ever.
            self.mode = Mode::Append;
        }
        Ok(())
    }

    fn open(&mut self, mode: Mode) -> Result<(), HandlerError> {
        self.make_folder()?;
        let created = !self.path.exists();
        let mut options = OpenOptions::new();
        options.mode(self.upkeep.creation_mode());
        match mode {
            Mode::Append => options.append(true).create(true),
            Mode::Truncate => options.write(true).truncate(true).create(true),
            Mode::Exclusive => options.write(true).create_new(true),
        };
        let mut file = options
            .open(&self.path)
            .map_err(|source| HandlerError::Open { path: self.path.clone(), source })?;
        // Python's mode `a` seeks to the end, and a text stream looks where it stands.
        let end = if mode == Mode::Append { file.seek(io::SeekFrom::End(0)) } else { Ok(0) };
        let position = end.and_then(|_| file.stream_position()).ok();
        self.text.opened(self.resumes_at(&file).or(position));
        self.opened = true;
        self.new_names = true;
        self.upkeep.opened(&file, &self.path, created);
        self.file = Some(file);
        Ok(())
    }

    /// Makes the file's folder if that alone is missing. CPython fails; but a service's `logs/`
    /// is missing on every fresh machine, and a wrong path rarely ends one level below a right one.
    fn make_folder(&self) -> Result<(), HandlerError> {
        let folder = self.folder();
        if folder.is_dir() {
            return Ok(());
        }
        match std::fs::create_dir(folder) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(HandlerError::Folder { path: folder.to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// Closes the file, to be opened again under its name.
    pub(crate) fn let_go(&mut self) {
        if self.durable {
            let _ = self.sync_data(); // an error is told of at the next checkpoint
        }
        if let Some(file) = self.file.take() {
            self.upkeep.closing(&file, &self.path);
        }
    }

    /// Opens the file anew if it is open; on failure it stays closed until the next line.
    pub(crate) fn reopen(&mut self) -> Result<(), HandlerError> {
        if self.file.is_none() {
            return Ok(());
        }
        self.let_go();
        let opened = self.open(Mode::Append);
        if opened.is_err() && self.mode == Mode::Truncate {
            // Opening it later must not empty what has been written.
            self.mode = Mode::Append;
        }
        opened
    }

    pub(crate) fn close(&mut self) {
        self.let_go();
        self.closed = true;
    }

    /// The open file's own data.
    pub(crate) fn metadata(&self) -> Option<Metadata> {
        self.file.as_ref().and_then(|file| file.metadata().ok())
    }

    /// What comes may be in the file already, from some place on.
    pub(crate) fn resume(&mut self, resume: Arc<Mutex<Resume>>) {
        self.resume = Some(resume);
    }

    /// All has come that may be in the file already.
    pub(crate) fn end_resume(&mut self) {
        self.resume = None;
    }

    /// Whether the next line may be in the file already: then it did not cause a rollover.
    pub(crate) fn is_resuming(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| lock(resume).goes_on())
    }

    /// Where the next byte goes, if it is not the end of the file.
    fn resumes_at(&self, file: &File) -> Option<u64> {
        let place = lock(self.resume.as_ref()?).place()?;
        let metadata = file.metadata().ok()?;
        (FilePlace { offset: metadata.len(), ..place } == FilePlace::end_of(&metadata))
            .then_some(place.offset)
    }

    /// The end of the file that is written to.
    pub(crate) fn place(&self) -> Option<FilePlace> {
        self.metadata().map(|metadata| FilePlace::end_of(&metadata))
    }

    /// With `durable`, the file is synced before it is closed.
    pub(crate) fn set_durable(&mut self, durable: bool) {
        self.durable = durable;
    }

    /// Syncs what was written to the disk, and the names in the folder.
    pub(crate) fn sync(&mut self) -> Result<(), HandlerError> {
        self.sync_data()?;
        if self.unsynced {
            let source =
                io::Error::other("what was written before an error may not be on the disk");
            return Err(HandlerError::Sync { path: self.path.clone(), source });
        }
        if std::mem::take(&mut self.new_names) {
            let synced = File::open(self.folder()).and_then(|folder| folder.sync_all());
            if let Err(source) = synced {
                self.new_names = true;
                return Err(HandlerError::Sync { path: self.folder().to_owned(), source });
            }
        }
        Ok(())
    }

    fn sync_data(&mut self) -> Result<(), HandlerError> {
        let Some(file) = &self.file else { return Ok(()) };
        match rustix::fs::fdatasync(file) {
            // a terminal or a pipe has no disk
            Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::ROFS) => Ok(()),
            Err(errno) => {
                self.unsynced = true;
                let (path, source) = (self.path.clone(), errno.into());
                Err(HandlerError::Sync { path, source })
            }
        }
    }

    /// Where the next byte goes: `stream.tell()`; 0 if the file can't seek.
    pub(crate) fn position(&mut self) -> u64 {
        self.file.as_mut().and_then(|file| file.stream_position().ok()).unwrap_or(0)
    }

    /// `stream.seek(0, 2)`, by which the encoder begins anew as after opening; the position then.
    pub(crate) fn seek_to_end(&mut self) -> u64 {
        let Some(file) = &mut self.file else { return 0 };
        match file.seek(io::SeekFrom::End(0)) {
            Ok(end) => {
                self.text.sought(end);
                end
            }
            Err(_) => 0,
        }
    }

    /// The end of the lines from `first` on that go into the file as it is; `first` itself means that
    /// `is_due` says so of that line, given the position before it and its text. With `begun`, the
    /// first line is not asked about. `seeks_end` tells whether the file's end is looked for first.
    pub(crate) fn fits(
        &mut self,
        run: &Run,
        first: usize,
        last: usize,
        begun: bool,
        seeks_end: bool,
        is_due: &dyn Fn(u64, &[u8]) -> bool,
    ) -> Result<usize, Failed> {
        let start = run.start(first).max(run.done);
        self.ensure_open().map_err(|error| Failed { written: start, error })?;
        if self.is_resuming() {
            return Ok((first + 1).min(last));
        }
        let mut position = if seeks_end { self.seek_to_end() } else { self.position() };
        // Where the file's bytes are not the text's, or another program has written to the file or
        // emptied it, the position after a line is known only when it is written.
        let at_end = self.metadata().is_some_and(|file| file.len() == position);
        let end = if at_end && self.is_verbatim(run.part(start, run.start(last))) {
            last
        } else {
            (first + 1).min(last)
        };
        for index in first..end {
            let line = run.part(run.start(index).max(run.done), run.end(index));
            let fixed = begun && index == first;
            if !fixed && is_due(position, line) {
                return Ok(index);
            }
            position += line.len() as u64;
        }
        Ok(end)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Whether another file, or none, is at the path of the open one.
    pub(crate) fn is_moved(&self) -> bool {
        let Some(ours) = self.metadata() else { return false };
        match std::fs::metadata(&self.path) {
            Ok(there) => (there.dev(), there.ino()) != (ours.dev(), ours.ino()),
            // Any other error (no permission to look) says nothing about the file: CPython raises,
            // this goes on with what is open.
            Err(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
        }
    }

    /// Opens the file anew, without what is in it.
    pub(crate) fn empty(&mut self) -> Result<(), HandlerError> {
        self.let_go();
        self.open(Mode::Truncate)
    }

    /// New files get their mode by this umask in place of the process's.
    pub(crate) fn set_umask(&mut self, umask: Option<u32>) {
        self.upkeep.set_umask(umask);
    }

    /// `os.path.exists(baseFilename) and not os.path.isfile(baseFilename)`.
    pub(crate) fn is_special(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file())
    }

    /// Whether the lines' bytes reach the file as they are.
    pub(crate) fn is_verbatim(&self, text: &[u8]) -> bool {
        self.text.is_verbatim(text)
    }

    /// Whether the encoder has a state, which begins anew when the file is opened.
    pub(crate) fn has_state(&self) -> bool {
        self.text.has_state()
    }

    /// Writes lines `first..last` of the run to the file, which is opened if need be.
    pub(crate) fn write(
        &mut self,
        run: &Run,
        first: usize,
        last: usize,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), Failed> {
        let start = run.start(first).max(run.done);
        self.ensure_open().map_err(|error| Failed { written: start, error })?;
        let resumes = self.is_resuming();
        let Some(file) = &self.file else { return Ok(()) };
        if std::mem::take(&mut self.opened) && !resumes && !self.unsynced {
            crash::here("file-opened");
            let place = file.metadata().map(|metadata| FilePlace::end_of(&metadata));
            notice(Notice::Opened { place: place.unwrap_or_default(), lines: first });
        }
        let mut sink = |bytes: &[u8]| {
            crash::here("lines-before");
            if crash::is_due("lines-torn") {
                let _ = rustix::io::write(file, &bytes[..bytes.len() / 2]);
                crash::die();
            }
            let written = rustix::io::write(file, bytes);
            crash::here("lines-after");
            written
        };
        let done = match &self.resume {
            None => self.text.write(&mut sink, run, first, last, notice),
            Some(resume) => {
                let mut resume = lock(resume);
                let mut compare = |bytes: &[u8]| match resume.take(bytes) {
                    There::Some(count) => Ok(count),
                    There::Nothing => sink(bytes),
                };
                let done = self.text.write(&mut compare, run, first, last, notice);
                if resume.take_difference() {
                    notice(Notice::Upkeep(HandlerError::Differs { path: self.path.clone() }));
                }
                done
            }
        };
        match done {
            Ok(()) => {
                self.upkeep.written(file, &self.path);
                Ok(())
            }
            Err(stopped) => Err(self.failed(stopped)),
        }
    }

    /// Syncs if it is time to, and tells what went wrong besides the writing.
    pub(crate) fn care(&mut self, notice: &mut dyn FnMut(Notice)) {
        if let Some(file) = &self.file {
            self.upkeep.sync_if_due(file, &self.path);
        }
        if let Some(error) = self.upkeep.take_problem() {
            notice(Notice::Upkeep(error));
        }
    }

    /// When to call [`LogFile::care`].
    pub(crate) fn next_care(&self) -> Option<Instant> {
        self.upkeep.next_care()
    }

    fn failed(&mut self, Stopped { written, errno }: Stopped) -> Failed {
        if is_lost(errno) {
            self.file = None;
            if self.mode == Mode::Truncate {
                // Opening once more must not empty what has been written.
                self.mode = Mode::Append;
            }
        }
        let name = self.path.display().to_string();
        Failed { written, error: HandlerError::Write { name, source: errno.into() } }
    }
}

/// It is whole after a panic, too.
fn lock(resume: &Mutex<Resume>) -> MutexGuard<'_, Resume> {
    resume.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an error tells that the descriptor itself is of no more use, but a new one may be.
fn is_lost(errno: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [Errno::BADF, Errno::STALE, Errno::IO].contains(&errno)
}
