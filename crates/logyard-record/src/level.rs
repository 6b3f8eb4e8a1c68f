//! Python's level numbers and names (`logging._nameToLevel`, `logging._levelToName`).

use std::borrow::Cow;

/// The level of a logger that takes its ancestor's.
pub const NOTSET: i64 = 0;
/// Detail for diagnosis.
pub const DEBUG: i64 = 10;
/// Confirmation that things work.
pub const INFO: i64 = 20;
/// Something unexpected; the program goes on.
pub const WARNING: i64 = 30;
/// A function could not be done.
pub const ERROR: i64 = 40;
/// The program itself may not go on.
pub const CRITICAL: i64 = 50;

/// The number for one of the names that a configuration may use, as `logging._nameToLevel` has
/// them; names are case-sensitive there, and so here.
pub fn level_by_name(name: &str) -> Option<i64> {
    Some(match name {
        "CRITICAL" | "FATAL" => CRITICAL,
        "ERROR" => ERROR,
        "WARNING" | "WARN" => WARNING,
        "INFO" => INFO,
        "DEBUG" => DEBUG,
        "NOTSET" => NOTSET,
        _ => return None,
    })
}

/// The name for a number, as `logging.getLevelName` gives it: `Level 15` for one without a name.
pub fn level_name(level: i64) -> Cow<'static, str> {
    Cow::Borrowed(match level {
        CRITICAL => "CRITICAL",
        ERROR => "ERROR",
        WARNING => "WARNING",
        INFO => "INFO",
        DEBUG => "DEBUG",
        NOTSET => "NOTSET",
        other => return Cow::Owned(format!("Level {other}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(level_by_name("FATAL"), Some(50));
        assert_eq!(level_by_name("WARN"), Some(30));
        assert_eq!(level_by_name("warn"), None);
        assert_eq!(level_name(30), "WARNING");
        assert_eq!(level_name(15), "Level 15");
        assert_eq!(level_name(-1), "Level -1");
    }
}
