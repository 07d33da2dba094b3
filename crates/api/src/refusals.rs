//! What hooks refused, by inbox: kept in memory, since whoever sends to a hook need not be the platform,
//! and nobody may fill the database who proves nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use throughline_core::id::InboxId;
use throughline_core::time::Instant;
use throughline_ingest::hooks::Refused;

/// What the hooks of this process refused since it started.
#[derive(Debug)]
pub struct Refusals {
    since: Instant,
    by_inbox: Mutex<HashMap<InboxId, Refusal>>,
}

/// What one hook refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// How many requests.
    pub count: u64,
    /// When the last of them came.
    pub last_at: Instant,
    /// Why it was refused.
    pub last_why: Refused,
}

impl Refusals {
    /// None yet.
    pub fn new(since: Instant) -> Self {
        Self { since, by_inbox: Mutex::default() }
    }

    /// Since when they are counted.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Counts one. Only inboxes that are there and connected are asked about, so there are never many.
    pub fn note(&self, inbox: InboxId, why: Refused, at: Instant) {
        let mut all = self.by_inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.get(&inbox).map_or(0, |before| before.count).saturating_add(1);
        all.insert(inbox, Refusal { count, last_at: at, last_why: why });
    }

    /// What the hook of an inbox refused, if anything.
    pub fn of(&self, inbox: InboxId) -> Option<Refusal> {
        self.by_inbox.lock().unwrap_or_else(PoisonError::into_inner).get(&inbox).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_for_each_inbox() {
        let (a, b) = (InboxId::from(1), InboxId::from(2));
        let at = Instant::from_micros;
        let all = Refusals::new(at(0));
        all.note(a, Refused::Unsigned, at(1));
        all.note(a, Refused::Stale, at(2));
        let last = Refusal { count: 2, last_at: at(2), last_why: Refused::Stale };
        assert_eq!((all.of(a), all.of(b)), (Some(last), None));
    }
}
