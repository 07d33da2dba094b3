//! Tickets: list and read. Opening, changing and writing are in `ticket_writes`.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::tickets::{self, TicketRef};
use throughline_core::ticket::{Ticket, TicketView};
use utoipa::ToSchema;

use super::tags::TagOut;
use super::ticket_filter::TicketFilter;
use super::ticket_row::TicketRowOut;
use crate::answer::Versioned;
use crate::auth::Signed;
use crate::extract::{Asked, Id, IfNoneMatchHeader, Number};
use crate::problem::Problem;
use crate::responses::{OnGet, OnList};
use crate::state::ApiState;
use crate::wire::{
    AgentId, Channel, CustomerId, InboxId, Instant, PageOut, PageQuery, Priority, StatusCategory,
    TeamId, TicketId, Wire,
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
    /// What a row of a list shows beside; null outside of `GET /api/v1/tickets`.
    row: Option<TicketRowOut>,
}

impl TicketOut {
    /// On the wire.
    pub fn of(view: TicketView) -> Self {
        let TicketView { ticket, tags, row } = view;
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
            row: row.map(|row| TicketRowOut::of(*row)),
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
