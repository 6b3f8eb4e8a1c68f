/// A text is no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a level; use DEBUG, INFO, WARNING, ERROR, CRITICAL or a number")]
pub struct BadLevel(String);

/// A level by its name, as `logging.getLevelName` knows it, in capitals or not; or by its number.
///
/// # Errors
///
/// If it is neither.
pub fn level_named(text: &str) -> Result<i64, BadLevel> {
    Ok(match text.to_ascii_uppercase().as_str() {
        "CRITICAL" | "FATAL" => 50,
        "ERROR" => 40,
        "WARNING" | "WARN" => 30,
        "INFO" => 20,
        "DEBUG" => 10,
        "NOTSET" => 0,
        _ => return text.parse().map_err(|_| BadLevel(text.to_owned())),
    })
}

/// The standard level that a number reaches: what it is coloured and counted as.
pub fn level_word(level: i64) -> &'static str {
    match level {
        50.. => "critical",
        40.. => "error",
        30.. => "warning",
        20.. => "info",
        _ => "debug",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_names_and_numbers() {
        assert_eq!(level_named("warning"), Ok(30));
        assert_eq!(level_named("35"), Ok(35));
        assert_eq!(level_named("loud"), Err(BadLevel("loud".into())));
        assert_eq!([9, 25, 49, 50].map(level_word), ["debug", "info", "error", "critical"]);
    }
}
