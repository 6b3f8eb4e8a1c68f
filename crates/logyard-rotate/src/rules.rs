use std::str::FromStr;

use logyard_compat::Compat;
use thiserror::Error;

/// Whose rules hold for rollovers, and what is repaired of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The CPython.
    pub compat: Compat,
    /// What it does wrong and is done better.
    pub repairs: Repairs,
}

/// What CPython does wrong at every version, and what is done better on request. All are off by
/// default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// `restart-clock`: the clock of a timed rollover goes on over a restart, where CPython's begins
    /// anew with the file's last change. A service that is restarted more often than it rolls over
    /// never does otherwise.
    pub restart_clock: bool,
    /// `blocked-rollover`: a timed rollover whose target exists takes a name with a number behind it
    /// (`x.log.2026-11-22.1`). CPython since 3.13 never rolls over again as long as the target is
    /// there; before, it removed the target with its lines.
    pub blocked_rollover: bool,
}

/// The text names no repair.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no repair `{0}`: write restart-clock or blocked-rollover")]
pub struct UnknownRepair(String);

impl Repairs {
    /// The names of those that are on.
    pub fn names(self) -> Vec<&'static str> {
        let all =
            [("restart-clock", self.restart_clock), ("blocked-rollover", self.blocked_rollover)];
        all.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }

    /// These and those.
    pub fn and(self, more: Repairs) -> Repairs {
        Repairs {
            restart_clock: self.restart_clock || more.restart_clock,
            blocked_rollover: self.blocked_rollover || more.blocked_rollover,
        }
    }
}

impl FromStr for Repairs {
    type Err = UnknownRepair;

    /// One repair by its name.
    fn from_str(name: &str) -> Result<Repairs, UnknownRepair> {
        match name {
            "restart-clock" => Ok(Repairs { restart_clock: true, ..Repairs::default() }),
            "blocked-rollover" => Ok(Repairs { blocked_rollover: true, ..Repairs::default() }),
            _ => Err(UnknownRepair(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_have_names() {
        let both = ["restart-clock", "blocked-rollover"]
            .map(|name| name.parse().unwrap())
            .into_iter()
            .fold(Repairs::default(), Repairs::and);
        assert_eq!(both.names(), ["restart-clock", "blocked-rollover"]);
        assert_eq!(both, Repairs { restart_clock: true, blocked_rollover: true });
        assert!("restart".parse::<Repairs>().is_err());
    }
}
