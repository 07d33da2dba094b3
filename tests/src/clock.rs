//! A clock that only moves when a test says so.

use std::sync::atomic::{AtomicI64, Ordering};

use throughline_app::Clock;
use throughline_core::time::Instant;

/// A clock that only moves when a test says so.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl Default for ManualClock {
    fn default() -> Self {
        // 2026-11-22T09:00:00Z
        Self(AtomicI64::new(1_795_338_000_000_000))
    }
}

impl ManualClock {
    /// Moves on by seconds.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        // A microsecond per reading, so that order is visible.
        Instant::from_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}
