use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Most files that one pattern may give: what fits more is a mistake, or an attack.
const LIMIT: usize = 1_000_000;

/// The paths that fit `pattern`, sorted, as glob(3) finds them with tilde expansion. One that fits
/// nothing gives itself, without its backslashes.
pub(super) fn expand(pattern: &[u8]) -> Vec<PathBuf> {
    let pattern = with_home(pattern);
    let mut found = vec![if pattern.first() == Some(&b'/') { b"/".to_vec() } else { Vec::new() }];
    for part in pattern.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for folder in &found {
            if has_magic(part) {
                next.extend(entries(folder, part).into_iter().take(LIMIT - next.len().min(LIMIT)));
            } else {
                next.push(joined(folder, &plain(part)));
            }
        }
        found = next;
    }
    let mut found: Vec<PathBuf> =
        found.into_iter().map(|path| PathBuf::from(OsString::from_vec(path))).collect();
    if has_magic(&pattern) {
        found.retain(|path| path.symlink_metadata().is_ok());
        found.sort();
    }
    if found.is_empty() {
        found.push(PathBuf::from(OsString::from_vec(plain(&pattern))));
    }
    found
}

/// Whether `path` would be found by `pattern`, which has wildcards.
pub(crate) fn finds(pattern: &[u8], path: &Path) -> bool {
    let pattern = with_home(pattern);
    let parts = |path: &[u8]| -> Vec<Vec<u8>> {
        path.split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (patterns, names) = (parts(&pattern), parts(path.as_os_str().as_bytes()));
    has_magic(&pattern)
        && patterns.len() == names.len()
        && patterns.iter().zip(&names).all(|(pattern, name)| fits(pattern, name))
}

/// Whether `name` fits `pattern` as fnmatch(3) sees it: `*`, `?`, `[...]`, `\`; a period at the
/// beginning must be there literally.
pub(super) fn fits(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let byte = name.get(n).copied().unwrap_or(0);
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, n));
            p += 1;
        } else if let Some(len) = one(pattern.get(p..).unwrap_or_default(), byte) {
            p += len;
            n += 1;
        } else if let Some((star_p, star_n)) = star {
            // the star takes one byte more
            star = Some((star_p, star_n + 1));
            (p, n) = (star_p + 1, star_n + 1);
        } else {
            return false;
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

/// How long the part of `pattern` is that `byte` fits, `None` if it doesn't.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [b'[', ..] => match class(pattern, byte) {
            Some((len, fits)) => fits.then_some(len),
            None => (byte == b'[').then_some(1),
        },
        [literal, ..] => (*literal == byte).then_some(1),
        [] => None,
    }
}

/// A bracket expression: its length, and whether `byte` is in it. `None` if it has no end.
fn class(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let mut at = start;
    let mut inside = false;
    loop {
        let mut low = *pattern.get(at)?;
        if low == b']' && at > start {
            return Some((at + 1, inside != negated));
        }
        if low == b'\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let mut high = low;
        if pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|end| *end != b']') {
            high = *pattern.get(at + 1)?;
            at += 2;
        }
        inside |= (low..=high).contains(&byte);
    }
}

fn has_magic(part: &[u8]) -> bool {
    let mut escaped = false;
    part.iter().any(|byte| {
        let magic = !escaped && matches!(byte, b'*' | b'?' | b'[');
        escaped = !escaped && *byte == b'\\';
        magic
    })
}

fn plain(part: &[u8]) -> Vec<u8> {
    let mut bytes = part.iter().copied();
    let mut out = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        out.extend(if byte == b'\\' { bytes.next() } else { Some(byte) });
    }
    out
}

fn entries(folder: &[u8], part: &[u8]) -> Vec<Vec<u8>> {
    let path = if folder.is_empty() {
        Path::new(".")
    } else {
        Path::new(std::ffi::OsStr::from_bytes(folder))
    };
    let Ok(listing) = std::fs::read_dir(path) else { return Vec::new() };
    let names = listing.flatten().map(|entry| entry.file_name());
    names
        .filter(|name| fits(part, name.as_bytes()))
        .map(|name| joined(folder, name.as_bytes()))
        .collect()
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = folder.to_vec();
    if !path.is_empty() && path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// `~` and `~/...` with the home folder of whoever runs this.
fn with_home(pattern: &[u8]) -> Vec<u8> {
    let home = std::env::var_os("HOME");
    match (pattern, home) {
        ([b'~'], Some(home)) => home.into_vec(),
        ([b'~', rest @ ..], Some(home)) if rest.first() == Some(&b'/') => {
            [home.as_bytes(), rest].concat()
        }
        _ => pattern.to_vec(),
    }
}

/// A path with `~/` at its beginning.
pub(super) fn home_path(path: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(with_home(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_fnmatch() {
        let fit = |pattern: &str, name: &str| fits(pattern.as_bytes(), name.as_bytes());
        for (pattern, name) in [
            ("*", "a"),
            ("*.log", "a.log"),
            ("a*b*c", "aXbYbZc"),
            ("?[a-c]", "xb"),
            ("[!a]", "b"),
            ("[]a]", "]"),
            ("\\*", "*"),
            ("[", "["),
            (".*", ".a"),
            ("**", "x"),
        ] {
            assert!(fit(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*", ".a"),
            ("?", ""),
            ("*.log", "a.log1"),
            ("[a-c]", "d"),
            ("[!a]", "a"),
            ("\\*", "a"),
            ("a", "ab"),
        ] {
            assert!(!fit(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_fits_nothing_stands_for_itself() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.log", "a.log", ".c.log", "d.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let glob = |tail: &str| expand(format!("{}/{tail}", folder.path().display()).as_bytes());
        assert_eq!(glob("*.log"), ["a.log", "b.log"].map(|name| folder.path().join(name)));
        assert_eq!(glob("x*"), [folder.path().join("x*")]);
        assert_eq!(glob("a\\.log"), [folder.path().join("a.log")]);
    }
}
