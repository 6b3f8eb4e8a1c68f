use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use logyard_libc::Zone;
use serde_json::{Map, Value};

/// Where one file of dead letters ends and the next begins. Two files are kept, so that what can't
/// be delivered fills at most twice this much of the disk.
const FILE_BYTES: u64 = 64 << 20;

/// A record, or a part of one, that did not reach its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Letter<'a> {
    /// Why, as a word to count by: `not-a-record`, `missing-field`, `not-written` …
    pub(crate) reason: &'static str,
    /// Why, for a person.
    pub(crate) detail: &'a str,
    /// Who sent it.
    pub(crate) peer: Option<&'a str>,
    /// The handler that could not take it; none when it never got that far.
    pub(crate) handler: Option<&'a str>,
    /// What there is of it.
    pub(crate) body: Body<'a>,
}

/// What is kept of a dead letter, enough to replay it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    /// The payload as it came from the client: `makeLogRecord(pickle.loads(…))` of it is the record.
    Frame(&'a [u8]),
    /// Lines that were formatted already and that one handler could not write.
    Text(&'a [u8]),
}

/// The dead-letter file: a JSON object a line, as documented in docs/operation.md.
#[derive(Debug)]
pub(crate) struct DeadLetters {
    path: PathBuf,
    file: Option<(File, u64)>,
    /// The last letter was not written whole: the next one begins on a line of its own.
    torn: bool,
}

impl DeadLetters {
    /// Letters go to `path`; the file is made when the first one comes.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None, torn: false }
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a letter; `now` is in seconds since the epoch. Tells whether the file was full, so that
    /// it became the older one, and the older one before it is gone.
    pub(crate) fn keep(&mut self, letter: &Letter<'_>, now: f64) -> io::Result<bool> {
        let mut line = Vec::new();
        if self.torn {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, &to_json(letter, now))?;
        line.push(b'\n');
        let full = matches!(self.file, Some((_, size)) if size >= FILE_BYTES);
        let (mut file, size) = match self.file.take() {
            Some(_) if full => self.next_file()?,
            Some(open) => open,
            None => self.open()?,
        };
        self.torn = true;
        file.write_all(&line)?;
        self.torn = false;
        self.file = Some((file, size + line.len() as u64));
        Ok(full)
    }

    /// Where letters go when the file is full.
    pub(crate) fn older(&self) -> PathBuf {
        self.path.with_extension("1.jsonl")
    }

    fn open(&self) -> io::Result<(File, u64)> {
        // 0600: what programs log is not for everybody
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    }

    fn next_file(&self) -> io::Result<(File, u64)> {
        std::fs::rename(&self.path, self.older())?;
        self.open()
    }
}

fn to_json(letter: &Letter<'_>, now: f64) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |key: &str, value: &str| object.insert(key.into(), value.into());
    put("time", &utc(now));
    put("reason", letter.reason);
    put("detail", letter.detail);
    if let Some(peer) = letter.peer {
        put("peer", peer);
    }
    if let Some(handler) = letter.handler {
        put("handler", handler);
    }
    match letter.body {
        Body::Frame(frame) => put("frame", &BASE64.encode(frame)),
        Body::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => put("text", text),
            Err(_) => put("text_base64", &BASE64.encode(text)), // lone surrogates
        },
    };
    object
}

fn utc(now: f64) -> String {
    let tm = Zone::Utc.local(now.floor() as i64);
    let millis = ((now - now.floor()) * 1000.0) as u32;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        tm.year,
        tm.mon + 1,
        tm.mday,
        tm.hour,
        tm.min,
        tm.sec
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(body: Body<'_>) -> Letter<'_> {
        Letter { reason: "test", detail: "why", peer: Some("me"), handler: None, body }
    }

    #[test]
    fn a_letter_is_a_line_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let mut letters = DeadLetters::new(folder.path().join("dead-letters.jsonl"));
        letters.keep(&letter(Body::Frame(b"\x80\x01N.")), 1_700_000_000.25).unwrap();
        letters.keep(&letter(Body::Text("é\n".as_bytes())), 0.0).unwrap();
        letters.keep(&letter(Body::Text(b"\xed\xa0\x80\n")), 0.0).unwrap();
        let text = std::fs::read_to_string(letters.path()).unwrap();
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines[0]["time"], "2023-11-14T22:13:20.250Z");
        assert_eq!(lines[0]["frame"], "gAFOLg==");
        assert_eq!(lines[1]["text"], "é\n");
        assert_eq!(lines[2]["text_base64"], "7aCACg==");
    }

    #[test]
    fn a_full_file_makes_room_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead-letters.jsonl");
        let mut letters = DeadLetters::new(path.clone());
        letters.keep(&letter(Body::Text(b"first")), 0.0).unwrap();
        letters.file.as_mut().unwrap().1 = FILE_BYTES;
        letters.keep(&letter(Body::Text(b"second")), 0.0).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("second"));
        let older = folder.path().join("dead-letters.1.jsonl");
        assert!(std::fs::read_to_string(older).unwrap().contains("first"));
    }
}
