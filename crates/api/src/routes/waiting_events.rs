//! Pushed events about nobody we know: listed, given to a customer by hand, removed.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, post};
use serde::{Deserialize, Serialize};
use throughline_app::pushed;
use throughline_core::identity::{Hint, Key};
use throughline_core::pushed::WaitingEvent;
use utoipa::ToSchema;

use super::item_details::PushedOut;
use super::pushed::EventOutcomeOut;
use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnList};
use crate::state::ApiState;
use crate::wire::{
    Channel, CustomerId, IdentityKind, Instant, ItemKind, PageOut, PageQuery, Proof, PushedEventId,
    Wire,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_waiting_events).service(bind_waiting_event).service(delete_waiting_event);
}

/// An event about nobody we know.
#[derive(Debug, Serialize, ToSchema)]
struct WaitingEventOut {
    /// Its id.
    id: PushedEventId,
    /// Who pushed it: the id of an agent or API key.
    #[schema(example = "key_1h2p9x8gk000e")]
    actor: String,
    /// What it will be on the timeline.
    kind: ItemKind,
    /// The channel it counts for.
    channel: Channel,
    /// When it happened.
    occurred_at: Instant,
    /// When it was pushed.
    created_at: Instant,
    /// At whom it hints.
    identities: Vec<IdentityHintOut>,
    /// The event as it will be shown.
    event: PushedOut,
}

/// Somebody an event hints at.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityHintOut {
    /// What kind of identity.
    kind: IdentityKind,
    /// Where the value means something.
    #[schema(example = "")]
    scope: String,
    /// The form by which it is found.
    #[schema(example = "ayse@example.com")]
    value: String,
    /// The name that came with it.
    name: Option<String>,
    /// How it was proved. The event waits for those that are, else for the first that can lead.
    proof: Proof,
}

impl WaitingEventOut {
    fn of(event: WaitingEvent) -> Self {
        let WaitingEvent { id, actor, event_type: _, occurred_at, created_at, content } = event;
        let hint = |Hint { key, display: _, name, proof }| {
            let Key { kind, scope, value } = key;
            IdentityHintOut { kind: Wire(kind), scope, value, name, proof: proof.into() }
        };
        Self {
            id: id.into(),
            actor,
            kind: content.kind.into(),
            channel: content.channel.into(),
            occurred_at: occurred_at.into(),
            created_at: created_at.into(),
            identities: content.hints.into_iter().map(hint).collect(),
            event: PushedOut::of(content.detail),
        }
    }
}

/// List events that wait until we know whom they are about, pushed last first.
#[utoipa::path(
    tag = "Events", params(PageQuery),
    responses(
        (status = 200, description = "A page of waiting events.", body = PageOut<WaitingEventOut>),
        OnList
    )
)]
#[get("/events/waiting")]
async fn list_waiting_events(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<WaitingEventOut>>, Problem> {
    let found = pushed::list_waiting(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, WaitingEventOut::of)))
}

/// Whose a waiting event is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BindIn {
    /// The customer.
    customer: CustomerId,
}

/// Say whose a waiting event is.
///
/// It comes onto the timeline of that customer. Nothing is concluded for other events.
#[utoipa::path(
    tag = "Events", request_body = BindIn,
    params(("id" = PushedEventId, Path, description = "The event."), IdempotencyHeader),
    responses((status = 200, description = "Where it is now.", body = EventOutcomeOut), OnCreate)
)]
#[post("/events/waiting/{id}/bind")]
async fn bind_waiting_event(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PushedEventId>,
    body: Body<BindIn>,
) -> Result<Json<EventOutcomeOut>, Problem> {
    let stored = pushed::bind(&state.app, &signed.0, id.0.0, body.0.customer.0).await?;
    Ok(Json(EventOutcomeOut::at("stored", stored)))
}

/// Remove a waiting event.
///
/// Its key stays taken.
#[utoipa::path(
    tag = "Events", params(("id" = PushedEventId, Path, description = "The event.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/events/waiting/{id}")]
async fn delete_waiting_event(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PushedEventId>,
) -> Result<Done, Problem> {
    pushed::delete_waiting(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
