//! What `logyard check` tells of the settings.

use std::fmt::Write;

use super::Settings;

impl Settings {
    /// The file and what it sets, with a blank line behind; nothing when there is no file.
    pub(crate) fn describe(&self) -> String {
        let Some(name) = self.name() else { return String::new() };
        let mut out = format!("Settings of {name}\n");
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            let _ = writeln!(out, "  {key}: {value}");
        };
        for address in &self.listen {
            line("listen", address);
        }
        if let Some(flag) = self.allow_remote {
            line("allow_remote", &flag);
        }
        if let Some(folder) = &self.state {
            line("state", &folder.display());
        }
        if let Some(folder) = &self.journal {
            line("journal.folder", &folder.display());
        }
        let journal = &self.journal_options;
        if let Some(sync) = journal.sync {
            line("journal.sync", &sync);
        }
        if let Some(history) = journal.history {
            line("journal.history", &history);
        }
        if let Some(size) = journal.max_size {
            line("journal.max_size", &size);
        }
        if let Some(age) = journal.max_age {
            line("journal.max_age", &age);
        }
        if let Some(ack) = self.ack {
            line("ack", &ack.name());
        }
        for address in &self.web.addresses {
            line("web", address);
        }
        if let Some(file) = &self.web.token_file {
            line("web_token_file", &file.display());
        }
        for host in &self.web.hosts {
            line("web_host", host);
        }
        if let Some(tz) = &self.tz {
            line("tz", &tz.name);
        }
        if let Some(flag) = self.apply_logger_levels {
            line("apply_logger_levels", &flag);
        }
        for conf in &self.rotate {
            line("rotate", &conf.display());
        }
        if let Some(compat) = self.compat {
            line("compat", &compat);
        }
        for repairs in &self.repair {
            line("repair", &repairs.names().join(", "));
        }
        if let Some(base) = &self.base {
            line("base", base);
        }
        if let Some(flag) = self.debug {
            line("debug", &flag);
        }
        for (class, to) in self.map.pairs() {
            line(class, &format_args!("as {to}"));
        }
        for (name, value) in &self.define {
            line(&format!("define.{name}"), value);
        }
        out.push('\n');
        out
    }
}
