//! Compressed segments: what is read of a journal is the same as before.

use std::path::Path;
use std::sync::LazyLock;

use logyard_journal::{
    Batch, Found, Journal, Limits, Opened, Origin, Reader, Segment, SegmentFile, Sync, entries,
    index_path, pack, remove_plain, segments,
};
use proptest::prelude::*;

/// No two of its pieces are equal.
static ALL: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..90_001_usize).map(|at| (at * at / 7) as u8).collect());

const SMALL: Limits = Limits { total_bytes: 64 << 20, age_micros: None, segment_bytes: 600_000 };

fn open(folder: &Path) -> Journal {
    let opened = Journal::open(folder, SMALL, Sync::Never, 1, 0, |_| {});
    let Opened { journal, damage, .. } = opened.unwrap();
    assert_eq!(damage, []);
    journal
}

/// Appends batches whose frames are so long.
fn append(journal: &mut Journal, lens: &[usize]) {
    for len in lens {
        let frames: Vec<u8> = ALL.iter().copied().cycle().take(*len).collect();
        let origin = Origin { peer: "p", client: None };
        journal.append(&Batch { micros: 7, origin, records: 2, frames: &frames }).unwrap();
    }
}

fn pack_one(journal: &mut Journal, segment: &Segment) {
    let (new, bytes) = pack(segment, &mut |_, _| true).unwrap().unwrap();
    journal.packed(segment.first, &new, bytes).unwrap();
    remove_plain(segment).unwrap();
}

/// Number, count and sum of the frames of each entry, and how many were damaged.
fn read(reader: &mut Reader) -> (Vec<(u64, u32, u32)>, usize) {
    let (mut all, mut damaged) = (Vec::new(), 0);
    loop {
        match reader.read().unwrap() {
            Found::Batch { number, batch } => {
                all.push((number, batch.records, crc32fast::hash(batch.frames)));
            }
            Found::Clients(_) => {}
            Found::Damage(_) => damaged += 1,
            Found::End => return (all, damaged),
        }
    }
}

/// The same by blocks.
fn by_blocks(folder: &Path) -> Vec<(u64, u32, u32)> {
    let mut all = Vec::new();
    let mut plain = Vec::new();
    for segment in segments(folder).unwrap() {
        let file = SegmentFile::open(&segment).unwrap().unwrap();
        let blocks = file.blocks().unwrap();
        if !segment.packed {
            assert_eq!(blocks.iter().map(|block| block.bytes).sum::<u64>(), segment.bytes);
        }
        for block in blocks {
            if file.load(&block, &mut Vec::new(), &mut plain).unwrap() {
                let found = entries(&plain);
                all.extend(
                    found.map(|(number, batch)| {
                        (number, batch.records, crc32fast::hash(batch.frames))
                    }),
                );
            }
        }
    }
    all
}

#[test]
fn a_compressed_segment_unpacks_to_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    append(&mut journal, &[100_000; 20]);
    let before = read(&mut Reader::new(folder.path(), 0).unwrap());
    let mut reader = Reader::new(folder.path(), 0).unwrap(); // that has a list of plain segments
    let segment = journal.to_pack(0).unwrap();
    let plain = std::fs::read(&segment.path).unwrap();
    let bytes_before = journal.bytes();
    pack_one(&mut journal, &segment);
    assert!(journal.bytes() < bytes_before);
    let packed = segments(folder.path()).unwrap().remove(0);
    assert!(packed.packed && !segment.path.exists());
    let unpacked = zstd::decode_all(std::fs::File::open(&packed.path).unwrap()).unwrap();
    assert!(unpacked == plain);
    while let Some(segment) = journal.to_pack(0) {
        pack_one(&mut journal, &segment);
    }
    assert_eq!(read(&mut reader), before);
    assert_eq!(read(&mut Reader::new(folder.path(), 0).unwrap()), before);
    assert_eq!(by_blocks(folder.path()), before.0);
    // and goes on where it was
    let end = journal.end();
    drop(journal);
    let mut journal = open(folder.path());
    assert_eq!(journal.end(), end);
    append(&mut journal, &[10]);
    assert_eq!(read(&mut Reader::new(folder.path(), end).unwrap()).0.len(), 1);
}

#[test]
fn what_is_half_done_when_the_server_ends_is_undone_or_finished() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    append(&mut journal, &[100_000; 20]);
    let before = read(&mut Reader::new(folder.path(), 0).unwrap());
    // ended before it had its name
    let first = journal.to_pack(0).unwrap();
    let (new, _) = pack(&first, &mut |_, _| true).unwrap().unwrap();
    std::fs::write(&new, b"half").unwrap();
    // ended before the plain one was removed
    let second = journal.to_pack(first.first).unwrap();
    let (packed, bytes) = pack(&second, &mut |_, _| true).unwrap().unwrap();
    journal.packed(second.first, &packed, bytes).unwrap();
    drop(journal);
    let mut journal = open(folder.path());
    assert!(!new.exists() && first.path.exists() && !second.path.exists());
    assert_eq!(read(&mut Reader::new(folder.path(), 0).unwrap()), before);
    // all of the newest may be compressed, and the plain one lost
    while let Some(segment) = journal.to_pack(0) {
        pack_one(&mut journal, &segment);
    }
    drop(journal);
    let newest = segments(folder.path()).unwrap().pop().unwrap();
    assert!(!newest.packed);
    std::fs::remove_file(&newest.path).unwrap();
    let known = read(&mut Reader::new(folder.path(), 0).unwrap()).0;
    let last = known.last().unwrap().0 + 1;
    let mut journal = open(folder.path());
    assert_eq!(journal.end(), last);
    append(&mut journal, &[10]);
    assert_eq!(read(&mut Reader::new(folder.path(), last).unwrap()).0.len(), 1);
}

#[test]
fn one_that_is_removed_meanwhile_stays_removed() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { total_bytes: 700_000, ..SMALL };
    let mut journal =
        Journal::open(folder.path(), limits, Sync::Never, 1, 0, |_| {}).unwrap().journal;
    append(&mut journal, &[100_000; 20]);
    let segment = journal.to_pack(0).unwrap();
    let (new, bytes) = pack(&segment, &mut |_, _| true).unwrap().unwrap();
    std::fs::write(index_path(folder.path(), segment.first), b"x").unwrap();
    journal.retain(u64::MAX, 1).unwrap();
    assert!(!segment.path.exists() && !index_path(folder.path(), segment.first).exists());
    journal.packed(segment.first, &new, bytes).unwrap();
    assert!(!new.exists());
    assert_ne!(segments(folder.path()).unwrap()[0].first, segment.first);
    // stopped in the middle
    let next = journal.to_pack(0);
    assert_eq!(next.and_then(|next| pack(&next, &mut |_, _| false).unwrap()), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Damage to a compressed segment costs the blocks that it is in.
    #[test]
    fn damage_costs_its_blocks(lens in prop::collection::vec(1..90_000usize, 4..30), harm in prop::collection::vec((any::<prop::sample::Index>(), 1..200usize, any::<u8>()), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        append(&mut journal, &lens);
        append(&mut journal, &[300_000, 300_000, 300_000]);
        let before = read(&mut Reader::new(folder.path(), 0).unwrap()).0;
        let segment = journal.to_pack(0).unwrap();
        pack_one(&mut journal, &segment);
        drop(journal);
        let packed = segments(folder.path()).unwrap().remove(0);
        let mut bytes = std::fs::read(&packed.path).unwrap();
        for (at, len, value) in &harm {
            let at = at.index(bytes.len());
            bytes[at..].iter_mut().take(*len).for_each(|byte| *byte ^= value | 1);
        }
        std::fs::write(&packed.path, bytes).unwrap();
        let (after, damaged) = read(&mut Reader::new(folder.path(), 0).unwrap());
        prop_assert!(damaged > 0);
        prop_assert!(after.iter().all(|entry| before.contains(entry)));
        prop_assert!(after.is_sorted_by_key(|entry| entry.0));
        prop_assert_eq!(by_blocks(folder.path()), after);
    }

    /// Damage that a segment has when it is compressed stays what it is.
    #[test]
    fn a_damaged_segment_is_compressed_with_its_damage(lens in prop::collection::vec(1..90_000usize, 10..30), at in 0.0..1.0f64, len in 1..5000usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        append(&mut journal, &lens);
        append(&mut journal, &[300_000, 300_000, 300_000]);
        let segment = journal.to_pack(0).unwrap();
        let mut bytes = std::fs::read(&segment.path).unwrap();
        let at = 24 + ((bytes.len() - 24) as f64 * at) as usize;
        bytes[at..].iter_mut().take(len).for_each(|byte| *byte ^= 0x55);
        std::fs::write(&segment.path, &bytes).unwrap();
        let before = read(&mut Reader::new(folder.path(), 0).unwrap());
        prop_assert_eq!(by_blocks(folder.path()), before.0.clone());
        pack_one(&mut journal, &segment);
        prop_assert_eq!(by_blocks(folder.path()), before.0.clone());
        prop_assert_eq!(read(&mut Reader::new(folder.path(), 0).unwrap()), before);
    }
}
