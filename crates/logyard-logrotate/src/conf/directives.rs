//! What each directive means: a keyword and its value into the fields of [`Directives`].

use std::path::PathBuf;

use super::cursor::Cursor;
use super::problem::Problem;
use super::values::{self, BadSize};
use super::{glob, values::number};
use crate::messages::Messages;
use crate::plan::{Access, Amount, Criterion, Directives};

/// Carries out `keyword`; its value is taken from `cursor`. `last` is the criterion that was set
/// before in this block, for the note that it is overridden.
pub(super) fn apply(
    keyword: &str,
    cursor: &mut Cursor,
    d: &mut Directives,
    last: &mut Option<Criterion>,
    told: &Messages,
) -> Result<(), Problem> {
    let mut criterion = None;
    match keyword {
        "compress" => d.compression.on = true,
        "nocompress" => d.compression.on = false,
        "delaycompress" => d.compression.delay = true,
        "nodelaycompress" => d.compression.delay = false,
        "shred" => d.shred = true,
        "noshred" => d.shred = false,
        "sharedscripts" => d.shared_scripts = true,
        "nosharedscripts" => d.shared_scripts = false,
        "copytruncate" => (d.copy_truncate, d.rename_copy) = (true, false),
        "nocopytruncate" => d.copy_truncate = false,
        "renamecopy" => (d.rename_copy, d.copy_truncate) = (true, false),
        "norenamecopy" => d.rename_copy = false,
        "copy" => d.copy = true,
        "nocopy" => d.copy = false,
        "ifempty" => d.if_empty = true,
        "notifempty" => d.if_empty = false,
        "dateext" => d.date_ext = true,
        "nodateext" => d.date_ext = false,
        "dateyesterday" => d.date_yesterday = true,
        "nodateyesterday" => d.date_yesterday = false,
        "datehourago" => d.date_hour_ago = true,
        "nodatehourago" => d.date_hour_ago = false,
        "nocreate" => d.create = None,
        "nocreateolddir" => d.create_old_dir = None,
        "noolddir" => d.old_dir = None,
        "nomail" => d.mail = None,
        "mailfirst" => d.mail_first = true,
        "maillast" => d.mail_first = false,
        "missingok" => d.missing_ok = true,
        "nomissingok" => d.missing_ok = false,
        "ignoreduplicates" => d.ignore_duplicates = true,
        "logyard_max_total_size" => d.max_total_size = Some(size(cursor, keyword)?),
        "logyard_keep_free" => d.keep_free = Some(amount(cursor, keyword)?),
        "logyard_delete_when_full" => d.delete_when_full = true,
        "logyard_nodelete_when_full" => d.delete_when_full = false,
        "allowhardlink" => d.allow_hardlink = true,
        "noallowhardlink" => d.allow_hardlink = false,
        "hourly" => criterion = Some(Criterion::Hourly),
        "daily" => criterion = Some(Criterion::Daily),
        "yearly" => criterion = Some(Criterion::Yearly),
        "weekly" => criterion = Some(Criterion::Weekly(weekday(cursor)?)),
        "monthly" => criterion = Some(Criterion::Monthly(month_day(cursor)?)),
        "minutes" => criterion = Some(Criterion::Minutes(minutes(cursor)?)),
        "size" => criterion = Some(Criterion::Size(size(cursor, "size")?)),
        "minsize" => d.min_size = Some(size(cursor, "minsize")?),
        "maxsize" => d.max_size = Some(size(cursor, "maxsize")?),
        "rotate" => d.rotate = rotate(cursor)?,
        "start" => d.start = count(cursor, "start count", "start count")?,
        "minage" => d.min_age = count(cursor, "minage count", "minimum age")?,
        "maxage" => d.max_age = count(cursor, "maxage count", "maximum age")?,
        "shredcycles" => d.shred_cycles = count(cursor, "shred cycles", "shred cycles")?,
        "create" => {
            d.create_last = access(cursor, keyword)?.or(d.create_last);
            d.create = Some(d.create_last);
        }
        "createolddir" => {
            d.create_old_dir_last = access(cursor, keyword)?.or(d.create_old_dir_last);
            d.create_old_dir = Some(d.create_old_dir_last);
        }
        "su" => d.su = Some(su(cursor)?),
        "olddir" => {
            let path = text(cursor, "olddir")?;
            if path.contains(|letter: char| letter.is_ascii_whitespace()) {
                return Err(Problem::Block(format!("bad olddir path {path}")));
            }
            let named = path;
            let path = glob::home_path(named.as_bytes());
            if path.as_os_str() != named.as_str() {
                told.debug(&format!("replaced '{named}' with '{}'\n", path.display()));
            }
            told.debug(&format!("olddir is now {}\n", path.display()));
            d.old_dir = Some(path);
        }
        "mail" => {
            let address = text(cursor, "mail")?;
            if address.contains(|letter: char| letter.is_ascii_whitespace()) {
                return Err(Problem::Block(format!("bad mail address {address}")));
            }
            d.mail = Some(address);
        }
        "dateformat" => {
            let format =
                text(cursor, "dateformat").map_err(|problem| Problem::Line(problem.to_string()))?;
            d.date_format = Some(format);
        }
        "extension" => {
            let extension = text(cursor, "extension name")?;
            told.debug(&format!("extension is now {extension}\n"));
            d.extension = Some(extension);
        }
        "addextension" => {
            let extension = text(cursor, "addextension name")?;
            told.debug(&format!("addextension is now {extension}\n"));
            d.add_extension = Some(extension);
        }
        "compresscmd" => compress_command(text(cursor, "compress")?, d, told),
        "uncompresscmd" => {
            let command = text(cursor, "uncompress")?;
            told.debug(&format!("uncompress_prog is now {command}\n"));
            d.compression.undo = PathBuf::from(command);
        }
        "compressext" => {
            let extension = text(cursor, "compress-ext")?;
            told.debug(&format!("compress_ext is now {extension}\n"));
            d.compression.extension = extension;
        }
        "compressoptions" => {
            let value = cursor.value();
            if value.is_empty() {
                return Err(Problem::Block("invalid compression options".into()));
            }
            told.debug(&format!("compress_options is now  {}\n", String::from_utf8_lossy(&value)));
            let words = values::words(&value);
            d.compression.options =
                words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        }
        _ => {
            cursor.rest_of_line();
            return Err(Problem::Unknown(keyword.to_owned()));
        }
    }
    if let Some(criterion) = criterion {
        if let Some(before) = last.filter(|before| before.name() != criterion.name()) {
            told.debug(&format!(
                "note: '{keyword}' overrides previously specified '{}'\n",
                before.name()
            ));
        }
        *last = Some(criterion);
        d.criterion = criterion;
    }
    Ok(())
}

/// The value that a directive must have; `what` names it.
pub(super) fn text(cursor: &mut Cursor, what: &str) -> Result<String, Problem> {
    let value = cursor.value();
    if value.is_empty() {
        return Err(Problem::Block(format!("argument expected after {what}")));
    }
    Ok(String::from_utf8_lossy(&value).into_owned())
}

fn count(cursor: &mut Cursor, what: &str, bad: &str) -> Result<u32, Problem> {
    let value = text(cursor, what)?;
    number(&value)
        .and_then(|count| i32::try_from(count).ok())
        .and_then(|count| u32::try_from(count).ok())
        .ok_or_else(|| Problem::Block(format!("bad {bad} '{value}'")))
}

fn rotate(cursor: &mut Cursor) -> Result<i32, Problem> {
    let value = text(cursor, "rotate count")?;
    let count = if value == "-1" {
        Some(-1)
    } else {
        number(&value).and_then(|count| i32::try_from(count).ok())
    };
    count.ok_or_else(|| Problem::Block(format!("bad rotation count '{value}'")))
}

fn size(cursor: &mut Cursor, keyword: &str) -> Result<u64, Problem> {
    // logrotate leaves out a size without a value, and goes on
    let value = text(cursor, keyword).map_err(|problem| Problem::Line(problem.to_string()))?;
    values::size(&value).map_err(bad_size)
}

/// A size, or `N%`.
fn amount(cursor: &mut Cursor, keyword: &str) -> Result<Amount, Problem> {
    let value = text(cursor, keyword)?;
    let Some(percent) = value.strip_suffix('%') else {
        return values::size(&value).map(Amount::Bytes).map_err(bad_size);
    };
    match percent.trim_ascii_end().parse() {
        Ok(percent) if percent <= 100 => Ok(Amount::Percent(percent)),
        _ => Err(Problem::Block(format!("bad percentage '{value}'"))),
    }
}

fn bad_size(bad: BadSize) -> Problem {
    Problem::Block(match bad {
        BadSize::Unit(unit) => format!("unknown unit '{unit}'"),
        BadSize::Number(digits) => format!("bad size '{digits}'"),
    })
}

fn weekday(cursor: &mut Cursor) -> Result<i32, Problem> {
    let line = cursor.rest_of_line();
    let value = line.trim_ascii();
    let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii_start();
    match value {
        [] => Ok(0),
        [day @ b'0'..=b'7'] => Ok(i32::from(day - b'0')),
        _ => {
            Err(Problem::File(format!("bad weekly directive '{}'", String::from_utf8_lossy(&line))))
        }
    }
}

/// The day is of logrotate 3.22 and later.
fn month_day(cursor: &mut Cursor) -> Result<Option<i32>, Problem> {
    let line = cursor.rest_of_line();
    let value = line.trim_ascii();
    let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii_start();
    if value.is_empty() {
        return Ok(None);
    }
    let day = std::str::from_utf8(value).ok().and_then(|day| day.parse().ok());
    match day.filter(|day| (1..=31).contains(day)) {
        Some(day) => Ok(Some(day)),
        None => {
            let line = String::from_utf8_lossy(&line).into_owned();
            Err(Problem::File(format!("bad monthly directive '{line}'")))
        }
    }
}

fn minutes(cursor: &mut Cursor) -> Result<u32, Problem> {
    match count(cursor, "minutes", "minutes")? {
        0 => Err(Problem::Block("bad minutes '0'".into())),
        minutes => Ok(minutes),
    }
}

fn access(cursor: &mut Cursor, keyword: &str) -> Result<Access, Problem> {
    values::access(&cursor.rest_of_line(), keyword).map_err(Problem::Block)
}

fn su(cursor: &mut Cursor) -> Result<(u32, u32), Problem> {
    values::user_and_group(&cursor.rest_of_line()).map_err(Problem::Block)
}

/// A known program brings its own extension.
fn compress_command(command: String, d: &mut Directives, told: &Messages) {
    told.debug(&format!("compress_prog is now {command}\n"));
    let extension = match command.rsplit('/').next().unwrap_or_default() {
        "gzip" => ".gz",
        "bzip2" => ".bz2",
        "xz" => ".xz",
        "zstd" => ".zst",
        "compress" => ".Z",
        "zip" => "zip", // without a dot in logrotate 3.21
        _ => "",
    };
    if !extension.is_empty() {
        told.debug(&format!("compress_ext was changed to {extension}\n"));
        d.compression.extension = extension.to_owned();
    }
    d.compression.command = PathBuf::from(command);
}
