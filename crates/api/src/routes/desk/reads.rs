//! What an agent has read.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use throughline_app::desk::reads;
use utoipa::ToSchema;

use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::{Body, Id};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnAction, OnWrite};
use crate::state::ApiState;
use crate::wire::{ItemId, TicketId};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read_ticket).service(unread_ticket);
}

/// Up to where a ticket is read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadIn {
    /// The newest item that you have read; the newest there is when absent.
    item: Option<ItemId>,
}

/// Mark a ticket as read.
///
/// That is yours alone. What was read stays so: an older item changes nothing.
#[utoipa::path(
    tag = "Desk", request_body = ReadIn,
    params(("id" = TicketId, Path, description = "The ticket.")),
    responses((status = 204, description = "It is noted."), OnWrite)
)]
#[post("/tickets/{id}/read")]
async fn read_ticket(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    body: Body<ReadIn>,
) -> Result<Done, Problem> {
    let ReadIn { item } = body.0;
    reads::read(&state.app, &signed.0, id.0.0, item.map(|item| item.0)).await?;
    Ok(Done)
}

/// Put a ticket back among the unread ones.
#[utoipa::path(
    tag = "Desk", params(("id" = TicketId, Path, description = "The ticket.")),
    responses((status = 204, description = "It is unread to you."), OnAction)
)]
#[post("/tickets/{id}/unread")]
async fn unread_ticket(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
) -> Result<Done, Problem> {
    reads::unread(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
