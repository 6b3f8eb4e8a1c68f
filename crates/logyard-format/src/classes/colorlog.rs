//! colorlog's formatters: `colorlog.formatter` of colorlog 6.12.

use logyard_libc::Zone;
use logyard_pickle::Value;
use logyard_record::{Attr, Record};

use super::LoggingFormatter;
use crate::error::{FormatError, FormatSpecError, PercentError};
use crate::operand;
use crate::scratch::Scratch;
use crate::styles::{Added, Fields, Style};
use crate::{FormatSpec, Raised};

/// The arguments that only colorlog's formatters have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `log_colors`: colours by the level's name; `None` is `default_log_colors`.
    pub log_colors: Option<Colours>,
    /// `secondary_log_colors`: for each name the colours of `NAME_log_color`.
    pub secondary_log_colors: Vec<(String, Colours)>,
    /// `reset`: end each line with the code that ends all colours.
    pub no_reset: bool,
    /// Whether there are colours.
    pub when: When,
    /// `LevelFormatter`: a format for each level's name; `None` is the style's default.
    pub levels: Option<Vec<(String, Option<String>)>>,
}

/// Colours by the level's name, as in `log_colors`: names of escape codes with commas between.
pub type Colours = Vec<(String, String)>;

/// What `ColoredFormatter._colorize` comes to, with `force_color`, `no_color`, `stream` and the
/// environment's `FORCE_COLOR` and `NO_COLOR`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Colours wherever the text goes.
    #[default]
    Always,
    /// Where it goes to a terminal.
    Terminal,
    /// None.
    Never,
}

/// `ColoredFormatter` or `LevelFormatter`, compiled.
#[derive(Debug)]
pub(crate) struct ColorlogFormatter {
    /// What formats a level that has no format of its own.
    other: ColoredFormatter,
    levels: Vec<(Box<[u8]>, ColoredFormatter)>,
}

#[derive(Debug)]
struct ColoredFormatter {
    logging: LoggingFormatter,
    reset: bool,
    /// What the format may name, for each level's name that has colours of its own.
    levels: Vec<(Box<[u8]>, Escapes)>,
    /// For all other levels.
    other: Escapes,
}

/// The fields of one level, or the colour that colorlog doesn't know.
type Escapes = Result<Vec<(Box<str>, Box<[u8]>)>, Box<str>>;

impl ColorlogFormatter {
    pub(crate) fn new(
        options: &Options,
        spec: &FormatSpec<'_>,
    ) -> Result<ColorlogFormatter, FormatSpecError> {
        let Some(formats) = &options.levels else {
            let other = ColoredFormatter::new(options, spec)?;
            return Ok(ColorlogFormatter { other, levels: Vec::new() });
        };
        let mut levels = Vec::new();
        let mut other = ColoredFormatter::new(options, &FormatSpec { fmt: None, ..*spec })?;
        for (level, fmt) in formats {
            let compile =
                || ColoredFormatter::new(options, &FormatSpec { fmt: fmt.as_deref(), ..*spec });
            if level == "DEFAULT" {
                other = compile()?;
            }
            levels.push((level.as_bytes().into(), compile()?));
        }
        Ok(ColorlogFormatter { other, levels })
    }

    /// The formatter of all levels, if they have the same.
    pub(crate) fn logging(&self) -> Option<&LoggingFormatter> {
        self.levels.is_empty().then_some(&self.other.logging)
    }

    /// `ColoredFormatter.format` or `LevelFormatter.format`.
    pub(crate) fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let formatter = of_level(&self.levels, record).unwrap_or(&self.other);
        formatter.format(record, zone, scratch, out)
    }
}

impl ColoredFormatter {
    fn new(options: &Options, spec: &FormatSpec<'_>) -> Result<ColoredFormatter, FormatSpecError> {
        let fmt = spec.fmt.unwrap_or(match spec.style {
            Style::Percent => "%(log_color)s%(levelname)s:%(name)s:%(message)s",
            Style::Brace => "{log_color}{levelname}:{name}:{message}",
            Style::Dollar => "${log_color}${levelname}:${name}:${message}",
        });
        let logging = LoggingFormatter::new(&FormatSpec { fmt: Some(fmt), ..*spec })?;
        let colours = |colours: &[(&str, &str)]| -> Colours {
            colours.iter().map(|&(level, colour)| (level.to_owned(), colour.to_owned())).collect()
        };
        let log_colors = options.log_colors.clone().unwrap_or_else(|| {
            colours(&[
                ("DEBUG", "white"),
                ("INFO", "green"),
                ("WARNING", "yellow"),
                ("ERROR", "red"),
                ("CRITICAL", "bold_red"),
            ])
        });
        let table = Table {
            log_colors: &log_colors,
            secondary: &options.secondary_log_colors,
            colorize: match options.when {
                When::Always => true,
                When::Terminal => spec.terminal,
                When::Never => false,
            },
            names: names(&logging),
        };
        let mut levels: Vec<(Box<[u8]>, Escapes)> = Vec::new();
        let secondary = options.secondary_log_colors.iter().flat_map(|(_, colours)| colours);
        for (level, _) in log_colors.iter().chain(secondary) {
            if !levels.iter().any(|(known, _)| **known == *level.as_bytes()) {
                levels.push((level.as_bytes().into(), table.escapes(Some(level))));
            }
        }
        let other = table.escapes(None);
        let reset = !options.no_reset && table.colorize;
        Ok(ColoredFormatter { logging, reset, levels, other })
    }

    fn format(
        &self,
        record: &Record<'_>,
        zone: &Zone,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        scratch.parts(record)?;
        let escapes = of_level(&self.levels, record).unwrap_or(&self.other);
        let escapes = escapes.as_ref().map_err(|name| FormatError::Class {
            class: "colorlog.ColoredFormatter",
            error: PercentError {
                raised: Raised::KeyError,
                text: operand::key_repr(name.as_bytes()).into(),
            },
        })?;
        let end: &[u8] = if self.reset { b"\x1b[0m" } else { b"" };
        let added = Added { fields: Fields::Texts(escapes), message: None, end };
        self.logging.format_with(&added, record, zone, scratch, out)
    }
}

/// What belongs to the record's level.
fn of_level<'t, T>(table: &'t [(Box<[u8]>, T)], record: &Record<'_>) -> Option<&'t T> {
    let Value::Str(name) = record.attr(Attr::LevelName) else { return None };
    table.iter().find(|(level, _)| **level == *name).map(|(_, found)| found)
}

/// The names that a format may use: those it has, or all if it shows the whole record.
fn names(logging: &LoggingFormatter) -> Vec<String> {
    if logging.shows_all() {
        return all_names();
    }
    let mut names: Vec<String> = Vec::new();
    for (name, _) in logging.fields() {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

struct Table<'t> {
    log_colors: &'t Colours,
    secondary: &'t [(String, Colours)],
    colorize: bool,
    names: Vec<String>,
}

impl Table<'_> {
    /// `_escape_code_map(levelname)`, of the names that are used.
    fn escapes(&self, level: Option<&str>) -> Escapes {
        let colour = |colours: &Colours| {
            let found = colours.iter().rev().find(|(known, _)| Some(known.as_str()) == level);
            parse_colors(found.map_or("", |(_, colour)| colour))
        };
        let log_color = colour(self.log_colors)?;
        let mut own = vec![("log_color".to_owned(), log_color)];
        for (name, colours) in self.secondary {
            own.push((format!("{name}_log_color"), colour(colours)?));
        }
        let names = self.names.iter();
        let mut fields: Vec<(Box<str>, Box<[u8]>)> = names
            .filter_map(|name| Some((name.as_str().into(), escape_code(name)?.into_bytes().into())))
            .collect();
        for (name, code) in own {
            if !fields.iter().any(|(known, _)| **known == *name) {
                fields.push((name.into(), code.into_bytes().into()));
            }
        }
        if !self.colorize {
            for (_, code) in &mut fields {
                *code = Box::default();
            }
        }
        Ok(fields)
    }
}

/// `parse_colors`; an unknown name is the error.
fn parse_colors(text: &str) -> Result<String, Box<str>> {
    text.split(',')
        .filter(|name| !name.is_empty())
        .map(|name| escape_code(name).ok_or_else(|| name.into()))
        .collect()
}

/// `colorlog.escape_codes.escape_codes[name]`
pub fn escape_code(name: &str) -> Option<String> {
    match name {
        "reset" => return Some("\x1b[0m".to_owned()),
        "bold" => return Some("\x1b[1m".to_owned()),
        "thin" => return Some("\x1b[2m".to_owned()),
        _ => {}
    }
    let back = name.strip_prefix("bg_");
    let rest = back.or_else(|| name.strip_prefix("fg_")).unwrap_or(name);
    if rest.len() < name.len() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u8 = rest.parse().ok()?;
        let plain = rest.len() == 1 || !rest.starts_with('0');
        let ground = if back.is_some() { 48 } else { 38 };
        return plain.then(|| format!("\x1b[{ground};5;{number}m"));
    }
    let bold = rest.strip_prefix("bold_");
    let thin = rest.strip_prefix("thin_");
    match (back.is_some(), bold, thin) {
        (true, bold, _) => {
            // There are no bold ones; the names stand for light ones, and those have no "light".
            let code = match bold {
                Some(colour) => dark(colour)? + 100,
                None => foreground(rest)? + 10,
            };
            Some(format!("\x1b[{code}m"))
        }
        (false, Some(colour), _) => Some(format!("\x1b[1;{}m", foreground(colour)?)),
        (false, _, Some(colour)) => Some(format!("\x1b[2;{}m", foreground(colour)?)),
        _ => Some(format!("\x1b[{}m", foreground(rest)?)),
    }
}

fn foreground(colour: &str) -> Option<u32> {
    match colour.strip_prefix("light_") {
        Some(colour) => Some(dark(colour)? + 90),
        None => Some(dark(colour)? + 30),
    }
}

/// The eight colours, in the order of their codes.
const COLOURS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "purple", "cyan", "white"];

fn dark(colour: &str) -> Option<u32> {
    (0..).zip(COLOURS).find(|(_, known)| *known == colour).map(|(code, _)| code)
}

/// Every name of `escape_codes`, in its order.
fn all_names() -> Vec<String> {
    let mut names: Vec<String> = ["reset", "bold", "thin"].map(str::to_owned).into();
    let light = COLOURS.map(|colour| format!("light_{colour}"));
    let all = COLOURS.iter().map(|colour| (*colour).to_owned()).chain(light);
    let all: Vec<String> = all.collect();
    for ground in ["", "fg_"] {
        for colour in &all {
            for kind in ["", "bold_", "thin_"] {
                names.push(format!("{ground}{kind}{colour}"));
            }
        }
    }
    names.extend(all.iter().map(|colour| format!("bg_{colour}")));
    names.extend(COLOURS.iter().map(|colour| format!("bg_bold_{colour}")));
    for code in 0..256 {
        names.push(format!("fg_{code}"));
        names.push(format!("bg_{code}"));
    }
    names
}
