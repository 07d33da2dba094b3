//! Tickets, their statuses and priorities.

use crate::channel::Channel;
use crate::desk::TicketRow;
use crate::id::{AgentId, CustomerId, InboxId, TeamId, TicketId};
use crate::tag::Tag;
use crate::time::Instant;
use crate::wire::closed_set;

/// The longest subject kept, in characters; longer ones are cut at the border.
pub const MAX_SUBJECT: usize = 500;

closed_set! {
    /// What a status means for the clocks and lists.
    StatusCategory, "status category" {
        /// Somebody of ours has to act.
        Open = 0 "open",
        /// The customer or somebody else has to act.
        Waiting = 1 "waiting",
        /// Done.
        Resolved = 2 "resolved",
    }
}

closed_set! {
    /// How pressing a ticket is.
    Priority, "priority" {
        /// Can wait.
        Low = 0 "low",
        /// The usual.
        Normal = 1 "normal",
        /// Before the usual ones.
        High = 2 "high",
        /// Now.
        Urgent = 3 "urgent",
    }
}

/// A named status with its category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its stable key, such as `open`.
    pub key: String,
    /// What agents read.
    pub name: String,
    /// What it means.
    pub category: StatusCategory,
}

/// One matter of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The human number, such as 1042.
    pub number: i64,
    /// Whose it is.
    pub customer: CustomerId,
    /// The inbox by which it came.
    pub inbox: InboxId,
    /// The channel by which it came.
    pub channel: Channel,
    /// What it is about.
    pub subject: String,
    /// The key of its status.
    pub status: String,
    /// The category of that status.
    pub category: StatusCategory,
    /// How pressing it is.
    pub priority: Priority,
    /// The agent who has it.
    pub assignee_agent: Option<AgentId>,
    /// The team that has it.
    pub assignee_team: Option<TeamId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it or its items last changed.
    pub updated_at: Instant,
    /// A unique number that rises with `updated_at`: lists are sorted and paged by it.
    pub updated_key: i64,
    /// When it was last resolved; `None` while it is not.
    pub resolved_at: Option<Instant>,
    /// When the newest message occurred.
    pub last_message_at: Option<Instant>,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}

/// A ticket with its tags.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// Its tags by name.
    pub tags: Vec<Tag>,
    /// What a row of a list shows beside; only where a list was asked for.
    pub row: Option<Box<TicketRow>>,
}

/// A subject as kept: one line, no control characters, at most [`MAX_SUBJECT`] characters.
pub fn tidy_subject(subject: &str) -> String {
    let line = subject.split(|c: char| c.is_whitespace() || c.is_control());
    let joined = line.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    joined.chars().take(MAX_SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_become_one_line() {
        assert_eq!(tidy_subject(" a\r\n b\u{0}c\t"), "a b c");
        assert_eq!(tidy_subject(&"ş".repeat(600)).chars().count(), MAX_SUBJECT);
    }
}
