use std::path::{Path, PathBuf};

use logyard_journal::{JournalError, Segment, SegmentFile, index_path, pack, segments};

use crate::build::Builder;
use crate::index::Head;

/// A segment that was compressed, and has an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The compressed file, which has no name yet: see [`logyard_journal::Journal::packed`].
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
}

/// Compresses a sealed segment, and makes its index. Before each block `go_on` is asked; none if it said
/// no, or there is nothing to compress.
///
/// An index that can't be written is no error: it is made by [`reindex`].
pub fn keep(
    segment: &Segment,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Kept>, JournalError> {
    let mut builder = Builder::new();
    let packed = pack(segment, &mut |block, plain| {
        builder.add(block, plain);
        go_on()
    })?;
    let Some((file, bytes)) = packed else { return Ok(None) };
    let folder = segment.path.parent().unwrap_or(Path::new(""));
    let _ = builder.finish(bytes).write(&index_path(folder, segment.first));
    Ok(Some(Kept { file, bytes }))
}

/// Makes the index of a compressed segment if it has none, or one of another file. Whether it has one now.
pub fn reindex(segment: &Segment, go_on: &mut dyn FnMut() -> bool) -> Result<bool, JournalError> {
    let folder = segment.path.parent().unwrap_or(Path::new(""));
    let path = index_path(folder, segment.first);
    if !segment.packed {
        return Ok(false);
    }
    if Head::read(&path).is_some_and(|head| head.packed_bytes == segment.bytes) {
        return Ok(true);
    }
    let Some(file) = SegmentFile::open(segment)? else { return Ok(false) };
    let mut builder = Builder::new();
    let (mut packed, mut plain) = (Vec::new(), Vec::new());
    for block in file.blocks()? {
        if !go_on() {
            return Ok(false);
        }
        match file.load(&block, &mut packed, &mut plain)? {
            true => builder.add(&block, &plain),
            false => builder.damaged(&block),
        }
    }
    let index = builder.finish(file.segment().bytes);
    index.write(&path).map_err(|source| JournalError::Io { what: "write", path, source })?;
    Ok(true)
}

/// Removes indexes of segments that are gone, and what is left of one that was being made.
pub fn clean(folder: &Path) -> Result<(), JournalError> {
    let there = segments(folder)?;
    let entries = std::fs::read_dir(folder).map_err(|source| JournalError::Io {
        what: "read the folder",
        path: folder.to_owned(),
        source,
    })?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_index = path.extension().is_some_and(|extension| extension == "index");
        if is_index && !there.iter().any(|segment| index_path(folder, segment.first) == path) {
            let _ = std::fs::remove_file(path); // it does no harm
        }
    }
    Ok(())
}
