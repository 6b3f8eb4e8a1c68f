use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use logyard_crash as crash;
use logyard_handlers::FilePlace;
use serde_json::{Value, json};

/// How far a handler's file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// All records of the journal up to this one have been dealt with.
    pub(crate) number: u64,
    /// Lines behind it that have been, too.
    pub(crate) lines: u64,
    /// Where the next line goes; none if no file was open.
    pub(crate) place: Option<FilePlace>,
}

/// The cursors of a lane's handlers, in a file of their own.
#[derive(Debug)]
pub(crate) struct LaneCursors {
    path: PathBuf,
    lane: String,
    /// Whether they must survive a power cut.
    durable: bool,
    /// By the handler's name.
    cursors: BTreeMap<String, Cursor>,
    saved: bool,
}

/// Length of the part of a lane's name that is in its file's name, for people.
const NAME: usize = 100;

/// A file of cursors that is larger is none of ours: 200 handlers in a lane are many.
const MOST_BYTES: u64 = 1 << 20;

impl LaneCursors {
    /// Those of a lane that begins anew: what was kept of it no longer counts.
    pub(crate) fn new(folder: &Path, lane: &str, durable: bool) -> LaneCursors {
        let path = folder.join(file_name(lane));
        LaneCursors { path, lane: lane.into(), durable, cursors: BTreeMap::new(), saved: false }
    }

    /// With an error come cursors without content.
    pub(crate) fn read(
        folder: &Path,
        lane: &str,
        durable: bool,
    ) -> Result<LaneCursors, (LaneCursors, String)> {
        let mut read = LaneCursors::new(folder, lane, durable);
        match parse(&read.path, &read.lane) {
            Ok(cursors) => {
                read.saved = cursors.is_some();
                read.cursors = cursors.unwrap_or_default();
                Ok(read)
            }
            Err(error) => {
                let error = format!("can't read the cursors in {}: {error}", read.path.display());
                Err((read, error))
            }
        }
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.durable
    }

    pub(crate) fn get(&self, handler: &str) -> Option<Cursor> {
        self.cursors.get(handler).copied()
    }

    /// The number up to which all of them are.
    pub(crate) fn least(&self) -> Option<u64> {
        self.cursors.values().map(|cursor| cursor.number).min()
    }

    /// The number up to which the furthest is.
    pub(crate) fn most(&self) -> Option<u64> {
        self.cursors.values().map(|cursor| cursor.number).max()
    }

    pub(crate) fn set(&mut self, handler: &str, cursor: Cursor) {
        match self.cursors.get_mut(handler) {
            Some(known) if *known == cursor => return,
            Some(known) => *known = cursor,
            None => drop(self.cursors.insert(handler.to_owned(), cursor)),
        }
        self.saved = false;
    }

    /// Forgets all handlers but these.
    pub(crate) fn keep<'h>(&mut self, handlers: impl Iterator<Item = &'h str> + Clone) {
        let before = self.cursors.len();
        self.cursors.retain(|name, _| handlers.clone().any(|handler| handler == name));
        self.saved &= self.cursors.len() == before;
    }

    /// Writes the file if something has changed. The old one is there until the new one is whole.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        if self.saved {
            return Ok(());
        }
        let handlers = self.cursors.iter().map(|(name, cursor)| (name.clone(), to_json(cursor)));
        let handlers: serde_json::Map<String, Value> = handlers.collect();
        let text = json!({ "lane": self.lane, "handlers": handlers }).to_string();
        let new = self.path.with_extension("new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        crash::here("cursor-before");
        let mut file = options.open(&new).or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                return Err(error);
            }
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            options.open(&new)
        })?;
        file.write_all(text.as_bytes())?;
        if self.durable {
            file.sync_data()?;
        }
        crash::here("cursor-written");
        std::fs::rename(&new, &self.path)?;
        crash::here("cursor-named");
        if self.durable {
            File::open(folder)?.sync_all()?;
        }
        self.saved = true;
        Ok(())
    }
}

/// The highest number that any cursor in the folder knows; 0 if there is none that can be read.
pub(crate) fn highest(folder: &Path) -> u64 {
    let number = |path: PathBuf| {
        let size = std::fs::metadata(&path).ok()?.len();
        let text = std::fs::read_to_string(path).ok().filter(|_| size <= MOST_BYTES)?;
        let value: Value = serde_json::from_str(&text).ok()?;
        let handlers = value.get("handlers")?.as_object()?;
        handlers.values().filter_map(|cursor| cursor.get("number")?.as_u64()).max()
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| number(entry.path())).max().unwrap_or(0)
}

/// Removes the files of all lanes but these.
pub(crate) fn keep_lanes<'l>(folder: &Path, lanes: impl Iterator<Item = &'l str>) {
    let names: Vec<String> = lanes.map(file_name).collect();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(|name| names.iter().any(|lane| lane == name)) {
            let _ = std::fs::remove_file(entry.path()); // it is looked at again at the next start
        }
    }
}

/// `server.log-1a2b3c4d.json`: the end of the lane's name, and a sum of all of it.
fn file_name(lane: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let name: String =
        lane.rsplit('/').next().unwrap_or(lane).chars().take(NAME).map(safe).collect();
    format!("{name}-{:08x}.json", crc32fast::hash(lane.as_bytes()))
}

fn to_json(cursor: &Cursor) -> Value {
    let Cursor { number, lines, place } = cursor;
    let place = place.map(|FilePlace { dev, ino, offset }| json!([dev, ino, offset]));
    json!({ "number": number, "lines": lines, "place": place })
}

fn from_json(value: &Value) -> Option<Cursor> {
    let place = match value.get("place")? {
        Value::Null => None,
        Value::Array(numbers) => match numbers.as_slice() {
            [dev, ino, offset] => {
                Some(FilePlace { dev: dev.as_u64()?, ino: ino.as_u64()?, offset: offset.as_u64()? })
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(Cursor {
        number: value.get("number")?.as_u64()?,
        lines: value.get("lines")?.as_u64()?,
        place,
    })
}

/// None if there is no such file.
fn parse(path: &Path, lane: &str) -> Result<Option<BTreeMap<String, Cursor>>, String> {
    let size = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if size > MOST_BYTES {
        return Err(format!("{size} bytes are too many"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if value.get("lane").and_then(Value::as_str) != Some(lane) {
        return Err("they are those of another file".into());
    }
    let handlers = value.get("handlers").and_then(Value::as_object).ok_or("no handlers")?;
    let cursor = |(name, value): (&String, &Value)| {
        let cursor = from_json(value).ok_or_else(|| format!("handler `{name}` has none"))?;
        Ok((name.clone(), cursor))
    };
    handlers.iter().map(cursor).collect::<Result<_, String>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("cursors");
        for durable in [false, true] {
            let mut cursors = LaneCursors::read(&folder, "/var/log/a b.log", durable).unwrap();
            let place = Some(FilePlace { dev: 1, ino: u64::MAX, offset: 3 });
            cursors.set("file", Cursor { number: 17, lines: 2, place });
            cursors.set("other", Cursor { number: 4, ..Cursor::default() });
            cursors.save().unwrap();
            let read = LaneCursors::read(&folder, "/var/log/a b.log", durable).unwrap();
            assert_eq!(read.cursors, cursors.cursors);
            assert_eq!(read.least(), Some(4));
            cursors.keep(["file"].into_iter());
            assert_eq!((cursors.least(), cursors.saved), (Some(17), false));
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }

    #[test]
    fn the_highest_number_of_all_is_known_and_lanes_that_are_gone_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(highest(&folder.path().join("none")), 0);
        for (lane, number) in [("a", 17), ("b", 4)] {
            let mut cursors = LaneCursors::new(folder.path(), lane, false);
            cursors.set("file", Cursor { number, ..Cursor::default() });
            cursors.save().unwrap();
        }
        std::fs::write(folder.path().join("c.json"), "{").unwrap();
        assert_eq!(highest(folder.path()), 17);
        keep_lanes(folder.path(), ["b", "d"].into_iter());
        assert_eq!(highest(folder.path()), 4);
        assert_eq!(LaneCursors::read(folder.path(), "b", false).unwrap().least(), Some(4));
    }

    #[test]
    fn what_is_damaged_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name("a"));
        let good = r#"{"lane": "a", "handlers": {"h": {"number": 1, "lines": 0, "place": null}}}"#;
        for (text, good) in [
            (good, true),
            ("", false),
            (&good.replace("\"a\"", "\"b\""), false),
            (&good.replace("null", "[1, 2]"), false),
            (&good.replace("1,", "-1,"), false),
            (&good.replace("number", "nummer"), false),
        ] {
            std::fs::write(&path, text).unwrap();
            let read = LaneCursors::read(folder.path(), "a", false);
            assert_eq!(read.is_ok(), good, "{text}: {read:?}");
        }
    }
}
