use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::process::Command;

/// Everything in a folder: a line for each name, with kind, mode, owner, times and content.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let about = path.symlink_metadata().unwrap();
            if about.is_dir() {
                folders.push(path.clone());
            }
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            let mode = about.mode() & 0o7777;
            let owner = format!("{}:{}", about.uid(), about.gid());
            found.insert(name, format!("{mode:04o} {owner} {}", describe(&path, &about)));
        }
    }
    found
}

/// 2026-11-21: what is older was modified by the case, not by a rotation.
const OLD: i64 = 1_795_219_200;

fn describe(path: &Path, about: &std::fs::Metadata) -> String {
    let kind = about.file_type();
    if kind.is_symlink() {
        return format!("link to {}", path.read_link().unwrap().display());
    }
    if kind.is_fifo() {
        return "pipe".into();
    }
    if kind.is_dir() {
        return "folder".into();
    }
    let modified =
        if about.mtime() < OLD { format!("of {} ", about.mtime()) } else { String::new() };
    let text = content(path);
    if path.file_name().unwrap() == "state" {
        // in the order of a hash table
        let mut lines: Vec<_> = text.lines().collect();
        lines.sort_unstable();
        return format!("{lines:?}");
    }
    format!("{modified}{text:?}")
}

/// Compressed files differ in their bytes and not in what they hold.
pub(crate) fn content(path: &Path) -> String {
    let mut bytes = Vec::new();
    std::fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    let tool = match bytes.as_slice() {
        [0x1f, 0x8b, ..] => "zcat",
        [b'B', b'Z', b'h', ..] => "bzcat",
        [0xfd, b'7', b'z', ..] => "xzcat",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstdcat",
        _ => return String::from_utf8_lossy(&bytes).into_owned(),
    };
    let output = Command::new(tool).arg(path).output().unwrap();
    assert!(output.status.success(), "{tool} {}", path.display());
    format!("{tool}: {}", String::from_utf8_lossy(&output.stdout))
}
