//! The journal against a simple model: a list of what was appended.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use logyard_journal::{
    Batch, ClientId, Damage, Found, Journal, JournalError, Limits, Opened, Origin, Reader, Sync,
    What, segments,
};

const SMALL: Limits = Limits { total_bytes: 1 << 20, age_micros: None, segment_bytes: 600 };

fn open(folder: &Path) -> Opened {
    Journal::open(folder, SMALL, Sync::Never, 1, 0, |_| {}).unwrap()
}

fn batch(frames: &[u8], records: u32, client: Option<(ClientId, u64)>) -> Batch<'_> {
    Batch { micros: 7, origin: Origin { peer: "127.0.0.1:5", client }, records, frames }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    number: u64,
    records: u32,
    frames: Vec<u8>,
}

/// All that is behind `after`, and the damage.
fn read(folder: &Path, after: u64) -> (Vec<Entry>, Vec<Damage>) {
    let (mut batches, mut damage) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(folder, after).unwrap();
    loop {
        match reader.read().unwrap() {
            Found::Batch { number, batch } => {
                assert_eq!((batch.origin.peer, batch.micros), ("127.0.0.1:5", 7));
                let (records, frames) = (batch.records, batch.frames.to_vec());
                batches.push(Entry { number, records, frames });
            }
            Found::Clients(_) => {}
            Found::Damage(found) => damage.push(found),
            Found::End => return (batches, damage),
        }
    }
}

#[test]
fn two_servers_never_share_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path());
    let second = Journal::open(folder.path(), SMALL, Sync::Never, 1, 0, |_| {});
    assert!(matches!(second, Err(JournalError::InUse(_))));
}

#[test]
fn a_reader_follows_across_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    let mut reader = journal.reader(0).unwrap();
    for number in 1..50_u64 {
        let frames = vec![number as u8; 90];
        assert_eq!(journal.append(&batch(&frames, 1, None)).unwrap().end, number);
        loop {
            match reader.read().unwrap() {
                Found::Batch { number: found, batch } => {
                    assert_eq!((found, batch.frames), (number, &frames[..]));
                    break;
                }
                Found::Clients(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(reader.read().unwrap(), Found::End | Found::Clients(_)));
    }
    assert!(segments(folder.path()).unwrap().len() > 5);
}

#[test]
fn the_oldest_goes_when_there_is_too_much_and_what_is_needed_stays_while_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { total_bytes: 3000, age_micros: Some(10), ..SMALL };
    let mut journal =
        Journal::open(folder.path(), limits, Sync::Never, 1, 0, |_| {}).unwrap().journal;
    for _ in 0..12 {
        journal.append(&batch(&[0; 150], 1, None)).unwrap();
    }
    assert_eq!(journal.retain(0, 10).unwrap(), None, "small enough, and young");
    assert_eq!(segments(folder.path()).unwrap()[0].first, 1);
    assert_eq!(journal.retain(5, 1000).unwrap(), None);
    let first = segments(folder.path()).unwrap()[0].first;
    assert!((2..=6).contains(&first), "old ones went, but those behind 5 are needed: {first}");
    for _ in 0..20 {
        journal.append(&batch(&[0; 150], 1, None)).unwrap();
    }
    let lost = journal.retain(5, 10).unwrap();
    assert_eq!(lost, Some(segments(folder.path()).unwrap()[0].first), "too large: told of");
    assert!(journal.bytes() <= 3000);
}

#[test]
fn clients_are_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (ClientId([1; 16]), ClientId([2; 16]));
    let mut journal = open(folder.path()).journal;
    journal.append(&batch(&[0; 90], 2, Some((one, 2)))).unwrap();
    for last in 1..30 {
        journal.append(&batch(&[0; 90], 1, Some((two, last)))).unwrap();
    }
    drop(journal);
    let mut journal = open(folder.path()).journal;
    assert_eq!((journal.last_of(one), journal.last_of(two), journal.end()), (2, 29, 31));
    // the oldest segments may go
    for segment in segments(folder.path()).unwrap().iter().take(3) {
        std::fs::remove_file(&segment.path).unwrap();
    }
    journal.append(&batch(&[0; 90], 1, None)).unwrap();
    drop(journal);
    assert_eq!(open(folder.path()).journal.last_of(one), 2);
}

#[test]
fn what_is_no_segment_is_moved_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    for _ in 0..9 {
        journal.append(&batch(&[0; 300], 1, None)).unwrap();
    }
    drop(journal);
    let last = segments(folder.path()).unwrap().pop().unwrap();
    let file = OpenOptions::new().write(true).open(&last.path).unwrap();
    file.write_all_at(&[2], 15).unwrap();
    let Opened { mut journal, damage, problems } = open(folder.path());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(damage.len(), 1);
    assert_eq!(damage[0].what, What::Version(2));
    assert_eq!(journal.end(), last.first - 1);
    assert!(folder.path().join(format!("aside/{:020}-0.bad", last.first)).exists());
    assert_eq!(journal.append(&batch(&[0; 3], 1, None)).unwrap().end, last.first);
}

#[test]
fn all_is_synced_before_it_is_said() {
    for sync in [Sync::Interval, Sync::Always] {
        let folder = tempfile::tempdir().unwrap();
        let (sender, synced) = std::sync::mpsc::channel();
        let tell = move |synced| drop(sender.send(synced));
        let mut journal = Journal::open(folder.path(), SMALL, sync, 1, 0, tell).unwrap().journal;
        for _ in 0..40 {
            journal.append(&batch(&[0; 90], 3, None)).unwrap();
        }
        let wait = std::time::Duration::from_secs(10);
        loop {
            match synced.recv_timeout(wait).unwrap() {
                logyard_journal::Synced::UpTo(120) => break,
                logyard_journal::Synced::UpTo(_) => {}
                failed => panic!("{failed:?}"),
            }
        }
    }
}

/// What the disk has of the newest segment is replaced.
fn spoil(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let last = segments(folder).unwrap().pop().unwrap();
    let mut bytes = std::fs::read(&last.path).unwrap();
    change(&mut bytes);
    std::fs::write(&last.path, bytes).unwrap();
}

#[test]
fn numbers_that_others_know_are_not_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.append(&batch(&[1; 90], 5, None)).unwrap();
    drop(journal);
    // cursors may say more than the journal holds: it lost its end in a power cut
    let opened = Journal::open(folder.path(), SMALL, Sync::Never, 1, 8, |_| {});
    let mut journal = opened.unwrap().journal;
    assert_eq!(journal.append(&batch(&[2; 90], 1, None)).unwrap().end, 9);
    drop(journal);
    let numbers: Vec<u64> = read(folder.path(), 0).0.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [1, 9]);
    assert_eq!(open(folder.path()).journal.end(), 9);
}

#[test]
fn what_a_damaged_entry_claims_to_be_long_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    for number in 1..4_u8 {
        journal.append(&batch(&[number; 90], 1, None)).unwrap();
    }
    drop(journal);
    // the first entry lost its second half, and others were appended behind: its length leads into them
    spoil(folder.path(), |bytes| {
        let first = bytes.windows(90).position(|part| part == [1; 90]).unwrap();
        bytes.drain(first + 20..first + 90);
    });
    let (found, damage) = read(folder.path(), 0);
    let frames: Vec<u8> = found.iter().map(|entry| entry.frames[0]).collect();
    assert_eq!((frames, damage.len(), damage[0].records), (vec![2, 3], 1, 1));
}

#[test]
fn what_a_sender_made_to_look_like_an_entry_is_none() {
    // an entry of another journal, sent as the text of a record
    let other = tempfile::tempdir().unwrap();
    let mut journal = open(other.path()).journal;
    for _ in 0..7 {
        journal.append(&batch(&[9; 90], 1, None)).unwrap();
    }
    drop(journal);
    let forged = std::fs::read(&segments(other.path()).unwrap().pop().unwrap().path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.append(&batch(&forged, 1, None)).unwrap();
    drop(journal);
    let entry = read(folder.path(), 0).0;
    assert_eq!((entry.len(), &entry[0].frames), (1, &forged));
    // its own head is damaged: what is in it is looked at, and not believed
    spoil(folder.path(), |bytes| {
        let at = bytes.windows(4).rposition(|part| part == b"LYe1").unwrap();
        let first = bytes.windows(forged.len()).position(|part| part == forged).unwrap();
        assert!(first < at);
        bytes[first - 60] ^= 1;
    });
    let (found, _) = read(folder.path(), 0);
    assert_eq!(found, []);
    assert_eq!(open(folder.path()).journal.end(), 0);
}

#[test]
fn a_disk_that_refuses_keeps_no_server_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path()).journal;
    journal.append(&batch(&[1; 90], 1, None)).unwrap();
    drop(journal);
    // a torn tail, and no way to keep it aside
    spoil(folder.path(), |bytes| bytes.extend_from_slice(b"LYe1 torn"));
    std::fs::write(folder.path().join("aside"), "a file in its place").unwrap();
    let Opened { mut journal, damage, problems } = open(folder.path());
    assert_eq!((damage.len(), damage[0].what, problems.len()), (1, What::Torn, 1));
    // not cut, as it could not be kept: what comes goes to a segment of its own
    assert_eq!(journal.append(&batch(&[2; 90], 1, None)).unwrap().end, 2);
    drop(journal);
    assert_eq!(read(folder.path(), 0).0.len(), 2);
    // something that can't be read at all
    std::fs::create_dir(folder.path().join("00000000000000000009.journal")).unwrap();
    std::fs::remove_file(folder.path().join("aside")).unwrap();
    let Opened { mut journal, damage, .. } = open(folder.path());
    assert!(damage.iter().any(|damage| damage.what == What::Unreadable), "{damage:?}");
    let end = journal.append(&batch(&[3; 90], 1, None)).unwrap().end;
    assert!(end >= 3);
    drop(journal);
    assert_eq!(read(folder.path(), 2).0.len(), 1);
}

mod model;
