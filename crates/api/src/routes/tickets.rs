//! Tickets: list and read. Opening, changing and writing are in `ticket_writes`.

use std::fmt::Display;
use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::tickets::{self, AssigneeFilter, TicketQuery, TicketRef, TicketSort};
use throughline_core::ticket::{Ticket, TicketView};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::tags::TagOut;
use crate::answer::Versioned;
use crate::auth::Signed;
use crate::extract::{Asked, Id, IfNoneMatchHeader, Number, from_query};
use crate::problem::Problem;
use crate::responses::{OnGet, OnList};
use crate::state::ApiState;
use crate::wire::{
    AgentId, Channel, CustomerId, InboxId, Instant, PageOut, PageQuery, Priority, SearchText,
    StatusCategory, StatusKey, TagId, TeamId, Text, TicketId, Wire, cores,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_tickets).service(get_ticket_by_number).service(get_ticket);
}

/// One matter of one customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketOut {
    /// Its id.
    id: TicketId,
    /// The human number.
    #[schema(example = 1042)]
    number: i64,
    /// Whose it is.
    customer: CustomerId,
    /// The inbox by which it came.
    inbox: InboxId,
    /// The channel by which it came.
    channel: Channel,
    /// What it is about.
    #[schema(example = "Siparişim gelmedi")]
    subject: String,
    /// The key of its status.
    #[schema(example = "open")]
    status: String,
    /// The category of that status.
    category: StatusCategory,
    /// How pressing it is.
    priority: Priority,
    /// The agent who has it; null when nobody has.
    assignee_agent: Option<AgentId>,
    /// The team that has it; null when none has.
    assignee_team: Option<TeamId>,
    /// Its tags by name.
    tags: Vec<TagOut>,
    /// When it was made.
    created_at: Instant,
    /// When it or its items last changed.
    updated_at: Instant,
    /// When it was last resolved; null while it is not.
    resolved_at: Option<Instant>,
    /// When the newest message occurred; null when there is none.
    last_message_at: Option<Instant>,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl TicketOut {
    /// On the wire.
    pub fn of(view: TicketView) -> Self {
        let TicketView { ticket, tags } = view;
        let Ticket {
            id,
            number,
            customer,
            inbox,
            channel,
            subject,
            status,
            category,
            priority,
            assignee_agent,
            assignee_team,
            created_at,
            updated_at,
            updated_key: _,
            resolved_at,
            last_message_at,
            version,
        } = ticket;
        Self {
            id: id.into(),
            number,
            customer: customer.into(),
            inbox: inbox.into(),
            channel: channel.into(),
            subject,
            status,
            category: category.into(),
            priority: priority.into(),
            assignee_agent: assignee_agent.map(Wire),
            assignee_team: assignee_team.map(Wire),
            tags: tags.into_iter().map(TagOut::of).collect(),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            resolved_at: resolved_at.map(Wire),
            last_message_at: last_message_at.map(Wire),
            version,
        }
    }
}

/// An id, `none` or `any`.
#[derive(Debug)]
struct Assignee<T>(AssigneeFilter<T>);

impl<T: FromStr<Err: Display>> FromStr for Assignee<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        Ok(Self(match text {
            "none" => AssigneeFilter::Nobody,
            "any" => AssigneeFilter::Somebody,
            id => AssigneeFilter::Is(id.parse()?),
        }))
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
struct TicketFilter {
    /// Words, "phrases", begin*, numbers, addresses; the list is then by newest match, whatever
    /// `sort` says.
    q: Option<SearchText>,
    /// Keys of statuses.
    status: Vec<StatusKey>,
    /// Categories of statuses.
    category: Vec<StatusCategory>,
    /// Priorities.
    priority: Vec<Priority>,
    /// The agent who has it: an id, `none` or `any`.
    #[param(value_type = Option<String>, pattern = "^(none|any|agt_[0-7][0-9abcdefghjkmnpqrstvwxyz]{12})$")]
    assignee_agent: Option<Assignee<throughline_core::id::AgentId>>,
    /// The team that has it: an id, `none` or `any`.
    #[param(value_type = Option<String>, pattern = "^(none|any|tea_[0-7][0-9abcdefghjkmnpqrstvwxyz]{12})$")]
    assignee_team: Option<Assignee<throughline_core::id::TeamId>>,
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
    assignee_team: maybe, tag: many, inbox: many, channel: many, customer: maybe,
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

/// List tickets.
#[utoipa::path(
    tag = "Tickets", params(PageQuery, TicketFilter),
    responses((status = 200, description = "A page of tickets.", body = PageOut<TicketOut>), OnList)
)]
#[get("/tickets")]
async fn list_tickets(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<TicketFilter>,
) -> Result<Json<PageOut<TicketOut>>, Problem> {
    let query = filter.0.into();
    let found = tickets::list(&state.app, &signed.0, &query, &page.0.into()).await;
    let found = found.map_err(Problem::in_query)?;
    Ok(Json(PageOut::of(found, TicketOut::of)))
}

/// Read a ticket.
#[utoipa::path(
    tag = "Tickets", params(("id" = TicketId, Path, description = "The ticket."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The ticket.", body = TicketOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/tickets/{id}")]
async fn get_ticket(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
) -> Result<Versioned<TicketOut>, Problem> {
    let view = tickets::get(&state.app, &signed.0, TicketRef::Id(id.0.0)).await?;
    Ok(Versioned { version: view.ticket.version, body: TicketOut::of(view) })
}

/// Read a ticket by its human number.
#[utoipa::path(
    tag = "Tickets",
    params(
        ("number" = i64, Path, description = "The number.", minimum = 1, example = 1042),
        IfNoneMatchHeader
    ),
    responses(
        (status = 200, description = "The ticket.", body = TicketOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/tickets/by-number/{number}")]
async fn get_ticket_by_number(
    state: Data<ApiState>,
    signed: Signed,
    number: Number,
) -> Result<Versioned<TicketOut>, Problem> {
    let view = tickets::get(&state.app, &signed.0, TicketRef::Number(number.0)).await?;
    Ok(Versioned { version: view.ticket.version, body: TicketOut::of(view) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignees_are_an_id_or_one_of_two_words() {
        let read =
            |text: &str| text.parse::<Assignee<throughline_core::id::AgentId>>().map(|a| a.0);
        assert_eq!(read("none").unwrap(), AssigneeFilter::Nobody);
        assert_eq!(read("any").unwrap(), AssigneeFilter::Somebody);
        assert!(matches!(read("agt_1h2p9x8gk0009"), Ok(AssigneeFilter::Is(_))));
        assert!(read("tea_1h2p9x8gk0009").is_err());
    }
}
