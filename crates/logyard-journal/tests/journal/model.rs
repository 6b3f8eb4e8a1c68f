//! The journal does at random what happens to it, and is compared with a list of what was appended.

use std::collections::BTreeMap;
use std::path::Path;

use logyard_journal::{ClientId, Journal, Limits, Opened, Segment, Sync, segments};
use proptest::prelude::*;

use crate::{Entry, batch, open, read};

const LIMITS: Limits = Limits { total_bytes: 4000, age_micros: None, segment_bytes: 700 };

#[derive(Clone, Debug)]
enum Act {
    Append {
        bytes: usize,
        records: u32,
        client: Option<u8>,
    },
    /// The server ends, in order or not: to the journal it is the same.
    Restart,
    /// The server was killed within an append: that many of a thousand parts of an entry are there.
    TornAppend(u64),
    /// The disk lost the end of the newest segment, which was not synced.
    Lost(u64),
    /// A bit of the byte at this place, of a thousand, of one of the segments is turned.
    Flip {
        segment: u8,
        place: u64,
    },
    /// Another version's segment, or none at all, lies where the newest is.
    Foreign(bool),
    /// Up to this part, of ten, of all records nobody needs them any more.
    Retain(u64),
    /// Someone removes the oldest segment by hand.
    Remove,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0_usize..400, 1_u32..5, proptest::option::of(0_u8..3))
            .prop_map(|(bytes, records, client)| Act::Append { bytes, records, client }),
        2 => Just(Act::Restart),
        1 => (1_u64..1000).prop_map(Act::TornAppend),
        1 => (1_u64..300).prop_map(Act::Lost),
        1 => (any::<u8>(), 0_u64..1000).prop_map(|(segment, place)| Act::Flip { segment, place }),
        1 => any::<bool>().prop_map(Act::Foreign),
        1 => (0_u64..11).prop_map(Act::Retain),
        1 => Just(Act::Remove),
    ]
}

/// What should be in the journal.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    /// In which segment each of them is, by the number of its first record.
    segment_of: BTreeMap<u64, u64>,
    /// First records' numbers of entries that may be gone: what was done to the files says which.
    may_be_gone: Vec<u64>,
    /// Clients' last numbers, as they were told.
    clients: BTreeMap<u8, u64>,
    /// Segments whose header was hit where the salt is: entries tell it, too, but only those before the next damage.
    salt_hit: Vec<u64>,
    /// Damage may have cost some of what is known of clients.
    clients_may_be_behind: bool,
}

impl Model {
    /// All entries of a segment that reach behind `offset` bytes of it may be gone.
    fn damage(&mut self, first: u64, which: impl Fn(u64) -> bool) {
        let hit = self
            .segment_of
            .iter()
            .filter(|(number, segment)| **segment == first && which(**number));
        self.may_be_gone.extend(hit.map(|(number, _)| *number));
        self.clients_may_be_behind = true;
    }
}

fn newest(folder: &Path) -> Option<Segment> {
    segments(folder).unwrap().pop()
}

fn change(segment: &Segment, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(&segment.path).unwrap();
    how(&mut bytes);
    std::fs::write(&segment.path, bytes).unwrap();
}

fn client(id: u8) -> ClientId {
    ClientId([id; 16])
}

fn check(folder: &Path, journal: &Journal, model: &Model, damaged: bool) {
    let (found, damage) = read(folder, 0);
    let mut rest = model.entries.iter();
    for entry in &found {
        // in order, each as it was appended, once, under its number
        assert!(rest.any(|model| model == entry), "{entry:?} was not appended, or not here");
    }
    let numbers: Vec<u64> = found.iter().map(|entry| entry.number).collect();
    for entry in &model.entries {
        let gone = model.may_be_gone.contains(&entry.number);
        assert!(gone || numbers.contains(&entry.number), "{entry:?} is missing: {damage:?}");
    }
    assert!(damaged || damage.is_empty(), "{damage:?}");
    let last = found.last().map_or(0, |entry| entry.number + u64::from(entry.records) - 1);
    assert!(journal.end() >= last);
    for (&id, &last) in &model.clients {
        let known = journal.last_of(client(id));
        assert!(known <= last, "client {id}: {known} was never sent");
        assert!(model.clients_may_be_behind || known == last, "client {id}: {known} is not {last}");
    }
    // from any record on
    for after in [1, 5, 9, journal.end()] {
        let behind = |entry: &&Entry| entry.number + u64::from(entry.records) - 1 > after;
        let want: Vec<Entry> = found.iter().filter(behind).cloned().collect();
        assert_eq!(read(folder, after).0, want, "behind {after}");
    }
}

fn run(acts: Vec<Act>) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let start = |used| {
        let opened = Journal::open(folder, LIMITS, Sync::Never, 1, used, |_| {});
        let Opened { journal, problems, .. } = opened.unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        journal
    };
    let mut journal = start(0);
    let mut model = Model::default();
    // each entry is another's
    let mut filler = 0_u8;
    let mut damaged = false;
    for act in acts {
        let end = journal.end();
        match act {
            Act::Append { bytes, records, client: id } => {
                filler = filler.wrapping_add(1);
                let frames = vec![filler; bytes];
                let from = id.map(|id| {
                    let last = model.clients.entry(id).or_default();
                    *last = (*last).max(journal.last_of(client(id))) + u64::from(records);
                    (client(id), *last)
                });
                let appended = journal.append(&batch(&frames, records, from)).unwrap();
                let number = appended.end + 1 - u64::from(records);
                assert!(number > end, "numbers only rise");
                model.entries.push(Entry { number, records, frames });
                model.segment_of.insert(number, newest(folder).unwrap().first);
                continue;
            }
            Act::Retain(part) => {
                let needed = end * part / 10;
                let lost = journal.retain(needed, 2).unwrap();
                let first =
                    segments(folder).unwrap().first().map_or(end + 1, |segment| segment.first);
                assert!(lost.is_none_or(|lost| lost == first && lost > needed + 1));
                assert!(
                    journal.bytes() <= LIMITS.total_bytes || segments(folder).unwrap().len() == 1
                );
                model.entries.retain(|entry| {
                    model.segment_of.get(&entry.number).is_some_and(|segment| *segment >= first)
                });
                continue;
            }
            Act::Restart => drop(journal),
            Act::Remove => {
                drop(journal);
                let all = segments(folder).unwrap();
                if let [oldest, _, ..] = all.as_slice() {
                    std::fs::remove_file(&oldest.path).unwrap();
                    model.damage(oldest.first, |_| true);
                }
            }
            Act::TornAppend(parts) => {
                drop(journal);
                let Some(newest) = newest(folder) else {
                    journal = start(0);
                    continue;
                };
                // what the next append would have written, by a journal that did
                let copy = tempfile::tempdir().unwrap();
                std::fs::copy(&newest.path, copy.path().join(newest.path.file_name().unwrap()))
                    .unwrap();
                open(copy.path()).journal.append(&batch(&[0xEE; 200], 2, None)).unwrap();
                let grown = segments(copy.path()).unwrap();
                if let [grown] = grown.as_slice() {
                    let bytes = std::fs::read(&grown.path).unwrap();
                    let more = bytes.len() as u64 - newest.bytes.min(bytes.len() as u64);
                    let there = (newest.bytes + more * parts / 1000) as usize;
                    damaged |= (there as u64) > newest.bytes;
                    std::fs::write(&newest.path, &bytes[..there.min(bytes.len() - 1)]).unwrap();
                }
            }
            Act::Lost(bytes) => {
                drop(journal);
                if let Some(newest) = newest(folder) {
                    change(&newest, |all| all.truncate(all.len().saturating_sub(bytes as usize)));
                    // an entry has 48 bytes and more; all in it, if its beginning is gone
                    let numbers: Vec<u64> = model
                        .segment_of
                        .iter()
                        // what is gone already takes none of the lost bytes
                        .filter(|(number, first)| {
                            **first == newest.first && !model.may_be_gone.contains(number)
                        })
                        .map(|(number, _)| *number)
                        .collect();
                    let whole = newest.bytes.saturating_sub(bytes) < 32;
                    let most = if whole { numbers.len() } else { 1 + bytes as usize / 48 };
                    let from = numbers.len().saturating_sub(most);
                    model.damage(newest.first, |number| numbers[from..].contains(&number));
                }
                damaged = true;
            }
            Act::Flip { segment, place } => {
                drop(journal);
                let all = segments(folder).unwrap();
                if let Some(hit) = all.get(usize::from(segment) % all.len().max(1)) {
                    let at = (hit.bytes * place / 1000) as usize;
                    change(hit, |bytes| {
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte ^= 4;
                        }
                    });
                    // one entry, or with the header all of them
                    let (found, damage) = read(folder, 0);
                    let there: Vec<u64> = found.iter().map(|entry| entry.number).collect();
                    let gone: Vec<u64> = model
                        .entries
                        .iter()
                        .map(|entry| entry.number)
                        .filter(|number| {
                            !there.contains(number) && !model.may_be_gone.contains(number)
                        })
                        .collect();
                    if at < 32 {
                        model.salt_hit.push(hit.first);
                    }
                    let one = gone.len() <= 1 || model.salt_hit.contains(&hit.first);
                    assert!(one, "one byte cost {gone:?}: {damage:?}");
                    model.damage(hit.first, |number| gone.contains(&number));
                    damaged = true;
                }
            }
            Act::Foreign(version) => {
                drop(journal);
                if let Some(newest) = newest(folder) {
                    change(&newest, |bytes| {
                        if version { bytes[15] = 2 } else { *bytes = b"not a journal".to_vec() }
                    });
                    model.damage(newest.first, |_| true);
                }
                damaged = true;
            }
        }
        // half of the time others know what has been lost, too
        let used = if filler.is_multiple_of(2) { end } else { 0 };
        journal = start(used);
        assert!(journal.end() >= used);
        // a number may be given to another record, if the one that had it is gone and nobody knows it
        let end = journal.end();
        model.entries.retain(|entry| entry.number <= end);
        model.segment_of.retain(|number, _| *number <= end);
        model.may_be_gone.retain(|number| *number <= end);
        check(folder, &journal, &model, damaged);
    }
    check(folder, &journal, &model, damaged);
}

/// `PROPTEST_CASES=10000` for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// What was appended and not damaged is there, in order, once, under its number; clients are known;
    /// and no damage keeps a journal from being opened and appended to.
    #[test]
    fn nothing_but_the_damaged_is_missing(acts in prop::collection::vec(act(), 1..60)) {
        run(acts);
    }
}
