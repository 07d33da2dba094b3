//! The ledger: every delivery ever seen, with what became of it.

use crate::id::{DeliveryId, ImportId, InboxId, ItemId};
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// What became of a delivery.
    Outcome, "outcome" {
        /// Recorded, not yet processed.
        Recorded = 0 "recorded",
        /// On a timeline.
        Stored = 1 "stored",
        /// The same message had come before; `item` is that one.
        Duplicate = 2 "duplicate",
        /// Could not be read; kept, with its reason, until somebody replays it.
        Quarantined = 3 "quarantined",
        /// Its content was taken out for good; only that it came is still known.
        Erased = 4 "erased",
    }
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The inbox by which it came.
    pub inbox: InboxId,
    /// Its name at its source.
    pub external_id: String,
    /// The BLAKE3 hash of its bytes: its name in the blob store.
    pub blob: String,
    /// Its size in bytes.
    pub size: i64,
    /// When it reached us.
    pub received_at: Instant,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, in a sentence for an admin.
    pub reason: Option<String>,
    /// The item it became, or the item it repeats.
    pub item: Option<ItemId>,
    /// When it was processed.
    pub processed_at: Option<Instant>,
    /// Its Message-ID, once it was read and if it has one.
    pub message_id: Option<String>,
    /// Its size at its source in bytes, when it was too large and only its header was taken.
    pub full_size: Option<i64>,
    /// The import that brought it: it is history, so it opens nothing and tells nobody.
    pub import: Option<ImportId>,
}
