//! python-logstash-async's formatters.

use logyard_format::classes::logstash_async::{MESSAGE_TYPE, Options};
use logyard_format::{Class, Plain};

use super::Written;
use super::logging::plain;
use crate::construct::{Bound, Given, Signature};
use crate::diagnostic::Diagnostic;
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

pub(super) const LOGSTASH: Signature =
    Signature { name: "LogstashFormatter", parameters: PARAMETERS, required: 0 };

pub(super) const ECS: Signature = Signature { name: "LogstashEcsFormatter", ..LOGSTASH };

/// No format: what a configuration gives as format, date format and style goes to the first three.
const PARAMETERS: &[&str] =
    &["message_type", "tags", "fqdn", "extra_prefix", "extra", "ensure_ascii", "metadata"];

impl Problems<'_> {
    /// `LogstashFormatter.__init__`, `LogstashEcsFormatter.__init__`. What it asks its process for is the server's: the workers' own is
    /// not on the wire, but in a record that has the field as an extra.
    pub(super) fn logstash_async(
        &mut self,
        ecs: bool,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        let message_type = self.plain_argument(bound, "message_type");
        let tags = self.plain_argument(bound, "tags");
        let metadata = self.plain_argument(bound, "metadata");
        let extra = match bound.get("extra") {
            Some(given) => self.defaults("extra", given, written),
            None => Ok(Vec::new()),
        };
        let extra_prefix = match bound.get("extra_prefix") {
            None => Ok("extra".to_owned()),
            Some(given) => match given.value.as_str() {
                Some(prefix) => Ok(prefix.to_owned()),
                None if !given.value.truth() => Ok(String::new()),
                None => {
                    let kind = given.value.a_type();
                    Err(self.no_logstash_argument(
                        given,
                        format!("`extra_prefix` must be a str, not {kind}"),
                        "put it in quotes",
                    ))
                }
            },
        };
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        formatter.class = Class::Logstash(Box::new(Options {
            ecs,
            message_type: message_type?.unwrap_or_else(|| Plain::Str(MESSAGE_TYPE.to_owned())),
            tags: tags?.unwrap_or(Plain::None),
            extra_prefix: extra_prefix?,
            extra: extra?,
            ensure_ascii: bound.get("ensure_ascii").is_none_or(|given| given.value.truth()),
            metadata: metadata?.unwrap_or(Plain::None),
            host,
            program: "logyard".to_owned(),
            interpreter: "logyard".to_owned(),
            interpreter_version: env!("CARGO_PKG_VERSION").to_owned(),
        }));
        Ok(())
    }

    fn plain_argument(
        &mut self,
        bound: &Bound,
        parameter: &str,
    ) -> Result<Option<Plain>, Reported> {
        let Some(given) = bound.known(parameter)? else { return Ok(None) };
        match plain(&given.value) {
            Some(value) => Ok(Some(value)),
            None => {
                let what = format!("`{parameter}` must be a plain value");
                Err(self.no_logstash_argument(given, what, "write a text, a number or a list"))
            }
        }
    }

    fn no_logstash_argument(&mut self, given: &Given, what: String, help: &str) -> Reported {
        let diagnostic = Diagnostic::error("bad-argument", what);
        self.report(diagnostic.at(given.at.clone(), given.label.clone()).help(help));
        Reported
    }
}
