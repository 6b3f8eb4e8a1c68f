use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A place in a file: what is told by device and inode stays the same file under any name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilePlace {
    /// The file's device.
    pub dev: u64,
    /// The file's inode.
    pub ino: u64,
    /// Bytes from its beginning.
    pub offset: u64,
}

impl FilePlace {
    /// The end of a file.
    pub(crate) fn end_of(file: &Metadata) -> FilePlace {
        FilePlace { dev: file.dev(), ino: file.ino(), offset: file.len() }
    }

    fn is_in(&self, file: &Metadata) -> bool {
        (self.dev, self.ino) == (file.dev(), file.ino())
    }
}

/// How many files of a folder are looked at for one that was renamed.
const MOST_LOOKED_AT: usize = 100_000;

/// Bytes compared at a time.
const CHUNK: usize = 64 << 10;

/// Compares what a handler is to write once more, after its server was killed, with what is in its
/// file already: what is there is not written again.
///
/// Handlers that write to one file share it.
#[derive(Debug)]
pub struct Resume {
    /// The handler's file; another may have this name since the last rollover.
    path: PathBuf,
    file: File,
    place: FilePlace,
    /// There is no more to compare with: what comes is written.
    over: bool,
    differs: bool,
    buffer: Vec<u8>,
}

/// What is in the file where bytes are to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum There {
    /// So many of them.
    Some(usize),
    /// Nothing: from here on, it is to be written.
    Nothing,
}

impl Resume {
    /// Goes on at `place` in the file at `path`, or in the file that had this name then. None if there
    /// is no such file any more, or it has become shorter.
    pub fn new(path: &Path, place: FilePlace) -> Option<Resume> {
        let file = find(path, place)?;
        if file.metadata().ok()?.len() < place.offset {
            return None;
        }
        Some(Resume {
            path: path.to_owned(),
            file,
            place,
            over: false,
            differs: false,
            buffer: Vec::new(),
        })
    }

    /// Where the next bytes are looked for, if they are.
    pub(crate) fn place(&self) -> Option<FilePlace> {
        (!self.over).then_some(self.place)
    }

    /// Whether the file was found to hold something else than what is to be written; once.
    pub(crate) fn take_difference(&mut self) -> bool {
        std::mem::take(&mut self.differs)
    }

    /// Whether what comes next may be there already.
    pub(crate) fn goes_on(&mut self) -> bool {
        if !self.over && self.file.metadata().is_ok_and(|file| file.len() <= self.place.offset) {
            self.over = !self.next_file();
        }
        !self.over
    }

    /// How many of the bytes are there already.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> There {
        let wanted = &bytes[..bytes.len().min(CHUNK)];
        while !self.over {
            self.buffer.resize(wanted.len(), 0);
            match self.file.read_at(&mut self.buffer, self.place.offset) {
                Ok(0) => self.over = !self.next_file(),
                Ok(read) => {
                    let both = self.buffer[..read].iter().zip(wanted);
                    let mut equal = both.take_while(|(there, wanted)| there == wanted).count();
                    if equal < read {
                        (self.differs, self.over) = (true, true);
                        // the line that differs is written whole
                        let whole = wanted.iter().take(equal).rposition(|&byte| byte == b'\n');
                        equal = whole.map_or(0, |end| end + 1);
                    }
                    self.place.offset += equal as u64;
                    if equal > 0 {
                        return There::Some(equal);
                    }
                }
                Err(error) => self.over = error.kind() != std::io::ErrorKind::Interrupted,
            }
        }
        There::Nothing
    }

    /// Behind the end of a file that was rolled over comes the one that has its name now.
    fn next_file(&mut self) -> bool {
        let Ok(file) = File::open(&self.path) else { return false };
        let Ok(metadata) = file.metadata() else { return false };
        if self.place.is_in(&metadata) {
            return false;
        }
        self.file = file;
        self.place = FilePlace { offset: 0, ..FilePlace::end_of(&metadata) };
        true
    }
}

/// The file with this inode: at `path`, or under another name in the same folder.
fn find(path: &Path, place: FilePlace) -> Option<File> {
    let is_it = |file: &File| file.metadata().is_ok_and(|metadata| place.is_in(&metadata));
    if let Some(file) = File::open(path).ok().filter(is_it) {
        return Some(file);
    }
    let entries = std::fs::read_dir(path.parent()?).ok()?.take(MOST_LOOKED_AT).flatten();
    let named = entries.filter(|entry| {
        entry.metadata().is_ok_and(|metadata| metadata.is_file() && place.is_in(&metadata))
    });
    named.filter_map(|entry| File::open(entry.path()).ok()).find(is_it)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use logyard_config::{HandlerKind, Mode};

    use super::*;
    use crate::testing::{Place, write_well};
    use crate::{HandlerError, Notice, Run, Writer};

    fn rotating(place: &Place, max_bytes: u64) -> HandlerKind {
        let file = place.plan("a", Mode::Append);
        HandlerKind::RotatingFile { file, max_bytes, backup_count: 3 }
    }

    fn resumed(place: &Place, kind: &HandlerKind, at: FilePlace) -> Writer {
        let mut writer = place.writer(kind);
        let resume = Resume::new(&place.path("a"), at).unwrap();
        writer.resume(Arc::new(Mutex::new(resume)));
        writer.open().unwrap();
        writer
    }

    fn at(place: &Place, name: &str, offset: u64) -> FilePlace {
        let metadata = std::fs::metadata(place.path(name)).unwrap();
        FilePlace { offset, ..FilePlace::end_of(&metadata) }
    }

    #[test]
    fn what_is_there_is_not_written_again() {
        let place = Place::new();
        for there in ["0\n", "0\n1", "0\n1\n", "0\n1\n2\n", "0\n1\n2\n3\n"] {
            std::fs::write(place.path("a"), there).unwrap();
            let kind = HandlerKind::File(place.plan("a", Mode::Append));
            let mut writer = resumed(&place, &kind, at(&place, "a", 2));
            write_well(&mut writer, "1\n2\n");
            write_well(&mut writer, "3\n");
            assert_eq!(place.read("a"), "0\n1\n2\n3\n", "{there:?}");
        }
    }

    #[test]
    fn the_file_may_have_been_rolled_over_meanwhile() {
        let place = Place::new();
        let kind = rotating(&place, 5);
        let mut writer = place.open(&kind);
        write_well(&mut writer, "1\n2\n");
        let from = at(&place, "a", 2);
        write_well(&mut writer, "3\n4\n");
        drop(writer);
        assert_eq!((place.read("a.1"), place.read("a")), ("1\n2\n".into(), "3\n4\n".into()));
        let mut writer = resumed(&place, &kind, from);
        write_well(&mut writer, "2\n3\n4\n5\n");
        let files = ["a.2", "a.1", "a"].map(|name| place.read(name));
        assert_eq!(files, ["1\n2\n", "3\n4\n", "5\n"]);
        assert_eq!(place.names().len(), 3);
    }

    #[test]
    fn a_file_that_holds_something_else_is_told_of() {
        let place = Place::new();
        std::fs::write(place.path("a"), "1\n2 other\n").unwrap();
        let kind = HandlerKind::File(place.plan("a", Mode::Append));
        let mut writer = resumed(&place, &kind, at(&place, "a", 0));
        let mut notices = Vec::new();
        let run = Run::new(b"1\n2\n", &[2, 4], &[]);
        writer.write(&run, &mut |notice| notices.push(notice)).unwrap();
        assert_eq!(place.read("a"), "1\n2 other\n2\n");
        let [Notice::Upkeep(HandlerError::Differs { .. })] = notices.as_slice() else {
            panic!("{notices:?}")
        };
    }

    #[test]
    fn a_file_that_is_gone_is_not_gone_on_with() {
        let place = Place::new();
        std::fs::write(place.path("a"), "1\n").unwrap();
        assert!(Resume::new(&place.path("a"), at(&place, "a", 3)).is_none(), "shorter than that");
        let from = at(&place, "a", 0);
        std::fs::remove_file(place.path("a")).unwrap();
        assert!(Resume::new(&place.path("a"), from).is_none());
    }

    #[test]
    fn a_new_file_is_told_of_before_the_first_line_goes_there() {
        let place = Place::new();
        let mut writer = place.open(&rotating(&place, 5));
        let mut opened = Vec::new();
        let run = Run::new(b"1\n2\n3\n4\n5\n", &[2, 4, 6, 8, 10], &[]);
        writer
            .write(&run, &mut |notice| {
                let Notice::Opened { place: file, lines } = notice else { panic!("{notice:?}") };
                assert_eq!(file.offset, 0);
                opened.push(lines);
            })
            .unwrap();
        assert_eq!(opened, [0, 2, 4]);
    }
}
