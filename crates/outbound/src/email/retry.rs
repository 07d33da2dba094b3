//! When to try again after a server said "later". Pure; what is tried is the caller's business.

use throughline_core::time::Instant;

const MINUTE: i64 = 60_000_000;

/// Waiting times after the first, second, ... deferral; the last one repeats. RFC 5321 section
/// 4.5.4.1 asks for two tries in the first hour and then one every two or three hours; the early
/// first try is for greylisting, which lets a mail in after some minutes (RFC 6647 section 2).
const WAITS: [i64; 5] = [10 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE, 180 * MINUTE];

/// RFC 5321 section 4.5.4.1: "the give-up time generally needs to be at least 4-5 days".
const GIVE_UP: i64 = 4 * 24 * 60 * MINUTE;

/// When to try again after the `deferrals`-th deferral (counted from one) of a mail that was first
/// tried at `first`. `jitter` between 0 and 1 adds up to a quarter of the wait, so that mails which
/// were deferred together do not come back together. `None` when four days are over.
pub fn next_try(deferrals: u32, first: Instant, now: Instant, jitter: f64) -> Option<Instant> {
    let index = usize::try_from(deferrals.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = WAITS.get(index).or(WAITS.last()).copied().unwrap_or(GIVE_UP);
    // A NaN stays one here and becomes 0 where the product is cut to whole microseconds.
    let share = jitter.clamp(0.0, 1.0) / 4.0;
    let next = now.plus_micros(wait).plus_micros((wait as f64 * share) as i64);
    (next <= first.plus_micros(GIVE_UP)).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(jitter: f64) -> Vec<i64> {
        let first = Instant::from_micros(0);
        let mut now = first;
        let mut all = Vec::new();
        while let Some(next) = next_try(all.len() as u32 + 1, first, now, jitter) {
            all.push(next.as_micros() / MINUTE);
            now = next;
        }
        all
    }

    #[test]
    fn soon_at_first_then_every_three_hours_for_four_days() {
        let all = tries(0.0);
        assert_eq!(&all[..6], [10, 40, 100, 220, 400, 580]);
        assert!(all.windows(2).all(|two| two[1] > two[0]));
        let last = all[all.len() - 1];
        assert!((4 * 1440 - 180..=4 * 1440).contains(&last), "{last}");
    }

    #[test]
    fn jitter_only_delays_and_nonsense_is_harmless() {
        let (first, now) = (Instant::from_micros(0), Instant::from_micros(0));
        let at = |jitter| next_try(1, first, now, jitter).map(|t| t.as_micros());
        assert_eq!(at(1.0), Some(750 * MINUTE / 60));
        assert_eq!(at(f64::NAN), Some(10 * MINUTE));
        assert_eq!(at(-3.0), Some(10 * MINUTE));
        assert_eq!(at(9.0), at(1.0));
        assert_eq!(next_try(0, first, now, 0.0), next_try(1, first, now, 0.0));
        assert!(next_try(u32::MAX, first, Instant::from_micros(i64::MAX), 1.0).is_none());
    }
}
