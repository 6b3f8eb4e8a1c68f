//! What to write into logyard.toml for a class that is not mapped yet.

use super::Kind;
use crate::construct::FormatterClass;

/// The help that shows the lines, with the class of the server that comes nearest by the name.
pub(crate) fn lines_to_add(kind: Kind, class: &str) -> String {
    let name = class.rsplit('.').next().unwrap_or(class).to_lowercase();
    let nearest = match kind {
        Kind::Formatter => formatter(&name),
        Kind::Handler => handler(&name),
        Kind::Filter => "\"none\"",
    };
    // a table of its own can be pasted whether or not there are mappings already
    format!("or map it in logyard.toml:\n\n[map.\"{class}\"]\n{} = {nearest}", kind.name())
}

fn formatter(name: &str) -> &'static str {
    let has = |words: &[&str], class: &str| {
        words.iter().any(|word| name.contains(word)) && FormatterClass::named(class).is_some()
    };
    match name {
        _ if has(&["json"], "pythonjsonlogger.json.JsonFormatter") => {
            "\"pythonjsonlogger.json.JsonFormatter\""
        }
        _ if has(&["color", "colour"], "colorlog.ColoredFormatter") => {
            "\"colorlog.ColoredFormatter\""
        }
        _ => "\"logging.Formatter\"\nfmt = \"%(asctime)s %(levelname)s %(name)s: %(message)s\"",
    }
}

fn handler(name: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match name {
        _ if has(&["timed", "daily", "midnight", "hourly"]) => {
            "\"logging.handlers.TimedRotatingFileHandler\"\nwhen = \"midnight\""
        }
        _ if has(&["rotat", "roll"]) => {
            "\"logging.handlers.RotatingFileHandler\"\nmaxBytes = 10000000\nbackupCount = 5"
        }
        _ if has(&["watched"]) => "\"logging.handlers.WatchedFileHandler\"",
        _ if has(&["memory", "buffer"]) => "\"logging.handlers.MemoryHandler\"\ncapacity = 1000",
        _ if has(&["queue"]) => "\"logging.handlers.QueueHandler\"",
        _ if has(&["file", "log"]) => "\"logging.FileHandler\"",
        _ if has(&["stream", "console", "stdout", "stderr", "terminal"]) => {
            "\"logging.StreamHandler\""
        }
        _ => "\"none\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClassMap;
    use crate::expr::Kind as Is;
    use crate::tree::{self, Syntax};

    #[test]
    fn the_nearest_class_by_the_name() {
        let lines = |kind, class| {
            let help = lines_to_add(kind, class);
            help.split_once("\n\n").unwrap().1.to_owned()
        };
        assert_eq!(
            lines(Kind::Formatter, "myapp.logs.ColourFormatter"),
            "[map.\"myapp.logs.ColourFormatter\"]\nformatter = \"colorlog.ColoredFormatter\""
        );
        assert_eq!(
            lines(Kind::Handler, "a.DailyFile"),
            "[map.\"a.DailyFile\"]\nhandler = \"logging.handlers.TimedRotatingFileHandler\"\nwhen = \"midnight\""
        );
        assert_eq!(lines(Kind::Handler, "a.Slack"), "[map.\"a.Slack\"]\nhandler = \"none\"");
        assert_eq!(lines(Kind::Filter, "a.F"), "[map.\"a.F\"]\nfilter = \"none\"");
    }

    #[test]
    fn the_lines_are_what_a_map_takes() {
        for kind in [Kind::Formatter, Kind::Handler, Kind::Filter] {
            for name in [
                "Json", "Colour", "Daily", "Roll", "Watched", "Memory", "Queue", "File", "Console",
                "X",
            ] {
                let help = lines_to_add(kind, &format!("a.{name}"));
                let (_, text) = help.split_once("\n\n").unwrap();
                let (root, _) = tree::read(Syntax::Toml, text).unwrap();
                let Is::Dict(pairs) = root.kind else { panic!("{text}") };
                let source = crate::testing::source(text);
                let (_, problems) = ClassMap::read(&pairs[0].1, &source);
                assert!(problems.is_empty(), "{problems:?}");
            }
        }
    }
}
