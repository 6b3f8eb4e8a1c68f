//! Plans and values as the oracle prints them.

use std::path::Path;

use logyard_config::expr::{Kind, Object, Value};
use logyard_config::{FilterPlan, FilterRule, HandlerKind, LoggerPlan, Mode, Plan, Stream, When};
use serde_json::{Value as Json, json};

pub(crate) fn encode(value: &Value) -> Json {
    let all = |items: &[Value]| items.iter().map(encode).collect::<Vec<_>>();
    match &value.kind {
        Kind::None => Json::Null,
        Kind::Bool(b) => json!(b),
        Kind::Str(text) => json!(text),
        Kind::Int(i) => json!(["int", i.to_string()]),
        Kind::Float(f) if f.is_nan() => json!(["float", "nan"]),
        Kind::Float(f) => json!(["float", format!("{:016x}", f.to_bits())]),
        Kind::Bytes(b) => {
            json!(["bytes", b.iter().map(|b| format!("{b:02x}")).collect::<String>()])
        }
        Kind::Tuple(items) => json!(["tuple", all(items)]),
        Kind::List(items) => json!(["list", all(items)]),
        Kind::Dict(pairs) => {
            let pairs = pairs.iter().map(|(k, v)| json!([encode(k), encode(v)]));
            json!(["dict", pairs.collect::<Vec<_>>()])
        }
        Kind::Object(Object::Stdout) => json!(["object", "stdout"]),
        Kind::Object(Object::Stderr) => json!(["object", "stderr"]),
        Kind::Object(Object::Time(t)) => json!(["time", t.hour, t.minute, t.second, t.microsecond]),
        Kind::Object(Object::Date(year, month, day)) => json!(["date", year, month, day]),
        Kind::Object(Object::DateTime(m)) => {
            let (date, t) = (m.date, m.time);
            json!([
                "datetime",
                date.0,
                date.1,
                date.2,
                t.hour,
                t.minute,
                t.second,
                t.microsecond,
                m.offset
            ])
        }
        Kind::Object(_) => json!(["other", value.type_name()]),
    }
}

fn filters(filters: &[FilterPlan]) -> Vec<&str> {
    fn name(filter: &FilterPlan) -> &str {
        match &filter.rule {
            FilterRule::Logger(logger) => logger,
            FilterRule::Always(_) => unreachable!("CPython has no such filter"),
        }
    }
    filters.iter().map(name).collect()
}

fn logger(plan: &Plan, logger: &LoggerPlan) -> Json {
    let names = logger.handlers.iter().map(|index| plan.handlers[*index].name.as_str());
    json!({
        "level": logger.level,
        "propagate": logger.propagate,
        "handlers": names.collect::<Vec<_>>(),
        "filters": filters(&logger.filters),
    })
}

pub(crate) fn plan_as_json(plan: &Plan, here: &Path) -> Json {
    let mut handlers = serde_json::Map::new();
    for handler in &plan.handlers {
        let mut out = json!({
            "class": handler.kind.class(),
            "level": handler.level,
            "filters": filters(&handler.filters),
        });
        out["formatter"] = match handler.formatter.map(|index| &plan.formatters[index]) {
            Some(formatter) => {
                let fmt = formatter.fmt.as_deref().filter(|fmt| !fmt.is_empty());
                let default = match formatter.style {
                    '{' => "{message}",
                    '$' => "${message}",
                    _ => "%(message)s",
                };
                let datefmt = formatter.datefmt.as_deref().filter(|datefmt| !datefmt.is_empty());
                let time = formatter.default_time_format.as_deref().unwrap_or("%Y-%m-%d %H:%M:%S");
                let msec = match &formatter.default_msec_format {
                    Some(msec) => msec.as_deref().filter(|msec| !msec.is_empty()),
                    None => Some("%s,%03d"),
                };
                json!([fmt.unwrap_or(default), datefmt, time, msec])
            }
            None => Json::Null,
        };
        if let Some(file) = handler.kind.file() {
            out["path"] = json!(file.path.strip_prefix(here).unwrap_or(&file.path));
            out["mode"] = json!(match file.mode {
                Mode::Append => "a",
                Mode::Truncate => "w",
                Mode::Exclusive => "x",
            });
            out["encoding"] = json!(file.encoding);
            out["errors"] = json!(file.errors);
            out["delay"] = json!(file.delay);
        }
        if handler.kind.file().is_some() || matches!(handler.kind, HandlerKind::Stream(_)) {
            out["terminator"] = json!(handler.terminator);
        }
        match &handler.kind {
            HandlerKind::Stream(stream) => {
                out["stream"] = json!(if *stream == Stream::Stdout { "stdout" } else { "stderr" });
            }
            HandlerKind::RotatingFile { max_bytes, backup_count, .. } => {
                out["maxBytes"] = json!(max_bytes);
                out["backupCount"] = json!(backup_count);
            }
            HandlerKind::TimedRotatingFile {
                when, interval, backup_count, utc, at_time, ..
            } => {
                out["when"] = json!(match when {
                    When::W(day) => format!("W{day}"),
                    other => format!("{other:?}").to_uppercase(),
                });
                out["interval"] = json!(interval);
                out["backupCount"] = json!(backup_count);
                out["utc"] = json!(utc);
                let time = |t: &logyard_config::AtTime| {
                    json!(["time", t.hour, t.minute, t.second, t.microsecond])
                };
                out["atTime"] = json!(at_time.as_ref().map(time));
            }
            HandlerKind::Memory { capacity, flush_level, target, flush_on_close } => {
                out["capacity"] = json!(capacity);
                out["flushLevel"] = json!(flush_level);
                out["target"] = json!(target.map(|index| &plan.handlers[index].name));
                out["flushOnClose"] = json!(flush_on_close);
            }
            HandlerKind::Queue { handlers, respect_handler_level } => {
                let names = handlers.iter().map(|index| &plan.handlers[*index].name);
                out["handlers"] = json!(names.collect::<Vec<_>>());
                out["respect_handler_level"] = json!(respect_handler_level);
            }
            // compared with the package itself: conformance's cases
            HandlerKind::Concurrent(_)
            | HandlerKind::File(_)
            | HandlerKind::WatchedFile(_)
            | HandlerKind::Null => {}
        }
        handlers.insert(handler.name.clone(), out);
    }
    let loggers = plan.loggers.iter().map(|one| (one.name.clone(), logger(plan, one)));
    json!({
        "handlers": handlers,
        "root": logger(plan, &plan.root),
        "loggers": loggers.collect::<serde_json::Map<_, _>>(),
    })
}
