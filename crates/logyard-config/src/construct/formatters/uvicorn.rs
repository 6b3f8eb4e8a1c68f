//! uvicorn's formatters.

use logyard_format::Class;
use logyard_format::classes::uvicorn::Options;

use super::Written;
use crate::construct::{Bound, Signature};
use crate::expr::Kind;
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

pub(super) const DEFAULT: Signature = signature("DefaultFormatter");
pub(super) const ACCESS: Signature = signature("AccessFormatter");
pub(super) const COLOURIZED: Signature = signature("ColourizedFormatter");

const fn signature(name: &'static str) -> Signature {
    Signature { name, parameters: &["fmt", "datefmt", "style", "use_colors"], required: 0 }
}

impl Problems<'_> {
    /// `ColourizedFormatter.__init__`, which all of them have.
    pub(super) fn uvicorn(
        &mut self,
        access: bool,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        self.logging_formatter(formatter, bound, written)?;
        // use_colors in (True, False)
        let use_colors = bound.get("use_colors").and_then(|given| match given.value.kind {
            Kind::Bool(truth) => Some(truth),
            Kind::Int(number @ 0..=1) => Some(number == 1),
            Kind::Float(0.0) => Some(false),
            Kind::Float(1.0) => Some(true),
            _ => None,
        });
        formatter.class = Class::Uvicorn(Options { access, use_colors });
        Ok(())
    }
}
