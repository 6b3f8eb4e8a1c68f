//! A segment of any bytes, or a good one with some of its bytes changed, is read to its end; the numbers rise,
//! and the journal can be opened and appended to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use logyard_journal::{Batch, Found, Journal, Limits, Origin, Reader, Sync, entries, segments};

fn batch(frames: &[u8]) -> Batch<'_> {
    Batch { micros: 1, origin: Origin { peer: "fuzz", client: None }, records: 1, frames }
}

fuzz_target!(|data: &[u8]| {
    let Some((&kind, data)) = data.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let open = || Journal::open(folder, Limits::default(), Sync::Never, 1, 0, |_| {});
    if kind % 2 == 0 {
        std::fs::write(folder.join("00000000000000000001.journal"), data).expect("a segment");
    } else {
        let mut journal = open().expect("a journal").journal;
        for number in 0..4_u8 {
            journal.append(&batch(&[number; 60])).expect("an entry");
        }
        drop(journal);
        let segment = segments(folder).expect("segments").remove(0);
        let mut bytes = std::fs::read(&segment.path).expect("its bytes");
        for change in data.chunks_exact(3) {
            let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
            match bytes.get_mut(at) {
                Some(byte) => *byte ^= change[2],
                None => bytes.truncate(usize::from(change[2])),
            }
        }
        std::fs::write(&segment.path, bytes).expect("a segment");
    }
    assert!(entries(data).count() <= data.len() / 48);
    let mut reader = Reader::new(folder, 0).expect("a reader");
    let mut last = 0;
    loop {
        match reader.read().expect("a step") {
            Found::Batch { number, batch } => {
                assert!(number > last || batch.records == 0);
                last = reader.position();
            }
            Found::Clients(_) | Found::Damage(_) => {}
            Found::End => break,
        }
    }
    let mut journal = open().expect("a journal").journal;
    assert!(journal.end() >= last);
    if journal.end() < u64::MAX - 10 {
        let end = journal.append(&batch(b"more")).expect("an entry").end;
        assert!(end > last);
    }
});
