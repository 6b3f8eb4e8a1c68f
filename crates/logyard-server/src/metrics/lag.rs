use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the buckets, in seconds.
pub const LAG_BOUNDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

/// How old records are when they are in their file: one of each batch is looked at.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    buckets: [AtomicU64; LAG_BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Lag {
    /// Clients' clocks may be ahead: that counts as no lag.
    pub(crate) fn observe(&self, seconds: f64) {
        let seconds = seconds.max(0.0);
        let bucket = LAG_BOUNDS.iter().position(|&bound| seconds <= bound);
        self.buckets[bucket.unwrap_or(LAG_BOUNDS.len())].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add((seconds * 1e6) as u64, Ordering::Relaxed);
    }

    /// How many fell into each bucket, the last one without a bound; and the sum in seconds.
    pub(crate) fn read(&self) -> ([u64; LAG_BOUNDS.len() + 1], f64) {
        let buckets = std::array::from_fn(|bucket| self.buckets[bucket].load(Ordering::Relaxed));
        (buckets, self.micros.load(Ordering::Relaxed) as f64 / 1e6)
    }
}
