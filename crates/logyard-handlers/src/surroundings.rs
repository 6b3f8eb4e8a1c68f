use logyard_libc::Zone;
use logyard_rotate::{Clock, Rules};

use crate::compressor::Compressor;

/// What handlers have in common.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What Python has as local time, for the names of rolled files.
    pub zone: Zone,
    /// Where the time comes from.
    pub clock: Clock,
    /// Whose rules rollovers follow.
    pub rules: Rules,
    /// Compresses rolled files.
    pub compressor: Compressor,
}

impl Surroundings {
    /// By the newest CPython's rules, with a compressor of its own, whose failures nobody is told of.
    pub fn new(zone: Zone, clock: Clock) -> Surroundings {
        let compressor = Compressor::new(|_| {});
        Surroundings { zone, clock, rules: Rules::default(), compressor }
    }
}
