use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory that all connections together may hold for frames that are not complete yet.
///
/// Each connection has [`Budget::FREE`] bytes to itself, so that what hostile senders of large
/// frames hold can't stand in the way of ordinary records; only what goes beyond is counted.
#[derive(Clone, Debug)]
pub struct Budget {
    left: Arc<AtomicUsize>,
}

impl Budget {
    /// Bytes of an incomplete frame that are not counted: a record with a traceback fits, and
    /// 10,000 connections have 160 MiB at the most.
    pub const FREE: usize = 16 * 1024;

    /// A budget of `bytes` for all that share it.
    pub fn new(bytes: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(bytes)) }
    }

    pub(crate) fn take(&self, bytes: usize) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes))
            .is_ok()
    }

    pub(crate) fn give_back(&self, bytes: usize) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let budget = Budget::new(10);
        assert!(budget.take(8));
        assert!(!budget.clone().take(3));
        budget.give_back(8);
        assert!(budget.take(10));
    }
}
