//! The handlers of concurrent-log-handler 0.9.31: the constructors' arguments.

use std::path::PathBuf;

use super::arguments::Bound;
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, abspath};
use crate::extras::Owner;
use crate::plan::{ConcurrentPlan, FilePlan, HandlerKind, Mode, Newline, TimedPlan};
use crate::problems::{Problems, Reported};

/// `ConcurrentRotatingFileHandler.__init__`
pub(super) const BY_SIZE: &[&str] = &[
    "filename",
    "mode",
    "maxBytes",
    "backupCount",
    "encoding",
    "debug",
    "delay",
    "use_gzip",
    "owner",
    "chmod",
    "umask",
    "newline",
    "terminator",
    "unicode_error_policy",
    "lock_file_directory",
    "keep_file_open",
];

/// `ConcurrentTimedRotatingFileHandler.__init__`, and what its `**kwargs` let through.
pub(super) const BY_TIME: &[&str] = &[
    "filename",
    "when",
    "interval",
    "backupCount",
    "encoding",
    "delay",
    "utc",
    "atTime",
    "errors",
    "maxBytes",
    "use_gzip",
    "owner",
    "chmod",
    "umask",
    "newline",
    "terminator",
    "unicode_error_policy",
    "lock_file_directory",
    "keep_file_open",
    "mode",
    "debug",
];

impl Problems<'_> {
    pub(super) fn concurrent(
        &mut self,
        bound: &Bound,
        timed: bool,
    ) -> Result<HandlerKind, Reported> {
        // the timed class appends, whatever it is told
        let mode = if timed { Ok(Mode::Append) } else { self.mode(bound) };
        if let (Ok(Mode::Truncate), Some(open)) = (&mode, bound.get("keep_file_open"))
            && !open.value.truth()
        {
            let what =
                "each record would empty the file: mode 'w' without keep_file_open".to_owned();
            return Err(self.bad(open, what, "write mode 'a'"));
        }
        let timed = match timed {
            true => {
                let when = self.when(bound);
                let interval = self.interval(bound);
                let utc = self.flag(bound, "utc", false);
                let at_time = self.at_time(bound, when.as_ref().ok());
                Some((when, interval, utc, at_time))
            }
            false => None,
        };
        let (path, encoding) = (self.path(bound), self.encoding(bound));
        let max_bytes = self.size(bound, "maxBytes");
        let backup_count = self.backup_count(bound);
        let use_gzip = self.flag(bound, "use_gzip", false);
        let (owner, chmod) = (self.owner_pair(bound), self.mode_bits(bound, "chmod"));
        let (umask, newline) = (self.mode_bits(bound, "umask"), self.newline(bound));
        let policy = self.unicode_error_policy(bound);
        let lock_folder = self.lock_folder(bound);
        let path = path?;
        let timed = match timed {
            Some((when, interval, utc, at_time)) => {
                Some(TimedPlan { when: when?, interval: interval?, utc, at_time: at_time? })
            }
            None => None,
        };
        let (encoding, mode) = (encoding?, mode?);
        Ok(HandlerKind::Concurrent(Box::new(ConcurrentPlan {
            lock_file: lock_file(&path, lock_folder?),
            file: FilePlan { path, mode, encoding, errors: Some(policy.to_owned()), delay: true },
            max_bytes: max_bytes?,
            backup_count: backup_count?,
            timed,
            use_gzip,
            owner: owner?,
            chmod: chmod?,
            umask: umask?,
            newline: newline?,
        })))
    }

    /// `(user, group)`
    fn owner_pair(&mut self, bound: &Bound) -> Result<Option<Owner>, Reported> {
        let Some(given) = bound.get("owner").filter(|given| given.value.truth()) else {
            return Ok(None);
        };
        let help = "write a user and a group: ('www-data', 'adm')";
        let names = match &given.value.kind {
            Kind::Tuple(names) | Kind::List(names) => names.as_slice(),
            _ => &[],
        };
        let mut names = names.iter().map(|name| name.as_str());
        let (Some(Some(user)), Some(Some(group))) = (names.next(), names.next()) else {
            return Err(self.bad_type(given, "owner", "a pair of names", help));
        };
        let files = self.options.files;
        let (uid, gid) = (files.user(user), files.group(group));
        if uid.is_none() || gid.is_none() {
            let (kind, name) = if uid.is_none() { ("user", user) } else { ("group", group) };
            let what = format!("there is no {kind} `{name}` on this machine");
            return Err(self.bad(given, what, help));
        }
        Ok(Some(Owner { user: uid, group: gid }))
    }

    fn mode_bits(&mut self, bound: &Bound, name: &'static str) -> Result<Option<u32>, Reported> {
        let Some(given) = bound.get(name).filter(|given| given.value.kind != Kind::None) else {
            return Ok(None);
        };
        match given.value.as_int().and_then(|bits| u32::try_from(bits).ok()) {
            Some(bits) if bits <= 0o7777 => Ok(Some(bits)),
            _ => Err(self.bad_type(
                given,
                name,
                "a number such as 0o640",
                "write 0o640, without quotes",
            )),
        }
    }

    fn newline(&mut self, bound: &Bound) -> Result<Newline, Reported> {
        let Some(given) = bound.known("newline")? else { return Ok(Newline::Lf) };
        match (&given.value.kind, given.value.as_str()) {
            (Kind::None, _) | (_, Some("" | "\n")) => Ok(Newline::Lf),
            (_, Some("\r")) => Ok(Newline::Cr),
            (_, Some("\r\n")) => Ok(Newline::CrLf),
            _ => Err(self.bad(
                given,
                "open() has no such newline".to_owned(),
                "write '' or '\\r\\n'",
            )),
        }
    }

    fn unicode_error_policy(&mut self, bound: &Bound) -> &'static str {
        let Some(given) = bound.get("unicode_error_policy") else { return "ignore" };
        match given.value.as_str() {
            Some("ignore") => "ignore",
            Some("replace") => "replace",
            Some("strict") => "strict",
            _ => {
                let what = "unicode_error_policy is none of ignore, replace and strict";
                self.report(
                    Diagnostic::warning("unknown-errors", what)
                        .at(given.at.clone(), "the package takes it for ignore")
                        .help("write 'replace'"),
                );
                "ignore"
            }
        }
    }

    fn lock_folder(&mut self, bound: &Bound) -> Result<Option<PathBuf>, Reported> {
        let Some(given) = bound.get("lock_file_directory").filter(|given| given.value.truth())
        else {
            return Ok(None);
        };
        match given.value.as_str() {
            Some(folder) => Ok(Some(PathBuf::from(abspath(self.options, folder)))),
            None => Err(self.bad_type(given, "lock_file_directory", "a path", "put it in quotes")),
        }
    }
}

/// `getLockFilename`: `logs/.__app.lock` for `logs/app.log`.
fn lock_file(path: &std::path::Path, folder: Option<PathBuf>) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.strip_suffix(".log").unwrap_or(&name);
    let folder = folder.unwrap_or_else(|| path.parent().unwrap_or(path).to_path_buf());
    folder.join(format!(".__{stem}.lock"))
}
