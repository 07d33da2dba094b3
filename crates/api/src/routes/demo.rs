//! The sample data: whether it is there, and taking it away.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get};
use serde::Serialize;
use throughline_app::demo::{self, Demo, Removed};
use utoipa::ToSchema;

use crate::auth::Signed;
use crate::problem::Problem;
use crate::responses::{OnDelete, OnList};
use crate::state::ApiState;
use crate::wire::{CustomerId, InboxId, TicketId, Wire, wires};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_demo).service(delete_demo);
}

/// What there is of the sample data.
#[derive(Debug, Serialize, ToSchema)]
struct DemoOut {
    /// Whether there is any.
    present: bool,
    /// Its inbox.
    inbox: Option<InboxId>,
    /// How many mails of it are in the ledger.
    #[schema(example = 37)]
    mails: usize,
    /// How many tickets they are in.
    #[schema(example = 21)]
    tickets: usize,
    /// How many customers wrote them.
    #[schema(example = 12)]
    customers: usize,
}

/// What was removed, and what stays.
#[derive(Debug, Serialize, ToSchema)]
struct DemoRemovedOut {
    /// How many mails went from the ledger.
    #[schema(example = 37)]
    mails: usize,
    /// How many items went from timelines: those mails, and what agents did with them.
    #[schema(example = 80)]
    items: usize,
    /// How many tickets went.
    #[schema(example = 21)]
    tickets: usize,
    /// How many customers went.
    #[schema(example = 12)]
    customers: usize,
    /// How many domain events went.
    #[schema(example = 120)]
    events: usize,
    /// Whether the inbox went; it stays when something else came by it.
    inbox_removed: bool,
    /// Tickets that stay, whole, since something came to them that is no sample.
    kept_tickets: Vec<KeptTicketOut>,
    /// Customers who stay: those of kept tickets, and those with something else of their own.
    kept_customers: Vec<CustomerId>,
}

/// A ticket that stays.
#[derive(Debug, Serialize, ToSchema)]
struct KeptTicketOut {
    /// The ticket.
    id: TicketId,
    /// Its number.
    #[schema(example = 1007)]
    number: i64,
}

/// Tell whether the sample data is there.
#[utoipa::path(
    tag = "Set-up",
    responses((status = 200, description = "What there is of it.", body = DemoOut), OnList)
)]
#[get("/demo")]
async fn get_demo(state: Data<ApiState>, signed: Signed) -> Result<Json<DemoOut>, Problem> {
    let Demo { inbox, mails, tickets, customers } = demo::status(&state.app, &signed.0).await?;
    let present = inbox.is_some() && mails > 0;
    Ok(Json(DemoOut { present, inbox: inbox.map(Wire), mails, tickets, customers }))
}

/// Take the sample data away.
///
/// Its mails, tickets and customers go, with what agents did with them, their events and their inbox; and
/// nothing else. A ticket to which something real came stays whole, and the answer names it. Doing it again
/// removes nothing more.
#[utoipa::path(
    tag = "Set-up",
    responses((status = 200, description = "What went.", body = DemoRemovedOut), OnDelete)
)]
#[delete("/demo")]
async fn delete_demo(
    state: Data<ApiState>,
    signed: Signed,
) -> Result<Json<DemoRemovedOut>, Problem> {
    let removed = demo::remove(&state.app, &signed.0).await?;
    let Removed { mails, items, tickets, customers, events, inbox, kept_tickets, kept_customers } =
        removed;
    let kept = |(id, number): (_, i64)| KeptTicketOut { id: Wire(id), number };
    Ok(Json(DemoRemovedOut {
        mails,
        items,
        tickets,
        customers,
        events,
        inbox_removed: inbox,
        kept_tickets: kept_tickets.into_iter().map(kept).collect(),
        kept_customers: wires(kept_customers),
    }))
}
