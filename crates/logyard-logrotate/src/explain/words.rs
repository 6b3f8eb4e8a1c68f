//! A block and its logs, in words.

use std::fmt::Write as _;
use std::path::Path;

use crate::amount::bytes;
use crate::dates::{self, DateFormat};
use crate::moment::Moment;
use crate::names::Names;
use crate::plan::{Access, Amount, Block, Criterion, Directives};
use crate::run::preview::{Now, Preview};

/// Logs that are shown of one block; the rest is counted.
const SHOWN: usize = 20;

/// Days of the week from Sunday.
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A block, as several lines.
pub(super) fn of(block: &Block, logs: &[(&Path, Preview)], now: &Moment) -> String {
    let d = &block.directives;
    let pattern = block.pattern.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = format!("{pattern}  ({}:{})\n", block.at.file.display(), block.at.line);
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(out, "  {name:<9} {text}");
    };
    line("when", &when(d));
    line("", &format!("{}; {}", empty(d), missing(d)));
    line("keeps", &kept(block, logs, now));
    if let Some(bounds) = bounds(d) {
        line("", &bounds);
    }
    line("how", &(how(d) + promise(d, logs)));
    if let Some(scripts) = scripts(d) {
        line("runs", &scripts);
    }
    if let Some(address) = &d.mail {
        let which = if d.mail_first { "the log just rotated" } else { "the log that goes" };
        line("mails", &format!("{which} to {address}"));
    }
    if let Some((user, group)) = d.su {
        line("as", &format!("user {user}, group {group}; scripts run as whoever starts it"));
    }
    if logs.is_empty() {
        line("logs", "none now");
    }
    // one script for all: it is all of them or none
    let fails = d.shared_scripts && logs.iter().any(|(_, preview)| preview.now == Now::Fail);
    for (index, (log, preview)) in logs.iter().take(SHOWN).enumerate() {
        let _ =
            writeln!(out, "  {:<9} {}", if index == 0 { "logs" } else { "" }, about(log, preview));
        for text in next(log, d, preview, fails) {
            let _ = writeln!(out, "  {:<9}   {text}", "");
        }
    }
    if logs.len() > SHOWN {
        let _ = writeln!(out, "  {:<9} and {} more", "", logs.len() - SHOWN);
    }
    out + "\n"
}

fn when(d: &Directives) -> String {
    let mut text = match d.criterion {
        Criterion::Size(size) if d.said.contains_key("size") => {
            return format!("at {} or more", bytes(size));
        }
        Criterion::Size(size) => {
            return format!("at {} or more, as neither a time nor a size is given", bytes(size));
        }
        Criterion::Minutes(minutes) => format!("when more than {minutes} minutes have passed"),
        Criterion::Hourly => "hourly, if it is run as often".into(),
        Criterion::Daily => "daily".into(),
        Criterion::Weekly(7) => "every 7 days".into(),
        Criterion::Weekly(day) => {
            let day = usize::try_from(day).ok().and_then(|day| DAYS.get(day)).unwrap_or(&"?");
            format!("weekly, on {day}")
        }
        Criterion::Monthly(None) => "monthly, in the first run of a month".into(),
        Criterion::Monthly(Some(day)) => format!("monthly, on day {day}"),
        Criterion::Yearly => "yearly, in the first run of a year".into(),
    };
    if let Some(size) = d.min_size.filter(|size| *size > 0) {
        let _ = write!(text, ", if it has {} or more", bytes(size));
    }
    if d.min_age > 0 {
        let _ = write!(text, ", if it was not written to for {} days", d.min_age);
    }
    if let Some(size) = d.max_size {
        let _ = write!(text, "; or as soon as it has more than {}", bytes(size));
    }
    text
}

fn empty(d: &Directives) -> &'static str {
    if d.if_empty { "empty is rotated, too" } else { "empty is not rotated" }
}

fn missing(d: &Directives) -> &'static str {
    if d.missing_ok { "missing is fine" } else { "missing is an error" }
}

fn kept(block: &Block, logs: &[(&Path, Preview)], now: &Moment) -> String {
    let d = &block.directives;
    let count = match d.rotate {
        0 if d.copy && !d.copy_truncate && d.copies_nothing() => {
            return "none: nothing is copied".into();
        }
        0 if d.mail.is_some() => return "none".into(),
        0 => return "none: what is rotated is gone".into(),
        1.. => d.rotate.to_string(),
        _ => "all".into(),
    };
    let age = match d.max_age {
        0 => String::new(),
        days => format!(", none older than {days} days"),
    };
    let example = logs.first().map_or_else(|| Path::new("NAME.log"), |(log, _)| *log);
    let names = Names::new(block, example);
    let packed = match (d.compression.on, d.compression.delay) {
        (true, false) => d.compression.extension.as_str(),
        _ => "",
    };
    let name = match DateFormat::of(d).suffix(&dates::in_name(d, now)) {
        Some(date) if d.date_ext => names.dated(&date, packed),
        _ => names.numbered(d.start, packed),
    };
    let folder = match &d.old_dir {
        Some(old) => format!(" in {}", old.display()),
        None => String::new(),
    };
    let compression = match (d.compression.on, d.compression.delay) {
        (false, _) => "not compressed".to_owned(),
        (true, false) => "compressed".to_owned(),
        (true, true) => format!("compressed ({}) by the rotation after", d.compression.extension),
    };
    let name = name.file_name().unwrap_or_default().display();
    let which = match (d.date_ext, d.date_yesterday, d.date_hour_ago) {
        (true, true, _) => " (the date of the day before)",
        (true, false, true) => " (an hour before)",
        _ => "",
    };
    format!("{count}{age}, as {name}{which}{folder}, {compression}")
}

/// The directives of logyard's own.
fn bounds(d: &Directives) -> Option<String> {
    let total =
        d.max_total_size.map(|most| format!("no more than {} with the log itself", bytes(most)));
    let free = d.keep_free.map(|free| match free {
        Amount::Bytes(least) => format!("no less than {} of the disk free", bytes(least)),
        Amount::Percent(percent) => format!("no less than {percent} % of the disk free"),
    });
    let full = d.delete_when_full.then(|| "the oldest goes where the disk is full".to_owned());
    let parts: Vec<String> = [total, free, full].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn how(d: &Directives) -> String {
    if d.rename_copy {
        return "renamed to .tmp, copied after the scripts, and removed (renamecopy)".into();
    }
    if d.copy_truncate {
        return "copied and emptied in place (copytruncate)".into();
    }
    if d.copy {
        return "copied, and left as it is (copy)".into();
    }
    match d.create {
        None => "renamed; the program makes a new one".into(),
        Some(Access { mode, user, group }) => {
            let mode = mode.map_or("the mode of the old".into(), |mode| format!("mode {mode:04o}"));
            let owner = match (user, group) {
                (Some(user), Some(group)) => format!("owner {user}:{group}"),
                _ => "its owner".into(),
            };
            format!("renamed; a new one is made with {mode} and {owner}")
        }
    }
}

fn scripts(d: &Directives) -> Option<String> {
    let s = &d.scripts;
    let each = [("prerotate", &s.pre), ("postrotate", &s.post)];
    let once = [("firstaction", &s.first), ("lastaction", &s.last)];
    let names = |scripts: &[(&str, &Option<String>)]| {
        let there = scripts.iter().filter(|(_, script)| script.is_some());
        there.map(|(name, _)| *name).collect::<Vec<_>>().join(" and ")
    };
    let mut parts = Vec::new();
    let (each, once) = (names(&each), names(&once));
    if !each.is_empty() {
        let how = if d.shared_scripts { "once for all logs that are due" } else { "for each log" };
        parts.push(format!("{each} {how}"));
    }
    if !once.is_empty() {
        parts.push(format!("{once} once"));
    }
    if s.pre_remove.is_some() {
        parts.push("preremove before a log is removed".into());
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What `copytruncate` promises for all of the logs.
fn promise(d: &Directives, logs: &[(&Path, Preview)]) -> &'static str {
    let mut there = logs.iter().filter(|(_, preview)| preview.then.is_some()).peekable();
    let takes = d.copy_truncate && !d.copies_nothing() && there.peek().is_some();
    if takes && there.all(|(_, preview)| preview.collapses) {
        ";\n            no line is lost, as this filesystem can remove the beginning of a file"
    } else {
        ""
    }
}

fn about(log: &Path, preview: &Preview) -> String {
    let Some(size) = preview.size.map(bytes) else {
        return format!("{}  (missing)", log.display());
    };
    let last = match &preview.last {
        Some(last) => format!("rotated {}", last.to_the_minute()),
        None => "not seen before: counts as rotated now".into(),
    };
    format!("{}  ({size}, {last})", log.display())
}

fn next(log: &Path, d: &Directives, preview: &Preview, fails: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let to = preview.then.as_ref().map(|then| match d.rotate {
        0 => ", and it is gone".to_owned(),
        _ => format!(", to {}", beside(log, &then.to)),
    });
    let to = to.unwrap_or_default();
    match (&preview.now, &preview.next) {
        (Now::Rotate, _) if fails => {
            return vec![
                "due, and left as it is while another log of the block fails (sharedscripts)"
                    .into(),
            ];
        }
        (Now::Rotate, _) => lines.push(format!("the next run rotates it{to}")),
        (Now::Leave(_), _) if preview.size.is_none() => {}
        (Now::Leave(why), _) => {
            let log = format!("log {} ", log.display());
            lines.push(why.strip_prefix(&log).unwrap_or(why).to_owned());
        }
        (Now::Fail, _) => lines.push("the next run fails to rotate it".into()),
        (Now::Wait(_), Some(at)) => {
            lines.push(format!("next at {}{}{to}", at.to_the_minute(), condition(d, preview)));
        }
        (Now::Wait(why), None) => lines.push(format!("not yet: {why}")),
    }
    let Some(then) = &preview.then else { return lines };
    if d.rotate != 0 {
        let gone: Vec<String> = then.gone.iter().map(|gone| beside(log, gone)).collect();
        match gone.as_slice() {
            [] => {}
            [one] => lines.push(format!("{one} is removed then")),
            [first, .., last] => {
                lines.push(format!("{first} to {last} are removed then ({} files)", gone.len()));
            }
        }
    }
    if d.copy_truncate && !d.copies_nothing() && !preview.collapses {
        lines.push("what another program writes in the moment of the truncation is lost:".into());
        lines.push("this filesystem can't remove the beginning of a file".into());
    }
    lines
}

/// What else must be so by then.
fn condition(d: &Directives, preview: &Preview) -> &'static str {
    let size = preview.size.unwrap_or(0);
    if d.min_size.is_some_and(|min| size < min) {
        ", if it has grown enough"
    } else if d.min_age > 0 {
        ", if nothing was written to it for long enough"
    } else if !d.if_empty && size == 0 {
        ", if it is not empty then"
    } else {
        ""
    }
}

/// The name alone, if it is in the same folder.
fn beside(log: &Path, other: &Path) -> String {
    match other.file_name() {
        Some(name) if other.parent() == log.parent() => name.display().to_string(),
        _ => other.display().to_string(),
    }
}
