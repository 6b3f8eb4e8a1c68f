//! Handlers in words.

use logyard_format::Class;

use crate::extras::{Compress, Extras, Fsync, Owner};
use crate::level;
use crate::plan::{
    AtTime, ConcurrentPlan, FilePlan, FilterPlan, FilterRule, FormatterPlan, HandlerKind,
    HandlerPlan, Mode, Plan, Stream, TimedPlan, When,
};

/// What happens to records that meet no handler.
pub(super) const LAST_RESORT: &str =
    "no handler: WARNING and above go to standard error, the bare message (logging.lastResort)";

/// Where a handler's records end up.
pub(super) fn destination(plan: &Plan, kind: &HandlerKind) -> String {
    match kind {
        HandlerKind::Stream(Stream::Stdout) => "standard output".to_owned(),
        HandlerKind::Stream(Stream::Stderr) => "standard error".to_owned(),
        HandlerKind::Null => "nowhere".to_owned(),
        HandlerKind::Queue { handlers, .. } => {
            let handlers = handlers.iter().filter_map(|index| plan.handlers.get(*index));
            let names = handlers.map(|handler| handler.name.as_str()).collect::<Vec<_>>();
            match names.as_slice() {
                [] => "nowhere".to_owned(),
                [name] => format!("the handler {name}"),
                _ => format!("the handlers {}", names.join(", ")),
            }
        }
        HandlerKind::Memory { target, .. } => {
            match target.and_then(|index| plan.handlers.get(index)) {
                Some(target) => format!("memory, then the handler {}", target.name),
                None => "memory, and no further".to_owned(),
            }
        }
        _ => kind.file().map(|file| file.path.display().to_string()).unwrap_or_default(),
    }
}

/// What filters let pass; none where there are none.
pub(super) fn filters(filters: &[FilterPlan]) -> Option<String> {
    let each = filters.iter().map(|filter| match &filter.rule {
        FilterRule::Logger(logger) if !logger.is_empty() => {
            format!("{}: {logger} and below", filter.name)
        }
        FilterRule::Logger(_) | FilterRule::Always(true) => format!("{}: all", filter.name),
        FilterRule::Always(false) => format!("{}: none", filter.name),
    });
    let words = each.collect::<Vec<_>>();
    (!words.is_empty()).then(|| format!("only {}", words.join(", and only ")))
}

/// How a formatter writes a record: words and texts.
pub(super) fn formatter(formatter: &FormatterPlan) -> Vec<(&'static str, String)> {
    let mut parts = Vec::new();
    if formatter.class != Class::Formatter {
        parts.push(("class", formatter.class.name().to_owned()));
    }
    let levels = match &formatter.class {
        // these have no use for a format
        Class::EcsLogging(_) | Class::Json | Class::JsonLogFormatter(_) | Class::Logstash(_) => {
            return parts;
        }
        Class::Colorlog(options) => options.levels.as_deref(),
        _ => None,
    };
    let fmt = formatter.fmt.as_deref().filter(|fmt| !fmt.is_empty());
    let fmt = match &formatter.class {
        Class::Colorlog(_) => fmt.map(str::to_owned),
        class => {
            let fmt = fmt.unwrap_or("%(message)s");
            Some(match class {
                Class::PythonJsonLogger(options) => {
                    let names = options.fields.as_ref().map(|names| names.join(", "));
                    format!("JSON with {}", names.as_deref().unwrap_or(fmt))
                }
                _ => fmt.to_owned(),
            })
        }
    };
    let levels = levels.unwrap_or_default().iter().filter_map(|(level, fmt)| {
        let fmt = fmt.as_deref()?;
        Some(format!("{level}: {fmt}"))
    });
    for text in fmt.into_iter().chain(levels) {
        parts.push(("format", text.replace('\n', "\\n")));
    }
    let datefmt = formatter.datefmt.as_deref().filter(|datefmt| !datefmt.is_empty());
    parts.extend(datefmt.map(|datefmt| ("datefmt", datefmt.to_owned())));
    parts.extend(times(formatter));
    parts
}

/// How a formatter makes its times, where that is not Python's own way: a word and a text each.
fn times(formatter: &FormatterPlan) -> Vec<(&'static str, String)> {
    let mut times = Vec::new();
    if formatter.datefmt.as_deref().is_none_or(str::is_empty) {
        if let Some(format) = &formatter.default_time_format {
            times.push(("time", format.clone()));
        }
        if let Some(format) = &formatter.default_msec_format {
            let format = format.as_deref().filter(|format| !format.is_empty());
            times.push(("msec", format.unwrap_or("without milliseconds").to_owned()));
        }
    }
    if formatter.utc {
        times.push(("zone", "UTC".to_owned()));
    }
    times
}

/// The encoding and what becomes of characters that it lacks.
pub(super) fn encoding(file: &FilePlan) -> String {
    let encoding = file.encoding.as_deref().unwrap_or("utf-8, the default");
    match file.errors.as_deref() {
        None | Some("strict") => encoding.to_owned(),
        Some(errors) => format!("{encoding}, errors = {errors}"),
    }
}

/// How the file is opened, when it rolls over and what is kept.
pub(super) fn life(kind: &HandlerKind) -> Vec<String> {
    let mut lines = Vec::new();
    if let HandlerKind::Memory { capacity, flush_level, flush_on_close, .. } = kind {
        let level = level::name(*flush_level);
        let close = if *flush_on_close { ", and at the end" } else { "" };
        let records = match capacity {
            0 | 1 => "every record".to_owned(),
            _ => format!("{} records", thousands(*capacity)),
        };
        lines.push(format!("handed on at {records}, at {level} and above{close}"));
    }
    if let HandlerKind::Queue { respect_handler_level, .. } = kind {
        let levels = match respect_handler_level {
            true => "by their levels and filters",
            false => "whatever their levels (respect_handler_level is off), by their filters",
        };
        lines.push(format!("handed on at once, {levels}"));
    }
    let Some(file) = kind.file() else { return lines };
    match file.mode {
        Mode::Append => {}
        Mode::Truncate => lines.push("emptied when the server starts".to_owned()),
        Mode::Exclusive => lines.push("made anew; must not be there at the start".to_owned()),
    }
    if file.delay {
        lines.push("opened at the first record".to_owned());
    }
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    lines.push(match kind {
        HandlerKind::WatchedFile(_) => {
            "never rolls over by itself; opened anew when it was moved away".to_owned()
        }
        HandlerKind::Concurrent(plan) => {
            let mut life = concurrent(plan, &name);
            if plan.use_gzip {
                life.push_str(", compressed (.gz)");
            }
            life
        }
        HandlerKind::RotatingFile { max_bytes: 0, .. } => {
            "never rolls over (maxBytes is 0)".to_owned()
        }
        HandlerKind::RotatingFile { backup_count: 0, .. } => {
            "never rolls over (backupCount is 0)".to_owned()
        }
        HandlerKind::RotatingFile { max_bytes, backup_count, .. } => {
            let kept = match backup_count {
                1 => format!("keeps 1, as {name}.1"),
                count => format!("keeps {count}, as {name}.1 to {name}.{count}"),
            };
            format!("rolls over before it reaches {} bytes; {kept}", thousands(*max_bytes))
        }
        HandlerKind::TimedRotatingFile { when, interval, backup_count, utc, at_time, .. } => {
            let moment = moment(*when, *interval, *at_time);
            let zone = if *utc { "UTC" } else { "local time" };
            let kept = match backup_count {
                0 => "keeps all".to_owned(),
                count => format!("keeps {count}"),
            };
            format!("rolls over {moment}, {zone}; {kept}, as {name}.{}", sample(*when))
        }
        _ => "never rolls over".to_owned(),
    });
    lines
}

fn concurrent(plan: &ConcurrentPlan, name: &str) -> String {
    let size = format!("when it has {} bytes", thousands(plan.max_bytes));
    let (moment, suffix) = match (plan.timed, plan.max_bytes) {
        (None, 0) => return "never rolls over (maxBytes is 0)".to_owned(),
        (None, _) if plan.backup_count == 0 => return format!("emptied {size}"),
        (None, _) => (size, "1"),
        (Some(TimedPlan { when, interval, at_time, .. }), bytes) => {
            let moment = moment(when, interval, at_time);
            (if bytes == 0 { moment } else { format!("{moment}, and {size}") }, sample(when))
        }
    };
    let kept = match plan.backup_count {
        0 => "keeps all".to_owned(),
        count => format!("keeps {count}"),
    };
    format!("rolls over {moment}; {kept}, as {name}.{suffix}")
}

/// What logyard does for the handler besides.
pub(super) fn extras(handler: &HandlerPlan) -> Vec<String> {
    let Extras { compress, max_total_size, max_age, fsync, mode, owner, json, tz } =
        &handler.extras;
    let mut lines = Vec::new();
    if handler.terminator != "\n" {
        lines.push(format!("each record ends with {:?}", handler.terminator));
    }
    match compress {
        Some(Compress::Gz) => lines.push("old files are compressed by gzip (.gz)".to_owned()),
        Some(Compress::Zst) => lines.push("old files are compressed by zstd (.zst)".to_owned()),
        None => {}
    }
    lines.extend(max_total_size.map(|most| {
        format!("the oldest go when all are more than {} bytes together", thousands(most))
    }));
    lines.extend(max_age.map(|most| format!("old files go after {} seconds", thousands(most))));
    match fsync {
        Fsync::Never => {}
        Fsync::Interval => lines.push("synced with the disk every second".to_owned()),
        Fsync::Always => lines.push("synced with the disk after each batch".to_owned()),
    }
    lines.extend(mode.map(|mode| format!("its mode is {mode:04o}")));
    if let Some(Owner { user, group }) = owner {
        let id = |id: &Option<u32>| id.map_or_else(String::new, |id| id.to_string());
        lines.push(format!("its owner is {}:{}", id(user), id(group)));
    }
    if *json {
        lines.push("its records are lines of JSON".to_owned());
    }
    lines.extend(tz.iter().map(|tz| format!("its times are those of {tz}")));
    lines
}

fn moment(when: When, interval: u32, at: Option<AtTime>) -> String {
    let every = |unit: &str| match interval {
        1 => format!("every {unit}"),
        count => format!("every {count} {unit}s"),
    };
    let time = match at {
        Some(AtTime { hour, minute, second, .. }) if (hour, minute, second) != (0, 0, 0) => {
            let seconds = if second == 0 { String::new() } else { format!(":{second:02}") };
            format!("at {hour:02}:{minute:02}{seconds}")
        }
        _ => "at midnight".to_owned(),
    };
    match when {
        When::S => every("second"),
        When::M => every("minute"),
        When::H => every("hour"),
        When::D => match interval {
            1 => "24 hours after it was begun".to_owned(),
            days => format!("{days} days after it was begun"),
        },
        When::Midnight if interval == 1 => time,
        When::Midnight => format!("{time}, {}", every("day")),
        When::W(day) => {
            let names =
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            let name = names.get(usize::from(day)).copied().unwrap_or_default();
            match interval {
                1 => format!("on {name}s {time}"),
                weeks => format!("on {name}s {time}, every {weeks} weeks"),
            }
        }
    }
}

/// What an old file's name ends in; the date is an example.
fn sample(when: When) -> &'static str {
    match when {
        When::S => "2026-11-22_13-45-07",
        When::M => "2026-11-22_13-45",
        When::H => "2026-11-22_13",
        When::D | When::Midnight | When::W(_) => "2026-11-22",
    }
}

/// `1234567` as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
