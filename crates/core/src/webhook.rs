//! Webhooks: where domain events are sent, and what the result of a try makes of the next one.
//!
//! The order is strict: an event that was not taken is tried again until it is, and nothing behind it
//! goes before. So an address that never takes anything is paused in the end, and loses nothing.

use crate::id::{EventId, WebhookId};
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// Whether events are sent to a webhook.
    WebhookState, "webhook state" {
        /// They are.
        Active = 0 "active",
        /// They wait: an admin stopped it, or it failed for days. They go on where they stopped.
        Paused = 1 "paused",
        /// The receiver answered 410: it wants no more.
        Disabled = 2 "disabled",
    }
}

/// An address that domain events are sent to, without its secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The address: https, or http where that is allowed.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// The kinds of events that are sent; all when empty.
    pub kinds: Vec<String>,
    /// Until when the secret of before is used beside the new one.
    pub old_secret_until: Option<Instant>,
    /// How the sending goes.
    pub progress: Progress,
    /// Who made it, as [`crate::actor::Actor::name`] says.
    pub created_by: String,
    /// When it was made.
    pub created_at: Instant,
    /// When its set-up last changed.
    pub updated_at: Instant,
    /// Rises with every change of the set-up.
    pub version: i64,
}

/// How the sending to one webhook goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Whether events are sent.
    pub state: WebhookState,
    /// Why they are not.
    pub reason: Option<String>,
    /// The position of the last event that was taken or passed over.
    pub position: i64,
    /// How often in a row it failed.
    pub failures: i32,
    /// Since when it fails.
    pub failing_since: Option<Instant>,
    /// When an event was last taken.
    pub last_success_at: Option<Instant>,
    /// What was wrong the last time, while it fails.
    pub last_error: Option<String>,
    /// Not before.
    pub next_at: Instant,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The status of the answer, when there was one.
    pub status: Option<u16>,
    /// What is wrong; `None` when the event was taken.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub response: Option<String>,
    /// How long the receiver asks us to wait, in seconds.
    pub retry_after_seconds: Option<i64>,
    /// How long it took, in milliseconds.
    pub ms: i64,
}

impl Try {
    /// Whether the event was taken.
    pub fn taken(&self) -> bool {
        self.error.is_none()
    }
}

/// One line of the log of tries.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its place in the log.
    pub id: i64,
    /// The event.
    pub event: EventId,
    /// The event's position.
    pub position: i64,
    /// The event's kind.
    pub kind: String,
    /// When it began.
    pub at: Instant,
    /// What came of it.
    pub outcome: Try,
}

/// The longest wait between two tries, in seconds: also when the receiver asks for a longer one.
const LONGEST: i64 = 6 * 60 * 60;
/// Waits after the first failures, in seconds; then always the longest.
const WAITS: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400];
const MICROS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The wait after this many failures in a row, in seconds: ever longer, spread by a fifth either way
/// so that those that failed together do not come back together. `chance` is within 0..1.
pub fn wait(failures: i32, chance: f64) -> i64 {
    let place = usize::try_from(failures.max(1) - 1).unwrap_or_default();
    let plain = WAITS.get(place).copied().unwrap_or(LONGEST);
    (plain as f64 * (0.8 + 0.4 * chance.clamp(0.0, 1.0))).round() as i64
}

impl Progress {
    /// From here on, at once, and with a clean slate.
    pub fn starting(position: i64, now: Instant) -> Self {
        Self {
            state: WebhookState::Active,
            reason: None,
            position,
            failures: 0,
            failing_since: None,
            last_success_at: None,
            last_error: None,
            next_at: now,
        }
    }

    /// What a try with the event at `position` makes of it. One that failed for `pause_after_days` is
    /// paused; one that answers 410 is disabled (Standard Webhooks, "Operational considerations").
    #[must_use]
    pub fn after(
        &self,
        outcome: &Try,
        position: i64,
        now: Instant,
        pause_after_days: i64,
        chance: f64,
    ) -> Self {
        let Some(error) = &outcome.error else {
            let fresh = Self::starting(position, now);
            return Self { last_success_at: Some(now), ..fresh };
        };
        let failures = self.failures.saturating_add(1);
        let since = self.failing_since.unwrap_or(now);
        let asked = outcome.retry_after_seconds.unwrap_or(0).clamp(0, LONGEST);
        let next = Self {
            failures,
            failing_since: Some(since),
            last_error: Some(error.clone()),
            next_at: now.plus_seconds(wait(failures, chance).max(asked)),
            ..self.clone()
        };
        let lasted = now.as_micros().saturating_sub(since.as_micros());
        if outcome.status == Some(410) {
            return next.stopped(WebhookState::Disabled, "the receiver answered 410 Gone".into());
        }
        if lasted >= pause_after_days.saturating_mul(MICROS_PER_DAY) {
            let why = format!("nothing was taken for {pause_after_days} days: {error}");
            return next.stopped(WebhookState::Paused, why);
        }
        next
    }

    /// The same, no longer sending.
    #[must_use]
    pub fn stopped(self, state: WebhookState, reason: String) -> Self {
        Self { state, reason: Some(reason), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_micros(1_795_338_000_000_000);

    fn failed(status: Option<u16>, retry_after_seconds: Option<i64>) -> Try {
        let error = Some("it failed".to_owned());
        Try { status, error, response: None, retry_after_seconds, ms: 1 }
    }

    #[test]
    fn waits_grow_and_are_spread() {
        assert_eq!(wait(1, 0.5), 5);
        assert_eq!(wait(8, 0.5), 14_400);
        assert_eq!(wait(i32::MAX, 0.5), LONGEST);
        assert_eq!((wait(2, 0.0), wait(2, 1.0)), (24, 36));
        assert_eq!(wait(i32::MIN, 0.5), 5);
    }

    #[test]
    fn what_was_taken_moves_on_and_what_was_not_stays() {
        let first = Progress::starting(7, NOW);
        let down = first.after(&failed(Some(500), None), 8, NOW, 5, 0.5);
        assert_eq!((down.position, down.failures), (7, 1));
        assert_eq!(down.next_at, NOW.plus_seconds(5));
        let asked = down.after(&failed(Some(503), Some(100)), 8, NOW, 5, 0.5);
        assert_eq!(asked.next_at, NOW.plus_seconds(100));
        let silly = down.after(&failed(Some(503), Some(i64::MAX)), 8, NOW, 5, 0.5);
        assert_eq!(silly.next_at, NOW.plus_seconds(LONGEST));
        let taken = Try { error: None, ..failed(Some(200), None) };
        let up = asked.after(&taken, 8, NOW, 5, 0.5);
        assert_eq!((up.position, up.failures, up.failing_since), (8, 0, None));
        assert_eq!(up.next_at, NOW, "the next event goes at once");
    }

    #[test]
    fn an_address_is_paused_after_days_and_disabled_by_410() {
        let down = Progress::starting(0, NOW).after(&failed(None, None), 1, NOW, 5, 0.5);
        let day = 24 * 60 * 60;
        let still = down.after(&failed(None, None), 1, NOW.plus_seconds(5 * day - 1), 5, 0.5);
        assert_eq!(still.state, WebhookState::Active);
        let over = still.after(&failed(None, None), 1, NOW.plus_seconds(5 * day), 5, 0.5);
        assert_eq!((over.state, over.position), (WebhookState::Paused, 0));
        let gone = down.after(&failed(Some(410), None), 1, NOW, 5, 0.5);
        assert_eq!(gone.state, WebhookState::Disabled);
    }
}
