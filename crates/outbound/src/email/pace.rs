//! How fast an inbox may send: a token bucket, pure. The state is kept by the caller.

use throughline_core::time::Instant;

/// What an inbox may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many mails may go at once after a pause; at least one.
    pub burst: u32,
    /// How many mails an hour in the long run; at least one.
    pub per_hour: u32,
}

/// How full the bucket is. Kept as the instant at which it will be full again, because that is one
/// number, needs no fractions and does not drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    full_at: Instant,
}

/// The answer to "may one mail go now?"
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// It may; this is the state from now on.
    Allowed(Pace),
    /// It may not; ask again after so many microseconds. The state stays.
    Wait {
        /// At least one.
        micros: i64,
    },
}

impl Pace {
    /// A full bucket.
    pub fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// As it was kept: full again at this instant.
    pub fn until(full_at: Instant) -> Self {
        Self { full_at }
    }

    /// When it will be full again: what is kept of it.
    pub fn full_at(self) -> Instant {
        self.full_at
    }

    /// Asks for one mail. A clock that goes back makes nothing worse than a full wait.
    pub fn take(self, rate: Rate, now: Instant) -> Take {
        let each = 3_600_000_000 / i64::from(rate.per_hour.max(1));
        let room = each * i64::from(rate.burst.max(1));
        let now_micros = now.as_micros();
        // Never further ahead than an empty bucket, whatever the clock or the rate was before.
        let from = self.full_at.as_micros().clamp(now_micros, now_micros.saturating_add(room));
        let after = from.saturating_add(each);
        match after.saturating_sub(now_micros.saturating_add(room)) {
            late if late > 0 => Take::Wait { micros: late },
            _ => Take::Allowed(Self { full_at: Instant::from_micros(after) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, per_hour: 3600 };

    fn sent_within(seconds: i64) -> usize {
        let mut pace = Pace::full(Instant::from_micros(0));
        let mut count = 0;
        for tenth in 0..=seconds * 10 {
            while let Take::Allowed(next) = pace.take(RATE, Instant::from_micros(tenth * 100_000)) {
                pace = next;
                count += 1;
            }
        }
        count
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        assert_eq!(sent_within(0), 3);
        assert_eq!(sent_within(10), 13);
    }

    #[test]
    fn the_wait_that_is_named_is_exactly_enough() {
        let now = Instant::from_micros(5_000_000);
        let mut pace = Pace::full(now);
        while let Take::Allowed(next) = pace.take(RATE, now) {
            pace = next;
        }
        let Take::Wait { micros } = pace.take(RATE, now) else { panic!("the bucket is empty") };
        assert_eq!(micros, 1_000_000);
        assert!(matches!(pace.take(RATE, now.plus_micros(micros - 1)), Take::Wait { micros: 1 }));
        assert!(matches!(pace.take(RATE, now.plus_micros(micros)), Take::Allowed(_)));
    }

    #[test]
    fn a_clock_that_jumps_back_blocks_for_one_mail_at_most() {
        let pace = Pace::full(Instant::from_micros(i64::MAX / 2));
        assert_eq!(pace.take(RATE, Instant::from_micros(0)), Take::Wait { micros: 1_000_000 });
    }
}
