use std::cmp::Reverse;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::FileError;

/// What a log is rotated to: `app.log.1`, `app.log.2.gz`, `app.log.2026-11-21`, `app.log-20261121.zst`.
/// The log and these, the newest first: those with numbers by them, others by their time of change.
pub(super) fn family(log: &Path) -> Result<Vec<PathBuf>, FileError> {
    let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let name = log.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    let io_error = |source| FileError::Io { path: folder.to_owned(), source };
    let mut rotated = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io_error)? {
        let entry = entry.map_err(io_error)?;
        let found = entry.file_name();
        let Some(suffix) = found.to_str().and_then(|found| found.strip_prefix(name.as_ref()))
        else {
            continue;
        };
        let Some(number) = number(suffix) else { continue };
        let metadata = entry.metadata().map_err(io_error)?;
        if metadata.is_file() {
            let changed = metadata.modified().map_err(io_error)?;
            // of equal times, as a copy may leave them, the later date is newer
            let path = log.with_file_name(&found);
            rotated.push((number, Reverse(changed), Reverse(suffix.to_owned()), path));
        }
    }
    rotated.sort();
    let mut family: Vec<PathBuf> = log.is_file().then(|| log.to_owned()).into_iter().collect();
    family.extend(rotated.into_iter().map(|(.., path)| path));
    match family.is_empty() {
        true => Err(FileError::Missing(log.to_owned())),
        false => Ok(family),
    }
}

/// The number of `.1`, or 0 for a date. None for what is neither.
fn number(suffix: &str) -> Option<u64> {
    let plain = suffix.strip_suffix(".gz").or(suffix.strip_suffix(".zst")).unwrap_or(suffix);
    let rest = plain.strip_prefix(['.', '-'])?;
    if let (Ok(number), true) = (rest.parse(), rest.len() < 6) {
        return Some(number);
    }
    let is_date = |c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ':' | 'T');
    (rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(is_date)).then_some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_are_found_the_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("app.log");
        for name in [
            "app.log.10",
            "app.log.2.gz",
            "app.log.1",
            "app.log",
            "app.log.lock",
            "app.logs",
            "other.log.1",
        ] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        let names = |family: Vec<PathBuf>| -> Vec<String> {
            let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
            family.iter().map(name).collect()
        };
        assert_eq!(
            names(family(&log).unwrap()),
            ["app.log", "app.log.1", "app.log.2.gz", "app.log.10"]
        );
        let log = folder.path().join("day.log");
        for (name, seconds) in
            [("day.log.2026-11-20", 10), ("day.log-20261121.gz", 20), ("day.log.2026-11-19", 10)]
        {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            file.set_modified(at).unwrap();
        }
        assert_eq!(
            names(family(&log).unwrap()),
            ["day.log-20261121.gz", "day.log.2026-11-20", "day.log.2026-11-19"]
        );
        assert!(matches!(family(&folder.path().join("none")), Err(FileError::Missing(_))));
    }
}
