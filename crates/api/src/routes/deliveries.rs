//! The ledger: all that ever arrived, what became of it, and another try.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use throughline_app::deliveries::{self, DeliveryQuery, Recorded};
use throughline_core::delivery::Delivery;
use throughline_core::inbound::RawDelivery;
use throughline_core::query::Span;
use utoipa::{IntoParams, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, RawBody, from_query};
use crate::fallback::only_post;
use crate::problem::Problem;
use crate::responses::{OnAction, OnCreate, OnGet, OnList};
use crate::state::ApiState;
use crate::wire::{
    DeliveryId, ExternalId, ImportId, InboxId, Instant, ItemId, MessageIdText, Outcome, PageOut,
    PageQuery, Text, Wire, cores,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_deliveries)
        .service(create_delivery)
        .service(replay_deliveries)
        .route("/deliveries/replay", web::route().to(only_post))
        .service(get_delivery)
        .service(replay_delivery);
}

/// A row of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryOut {
    /// Its id.
    id: DeliveryId,
    /// The inbox by which it came.
    inbox: InboxId,
    /// Its name at its source; a second one with the same name is a repeat.
    #[schema(example = "imap:1:4711")]
    external_id: String,
    /// Its size in bytes.
    #[schema(example = 18244)]
    size: i64,
    /// When it reached us.
    received_at: Instant,
    /// What became of it.
    outcome: Outcome,
    /// Why, in a sentence; null when there is nothing to say.
    reason: Option<String>,
    /// The item it became, or the item it repeats.
    item: Option<ItemId>,
    /// When it was processed; null while it waits.
    processed_at: Option<Instant>,
    /// Its Message-ID, once it was read; null when it has none.
    #[schema(example = "4711@mail.example.com")]
    message_id: Option<String>,
    /// Its size at its source in bytes, when it was too large and only its header was taken.
    #[schema(example = 73400320)]
    full_size: Option<i64>,
    /// The import that brought it; null for what arrived by itself.
    import: Option<ImportId>,
}

impl DeliveryOut {
    /// On the wire.
    pub fn of(delivery: Delivery) -> Self {
        let Delivery {
            id,
            inbox,
            external_id,
            blob: _,
            size,
            received_at,
            outcome,
            reason,
            item,
            processed_at,
            message_id,
            full_size,
            import,
        } = delivery;
        Self {
            id: id.into(),
            inbox: inbox.into(),
            external_id,
            size,
            received_at: received_at.into(),
            outcome: outcome.into(),
            reason,
            item: item.map(Wire),
            processed_at: processed_at.map(Wire),
            message_id,
            full_size,
            import: import.map(Wire),
        }
    }
}

/// What became of recording a message.
#[derive(Debug, Serialize, ToSchema)]
struct RecordedOut {
    /// The row in the ledger.
    delivery: DeliveryId,
    /// Whether it is new; false when it had come before and nothing was done.
    fresh: bool,
}

/// How many deliveries will be tried again.
#[derive(Debug, Serialize, ToSchema)]
struct ReplayedOut {
    /// The number.
    #[schema(example = 2)]
    replayed: usize,
}

/// Which deliveries to try again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeliveriesReplayIn {
    /// Only those of this inbox; those of all when absent.
    inbox: Option<InboxId>,
}

/// Which rows. Several outcomes mean any of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveryFilter {
    /// What became of them.
    outcome: Vec<Outcome>,
    /// The inbox they came by.
    inbox: Option<InboxId>,
    /// Its Message-ID, without angle brackets.
    message_id: Option<MessageIdText>,
    /// Recorded at this instant (RFC 3339) or later.
    since: Option<Instant>,
    /// Recorded before this instant.
    until: Option<Instant>,
}

from_query! {
    DeliveryFilter { outcome: many, inbox: maybe, message_id: maybe, since: maybe, until: maybe }
}

/// Where a pushed message goes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct PushQuery {
    /// The inbox.
    inbox: InboxId,
    /// What names the message at its source; by default the hash of its bytes, so that the same
    /// message pushed twice is recorded once.
    external_id: Option<ExternalId>,
}

from_query! { PushQuery { inbox: one, external_id: maybe } }

/// List the ledger, newest first.
#[utoipa::path(
    tag = "Ledger", params(PageQuery, DeliveryFilter),
    responses((status = 200, description = "A page of rows.", body = PageOut<DeliveryOut>), OnList)
)]
#[get("/deliveries")]
async fn list_deliveries(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<DeliveryFilter>,
) -> Result<Json<PageOut<DeliveryOut>>, Problem> {
    let DeliveryFilter { outcome, inbox, message_id, since, until } = filter.0;
    let query = DeliveryQuery {
        outcome: cores(outcome),
        inbox: inbox.map(|i| i.0),
        message_id: message_id.map(Text::into_string),
        recorded: Span { since: since.map(|at| at.0), until: until.map(|at| at.0) },
    };
    let found = deliveries::list(&state.app, &signed.0, &query, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, DeliveryOut::of)))
}

/// Push a raw message into an inbox.
///
/// It is safe with us when the answer comes, and is processed soon after: see the row's outcome.
#[utoipa::path(
    tag = "Ledger", params(PushQuery, IdempotencyHeader),
    request_body(
        content = serde_json::Value, content_type = "message/rfc822",
        description = "One message as it travels by mail (RFC 5322)."
    ),
    responses((status = 202, description = "Recorded.", body = RecordedOut), OnCreate)
)]
#[post("/deliveries")]
async fn create_delivery(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<PushQuery>,
    body: RawBody,
) -> Result<HttpResponse, Problem> {
    let PushQuery { inbox, external_id } = query.0;
    let (inbox, RawBody(bytes)) = (inbox.0, body);
    if bytes.is_empty() {
        return Err(Problem::new("invalid_body", "send the message: the body is empty"));
    }
    let hash = || format!("blake3:{}", blake3::hash(&bytes).to_hex());
    let external_id = external_id.map_or_else(hash, ExternalId::into_string);
    let received_at = state.app.now();
    let raw = RawDelivery { inbox, external_id, bytes: bytes.to_vec(), received_at };
    let recorded = deliveries::record(&state.app, &signed.0, vec![raw]).await?.pop();
    let Recorded { delivery, fresh } =
        recorded.ok_or_else(|| Problem::new("internal", "something went wrong on our side"))?;
    Ok(HttpResponse::Accepted().json(RecordedOut { delivery: delivery.into(), fresh }))
}

/// Read a row of the ledger.
#[utoipa::path(
    tag = "Ledger", params(("id" = DeliveryId, Path, description = "The row.")),
    responses((status = 200, description = "The row.", body = DeliveryOut), OnGet)
)]
#[get("/deliveries/{id}")]
async fn get_delivery(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<DeliveryId>,
) -> Result<Json<DeliveryOut>, Problem> {
    let delivery = deliveries::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(DeliveryOut::of(delivery)))
}

/// Process a quarantined delivery once more.
#[utoipa::path(
    tag = "Ledger",
    params(("id" = DeliveryId, Path, description = "The row."), IdempotencyHeader),
    responses((status = 202, description = "It will be tried again.", body = DeliveryOut), OnAction)
)]
#[post("/deliveries/{id}/replay")]
async fn replay_delivery(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<DeliveryId>,
) -> Result<HttpResponse, Problem> {
    let delivery = deliveries::replay(&state.app, &signed.0, id.0.0).await?;
    Ok(HttpResponse::Accepted().json(DeliveryOut::of(delivery)))
}

/// Process all quarantined deliveries once more.
#[utoipa::path(
    tag = "Ledger", params(IdempotencyHeader), request_body = DeliveriesReplayIn,
    responses((status = 202, description = "They will be tried again.", body = ReplayedOut), OnCreate)
)]
#[post("/deliveries/replay")]
async fn replay_deliveries(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<DeliveriesReplayIn>,
) -> Result<HttpResponse, Problem> {
    let DeliveriesReplayIn { inbox } = body.0;
    let replayed = deliveries::replay_all(&state.app, &signed.0, inbox.map(|i| i.0)).await?;
    Ok(HttpResponse::Accepted().json(ReplayedOut { replayed }))
}
