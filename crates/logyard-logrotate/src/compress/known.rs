use logyard_compress::Format;

use crate::plan::Compression;

/// What the command and its options ask for, if it is one that runs in the process: gzip and zstd, with a level
/// and what makes no difference for a filter. Everything else is left to the command.
pub(crate) fn known(how: &Compression) -> Option<(Format, u32)> {
    let command = how.command.to_str()?;
    let name = ["/bin/", "/usr/bin/"].into_iter().find_map(|folder| command.strip_prefix(folder));
    let (format, most) = match name.unwrap_or(command) {
        "gzip" => (Format::Gzip, 9),
        "zstd" if Format::Zstd.is_there() => (Format::Zstd, 19),
        _ => return None,
    };
    let mut level = format.default_level();
    for option in &how.options {
        level = match (option.as_str(), format) {
            ("-c" | "--stdout" | "-q" | "--quiet", _) => level,
            ("-n" | "--no-name", Format::Gzip) => level,
            ("--fast", Format::Gzip) => 1,
            ("--best", Format::Gzip) => 9,
            (option, _) => {
                let digits = option.strip_prefix('-')?;
                let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
                digits.parse().ok().filter(|level| plain && (1..=most).contains(level))?
            }
        };
    }
    Some((format, level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(command: &str, options: &str) -> Option<(Format, u32)> {
        known(&Compression {
            command: command.into(),
            options: options.split_whitespace().map(str::to_owned).collect(),
            ..Compression::default()
        })
    }

    #[test]
    fn what_is_not_understood_is_left_to_the_command() {
        assert_eq!(known(&Compression::default()), Some((Format::Gzip, 6)));
        for (command, options, level) in [
            ("gzip", "", 6),
            ("/bin/gzip", "-9 -n", 9),
            ("/usr/bin/gzip", "--fast -c", 1),
            ("gzip", "-1 --best", 9),
        ] {
            assert_eq!(asked(command, options), Some((Format::Gzip, level)), "{command} {options}");
        }
        for (command, options) in [
            ("/opt/gzip", ""),
            ("gzip", "--rsyncable"),
            ("gzip", "-0"),
            ("gzip", "-12"),
            ("gzip", "-"),
            ("gzip", "-+5"),
            ("gzip", "5"),
            ("gzip", "-9n"),
            ("xz", ""),
            ("zstd", "-T0"),
            ("zstd", "--fast"),
            ("zstd", "-20"),
        ] {
            assert_eq!(asked(command, options), None, "{command} {options}");
        }
        if Format::Zstd.is_there() {
            assert_eq!(asked("zstd", ""), Some((Format::Zstd, 3)));
            assert_eq!(asked("/usr/bin/zstd", "-q -19"), Some((Format::Zstd, 19)));
        }
    }
}
