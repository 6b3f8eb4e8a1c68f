//! The journal against a simple model: a list of what was appended.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use logyard_journal::{
    Batch, ClientId, Damage, Found, Journal, JournalError, Limits, Opened, Origin, Reader, Sync,
    What, segments,
};
use proptest::prelude::*;

const SMALL: Limits = Limits { total_bytes: 1 << 20, age_micros: None, segment_bytes: 600 };

fn open(folder: &Path) -> Opened {
    Journal::open(folder, SMALL, Sync::Never, 1, |_| {}).unwrap()
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
    let second = Journal::open(folder.path(), SMALL, Sync::Never, 1, |_| {});
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
    let mut journal = Journal::open(folder.path(), limits, Sync::Never, 1, |_| {}).unwrap().journal;
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
    let Opened { mut journal, damage } = open(folder.path());
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
        let mut journal = Journal::open(folder.path(), SMALL, sync, 1, tell).unwrap().journal;
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

#[derive(Clone, Debug)]
enum Act {
    Append {
        bytes: usize,
        records: u32,
    },
    Reopen,
    /// The server was killed while it wrote: so many bytes of the last entry are missing.
    Tear(u64),
    /// A bit of the byte at this place of the newest segment, counted from its end, is turned.
    Flip(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0_usize..400, 1_u32..5).prop_map(|(bytes, records)| Act::Append { bytes, records }),
        2 => Just(Act::Reopen),
        1 => (1_u64..100).prop_map(Act::Tear),
        1 => (1_u64..900).prop_map(Act::Flip),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// What was appended and not damaged is there, in order and under its number, and what is
    /// damaged is told of.
    #[test]
    fn nothing_but_the_damaged_is_missing(acts in prop::collection::vec(act(), 1..40)) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Some(open(folder.path()).journal);
        let mut model: Vec<Entry> = Vec::new();
        // entries that may be missing: where damage was done, one entry or (at the tail) what was torn
        let mut damaged = 0_usize;
        let mut filler = 0_u8;
        for act in acts {
            match act {
                Act::Append { bytes, records } => {
                    filler = filler.wrapping_add(1);
                    let frames = vec![filler; bytes];
                    let journal = journal.as_mut().unwrap();
                    let number = journal.end() + 1;
                    journal.append(&batch(&frames, records, None)).unwrap();
                    model.push(Entry { number, records, frames });
                }
                Act::Reopen => {}
                Act::Tear(bytes) => {
                    let last = segments(folder.path()).unwrap().pop().unwrap();
                    let file = OpenOptions::new().write(true).open(&last.path).unwrap();
                    file.set_len(last.bytes.saturating_sub(bytes)).unwrap();
                    damaged += 3; // entries of 48 bytes and more
                }
                Act::Flip(back) => {
                    let last = segments(folder.path()).unwrap().pop().unwrap();
                    let at = last.bytes.saturating_sub(back);
                    let file = OpenOptions::new().read(true).write(true).open(&last.path).unwrap();
                    let mut byte = [0];
                    file.read_exact_at(&mut byte, at).unwrap();
                    file.write_all_at(&[byte[0] ^ 4], at).unwrap();
                    // a segment's header may be hit: then all in it is lost
                    damaged += if at < 24 { 20 } else { 1 };
                }
            }
            if !matches!(act, Act::Append { .. }) {
                drop(journal.take());
                journal = Some(open(folder.path()).journal);
            }
        }
        let (found, _) = read(folder.path(), 0);
        // in order, each as it was appended
        let mut rest = model.iter();
        for entry in &found {
            prop_assert!(rest.any(|model| model == entry), "{entry:?} was not appended");
        }
        prop_assert!(found.len() + damaged >= model.len(), "{} of {} with {damaged} damaged", found.len(), model.len());
        for after in [1, 5, 9] {
            let behind = |entry: &&Entry| entry.number + u64::from(entry.records) - 1 > after;
            let want: Vec<Entry> = found.iter().filter(behind).cloned().collect();
            prop_assert_eq!(read(folder.path(), after).0, want);
        }
    }
}
