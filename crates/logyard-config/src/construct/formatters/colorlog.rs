//! colorlog's formatters.

use logyard_format::Class;
use logyard_format::classes::colorlog::{Colours, Options, When, escape_code};

use super::Written;
use crate::construct::{Bound, Given, Signature};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Object, Value};
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};
use crate::suggest::nearest;

pub(super) const COLORED: Signature = Signature {
    name: "ColoredFormatter",
    parameters: &[
        "fmt",
        "datefmt",
        "style",
        "log_colors",
        "reset",
        "secondary_log_colors",
        "validate",
        "stream",
        "no_color",
        "force_color",
        "defaults",
    ],
    required: 0,
};

pub(super) const LEVEL: Signature = Signature { name: "LevelFormatter", required: 1, ..COLORED };

/// Colours as they are mostly written, for a suggestion.
const NAMES: [&str; 19] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "purple",
    "cyan",
    "white",
    "light_black",
    "light_red",
    "light_green",
    "light_yellow",
    "light_blue",
    "light_purple",
    "light_cyan",
    "light_white",
    "bold",
    "thin",
    "reset",
];

impl Problems<'_> {
    /// `ColoredFormatter.__init__`
    pub(super) fn colorlog(
        &mut self,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        self.logging_formatter(formatter, bound, written)?;
        let options = self.colorlog_options(bound, written)?;
        formatter.class = Class::Colorlog(Box::new(options));
        Ok(())
    }

    /// `LevelFormatter.__init__`, whose `fmt` is a dict.
    pub(super) fn colorlog_levels(
        &mut self,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        let Some(given) = bound.get("fmt") else { return Err(Reported) };
        let levels = match &given.value.kind {
            Kind::Dict(pairs) => pairs
                .iter()
                .map(|(level, fmt)| {
                    let fmt = match &fmt.kind {
                        Kind::None => None,
                        Kind::Str(fmt) => Some(fmt.clone()),
                        _ => return Err(self.not_texts(given, "fmt", fmt, written)),
                    };
                    Ok((level.to_text().unwrap_or_default(), fmt))
                })
                .collect::<Result<Vec<_>, _>>()?,
            _ => return Err(self.not_texts(given, "fmt", &given.value, written)),
        };
        self.logging_formatter(formatter, &bound.without("fmt"), written)?;
        let options = Options { levels: Some(levels), ..self.colorlog_options(bound, written)? };
        formatter.class = Class::Colorlog(Box::new(options));
        Ok(())
    }

    fn colorlog_options(&mut self, bound: &Bound, written: &Written) -> Result<Options, Reported> {
        let log_colors = match bound.get("log_colors") {
            Some(given) if given.value.kind != Kind::None => {
                Some(self.colours(given, "log_colors", &given.value, written)?)
            }
            _ => None,
        };
        let mut secondary_log_colors = Vec::new();
        if let Some(given) = bound.get("secondary_log_colors") {
            match &given.value.kind {
                Kind::None => {}
                Kind::Dict(pairs) => {
                    for (name, colours) in pairs {
                        let colours =
                            self.colours(given, "secondary_log_colors", colours, written)?;
                        secondary_log_colors.push((name.to_text().unwrap_or_default(), colours));
                    }
                }
                _ => {
                    let value = &given.value;
                    return Err(self.not_texts(given, "secondary_log_colors", value, written));
                }
            }
        }
        let truth = |name: &str| bound.get(name).map(|given| given.value.truth());
        Ok(Options {
            log_colors,
            secondary_log_colors,
            no_reset: truth("reset") == Some(false),
            when: self.colorize(bound)?,
            levels: None,
        })
    }

    /// `ColoredFormatter._colorize`
    fn colorize(&mut self, bound: &Bound) -> Result<When, Reported> {
        let truth = |name: &str| bound.get(name).is_some_and(|given| given.value.truth());
        let terminal = match bound.get("stream") {
            None => false,
            Some(given) => match given.value.kind {
                Kind::None => false,
                Kind::Object(Object::Stdout | Object::Stderr) => true,
                _ => {
                    let what = format!("`stream` is {}, not a stream", given.value.a_type());
                    self.report(
                        Diagnostic::error("bad-argument", what)
                            .at(given.at.clone(), given.label.clone())
                            .help("write ext://sys.stdout or ext://sys.stderr, or take it out"),
                    );
                    return Err(Reported);
                }
            },
        };
        let env = |name: &str| self.options.env.contains_key(name);
        Ok(if truth("force_color") || env("FORCE_COLOR") {
            When::Always
        } else if truth("no_color") || env("NO_COLOR") {
            When::Never
        } else if terminal {
            When::Terminal
        } else {
            When::Always
        })
    }

    /// A dict of colours by level.
    fn colours(
        &mut self,
        given: &Given,
        name: &str,
        value: &Value,
        written: &Written,
    ) -> Result<Colours, Reported> {
        let Kind::Dict(pairs) = &value.kind else {
            return Err(self.not_texts(given, name, value, written));
        };
        let mut colours = Colours::new();
        for (level, colour) in pairs {
            let Some(text) = colour.as_str() else {
                return Err(self.not_texts(given, name, colour, written));
            };
            let level = level.to_text().unwrap_or_default();
            for unknown in text.split(',').filter(|name| !name.is_empty()) {
                if escape_code(unknown).is_none() {
                    self.unknown_colour(unknown, &level, colour, written);
                }
            }
            colours.push((level, text.to_owned()));
        }
        Ok(colours)
    }

    /// colorlog finds it with each record of that level.
    fn unknown_colour(&mut self, unknown: &str, level: &str, value: &Value, written: &Written) {
        let what = format!("colorlog has no colour `{unknown}`");
        let label = format!("every record of level {level} fails here, and is not written");
        let help = match nearest(unknown, NAMES) {
            Some(close) => format!("did you mean {close}?"),
            None => "write a name such as red, bold_red, bg_white or fg_202".to_owned(),
        };
        let (at, _) = (written.value)(&value.at);
        self.report(Diagnostic::warning("unknown-colour", what).at(at, label).help(help));
    }

    fn not_texts(
        &mut self,
        given: &Given,
        name: &str,
        value: &Value,
        written: &Written,
    ) -> Reported {
        let help = match name {
            "fmt" => "write a format for each level, such as {\"INFO\": \"%(message)s\"}",
            "log_colors" => "write a colour for each level, such as {\"ERROR\": \"bold_red\"}",
            _ => {
                "write colours by level for each name, such as {\"message\": {\"ERROR\": \"red\"}}"
            }
        };
        let what = format!("`{name}` must be a dict of texts, and here is {}", value.a_type());
        let at = match std::ptr::eq(value, &given.value) {
            true => given.at.clone(),
            false => (written.value)(&value.at).0,
        };
        self.report(Diagnostic::error("bad-argument", what).at(at, "").help(help));
        Reported
    }
}
