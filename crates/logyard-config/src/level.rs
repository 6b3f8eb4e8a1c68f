//! The names of levels. `addLevelName` runs in the worker, so only Python's own names are known.

/// `logging._nameToLevel`, most usual first.
pub(crate) const NAMES: [&str; 8] =
    ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "NOTSET", "WARN", "FATAL"];

/// The level of a name, exactly as written.
pub(crate) fn by_name(name: &str) -> Option<i64> {
    Some(match name {
        "CRITICAL" | "FATAL" => 50,
        "ERROR" => 40,
        "WARNING" | "WARN" => 30,
        "INFO" => 20,
        "DEBUG" => 10,
        "NOTSET" => 0,
        _ => return None,
    })
}

/// `logging.getLevelName`.
pub(crate) fn name(level: i64) -> String {
    match NAMES.iter().find(|name| by_name(name) == Some(level)) {
        Some(name) => (*name).to_owned(),
        None => format!("Level {level}"),
    }
}
