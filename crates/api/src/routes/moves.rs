//! Moving a message to another ticket, and the links between tickets.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use throughline_app::messages::{self, MoveTo};
use throughline_app::ticket_links;
use throughline_core::ticket_link::TicketLink;
use utoipa::ToSchema;

use super::items::ItemOut;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnGet, OnWrite};
use crate::state::ApiState;
use crate::wire::{Instant, ItemId, PageOut, PageQuery, StatusCategory, TicketId};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(move_item).service(list_ticket_links);
}

/// Where a message is moved: to a ticket, or to a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveIn {
    /// To this ticket.
    ticket: Option<TicketId>,
    /// Whether to a ticket that is opened for it.
    #[serde(default)]
    new_ticket: bool,
}

impl MoveIn {
    fn into_core(self) -> Result<MoveTo, Problem> {
        match (self.ticket, self.new_ticket) {
            (Some(ticket), false) => Ok(MoveTo::Ticket(ticket.0)),
            (None, true) => Ok(MoveTo::New),
            _ => {
                let why = "say either to which ticket, or that it shall be a new one";
                Err(Problem::new("invalid_field", why).at("ticket"))
            }
        }
    }
}

/// A link to another ticket.
#[derive(Debug, Serialize, ToSchema)]
struct TicketLinkOut {
    /// The other ticket.
    ticket: TicketId,
    /// Its number.
    #[schema(example = 1042)]
    number: i64,
    /// Its subject.
    #[schema(example = "Siparişim gelmedi")]
    subject: String,
    /// What its status means.
    category: StatusCategory,
    /// How this ticket is linked to it: `continues` it, `continued_by` it, or `related`.
    #[schema(example = "continues")]
    kind: &'static str,
    /// When they were linked.
    created_at: Instant,
}

impl TicketLinkOut {
    fn of(link: TicketLink) -> Self {
        use throughline_core::ticket_link::LinkKind;
        let TicketLink { kind, to_older, other, number, subject, category, created_at } = link;
        let kind = match (kind, to_older) {
            (LinkKind::Continues, true) => "continues",
            (LinkKind::Continues, false) => "continued_by",
            (LinkKind::Related, _) => "related",
        };
        Self {
            ticket: other.into(),
            number,
            subject,
            category: category.into(),
            kind,
            created_at: created_at.into(),
        }
    }
}

/// Move a message to another ticket, or to a new one.
///
/// What answers the message later goes there as well. Moving it back undoes all of it; a ticket that was
/// opened for it stays, empty.
#[utoipa::path(
    tag = "Timeline", request_body = MoveIn,
    params(("id" = ItemId, Path, description = "The message."), IdempotencyHeader),
    responses((status = 200, description = "The message in its new place.", body = ItemOut), OnWrite)
)]
#[post("/items/{id}/move")]
async fn move_item(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<MoveIn>,
) -> Result<Json<ItemOut>, Problem> {
    let to = body.0.into_core()?;
    let item = messages::move_message(&state.app, &signed.0, id.0.0, to).await?;
    Ok(Json(ItemOut::of(item)))
}

/// List the links of a ticket to others, the newest of these first.
#[utoipa::path(
    tag = "Tickets",
    params(("id" = TicketId, Path, description = "The ticket."), PageQuery),
    responses((status = 200, description = "A page of links.", body = PageOut<TicketLinkOut>), OnGet)
)]
#[get("/tickets/{id}/links")]
async fn list_ticket_links(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<TicketLinkOut>>, Problem> {
    let page = page.0.into();
    let found = ticket_links::list(&state.app, &signed.0, id.0.0, &page).await?;
    Ok(Json(PageOut::of(found, TicketLinkOut::of)))
}
