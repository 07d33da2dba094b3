//! The ledger explained: why a delivery became what it became.

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::deliveries::{self, Explanation, Seen};
use throughline_core::timeline::{Detail, TimelineItem};
use utoipa::ToSchema;

use super::deliveries::DeliveryOut;
use super::messages::ReasonOut;
use crate::auth::Signed;
use crate::extract::Id;
use crate::problem::Problem;
use crate::responses::OnGet;
use crate::state::ApiState;
use crate::wire::{CustomerId, DeliveryId, Instant, ItemId, TicketId, Wire};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(explain_delivery);
}

/// All that is known about a delivery.
#[derive(Debug, Serialize, ToSchema)]
struct ExplanationOut {
    /// Its row in the ledger, with outcome and reason.
    delivery: DeliveryOut,
    /// Its Message-ID, once it was read and had one.
    #[schema(example = "abc123@mail.example.com")]
    message_id: Option<String>,
    /// Where it was seen on its mail server; empty when it came another way.
    seen: Vec<SeenOut>,
    /// The item that it became or repeats; null when there is none or you may not read it.
    item: Option<ExplainedItemOut>,
}

/// A place on a mail server.
#[derive(Debug, Serialize, ToSchema)]
struct SeenOut {
    /// The folder.
    #[schema(example = "INBOX")]
    folder: String,
    /// What its UIDs were good for.
    #[schema(example = 1700000000)]
    uid_validity: i64,
    /// The UID there.
    #[schema(example = 4711)]
    uid: i64,
    /// When it was seen.
    seen_at: Instant,
}

/// An item with the reasons of what was decided about it.
#[derive(Debug, Serialize, ToSchema)]
struct ExplainedItemOut {
    /// The item.
    id: ItemId,
    /// Its ticket.
    ticket: Option<TicketId>,
    /// Its customer.
    customer: CustomerId,
    /// Why it is this customer's.
    owner_reason: Option<ReasonOut>,
    /// Why it is in this ticket.
    thread_reason: Option<ReasonOut>,
}

impl ExplanationOut {
    fn of(found: Explanation) -> Self {
        let Explanation { delivery, message_id, seen, item } = found;
        let place = |Seen { folder, uid_validity, uid, seen_at }| SeenOut {
            folder,
            uid_validity,
            uid,
            seen_at: seen_at.into(),
        };
        Self {
            delivery: DeliveryOut::of(delivery),
            message_id,
            seen: seen.into_iter().map(place).collect(),
            item: item.map(ExplainedItemOut::of),
        }
    }
}

impl ExplainedItemOut {
    fn of(item: TimelineItem) -> Self {
        let (owner_reason, thread_reason) = match item.detail {
            Detail::Message(detail) => (detail.owner_reason, detail.thread_reason),
            _ => (None, None),
        };
        Self {
            id: item.id.into(),
            ticket: item.ticket.map(Wire),
            customer: item.customer.into(),
            owner_reason: owner_reason.map(ReasonOut::of),
            thread_reason: thread_reason.map(ReasonOut::of),
        }
    }
}

/// Explain a delivery: where it was seen, what became of it, and why.
#[utoipa::path(
    tag = "Ledger", params(("id" = DeliveryId, Path, description = "The row.")),
    responses((status = 200, description = "The explanation.", body = ExplanationOut), OnGet)
)]
#[get("/deliveries/{id}/explanation")]
async fn explain_delivery(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<DeliveryId>,
) -> Result<Json<ExplanationOut>, Problem> {
    let found = deliveries::explain(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ExplanationOut::of(found)))
}
