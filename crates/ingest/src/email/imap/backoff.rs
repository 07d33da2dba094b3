//! How long to wait before a mailbox is tried again. Pure: the randomness is an argument.

use std::time::Duration;

const FIRST: f64 = 2.0;
const LONGEST: f64 = 300.0;

/// The pause before the next attempt, after `attempt` failures in a row (from 0). It doubles from two
/// seconds to five minutes; `random` (0 to 1) takes away up to half, so that many mailboxes that lost
/// their server at once do not come back at once.
pub fn pause_before(attempt: u32, random: f64) -> Duration {
    let full = (FIRST * 2f64.powi(attempt.min(16) as i32)).min(LONGEST);
    let kept = 1.0 - 0.5 * if random.is_finite() { random.clamp(0.0, 1.0) } else { 0.0 };
    Duration::from_secs_f64(full * kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_five_minutes() {
        let pauses: Vec<u64> = (0..10).map(|n| pause_before(n, 0.0).as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(pause_before(u32::MAX, 0.0).as_secs(), 300);
    }

    #[test]
    fn randomness_takes_away_up_to_half() {
        assert_eq!(pause_before(3, 1.0).as_secs(), 8);
        assert_eq!(pause_before(3, 7.0).as_secs(), 8);
        assert_eq!(pause_before(3, f64::NAN).as_secs(), 16);
    }
}
