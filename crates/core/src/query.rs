//! What lists can be asked for: filters and orders, as values shared by the use cases and the store.

use crate::actor::{Actor, Sees};
use crate::channel::Channel;
use crate::delivery::Outcome;
use crate::id::{
    AgentId, CustomerId, InboxId, OrganizationId, TagId, TeamId, TicketId, first_id_at,
};
use crate::identity::Key;
use crate::ticket::{Priority, StatusCategory};
use crate::time::Instant;
use crate::timeline::{AuthorKind, ItemKind, Visibility};

/// Which assignee a ticket has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssigneeFilter<T> {
    /// This one.
    Is(T),
    /// None at all.
    Nobody,
    /// Any.
    Somebody,
    /// Whoever asks, or one of his teams.
    Mine,
}

/// Which tickets, by whether notes in them name whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mentioned {
    /// Any note does.
    Ever,
    /// A note does that he has not read.
    Unread,
}

/// The order of a list of tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TicketSort {
    /// Last changed first.
    #[default]
    Updated,
    /// Last changed last: what has waited longest.
    UpdatedAsc,
    /// Newest first.
    Created,
    /// Oldest first.
    CreatedAsc,
    /// Most urgent first, and within a priority last changed first.
    Priority,
}

/// Which tickets, and in which order. Several values of one field mean any of them; several tags
/// mean all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TicketQuery {
    /// Full-text query; the order is then by newest matching item.
    pub q: Option<String>,
    /// Keys of statuses.
    pub status: Vec<String>,
    /// Categories of statuses.
    pub category: Vec<StatusCategory>,
    /// Priorities.
    pub priority: Vec<Priority>,
    /// The agent who has it.
    pub assignee_agent: Option<AssigneeFilter<AgentId>>,
    /// The team that has it.
    pub assignee_team: Option<AssigneeFilter<TeamId>>,
    /// Whether notes in it name whoever asks.
    pub mentioned: Option<Mentioned>,
    /// Tags it has, all of them.
    pub tag: Vec<TagId>,
    /// Inboxes it came by.
    pub inbox: Vec<InboxId>,
    /// Channels it came by.
    pub channel: Vec<Channel>,
    /// Whose it is: one of these records.
    pub customer: Option<Vec<CustomerId>>,
    /// Made at or after.
    pub created_from: Option<Instant>,
    /// Made before.
    pub created_until: Option<Instant>,
    /// Changed at or after.
    pub updated_from: Option<Instant>,
    /// Changed before.
    pub updated_until: Option<Instant>,
    /// The order.
    pub sort: TicketSort,
}

impl TicketQuery {
    /// Whether it asks for what is whoever asks's own.
    pub fn is_personal(&self) -> bool {
        self.mentioned.is_some()
            || self.assignee_agent == Some(AssigneeFilter::Mine)
            || self.assignee_team == Some(AssigneeFilter::Mine)
    }
}

/// Which customers; newest activity first, or newest first when there is a full-text query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CustomerQuery {
    /// Full-text query over names and addresses.
    pub q: Option<String>,
    /// The customer with exactly this e-mail address.
    pub email: Option<Key>,
    /// The customer with exactly this telephone number.
    pub phone: Option<Key>,
    /// The customer with exactly this external id.
    pub external: Option<Key>,
    /// Those of an organization.
    pub organization: Option<OrganizationId>,
    /// Tags they have, all of them.
    pub tag: Vec<TagId>,
    /// Fields of their profile with the values that they have, all of them, in the form of
    /// [`crate::profile::value_key`].
    pub fields: Vec<(String, String)>,
}

/// Which items of a timeline. Several values of one field mean any of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelineFilter {
    /// What they are.
    pub kinds: Vec<ItemKind>,
    /// The channels they came or went by.
    pub channels: Vec<Channel>,
    /// The ticket they belong to.
    pub ticket: Option<TicketId>,
    /// Occurred at or after.
    pub from: Option<Instant>,
    /// Occurred before.
    pub until: Option<Instant>,
    /// Who may read them.
    pub visibility: Option<Visibility>,
    /// Who brought them about.
    pub authors: Vec<AuthorKind>,
    /// Whether they have files.
    pub has_attachments: Option<bool>,
    /// The name of a tag that they bear themselves, folded.
    pub tag: Option<String>,
}

impl TimelineFilter {
    /// Whether nothing has to be passed over for this actor: a page is then one range of an index.
    pub fn shows_all_to(&self, actor: &Actor) -> bool {
        *self == Self::default() && actor.sees == Sees::Everything
    }
}

/// Which rows of the ledger; newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeliveryQuery {
    /// What became of them.
    pub outcome: Vec<Outcome>,
    /// The inbox they came by.
    pub inbox: Option<InboxId>,
    /// The Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// When they were recorded.
    pub recorded: Span,
}

/// A stretch of time, walked by ids, which rise with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// From this instant on.
    pub since: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

impl Span {
    /// The smallest id that may be in it.
    pub fn first_id(&self) -> i64 {
        self.since.map_or(i64::MIN, first_id_at)
    }

    /// The smallest id behind it; `before` is where a page ends.
    pub fn id_before(&self, before: Option<i64>) -> i64 {
        let until = self.until.map_or(i64::MAX, first_id_at);
        before.map_or(until, |before| before.min(until))
    }
}
