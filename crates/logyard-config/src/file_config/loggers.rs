//! `[loggers]` and `[logger_X]`: `_install_loggers`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{Names, Reader, comment, split};
use crate::diagnostic::Diagnostic;
use crate::ini::{Section, Text};
use crate::number::parse_int;
use crate::plan::{LoggerPlan, Plan};
use crate::problems::Reported;

/// Where a logger was configured.
struct Configured {
    qualname: Range<usize>,
    section: Range<usize>,
}

impl Reader<'_> {
    pub(super) fn loggers(&mut self, plan: &mut Plan, handlers: &Names) {
        let Ok(section) = self.section("loggers", None) else { return };
        let Ok(keys) = self.required(section, "keys") else { return };
        let mut names = split(&keys);
        match names.iter().position(|(name, _)| name == "root") {
            Some(root) => {
                names.remove(root);
            }
            None => self.problems.report(
                Diagnostic::error("no-root", "the root logger is not among the loggers")
                    .at(keys.whole(), "")
                    .help(match names.is_empty() {
                        true => "write keys = root".to_owned(),
                        false => format!("write keys = root, {}", keys.as_str()),
                    }),
            ),
        }
        if let Ok(section) = self.section("logger_root", None) {
            let mut root =
                LoggerPlan { at: self.problems.place(&section.at), ..LoggerPlan::default() };
            self.configure(section, &mut root, handlers);
            plan.root = root;
        }
        // where each qualname was configured first
        let mut known: HashMap<String, Configured> = HashMap::new();
        let mut listed = HashSet::new();
        for (name, at) in names {
            if name.is_empty() {
                self.no_name(at);
                continue;
            }
            if !listed.insert(name.clone()) {
                self.repeated("logger", &name, at);
                continue;
            }
            let Ok(section) = self.section(&format!("logger_{name}"), Some(&at)) else { continue };
            let propagate = self.propagate(section);
            let Ok(qualname) = self.required(section, "qualname") else { continue };
            let name = qualname.as_str().to_owned();
            if self.problems.is_root(&name) {
                self.problems.report(
                    Diagnostic::warning("root-again", "this configures the root logger again")
                        .at(qualname.whole(), "")
                        .help("write the logger's dotted name, or drop the section"),
                );
                self.configure(section, &mut plan.root, handlers);
                continue;
            }
            if let Some(first) = known.get(&name) {
                self.problems.report(
                    Diagnostic::warning(
                        "duplicate-qualname",
                        format!("`{name}` is configured twice"),
                    )
                    .at(qualname.whole(), "this one wins")
                    .at(first.qualname.clone(), "first here")
                    .help("give each logger one section"),
                );
            } else {
                let first = Configured { qualname: qualname.whole(), section: section.at.clone() };
                known.insert(name.clone(), first);
            }
            let mut logger = match plan.loggers.iter().position(|logger| logger.name == name) {
                // getLogger gives the same logger again: its level stays unless it is set anew
                Some(index) => plan.loggers.remove(index),
                None => LoggerPlan { name, level: 0, ..LoggerPlan::default() },
            };
            logger.at = self.problems.place(&section.at);
            logger.propagate = propagate.unwrap_or(false);
            self.configure(section, &mut logger, handlers);
            plan.loggers.push(logger);
        }
        let place = |name: &str| known.get(name).map_or(0..0, |known| known.section.clone());
        self.problems.reached_twice(plan, &place);
    }

    fn configure(&mut self, section: &Section, logger: &mut LoggerPlan, handlers: &Names) {
        if let Ok(Some(level)) = self.level(section) {
            logger.level = level;
        }
        logger.handlers.clear();
        let Ok(text) = self.required(section, "handlers") else { return };
        for (name, at) in split(&text) {
            match handlers.get(&name) {
                Some(Some(index)) if logger.handlers.contains(index) => {
                    self.repeated("handler", &name, at);
                }
                Some(Some(index)) => logger.handlers.push(*index),
                Some(None) => {}
                None => self.unknown_handler(&name, at, &text, handlers),
            }
        }
    }

    fn unknown_handler(&mut self, name: &str, at: Range<usize>, text: &Text, handlers: &Names) {
        let section = format!("handler_{name}");
        let diagnostic = match name {
            "" => {
                Diagnostic::error("unknown-handler", "a handler's name is missing between commas")
            }
            _ => Diagnostic::error("unknown-handler", format!("there is no handler `{name}`")),
        };
        let at = if name.is_empty() { text.whole() } else { at };
        let diagnostic = diagnostic.at(at, "");
        let mut known = handlers.keys().map(String::as_str).collect::<Vec<_>>();
        known.sort_unstable();
        self.problems.report(if name.is_empty() {
            diagnostic.help("take the extra comma out")
        } else if let Some(help) = comment(name) {
            diagnostic.help(help)
        } else if self.document.section(&section).is_some() {
            diagnostic.help(format!("add `{name}` to keys in [handlers]"))
        } else if let Some(close) = self.problems.near(name, known.iter().copied()) {
            diagnostic.help(format!("did you mean {close}?"))
        } else {
            diagnostic.help(format!("add it to keys in [handlers], with a section [{section}]"))
        });
    }

    /// `section.getint("propagate", fallback=1)`.
    fn propagate(&mut self, section: &Section) -> Result<bool, Reported> {
        let Some(text) = self.get(section, "propagate")? else { return Ok(true) };
        if let Some(number) = parse_int(text.as_str()) {
            return Ok(number != 0);
        }
        let written = text.as_str();
        let what = format!("propagate must be a whole number, not `{written}`");
        let help = match (comment(written), written.to_lowercase().as_str()) {
            (Some(help), _) => help,
            (None, "no" | "false" | "off") => "write propagate = 0",
            (None, "yes" | "true" | "on") => "write propagate = 1",
            _ => "write 1, or 0 to keep records from the parents' handlers",
        };
        self.problems
            .report(Diagnostic::error("bad-propagate", what).at(text.whole(), "").help(help));
        Err(Reported)
    }
}
