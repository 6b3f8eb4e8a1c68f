use std::process::Command;

use super::*;
use crate::holds;

const FORMATS: [(Format, &str); 2] = [(Format::Gzip, "gzip"), (Format::Zstd, "zstd")];

fn file(bytes: &[u8]) -> File {
    let file = tempfile::tempfile().unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file
}

fn text(lines: usize) -> Vec<u8> {
    (0..lines).flat_map(|n| format!("{n} line {}\n", n * 7919 % 1000).into_bytes()).collect()
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn all(file: &File) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

fn go(_: u64) -> Step {
    Step::Go
}

/// By the program that people have.
fn unpack(program: &str, packed: &File) -> Option<Vec<u8>> {
    use std::io::{Seek, SeekFrom};
    let mut input = packed.try_clone().unwrap();
    input.seek(SeekFrom::Start(0)).unwrap();
    let Ok(output) = Command::new(program).arg("-dc").stdin(input).output() else {
        eprintln!("skipped: no program `{program}`");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[test]
fn the_programs_read_what_is_written() {
    let sources = [
        Vec::new(),
        b"one line\n".to_vec(),
        text(60_000),
        noise(PIECE),
        noise(3 * PIECE + 1),
        vec![0; 2 * PIECE],
    ];
    for (format, program) in FORMATS.into_iter().filter(|(format, _)| format.is_there()) {
        for level in [1, format.default_level(), 9] {
            let mut packer = Packer::new(format, level).unwrap();
            for source in &sources {
                let (plain, target) = (file(source), file(b""));
                packer.pack(&plain, &target, 1_700_000_000, &mut go).unwrap();
                if let Some(unpacked) = unpack(program, &target) {
                    assert!(unpacked == *source, "{program} {}", source.len());
                }
                assert!(holds(&target, format, &plain).unwrap());
                assert!(!holds(&target, format, &file(b"something else\n")).unwrap());
            }
        }
    }
}

#[test]
fn python_reads_it_and_finds_the_pieces() {
    let script = "\
import gzip, struct, sys, zlib
packed = sys.stdin.buffer.read()
text = gzip.decompress(packed)
at = pieces = 0
while at < len(packed):
    assert packed[at + 12:at + 16] == b'LY\\4\\0'
    size = struct.unpack_from('<I', packed, at + 16)[0]
    piece = zlib.decompress(packed[at:at + size], 31)
    assert piece == text[pieces << 18:(pieces << 18) + len(piece)]
    at, pieces = at + size, pieces + 1
print(len(text), pieces)";
    let source = text(60_000);
    let target = file(b"");
    Packer::new(Format::Gzip, 6).unwrap().pack(&file(&source), &target, 0, &mut go).unwrap();
    let Ok(output) = Command::new("python3").args(["-c", script]).stdin(target).output() else {
        eprintln!("skipped: no python3");
        return;
    };
    let told = String::from_utf8(output.stdout).unwrap();
    let pieces = source.len().div_ceil(PIECE);
    assert!(pieces > 3);
    assert_eq!(told, format!("{} {pieces}\n", source.len()), "{:?}", output.stderr);
}

#[test]
fn what_was_interrupted_goes_on_behind_the_last_whole_piece() {
    let source = text(100_000);
    let plain = file(&source);
    for (format, _) in FORMATS.into_iter().filter(|(format, _)| format.is_there()) {
        let mut packer = Packer::new(format, 1).unwrap();
        let whole = file(b"");
        packer.pack(&plain, &whole, 5, &mut go).unwrap();
        let whole = all(&whole);
        let ends = piece_ends(&*packer.pieces, &whole);
        assert_eq!(ends.len(), source.len().div_ceil(PIECE));
        // where it may have been cut off: within, at, and behind a piece
        for (len, pieces) in [
            (0, 0),
            (ends[0] - 1, 0),
            (ends[0], 1),
            (ends[0] + 7, 1),
            (ends[3] + 100, 4),
            (whole.len(), ends.len()),
        ] {
            let target = file(&whole[..len]);
            let mut seen = Vec::new();
            packer
                .pack(&plain, &target, 5, &mut |done| {
                    // once for each piece, also for those that are there
                    seen.push((done, target.metadata().unwrap().len()));
                    Step::Go
                })
                .unwrap();
            assert_eq!(seen.len(), ends.len());
            assert!(seen.iter().take(pieces).all(|(_, size)| *size == len as u64));
            assert!(all(&target) == whole);
        }
        // a source that has changed, and pieces that the disk has lost
        for at in [0, PIECE + 5] {
            let mut other = source.clone();
            other[at] ^= 1;
            let target = file(&whole);
            packer.pack(&file(&other), &target, 5, &mut go).unwrap();
            assert!(holds(&target, format, &file(&other)).unwrap());
        }
        let mut lost = whole.clone();
        lost[ends[0] + 30..ends[1]].fill(0);
        let target = file(&lost);
        packer.pack(&plain, &target, 5, &mut go).unwrap();
        assert!(all(&target) == whole);
        // and something else altogether
        let target = file(&noise(100_000));
        packer.pack(&plain, &target, 5, &mut go).unwrap();
        assert!(all(&target) == whole);
    }
}

fn piece_ends(pieces: &dyn Pieces, mut packed: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while !packed.is_empty() {
        let len = pieces.len(packed).unwrap();
        packed = &packed[len..];
        at += len;
        ends.push(at);
    }
    ends
}

#[test]
fn a_stop_keeps_what_is_done() {
    let source = text(100_000);
    let (plain, target) = (file(&source), file(b""));
    let mut packer = Packer::new(Format::Gzip, 6).unwrap();
    let mut stop = |done| if done >= 3 * PIECE as u64 { Step::Stop } else { Step::Go };
    let stopped = packer.pack(&plain, &target, 5, &mut stop).unwrap_err();
    assert_eq!(stopped.kind(), io::ErrorKind::Interrupted);
    assert_eq!(piece_ends(&*packer.pieces, &all(&target)).len(), 3);
    packer.pack(&plain, &target, 5, &mut go).unwrap();
    assert!(holds(&target, Format::Gzip, &plain).unwrap());
}
