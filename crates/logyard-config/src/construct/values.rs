//! Single arguments: their types and values as the constructors take them.

use std::path::PathBuf;

use logyard_compat::Compat;

use super::arguments::{Bound, Given};
use crate::diagnostic::Diagnostic;
use crate::encoding::{self, Codec};
use crate::expr::{Kind, Object, Value, abspath};
use crate::level;
use crate::plan::{AtTime, Mode, Stream, When};
use crate::problems::{Form, Problems, Reported};
use crate::source::CodecPart;
use crate::suggest::nearest;

/// Python's own error handlers (`codecs.lookup_error`).
const ERROR_HANDLERS: [&str; 8] = [
    "strict",
    "ignore",
    "replace",
    "backslashreplace",
    "surrogateescape",
    "surrogatepass",
    "xmlcharrefreplace",
    "namereplace",
];

impl Problems<'_> {
    pub(super) fn bad(
        &mut self,
        given: &Given,
        message: String,
        help: impl Into<String>,
    ) -> Reported {
        self.report(
            Diagnostic::error("bad-argument", message)
                .at(given.at.clone(), given.label.clone())
                .help(help),
        );
        Reported
    }

    pub(super) fn bad_type(
        &mut self,
        given: &Given,
        name: &str,
        wanted: &str,
        help: &str,
    ) -> Reported {
        let kind = given.value.type_name();
        self.bad(given, format!("`{name}` must be {wanted}, not {kind}"), help)
    }

    /// `os.path.abspath(os.fspath(filename))`.
    pub(crate) fn path(&mut self, bound: &Bound) -> Result<PathBuf, Reported> {
        let Some(given) = bound.get("filename") else { return Err(Reported) };
        let name = match &given.value.kind {
            Kind::Str(name) => name.clone(),
            Kind::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => return Err(self.bad_type(given, "filename", "a path", "put it in quotes")),
        };
        if name.contains('\0') {
            let what = "`filename` holds a null character".to_owned();
            let help = match self.form {
                Form::Ini => "write \\\\0 or use a raw string: r'...'",
                Form::Dict => "a file's name can't hold one",
            };
            return Err(self.bad(given, what, help));
        }
        Ok(PathBuf::from(abspath(self.options, &name)))
    }

    /// The modes of `open` that a text can be written in.
    pub(crate) fn mode(&mut self, bound: &Bound) -> Result<Mode, Reported> {
        let Some(given) = bound.known("mode")? else { return Ok(Mode::Append) };
        let Some(mode) = given.value.as_str() else {
            return Err(self.bad_type(given, "mode", "a str", "write 'a'"));
        };
        let mut rest = mode.to_owned();
        for mark in ["+", "t"] {
            rest = rest.replacen(mark, "", 1);
        }
        match rest.as_str() {
            "a" => Ok(Mode::Append),
            "w" => Ok(Mode::Truncate),
            "x" => Ok(Mode::Exclusive),
            _ if rest.contains('b') && mode.is_ascii() => {
                let what = format!("the mode '{mode}' is for bytes, and records are text");
                Err(self.bad(given, what, "write 'a'"))
            }
            "r" => {
                let what = format!("the mode '{mode}' does not start or extend a file");
                Err(self.bad(given, what, "write 'a' to append, or 'w' to start anew"))
            }
            _ => {
                let what = format!("open() has no mode '{mode}'");
                Err(self.bad(given, what, "write 'a' to append, or 'w' to start anew"))
            }
        }
    }

    /// `mode` of a RotatingFileHandler with `maxBytes`, which is always `'a'`.
    pub(crate) fn unused_mode(&mut self, bound: &Bound) {
        let Some(given) = bound.get("mode") else { return };
        if matches!(given.value.as_str(), Some("a" | "a+" | "at")) {
            return;
        }
        self.report(
            Diagnostic::warning("unused-mode", "`mode` does nothing where maxBytes is above 0")
                .at(given.at.clone(), "the file is always appended to")
                .help("write 'a'"),
        );
    }

    /// `codecs.lookup`; `None` and `'locale'` are the default.
    pub(crate) fn encoding(&mut self, bound: &Bound) -> Result<Option<String>, Reported> {
        let Some(given) = bound.known("encoding")? else { return Ok(None) };
        let name = match &given.value.kind {
            Kind::None => return Ok(None),
            Kind::Str(name) if name == "locale" => {
                let known = self.compat().has_locale_encoding();
                let what = "there is no encoding 'locale'";
                let (at, label) = (given.at.clone(), &given.label);
                return match known {
                    true => Ok(None),
                    false => Err(self.too_new(what, Compat::Py310, at, label)),
                };
            }
            Kind::Str(name) => name,
            _ => return Err(self.bad_type(given, "encoding", "a str", "write 'utf-8'")),
        };
        if name.contains('\0') {
            let what = "`encoding` holds a null character".to_owned();
            return Err(self.bad(given, what, "write 'utf-8'"));
        }
        let alias = name.to_ascii_lowercase().replace(['-', ' '], "_") == "windows_31j";
        if alias && !self.compat().has_windows_31j() {
            let what = format!("there is no encoding '{name}'");
            return Err(self.too_new(&what, Compat::Py313, given.at.clone(), &given.label));
        }
        match encoding::lookup(name) {
            Codec::Text(codec) => self.known_codec(given, CodecPart::Encoding(codec)),
            Codec::NotText => {
                let what = format!("'{name}' is not a text encoding");
                Err(self.bad(given, what, "write 'utf-8'"))
            }
            Codec::NoLines => {
                let what = format!("'{name}' can't be used for a log file here");
                Err(self.bad(given, what, "write 'utf-8'"))
            }
            Codec::Unknown => {
                let help = match nearest(name, encoding::names()) {
                    Some(close) => format!("did you mean '{close}'?"),
                    None => "write 'utf-8'".to_owned(),
                };
                Err(self.bad(given, format!("Python has no encoding '{name}'"), help))
            }
        }
    }

    /// What Python has, logyard should have, too.
    fn known_codec(
        &mut self,
        given: &Given,
        part: CodecPart<'_>,
    ) -> Result<Option<String>, Reported> {
        let (name, instead) = match part {
            CodecPart::Encoding(name) => (name, "write 'utf-8'"),
            CodecPart::Errors(name) => (name, "write 'backslashreplace'"),
        };
        match (self.options.check_codec)(part) {
            Ok(()) => Ok(Some(name.to_owned())),
            Err(problem) => Err(self.bad(given, problem, instead)),
        }
    }

    /// An unknown error handler stops CPython only at the first character that can't be written.
    pub(crate) fn errors(&mut self, bound: &Bound) -> Result<Option<String>, Reported> {
        let Some(given) = bound.known("errors")? else { return Ok(None) };
        let name = match &given.value.kind {
            Kind::None => return Ok(None),
            Kind::Str(name) => name,
            _ => return Err(self.bad_type(given, "errors", "a str", "write 'backslashreplace'")),
        };
        if ERROR_HANDLERS.contains(&name.as_str()) {
            return self.known_codec(given, CodecPart::Errors(name));
        }
        let help = match nearest(name, ERROR_HANDLERS) {
            Some(close) => format!("did you mean '{close}'?"),
            None => "write 'backslashreplace' to see them as \\uXXXX".to_owned(),
        };
        let what = format!("Python has no error handler '{name}'");
        self.report(
            Diagnostic::warning("unknown-errors", what)
                .at(given.at.clone(), "lines that can't be encoded will fail, as with 'strict'")
                .help(help),
        );
        Ok(None)
    }

    /// A truth value, as Python takes it.
    pub(crate) fn flag(&mut self, bound: &Bound, name: &'static str, default: bool) -> bool {
        let Some(given) = bound.get(name) else { return default };
        let word = given.value.as_str().unwrap_or_default().to_lowercase();
        if matches!(word.as_str(), "false" | "no" | "off" | "0" | "none") {
            let what = format!("`{name}` is true: any text that is not empty is");
            self.report(
                Diagnostic::warning("text-is-true", what)
                    .at(given.at.clone(), given.label.clone())
                    .help(match self.form {
                        Form::Ini => "write False without quotes",
                        Form::Dict => "write false without quotes",
                    }),
            );
        }
        given.value.truth()
    }

    /// `maxBytes` or `capacity`: a number of any kind; what is below 0 is 0.
    pub(crate) fn size(&mut self, bound: &Bound, name: &'static str) -> Result<u64, Reported> {
        let Some(given) = bound.known(name)? else { return Ok(0) };
        match given.value.kind {
            // `position >= 1.5` is `position >= 2` for whole positions
            Kind::Float(f) if f.is_nan() => Ok(0),
            Kind::Float(f) => Ok(f.ceil().max(0.0) as u64),
            _ => match given.value.as_int() {
                Some(size) => Ok(u64::try_from(size).unwrap_or(0)),
                None => {
                    let help = match given.value.as_str() {
                        Some(_) => "write the number without quotes",
                        None => "write a number",
                    };
                    Err(self.bad_type(given, name, "a number", help))
                }
            },
        }
    }

    pub(crate) fn backup_count(&mut self, bound: &Bound) -> Result<u32, Reported> {
        let Some(given) = bound.known("backupCount")? else { return Ok(0) };
        match given.value.as_int() {
            Some(count) => Ok(u32::try_from(count.max(0)).unwrap_or(u32::MAX)),
            None => {
                let help = match given.value.as_str() {
                    Some(_) => "write the number without quotes",
                    None => "write a whole number",
                };
                Err(self.bad_type(given, "backupCount", "an int", help))
            }
        }
    }

    /// How many units lie between two rollovers.
    pub(crate) fn interval(&mut self, bound: &Bound) -> Result<u32, Reported> {
        let Some(given) = bound.known("interval")? else { return Ok(1) };
        let number = match given.value.kind {
            Kind::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 => Some(f as i64),
            Kind::Float(_) => {
                let what = "`interval` must be a whole number here".to_owned();
                return Err(self.bad(given, what, "write it in a smaller unit, as 'M', 90"));
            }
            _ => given.value.as_int(),
        };
        let Some(number) = number else {
            let help = match given.value.as_str() {
                Some(_) => "write the number without quotes",
                None => "write a whole number",
            };
            return Err(self.bad_type(given, "interval", "a number", help));
        };
        match u32::try_from(number) {
            Ok(interval) if interval > 0 => Ok(interval),
            _ if number > 0 => {
                let what = format!("`interval` can be {} at most here, not {number}", u32::MAX);
                Err(self.bad(given, what, "write it in a larger unit, as 'D', 30"))
            }
            _ => {
                let what = format!("`interval` must be at least 1, not {number}");
                Err(self.bad(given, what, "write 1"))
            }
        }
    }

    /// `when`, in either case.
    pub(crate) fn when(&mut self, bound: &Bound) -> Result<When, Reported> {
        let Some(given) = bound.known("when")? else { return Ok(When::H) };
        let Some(written) = given.value.as_str() else {
            let help = match (given.value.as_int(), self.form) {
                (Some(_), Form::Ini) => "the order is: filename, when, interval, backupCount",
                _ => "write 'midnight'",
            };
            return Err(self.bad_type(given, "when", "a str", help));
        };
        let when = written.to_uppercase();
        Ok(match when.as_str() {
            "S" => When::S,
            "M" => When::M,
            "H" => When::H,
            "D" => When::D,
            "MIDNIGHT" => When::Midnight,
            _ => {
                let day = when.strip_prefix('W').filter(|day| day.len() == 1);
                let number = day.and_then(|day| day.parse::<u8>().ok()).filter(|day| *day <= 6);
                if let Some(day) = number {
                    return Ok(When::W(day));
                }
                let what = format!("there is no rollover '{written}'");
                let help = match when.as_str() {
                    "DAY" | "DAILY" | "DAYS" => {
                        "write 'midnight', or 'D' for every 24 hours".to_owned()
                    }
                    "HOUR" | "HOURLY" | "HOURS" => "write 'H'".to_owned(),
                    "MINUTE" | "MINUTES" | "MIN" => "write 'M'".to_owned(),
                    "SECOND" | "SECONDS" | "SEC" => "write 'S'".to_owned(),
                    _ if when.starts_with('W') => {
                        "write 'W0' for Monday to 'W6' for Sunday".to_owned()
                    }
                    _ => match nearest(written, ["midnight"]) {
                        Some(close) => format!("did you mean '{close}'?"),
                        None => "write 'S', 'M', 'H', 'D', 'midnight' or 'W0' to 'W6'".to_owned(),
                    },
                };
                return Err(self.bad(given, what, help));
            }
        })
    }

    /// `atTime`, which counts for `midnight` and `W0`–`W6` only.
    pub(crate) fn at_time(
        &mut self,
        bound: &Bound,
        when: Option<&When>,
    ) -> Result<Option<AtTime>, Reported> {
        let Some(given) = bound.known("atTime")? else { return Ok(None) };
        let made = time_by_factory(&given.value);
        let time = match (&given.value.kind, made) {
            (Kind::None, _) => return Ok(None),
            (Kind::Object(Object::Time(time)), _) => *time,
            // it has the attributes that are asked for
            (Kind::Object(Object::DateTime(moment)), _) => moment.time,
            (_, Some(time)) => time,
            _ => {
                let help = match self.form {
                    Form::Ini => "write __import__('datetime').time(4, 30)",
                    Form::Dict => {
                        "write it in TOML, as 04:30:00, in YAML with any date, as \
                         2000-01-01 04:30:00, or as {\"()\": \"datetime.time\", \"hour\": 4, \"minute\": 30}"
                    }
                };

                return Err(self.bad_type(given, "atTime", "a datetime.time", help));
            }
        };
        if let Some(when @ (When::S | When::M | When::H | When::D)) = when {
            self.report(
                Diagnostic::warning(
                    "unused-at-time",
                    format!("`atTime` does nothing with '{when:?}'"),
                )
                .at(given.at.clone(), given.label.clone())
                .help("write 'midnight' or 'W0' to 'W6' as `when`"),
            );
        }
        Ok(Some(time))
    }

    /// `StreamHandler`'s stream; `None` is stderr.
    pub(crate) fn stream(&mut self, bound: &Bound) -> Result<Stream, Reported> {
        let Some(given) = bound.known("stream")? else { return Ok(Stream::Stderr) };
        match &given.value.kind {
            Kind::None | Kind::Object(Object::Stderr) => Ok(Stream::Stderr),
            Kind::Object(Object::Stdout) => Ok(Stream::Stdout),
            Kind::Str(name) => {
                let last = name.rsplit(['.', '/']).next().unwrap_or_default();
                let help = match (self.form, last) {
                    (Form::Ini, "stdout") => "write sys.stdout without quotes",
                    (Form::Ini, "stderr") => "write sys.stderr without quotes",
                    (Form::Ini, _) => "for a file write class = FileHandler",
                    (Form::Dict, "stdout") => "write ext://sys.stdout",
                    (Form::Dict, "stderr") => "write ext://sys.stderr",
                    (Form::Dict, _) => "for a file take the class logging.FileHandler",
                };
                Err(self.bad_type(given, "stream", "a stream", help))
            }
            _ => {
                let help = match self.form {
                    Form::Ini => "write sys.stdout or sys.stderr",
                    Form::Dict => "write ext://sys.stdout or ext://sys.stderr",
                };
                Err(self.bad_type(given, "stream", "a stream", help))
            }
        }
    }

    /// What ends each record; an empty text is the default.
    pub(crate) fn terminator(&mut self, bound: &Bound) -> Result<Option<String>, Reported> {
        let Some(given) = bound.get("terminator").filter(|given| given.value.truth()) else {
            return Ok(None);
        };
        match given.value.as_str() {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(self.bad_type(given, "terminator", "a str", "write '\\n'")),
        }
    }

    /// A level as an argument: a number, or for `NullHandler` a name as well.
    pub(crate) fn level_argument(
        &mut self,
        bound: &Bound,
        name: &'static str,
        default: i64,
    ) -> Result<i64, Reported> {
        let Some(given) = bound.known(name)? else { return Ok(default) };
        if let Some(level) = given.value.as_int() {
            return Ok(level);
        }
        let known = given.value.as_str().and_then(level::by_name);
        match known {
            Some(level) if name == "level" => Ok(level),
            Some(_) => {
                let help = match self.form {
                    Form::Ini => "write the level's name without quotes",
                    Form::Dict => "write the level's number",
                };
                Err(self.bad_type(given, name, "a number", help))
            }
            None => Err(self.bad_type(given, name, "a level", "write INFO, WARNING or ERROR")),
        }
    }

    /// `MemoryHandler(target=...)`: in a file only `None` can stand here.
    pub(crate) fn no_target_argument(&mut self, bound: &Bound) -> Result<(), Reported> {
        match bound.get("target") {
            Some(given) if given.value.kind != Kind::None => {
                let help = match self.form {
                    Form::Ini => "write None here and `target = NAME` on a line of its own",
                    Form::Dict => "name the class by `class` instead of `()`",
                };
                Err(self.bad_type(given, "target", "a handler", help))
            }
            _ => Ok(()),
        }
    }
}

/// JSON has no times. A dict that would make one is no time to CPython, but `--from-python` has to write
/// Python's times somehow.
fn time_by_factory(value: &Value) -> Option<AtTime> {
    let Kind::Dict(pairs) = &value.kind else { return None };
    let mut time = AtTime { hour: 0, minute: 0, second: 0, microsecond: 0 };
    let mut named = false;
    for (key, value) in pairs {
        let below =
            |end: u32| value.as_int().and_then(|n| u32::try_from(n).ok()).filter(|n| *n < end);
        let small = |end: u32| below(end).and_then(|n| u8::try_from(n).ok());
        match key.as_str()? {
            "()" => named = value.as_str() == Some("datetime.time"),
            "hour" => time.hour = small(24)?,
            "minute" => time.minute = small(60)?,
            "second" => time.second = small(60)?,
            "microsecond" => time.microsecond = below(1_000_000)?,
            _ => return None,
        }
    }
    named.then_some(time)
}
