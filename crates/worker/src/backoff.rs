//! When a failed job is tried again.

use std::time::Duration;

/// How often a job is tried before it is dead: with these delays for some five hours.
pub const MAX_ATTEMPTS: i32 = 12;

/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);

/// The wait after the given attempt (from 1): 5 s, doubling, spread by a quarter either way so
/// that jobs which failed together do not come back together. `chance` is within 0..1. `None`
/// when there is no further attempt.
pub fn delay(attempt: i32, chance: f64) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let doublings = u32::try_from(attempt.clamp(1, MAX_ATTEMPTS) - 1).unwrap_or_default();
    let plain = Duration::from_secs(5).saturating_mul(1 << doublings).min(LONGEST);
    Some(plain.mul_f64(0.75 + 0.5 * chance.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let seconds = |attempt| delay(attempt, 0.5).map(|d| d.as_secs());
        assert_eq!(seconds(1), Some(5));
        assert_eq!(seconds(2), Some(10));
        assert_eq!(seconds(11), Some(5120));
        assert_eq!(seconds(12), None);
        assert_eq!(seconds(i32::MAX), None);
        assert_eq!(seconds(i32::MIN), Some(5));
    }

    #[test]
    fn jobs_that_failed_together_are_spread() {
        assert_eq!(delay(3, 0.0), Some(Duration::from_secs(15)));
        assert_eq!(delay(3, 1.0), Some(Duration::from_secs(25)));
    }
}
