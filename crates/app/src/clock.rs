//! The clock: read once at the border of each use case, and passed down as a value.

use std::time::{SystemTime, UNIX_EPOCH};

use throughline_core::time::Instant;

/// Tells the time. Tests bring their own.
pub trait Clock: Send + Sync {
    /// The time now, in UTC with microseconds.
    fn now(&self) -> Instant;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        // A clock before 1970 is a broken machine; zero keeps the product up and visibly wrong.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
