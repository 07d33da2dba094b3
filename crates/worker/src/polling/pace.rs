//! How long to wait after a platform could not be asked. Pure: the randomness is an argument.

use std::time::Duration;

use throughline_ingest::poll::Trouble;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(5);
/// The longest wait for what may work later by itself.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How long what an admin has to change is left alone, unless he changes something.
const BROKEN: Duration = Duration::from_secs(60 * 60);
/// The longest wait that a platform may ask for.
const LONGEST_WISH: u32 = 24 * 60 * 60;

/// The wait after trouble, with `failures` in a row before it. It doubles, and is spread by a quarter
/// either way so that inboxes that failed together do not come back together; a platform's wish is a
/// lower bound, so chance only adds to it. `chance` is within 0..1.
pub(super) fn wait_after(trouble: &Trouble, failures: u32, chance: f64) -> Duration {
    let chance = chance.clamp(0.0, 1.0);
    match trouble {
        Trouble::Broken { .. } => BROKEN.mul_f64(1.0 + 0.1 * chance),
        Trouble::Later { after_seconds, .. } => {
            let doubled = FIRST.saturating_mul(1 << failures.min(16)).min(LONGEST);
            let usual = doubled.mul_f64(0.75 + 0.5 * chance);
            let wish = after_seconds.unwrap_or_default().min(LONGEST_WISH);
            let wish = Duration::from_secs(u64::from(wish)).mul_f64(1.0 + 0.1 * chance);
            match after_seconds {
                Some(_) if failures == 0 => wish.max(Duration::from_secs(1)),
                _ => usual.max(wish),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(after_seconds: Option<u32>, failures: u32, chance: f64) -> u64 {
        let trouble = Trouble::Later { why: String::new(), after_seconds };
        wait_after(&trouble, failures, chance).as_secs()
    }

    #[test]
    fn waits_double_are_spread_and_end() {
        let waits: Vec<u64> = [0, 1, 2, 7, 8, u32::MAX].map(|n| seconds(None, n, 0.5)).to_vec();
        assert_eq!(waits, [5, 10, 20, 640, 900, 900]);
        assert_eq!((seconds(None, 2, 0.0), seconds(None, 2, 1.0)), (15, 25));
    }

    #[test]
    fn a_platforms_wish_is_the_least_that_is_waited() {
        assert_eq!((seconds(Some(30), 0, 0.0), seconds(Some(30), 0, 1.0)), (30, 33));
        assert_eq!(seconds(Some(0), 0, 0.0), 1, "it is not asked again at once");
        assert_eq!(seconds(Some(2), 4, 0.5), 80, "who wishes so again and again is spared more");
        assert_eq!(seconds(Some(u32::MAX), 0, 0.0), 86_400);
    }

    #[test]
    fn what_has_to_be_changed_waits_an_hour() {
        let trouble = Trouble::Broken { why: String::new() };
        assert_eq!(wait_after(&trouble, 0, 0.0).as_secs(), 3_600);
        assert!(wait_after(&trouble, 9, 1.0).as_secs() <= 3_960);
    }
}
