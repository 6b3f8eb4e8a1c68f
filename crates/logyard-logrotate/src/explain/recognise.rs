use std::io::Read;
use std::path::Path;

/// As much of a file as is looked at.
const BEGINNING: u64 = 64 << 10;

/// Whether `path` is a configuration of logrotate, and not one of Python's logging: a folder, a name that
/// logrotate's have, or a text in which a path stands before a `{`, or that begins with a directive, and that
/// has no `[section]`.
pub fn is_logrotate(path: &Path) -> bool {
    if path.is_dir() {
        return true;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.extension().is_some_and(|suffix| {
        ["json", "yaml", "yml", "toml", "ini"]
            .iter()
            .any(|other| suffix.eq_ignore_ascii_case(other))
    }) {
        return false;
    }
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    if name == "logrotate.conf" || folder == "logrotate.d" {
        return true;
    }
    let mut text = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(BEGINNING).read_to_end(&mut text).map(drop));
    read.is_ok() && looks_so(&String::from_utf8_lossy(&text))
}

fn looks_so(text: &str) -> bool {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut sign = false;
    for line in lines {
        if line.starts_with('[') && line.ends_with(']') {
            return false;
        }
        let word =
            line.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        sign |= line.starts_with(['/', '~', '"', '\'']) || FIRST_WORDS.contains(&word);
    }
    sign
}

/// Directives that a configuration has outside of its blocks, most likely.
const FIRST_WORDS: [&str; 16] = [
    "include",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "size",
    "rotate",
    "create",
    "compress",
    "dateext",
    "su",
    "copytruncate",
    "missingok",
    "notifempty",
    "tabooext",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_pythons_and_paths_are_logrotates() {
        for text in [
            "/var/log/a.log {\n daily\n}\n",
            "# see man logrotate\n\nweekly\nrotate 4\n",
            "\"/a b/*.log\" /c\n{\n}\n",
            "include /etc/logrotate.d\n",
            "/a.log {\n[a-z] x\n",
        ] {
            assert!(looks_so(text), "{text}");
        }
        for text in ["", "[loggers]\nkeys = root\n", "version: 1\n", "{\"version\": 1}", "# /a {\n"]
        {
            assert!(!looks_so(text), "{text}");
        }
    }
}
