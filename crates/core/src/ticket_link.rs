//! Links between tickets that belong together without being one.

use crate::id::TicketId;
use crate::ticket::StatusCategory;
use crate::time::Instant;
use crate::wire::closed_set;

closed_set! {
    /// How a ticket is linked to another.
    LinkKind, "kind of link" {
        /// It goes on where the other, resolved one stopped.
        Continues = 1 "continues",
        /// It came of it in another way.
        Related = 2 "related",
    }
}

/// A link as seen from one of the two tickets, with what is shown of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketLink {
    /// How the newer one is linked to the older.
    pub kind: LinkKind,
    /// Whether the other ticket is the older one.
    pub to_older: bool,
    /// The other ticket.
    pub other: TicketId,
    /// Its number.
    pub number: i64,
    /// Its subject.
    pub subject: String,
    /// What its status means.
    pub category: StatusCategory,
    /// When they were linked.
    pub created_at: Instant,
}
