//! What in a block has no effect, or one that nobody wants. Only what is certain: each rule is one of the
//! engine's.

use std::path::Path;

use crate::amount::bytes;
use crate::conf::glob;
use crate::conf::values::words;
use crate::dates::{self, DateFormat};
use crate::finding::Finding;
use crate::messages::Level;
use crate::moment::{Moment, WallTime};
use crate::names::Names;
use crate::plan::{Block, Criterion, Origin};
use crate::run::preview::Preview;
use crate::when;

/// Findings of one kind that are told of one block.
const TOLD: usize = 3;

/// What is surely not meant in `block`.
pub(super) fn of(block: &Block, logs: &[(&Path, Preview)], now: &Moment) -> Vec<Finding> {
    let mut found = without_effect(block);
    found.extend(overridden(block));
    found.extend(nothing_kept(block));
    found.extend(same_name(block, now));
    found.extend(unknown_letter(block));
    found.extend(finds_its_own(block, logs, now));
    found.extend(not_told(block, logs));
    found.extend(needs_su(block, logs));
    found
}

/// Where the block itself has a directive.
fn inside<'b>(block: &'b Block, keyword: &str) -> Option<&'b Origin> {
    block.directives.said.get(keyword).filter(|said| said.inside).map(|said| &said.at)
}

fn at<'b>(block: &'b Block, keyword: &str) -> &'b Origin {
    block.directives.said.get(keyword).map_or(&block.at, |said| &said.at)
}

/// Directives of the block that its other directives leave without effect. What stands before the block may
/// be meant for others.
fn without_effect(block: &Block) -> Vec<Finding> {
    let d = &block.directives;
    let by_size = matches!(d.criterion, Criterion::Size(_));
    let copies = (d.copy || d.copy_truncate) && !d.rename_copy;
    let copying = if d.copy_truncate {
        "with copytruncate, which leaves the log in its place"
    } else {
        "with copy"
    };
    let rules: [(&[&str], bool, &str); 9] = [
        (&["create"], copies, copying),
        (
            &["delaycompress", "compresscmd", "compressext", "compressoptions"],
            !d.compression.on,
            "without compress",
        ),
        (&["dateformat", "dateyesterday", "datehourago"], !d.date_ext, "without dateext"),
        (&["start"], d.date_ext, "with dateext"),
        (&["minsize", "minage"], by_size, "with size, which decides alone"),
        (&["mailfirst", "maillast"], d.mail.is_none(), "without mail"),
        (&["shredcycles"], !d.shred, "without shred"),
        (&["createolddir"], d.old_dir.is_none(), "without olddir"),
        (&["maxage"], d.rotate == 0, "with rotate 0, which keeps nothing"),
    ];
    let mut found = Vec::new();
    for (keywords, so, why) in rules {
        for keyword in keywords.iter().filter(|_| so) {
            if let Some(place) = inside(block, keyword) {
                let what = format!("{keyword} has no effect {why}");
                found.push(Finding::warning("no-effect", place, what, String::new()));
            }
        }
    }
    found
}

/// Two criteria, or two ways, of which the last one counts.
fn overridden(block: &Block) -> Option<Finding> {
    let d = &block.directives;
    let counts = d.criterion.name();
    let criteria = ["size", "minutes", "hourly", "daily", "weekly", "monthly", "yearly"];
    let other = criteria.into_iter().find(|name| *name != counts && inside(block, name).is_some());
    if let (Some(other), Some(place)) = (other, inside(block, counts)) {
        let help = match (counts, other) {
            ("size", _) | (_, "size") => {
                "write maxsize for a size or a time, whichever comes first, or minsize for both"
            }
            _ => "leave one of them out",
        };
        let what = format!("{counts} counts, and not {other}, as it comes last");
        return Some(Finding::warning("overridden", place, what, help.into()));
    }
    let (counts, other) =
        if d.rename_copy { ("renamecopy", "copytruncate") } else { ("copytruncate", "renamecopy") };
    inside(block, other)?;
    let what = format!("{counts} counts, and not {other}, as it comes last");
    Some(Finding::warning(
        "overridden",
        inside(block, counts)?,
        what,
        "leave one of them out".into(),
    ))
}

fn nothing_kept(block: &Block) -> Option<Finding> {
    let d = &block.directives;
    let removes = d.rotate == 0 && d.mail.is_none() && (d.copy_truncate || !d.copy);
    if !removes || d.said.contains_key("rotate") {
        return None;
    }
    let what = "without rotate no old log is kept: what is rotated is gone".into();
    Some(Finding::warning(
        "nothing-kept",
        &block.at,
        what,
        "write rotate and how many to keep".into(),
    ))
}

/// Two rotations that would have the same date in the name: the second is refused.
fn same_name(block: &Block, now: &Moment) -> Option<Finding> {
    let d = &block.directives;
    if !d.date_ext || d.rotate == 0 {
        return None;
    }
    let format = DateFormat::of(d);
    let date = |at: &Moment| format.suffix(&dates::in_name(d, at));
    let place = if d.said.contains_key("dateformat") {
        at(block, "dateformat")
    } else {
        at(block, "dateext")
    };
    let finding = |date: String, what: String| {
        let help = format!(
            "the second is refused, as the name with {date} is taken, and the run ends with exit code 1"
        );
        Some(Finding::warning("same-name", place, what, help))
    };
    if let Criterion::Size(size) = d.criterion {
        return by_size(d.max_size.map_or(size, |max| max.min(size)), now, &date, &finding);
    }
    let first = when::next(d, now.secs, now)?;
    let second = when::next(d, first.secs, &first)?;
    if let Some(name) = date(&first).filter(|name| date(&second).as_ref() == Some(name)) {
        let name = name.clone();
        let what = format!(
            "the rotations at {} and at {} have the same name",
            first.to_the_minute(),
            second.to_the_minute()
        );
        return finding(name, what);
    }
    by_size(d.max_size?, now, &date, &finding)
}

/// A log may reach a size more than once in an hour or a day.
fn by_size(
    size: u64,
    now: &Moment,
    date: &dyn Fn(&Moment) -> Option<String>,
    finding: &dyn Fn(String, String) -> Option<Finding>,
) -> Option<Finding> {
    let noon = now.at_wall(WallTime { hour: 12, minute: 0, second: 0, ..now.wall() });
    let same = |later: i64| date(&noon) == date(&noon.at(noon.secs + later));
    let span = match (same(3600), same(60)) {
        (true, _) => "on one day",
        (false, true) => "in one hour",
        (false, false) => return None,
    };
    let what = format!("a log that reaches {} twice {span} gets the same name twice", bytes(size));
    finding(date(&noon)?, what)
}

fn unknown_letter(block: &Block) -> Option<Finding> {
    let d = &block.directives;
    let letter = DateFormat::of(d).unknown().filter(|_| d.date_ext)?;
    let what = format!("{letter} is no date here, and stays in the name as it is");
    let help = "%Y %m %d %H %M %S %s %z are, and %V %G %U %W %u %w %y %g %j";
    Some(Finding::warning("unknown-date", at(block, "dateformat"), what, help.into()))
}

/// A pattern that finds what the rotation makes: it is rotated again, and again.
fn finds_its_own(block: &Block, logs: &[(&Path, Preview)], now: &Moment) -> Option<Finding> {
    let d = &block.directives;
    let patterns = words(block.pattern.as_bytes());
    let packed =
        if d.compression.on && !d.compression.delay { &*d.compression.extension } else { "" };
    for (log, _) in logs.iter().filter(|_| d.rotate != 0) {
        let names = Names::new(block, log);
        let name = match DateFormat::of(d).suffix(&dates::in_name(d, now)) {
            Some(date) if d.date_ext => names.dated(&date, packed),
            _ => names.numbered(d.start, packed),
        };
        if let Some(pattern) = patterns.iter().find(|pattern| glob::finds(pattern, &name)) {
            let what = format!(
                "{} finds rotated logs, too, such as {}",
                String::from_utf8_lossy(pattern),
                name.display()
            );
            let help = "they are rotated again each time: write a pattern that ends as the logs do, such as *.log, or \
                        use olddir";
            return Some(Finding::warning("finds-its-own", &block.at, what, help.into()));
        }
    }
    None
}

/// Programs that have a log open, and that nothing tells of its new name.
fn not_told(block: &Block, logs: &[(&Path, Preview)]) -> Vec<Finding> {
    let d = &block.directives;
    let stays = (d.copy || d.copy_truncate) && !d.rename_copy;
    if stays || d.scripts.post.is_some() || d.scripts.last.is_some() {
        return Vec::new();
    }
    let open = logs.iter().filter(|(_, preview)| !preview.writers.is_empty());
    open.take(TOLD)
        .map(|(log, preview)| {
            let what = format!(
                "{} has {} open, and no postrotate tells it of the rotation",
                preview.writers.join(", "),
                log.display()
            );
            let fate = if d.rotate == 0 || (d.compression.on && !d.compression.delay) {
                "what it writes after the rotation is lost"
            } else {
                "it goes on with the rotated file"
            };
            let help = format!(
                "unless it opens its log again by itself, {fate}: add postrotate, or copytruncate"
            );
            Finding::warning("not-told", &block.at, what, help)
        })
        .collect()
}

/// What root leaves alone.
fn needs_su(block: &Block, logs: &[(&Path, Preview)]) -> Option<Finding> {
    let (log, _) = logs
        .iter()
        .filter(|_| block.directives.su.is_none())
        .find(|(_, preview)| preview.unsafe_folder)?;
    let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).display();
    let what = format!("others can write to {folder}: root rotates nothing there without su");
    let help = "write su USER GROUP, or take that permission away";
    let finding = Finding::warning("needs-su", &block.at, what, help.into());
    let root = rustix::process::geteuid().is_root();
    Some(Finding { level: if root { Level::Error } else { Level::Warning }, ..finding })
}
