//! Journals of made records, and the naive way to look through them.

use std::path::Path;

use jiff::tz::TimeZone;
use logyard_history::{Event, From, History, Request, keep, reindex};
use logyard_journal::{Batch, Found, Journal, Limits, Opened, Origin, Reader, Sync, remove_plain};
use logyard_pickle::{Limits as PickleLimits, Machine, Step, next_frame};
use logyard_query::{Clock, Query, RecordView, Scratch};
use logyard_record::{Received, Record};

/// 2026-11-29 13:00 UTC.
pub(crate) const NOW: i64 = 1_795_957_200_000_000;

pub(crate) fn query(text: &str) -> Query {
    let clock = Clock::new(NOW, TimeZone::UTC);
    Query::parse(text, &clock).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i32),
    Float(f64),
    Str(String),
    /// As protocol 0 writes it: it doesn't lie in the frame as it is.
    Escaped(String),
    Tuple(Vec<Value>),
    Dict(Vec<(&'static str, Value)>),
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Value::None => out.push(b'N'),
            Value::Bool(truth) => out.extend_from_slice(if *truth { b"I01\n" } else { b"I00\n" }),
            Value::Int(n) => {
                out.push(b'J');
                out.extend(n.to_le_bytes());
            }
            Value::Float(x) => {
                out.push(b'G');
                out.extend(x.to_be_bytes());
            }
            Value::Str(text) => {
                out.push(b'X');
                out.extend((text.len() as u32).to_le_bytes());
                out.extend(text.as_bytes());
            }
            Value::Escaped(text) => {
                out.push(b'V');
                for c in text.chars() {
                    out.extend(format!("\\u{:04x}", c as u32).bytes());
                }
                out.push(b'\n');
            }
            Value::Tuple(items) => {
                out.push(b'(');
                items.iter().for_each(|item| item.write(out));
                out.push(b't');
            }
            Value::Dict(pairs) => dict(pairs, out),
        }
    }
}

fn dict(pairs: &[(&str, Value)], out: &mut Vec<u8>) {
    out.extend(b"}(");
    for (key, value) in pairs {
        text(key).write(out);
        value.write(out);
    }
    out.push(b'u');
}

pub(crate) fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

/// A frame, with its length.
pub(crate) fn frame(pairs: &[(&str, Value)]) -> Vec<u8> {
    let mut pickle = Vec::new();
    dict(pairs, &mut pickle);
    framed(pickle)
}

/// The same of a client that tells more beside the record.
pub(crate) fn frame_with(pairs: &[(&str, Value)], beside: &[(&str, Value)]) -> Vec<u8> {
    let mut pickle = vec![b'('];
    dict(pairs, &mut pickle);
    dict(beside, &mut pickle);
    pickle.push(b't');
    framed(pickle)
}

fn framed(mut pickle: Vec<u8>) -> Vec<u8> {
    pickle.push(b'.');
    let mut frame = (pickle.len() as u32).to_be_bytes().to_vec();
    frame.extend(pickle);
    frame
}

/// A journal with small segments.
pub(crate) fn open(folder: &Path, segment_bytes: u64) -> Journal {
    let limits = Limits { total_bytes: 1 << 30, age_micros: None, segment_bytes };
    let Opened { journal, .. } = Journal::open(folder, limits, Sync::Never, 1, 0, |_| {}).unwrap();
    journal
}

pub(crate) fn append(journal: &mut Journal, peer: &str, frames: &[Vec<u8>]) {
    let origin = Origin { peer, client: None };
    let (records, frames) = (frames.len() as u32, frames.concat());
    journal.append(&Batch { micros: NOW as u64, origin, records, frames: &frames }).unwrap();
}

/// Compresses and indexes the oldest plain segment.
pub(crate) fn keep_one(journal: &mut Journal) -> bool {
    let Some(segment) = journal.to_pack(0) else { return false };
    let kept = keep(&segment, &mut || true).unwrap().unwrap();
    journal.packed(segment.first, &kept.file, kept.bytes).unwrap();
    remove_plain(&segment).unwrap();
    true
}

/// Makes all indexes that are missing.
pub(crate) fn reindex_all(folder: &Path) {
    for segment in logyard_journal::segments(folder).unwrap() {
        reindex(&segment, &mut || true).unwrap();
    }
}

/// Numbers of what is found, in its order.
pub(crate) fn search(folder: &Path, query: &Query, from: From, threads: usize) -> Vec<u64> {
    let mut found = Vec::new();
    let mut last = None;
    let request = Request { query, from, threads };
    History::new(folder)
        .search(&request, &mut |event| {
            match event {
                Event::Hit(hit) => {
                    assert!(!hit.peer.is_empty() && hit.decode().is_ok());
                    found.push(hit.number);
                }
                Event::Progress(progress) => {
                    assert!(progress.read <= progress.searched && progress.searched <= progress.of);
                    last = Some(progress);
                }
                Event::Damage(_) => {}
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    let last = last.unwrap_or_default();
    assert_eq!(last.searched, last.of);
    found
}

/// All records of the journal, one by one: the numbers of those that match, the oldest first.
pub(crate) fn naive(folder: &Path, query: &Query) -> Vec<u64> {
    let limits = PickleLimits::default();
    let mut machine = Machine::new(limits.clone());
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    let mut reader = Reader::new(folder, 0).unwrap();
    loop {
        match reader.read().unwrap() {
            Found::Batch { mut number, batch } => {
                let created = batch.micros as f64 / 1e6;
                let received = Received { created, msecs: 0.0, started: created, pid: 0 };
                let mut frames = batch.frames;
                while let Ok(Step::Frame { payload, rest }) = next_frame(frames, &limits) {
                    frames = rest;
                    if let Ok(value) = machine.load(payload)
                        && let Ok(record) = Record::new(value, &received)
                        && query.matches(&RecordView::new(&record, &mut scratch))
                    {
                        found.push(number);
                    }
                    number += 1;
                }
            }
            Found::End => return found,
            Found::Clients(_) | Found::Damage(_) => {}
        }
    }
}
