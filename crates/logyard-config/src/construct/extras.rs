//! The settings of `[logyard:HANDLER]` and of `logyard` in dicts: their names, types and values.

use std::ops::Range;

use logyard_libc::Zone;

use super::arguments::Given;
use crate::diagnostic::Diagnostic;
use crate::expr::Kind;
use crate::extras::{Compress, Extras, Fsync, Owner};
use crate::plan::{HandlerKind, HandlerPlan, Plan};
use crate::problems::{Form, Problems, Reported};

/// Every setting.
const NAMES: [&str; 8] =
    ["compress", "max_total_size", "max_age", "fsync", "mode", "owner", "json", "tz"];

/// One setting as it is written.
pub(crate) struct Setting {
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) at: Range<usize>,
    pub(crate) value: Given,
}

impl Setting {
    /// Whether there is a setting of this name.
    pub(crate) fn is_known(name: &str) -> bool {
        NAMES.contains(&name)
    }
}

impl Problems<'_> {
    /// Gives a handler its settings. `handler` is its place in the plan, if it could be read.
    pub(crate) fn extras(&mut self, plan: &mut Plan, handler: Option<usize>, of: Vec<Setting>) {
        let mut plan = handler.and_then(|index| plan.handlers.get_mut(index));
        let mut extras = Extras::default();
        for setting in of {
            let name = setting.name.as_str();
            if !Setting::is_known(name) {
                self.unknown_setting(&setting);
                continue;
            }
            if let Some(plan) = &plan
                && let Some((what, help)) = idle(name, plan)
            {
                let diagnostic = Diagnostic::error("idle-setting", what).at(setting.at, "");
                self.report(diagnostic.help(help));
                continue;
            }
            // what is wrong was reported
            let _ = self.setting(name, &setting.value, &mut extras);
        }
        if let Some(plan) = &mut plan {
            plan.extras = extras;
        }
    }

    fn unknown_setting(&mut self, setting: &Setting) {
        let what = format!("logyard has no setting `{}`", setting.name);
        let close = self.near(&setting.name, NAMES);
        self.report(Diagnostic::error("unknown-setting", what).at(setting.at.clone(), "").help(
            match close {
                Some(close) => format!("did you mean {close}?"),
                None => format!("known are {}", NAMES.join(", ")),
            },
        ));
    }

    fn setting(&mut self, name: &str, given: &Given, extras: &mut Extras) -> Result<(), Reported> {
        match name {
            "compress" => {
                let known = [("gz", Compress::Gz), ("zst", Compress::Zst)];
                extras.compress = Some(self.one_of(name, given, &known)?);
            }
            "fsync" => {
                let known = [
                    ("never", Fsync::Never),
                    ("interval", Fsync::Interval),
                    ("always", Fsync::Always),
                ];
                extras.fsync = self.one_of(name, given, &known)?;
            }
            "max_total_size" => {
                let help = "write bytes, or a number with K, M or G behind it: 500M";
                let units = [("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30), ("t", 1 << 40)];
                extras.max_total_size = Some(self.amount(name, given, &units, help)?);
            }
            "max_age" => {
                let help = "write seconds, or a number with s, m, h, d or w behind it: 7d";
                let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)];
                extras.max_age = Some(self.amount(name, given, &units, help)?);
            }
            "mode" => extras.mode = Some(self.permissions(given)?),
            "owner" => extras.owner = Some(self.owner(given)?),
            "json" => extras.json = self.truth(name, given)?,
            _ => extras.tz = Some(self.zone(given)?),
        }
        Ok(())
    }

    fn bad_setting(&mut self, given: &Given, what: String, help: &str) -> Reported {
        let diagnostic = Diagnostic::error("bad-setting", what);
        self.report(diagnostic.at(given.at.clone(), given.label.clone()).help(help));
        Reported
    }

    fn one_of<T: Copy>(
        &mut self,
        name: &str,
        given: &Given,
        known: &[(&str, T)],
    ) -> Result<T, Reported> {
        let text = given.value.as_str();
        if let Some((_, value)) = known.iter().find(|(word, _)| Some(*word) == text) {
            return Ok(*value);
        }
        let words = known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        let shown = given.value.to_text().unwrap_or_else(|| given.value.a_type());
        let what = format!("`{name}` can't be `{shown}`");
        Err(self.bad_setting(given, what, &format!("write {words}")))
    }

    /// A whole number above 0, with or without a unit.
    fn amount(
        &mut self,
        name: &str,
        given: &Given,
        units: &[(&str, u64)],
        help: &str,
    ) -> Result<u64, Reported> {
        let text = given.value.as_str().map(|text| text.trim().to_lowercase());
        let found = match (&given.value.kind, &text) {
            (Kind::Int(number), _) => u64::try_from(*number).ok(),
            (_, Some(text)) => {
                let unit = units
                    .iter()
                    .find_map(|(unit, by)| Some((text.strip_suffix(unit)?.trim_end(), *by)));
                let (digits, by) = unit.unwrap_or((text, 1));
                let number = digits.parse::<u64>().ok().filter(|_| !digits.starts_with('+'));
                number.and_then(|number| number.checked_mul(by))
            }
            _ => None,
        };
        match found {
            Some(number) if number > 0 => Ok(number),
            _ => {
                let shown = given.value.to_text().unwrap_or_else(|| given.value.a_type());
                let what = format!("`{name}` can't be `{shown}`");
                Err(self.bad_setting(given, what, help))
            }
        }
    }

    /// Octal digits as chmod(1) takes them.
    fn permissions(&mut self, given: &Given) -> Result<u32, Reported> {
        let Some(text) = given.value.as_str() else {
            let what =
                format!("`mode` must be a text of octal digits, not {}", given.value.a_type());
            return Err(self.bad_setting(given, what, "write it in quotes: \"0640\""));
        };
        let digits = text.trim();
        let octal = !digits.is_empty() && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
        let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| octal && *mode <= 0o7777);
        let Some(mode) = mode else {
            let what = format!("the mode `{text}` is not three or four octal digits");
            return Err(self.bad_setting(given, what, "write 0640: owner, group, others"));
        };
        if mode & 0o200 == 0 {
            let what =
                format!("with the mode `{text}` the server could not open its own file again");
            return Err(self.bad_setting(given, what, "let the owner write, as in 0640"));
        }
        Ok(mode)
    }

    /// `USER`, `USER:GROUP` or `:GROUP`, by names or numbers, as chown(1) takes them.
    fn owner(&mut self, given: &Given) -> Result<Owner, Reported> {
        let help = "write a user, user:group or :group, by names or numbers";
        let text = match &given.value.kind {
            Kind::Str(text) => text.trim().to_owned(),
            Kind::Int(id) => id.to_string(),
            _ => {
                let what = format!("`owner` must be a text, not {}", given.value.a_type());
                return Err(self.bad_setting(given, what, help));
            }
        };
        let (user, group) = text.split_once(':').unwrap_or((&text, ""));
        if user.is_empty() && group.is_empty() {
            return Err(self.bad_setting(given, "`owner` names nobody".to_owned(), help));
        }
        let files = self.options.files;
        let id = |name: &str, find: &dyn Fn(&str) -> Option<u32>| match name.parse::<u32>() {
            _ if name.is_empty() => Ok(None),
            // the last one means "as it is" to chown(2)
            Ok(id) if id < u32::MAX => Ok(Some(id)),
            _ => find(name).map(Some).ok_or(()),
        };
        let user = id(user, &|name| files.user(name))
            .map_err(|()| format!("there is no user `{user}` on this machine"));
        let group = id(group, &|name| files.group(name))
            .map_err(|()| format!("there is no group `{group}` on this machine"));
        match (user, group) {
            (Ok(user), Ok(group)) => Ok(Owner { user, group }),
            (Err(what), _) | (_, Err(what)) => Err(self.bad_setting(given, what, help)),
        }
    }

    /// In INI the words of `ConfigParser.getboolean`, in dicts a bool.
    fn truth(&mut self, name: &str, given: &Given) -> Result<bool, Reported> {
        let word = match (&given.value.kind, self.form) {
            (Kind::Bool(truth), _) => return Ok(*truth),
            (Kind::Str(text), Form::Ini) => text.to_lowercase(),
            _ => String::new(),
        };
        match word.as_str() {
            "1" | "yes" | "true" | "on" => Ok(true),
            "0" | "no" | "false" | "off" => Ok(false),
            _ => {
                let shown = given.value.to_text().unwrap_or_else(|| given.value.a_type());
                let what = format!("`{name}` can't be `{shown}`");
                Err(self.bad_setting(given, what, "write true or false, without quotes"))
            }
        }
    }

    fn zone(&mut self, given: &Given) -> Result<String, Reported> {
        let name = given.value.as_str().map(str::trim).unwrap_or_default();
        if name.eq_ignore_ascii_case("utc") {
            return Ok("utc".to_owned());
        }
        if !name.is_empty() && Zone::named(name).is_ok() {
            return Ok(name.to_owned());
        }
        let shown = given.value.to_text().unwrap_or_else(|| given.value.a_type());
        let what = format!("there is no time zone `{shown}`");
        let help = "write a name such as Europe/Berlin, a POSIX rule such as CET-1CEST,M3.5.0,M10.5.0/3, or utc";
        Err(self.bad_setting(given, what, help))
    }
}

/// Why a setting would do nothing for this handler, and what to do.
fn idle(name: &str, handler: &HandlerPlan) -> Option<(String, &'static str)> {
    let (who, class) = (&handler.name, handler.kind.class());
    match (&handler.kind, name) {
        (HandlerKind::Stream(_), "json" | "tz") => None,
        (HandlerKind::Memory { .. } | HandlerKind::Queue { .. }, _) => {
            let what = format!("the handler `{who}` writes nothing itself: it is a {class}");
            Some((what, "give the setting to the handler behind it"))
        }
        (HandlerKind::Null, _) => {
            Some((format!("the handler `{who}` writes nothing: it is a {class}"), "take it out"))
        }
        (HandlerKind::Stream(_), _) => {
            let what = format!("`{name}` is for files, and the handler `{who}` is a {class}");
            Some((what, "take it out"))
        }
        (kind, "compress" | "max_total_size" | "max_age") if !kind.rolls() => {
            let what = format!(
                "the file of the handler `{who}` never rolls over, so `{name}` does nothing"
            );
            let help = match kind {
                HandlerKind::RotatingFile { .. } => "give it a maxBytes and a backupCount above 0",
                _ => "take a RotatingFileHandler or a TimedRotatingFileHandler",
            };
            Some((what, help))
        }
        _ => None,
    }
}
