//! Which tickets: the parameters of their list, which views keep as well.

use std::fmt::Display;
use std::str::FromStr;

use throughline_app::tickets::{AssigneeFilter, Mentioned, TicketQuery, TicketSort};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::extract::from_query;
use crate::wire::{
    Channel, CustomerId, InboxId, Instant, Priority, SearchText, StatusCategory, StatusKey, TagId,
    Text, cores,
};

/// An id, `none`, `any`, and `me` or `mine`.
#[derive(Debug)]
struct Assignee<T>(AssigneeFilter<T>);

/// By what word whoever asks is meant.
trait MeantBy {
    const MINE: &'static str;
}

impl MeantBy for throughline_core::id::AgentId {
    const MINE: &'static str = "me";
}

impl MeantBy for throughline_core::id::TeamId {
    const MINE: &'static str = "mine";
}

impl<T: MeantBy + FromStr<Err: Display>> FromStr for Assignee<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        Ok(Self(match text {
            "none" => AssigneeFilter::Nobody,
            "any" => AssigneeFilter::Somebody,
            word if word == T::MINE => AssigneeFilter::Mine,
            id => AssigneeFilter::Is(id.parse()?),
        }))
    }
}

/// Whether notes name whoever asks.
#[derive(Debug)]
struct MentionedText(Mentioned);

impl FromStr for MentionedText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "me" => Ok(Self(Mentioned::Ever)),
            "unread" => Ok(Self(Mentioned::Unread)),
            _ => Err("expected me or unread"),
        }
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy)]
pub struct Sort(TicketSort);

const SORTS: [(&str, TicketSort); 5] = [
    ("updated", TicketSort::Updated),
    ("updated_asc", TicketSort::UpdatedAsc),
    ("created", TicketSort::Created),
    ("created_asc", TicketSort::CreatedAsc),
    ("priority", TicketSort::Priority),
];

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = SORTS.iter().find(|(name, _)| *name == text).map(|(_, sort)| Self(*sort));
        let known = SORTS.map(|(name, _)| name).join(", ");
        found.ok_or_else(|| format!("expected one of: {known}"))
    }
}

impl PartialSchema for Sort {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(SORTS.map(|(name, _)| name)))
            .default(Some("updated".into()))
            .into()
    }
}

impl ToSchema for Sort {}

/// Which tickets. Several values of one filter mean any of them (tags: all of them); several
/// filters mean all of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TicketFilter {
    /// Words, "phrases", begin*, numbers, addresses; the list is then by newest match, whatever
    /// `sort` says.
    q: Option<SearchText>,
    /// Keys of statuses.
    status: Vec<StatusKey>,
    /// Categories of statuses.
    category: Vec<StatusCategory>,
    /// Priorities.
    priority: Vec<Priority>,
    /// The agent who has it: an id, `me`, `none` or `any`.
    #[param(value_type = Option<String>, pattern = "^(me|none|any|agt_[0-7][0-9abcdefghjkmnpqrstvwxyz]{12})$")]
    assignee_agent: Option<Assignee<throughline_core::id::AgentId>>,
    /// The team that has it: an id, `mine` (any of your teams), `none` or `any`.
    #[param(value_type = Option<String>, pattern = "^(mine|none|any|tea_[0-7][0-9abcdefghjkmnpqrstvwxyz]{12})$")]
    assignee_team: Option<Assignee<throughline_core::id::TeamId>>,
    /// Whether notes in it name you: `me`, or `unread` where you have not read one that does.
    #[param(value_type = Option<String>, pattern = "^(me|unread)$")]
    mentioned: Option<MentionedText>,
    /// Tags it has, all of them.
    tag: Vec<TagId>,
    /// Inboxes it came by.
    inbox: Vec<InboxId>,
    /// Channels it came by.
    channel: Vec<Channel>,
    /// Whose it is.
    customer: Option<CustomerId>,
    /// Made at or after this instant.
    created_from: Option<Instant>,
    /// Made before this instant.
    created_until: Option<Instant>,
    /// Changed at or after this instant.
    updated_from: Option<Instant>,
    /// Changed before this instant.
    updated_until: Option<Instant>,
    /// The order.
    sort: Option<Sort>,
}

from_query! { TicketFilter {
    q: maybe, status: many, category: many, priority: many, assignee_agent: maybe,
    assignee_team: maybe, mentioned: maybe, tag: many, inbox: many, channel: many, customer: maybe,
    created_from: maybe, created_until: maybe, updated_from: maybe, updated_until: maybe,
    sort: maybe,
} }

impl From<TicketFilter> for TicketQuery {
    fn from(filter: TicketFilter) -> Self {
        let TicketFilter {
            q,
            status,
            category,
            priority,
            assignee_agent,
            assignee_team,
            mentioned,
            tag,
            inbox,
            channel,
            customer,
            created_from,
            created_until,
            updated_from,
            updated_until,
            sort,
        } = filter;
        Self {
            q: q.map(SearchText::into_string),
            status: status.into_iter().map(StatusKey::into_string).collect(),
            category: cores(category),
            priority: cores(priority),
            assignee_agent: assignee_agent.map(|a| a.0),
            assignee_team: assignee_team.map(|a| a.0),
            mentioned: mentioned.map(|m| m.0),
            tag: cores(tag),
            inbox: cores(inbox),
            channel: cores(channel),
            customer: customer.map(|c| vec![c.0]),
            created_from: created_from.map(|t| t.0),
            created_until: created_until.map(|t| t.0),
            updated_from: updated_from.map(|t| t.0),
            updated_until: updated_until.map(|t| t.0),
            sort: sort.map_or_else(TicketSort::default, |s| s.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignees_are_an_id_or_one_of_a_few_words() {
        let read =
            |text: &str| text.parse::<Assignee<throughline_core::id::AgentId>>().map(|a| a.0);
        assert_eq!(read("none").unwrap(), AssigneeFilter::Nobody);
        assert_eq!(read("any").unwrap(), AssigneeFilter::Somebody);
        assert!(matches!(read("agt_1h2p9x8gk0009"), Ok(AssigneeFilter::Is(_))));
        assert_eq!(read("me").unwrap(), AssigneeFilter::Mine);
        assert!(read("mine").is_err(), "that is said of teams");
        assert!(read("tea_1h2p9x8gk0009").is_err());
    }
}
