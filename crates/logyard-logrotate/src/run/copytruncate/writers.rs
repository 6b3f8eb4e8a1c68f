//! Who writes to a file, as `/proc` tells.

use std::fs::File;
use std::os::unix::fs::MetadataExt;

/// The processes that have `file` open for writing without `O_APPEND`, as `PID (NAME)`. Of the processes of
/// others, only root learns.
pub(super) fn without_append(file: &File) -> Vec<String> {
    of(file, writes_anywhere)
}

/// The same for all that write.
pub(super) fn all(file: &File) -> Vec<String> {
    of(file, |info| flags(info) & 0o3 != 0)
}

fn of(file: &File, wanted_flags: fn(&str) -> bool) -> Vec<String> {
    let Ok(wanted) = file.metadata() else { return Vec::new() };
    let mut found = Vec::new();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = std::process::id().to_string();
    let number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit()) && name != own;
    let processes = processes.filter(|process| process.file_name().to_str().is_some_and(number));
    for process in processes {
        let folder = process.path();
        let descriptors = std::fs::read_dir(folder.join("fd")).into_iter().flatten().flatten();
        let writes = descriptors
            .filter(|descriptor| {
                let about = std::fs::metadata(descriptor.path());
                about.is_ok_and(|about| (about.dev(), about.ino()) == (wanted.dev(), wanted.ino()))
            })
            .any(|descriptor| {
                let info =
                    std::fs::read_to_string(folder.join("fdinfo").join(descriptor.file_name()));
                info.is_ok_and(|info| wanted_flags(&info))
            });
        if writes {
            let name = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
            found.push(format!("{} ({})", process.file_name().display(), name.trim_end()));
        }
    }
    found
}

/// Whether the `flags` of a descriptor, in octal, are those of a writer without `O_APPEND`.
fn writes_anywhere(info: &str) -> bool {
    flags(info) & 0o3 != 0 && flags(info) & 0o2000 == 0
}

fn flags(info: &str) -> u32 {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_open() {
        assert!(writes_anywhere("pos:\t0\nflags:\t0100001\nmnt_id:\t1\n"));
        assert!(writes_anywhere("flags:\t0100002\n"));
        for other in ["flags:\t0102001\n", "flags:\t0100000\n", "flags:\tx\n", ""] {
            assert!(!writes_anywhere(other), "{other}");
        }
    }
}
