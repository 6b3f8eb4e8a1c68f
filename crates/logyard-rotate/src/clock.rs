use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from: the system, or a number that a test sets.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's real-time clock: Python's `time.time`.
    #[default]
    System,
    /// Microseconds since the epoch, set from outside.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Whole seconds since the epoch: `int(time.time())`.
    pub fn now(&self) -> i64 {
        self.micros().div_euclid(1_000_000)
    }

    /// Microseconds since the epoch.
    pub fn micros(&self) -> i64 {
        match self {
            // A clock set before 1970 reads as 1970: no log was written then.
            Clock::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)),
            Clock::Manual(micros) => micros.load(Ordering::SeqCst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_says_what_it_is_told() {
        let micros = Arc::new(AtomicI64::new(1_999_999));
        let clock = Clock::Manual(Arc::clone(&micros));
        assert_eq!((clock.now(), clock.micros()), (1, 1_999_999));
        micros.store(2_000_000, Ordering::SeqCst);
        assert_eq!(clock.now(), 2);
    }

    #[test]
    fn the_system_clock_is_after_2020() {
        assert!(Clock::System.now() > 1_577_836_800);
    }
}
