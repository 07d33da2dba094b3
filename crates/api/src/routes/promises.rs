//! Promises to customers.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::promises::{self, NewPromise};
use throughline_core::promises::MadePromise;
use utoipa::{IntoParams, ToSchema};

use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnGet, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    CustomerId, Instant, ItemId, PageOut, PageQuery, PromiseId, PromiseState, PromiseText, Text,
    TicketId, Wire,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(create_promise)
        .service(list_promises)
        .service(get_promise)
        .service(update_promise);
}

/// Something that we promised.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PromiseOut {
    /// Its id.
    id: PromiseId,
    /// The customer's record to which it was made.
    customer: CustomerId,
    /// The ticket.
    ticket: TicketId,
    /// Its item on the timeline.
    item: ItemId,
    /// The message that made it.
    about: Option<ItemId>,
    /// What was promised.
    #[schema(example = "We call you by Friday")]
    text: String,
    /// Until when.
    due_at: Instant,
    /// What became of it.
    state: PromiseState,
    /// Who said so: `system`, or the id of an agent or API key; null while it is open.
    state_by: Option<String>,
    /// When.
    state_at: Option<Instant>,
    /// Who made it.
    #[schema(example = "agt_1h2p9x8gk0009")]
    made_by: String,
    /// When.
    created_at: Instant,
}

impl PromiseOut {
    pub(super) fn of(promise: MadePromise) -> Self {
        Self {
            id: promise.id.into(),
            customer: promise.customer.into(),
            ticket: promise.ticket.into(),
            item: promise.item.into(),
            about: promise.about.map(Wire),
            text: promise.text,
            due_at: promise.due_at.into(),
            state: promise.state.into(),
            state_by: promise.state_by,
            state_at: promise.state_at.map(Wire),
            made_by: promise.made_by,
            created_at: promise.created_at.into(),
        }
    }
}

/// A promise to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PromiseIn {
    /// What is promised.
    text: PromiseText,
    /// Until when: after now, and within ten years.
    due_at: Instant,
    /// The message of this ticket that makes it.
    item: Option<ItemId>,
}

/// Make a promise. It stands on the timeline, and is broken when its time goes by.
#[utoipa::path(
    tag = "Facts", request_body = PromiseIn,
    params(("id" = TicketId, Path, description = "The ticket."), IdempotencyHeader),
    responses((status = 201, description = "The promise.", body = PromiseOut), OnCreate)
)]
#[post("/tickets/{id}/promises")]
async fn create_promise(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    body: Body<PromiseIn>,
) -> Result<Created<PromiseOut>, Problem> {
    let PromiseIn { text, due_at, item } = body.0;
    let new =
        NewPromise { text: text.into_string(), due_at: due_at.0, item: item.map(|item| item.0) };
    let promise = promises::make(&state.app, &signed.0, id.0.0, new).await?;
    Ok(Created::new(format!("/api/v1/promises/{}", promise.id), PromiseOut::of(promise)))
}

/// Which promises.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct PromiseFilter {
    /// Only those in this state.
    state: Option<PromiseState>,
}

from_query! { PromiseFilter { state: maybe } }

/// List what we promised to a customer, the newest first.
#[utoipa::path(
    tag = "Facts",
    params(("id" = CustomerId, Path, description = "The customer."), PageQuery, PromiseFilter),
    responses((status = 200, description = "A page of promises.", body = PageOut<PromiseOut>), OnGet)
)]
#[get("/customers/{id}/promises")]
async fn list_promises(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    page: Asked<PageQuery>,
    filter: Asked<PromiseFilter>,
) -> Result<Json<PageOut<PromiseOut>>, Problem> {
    let (wanted, page) = (filter.0.state.map(|state| state.0), page.0.into());
    let found = promises::of_customer(&state.app, &signed.0, id.0.0, wanted, &page).await?;
    Ok(Json(PageOut::of(found, PromiseOut::of)))
}

/// Read a promise.
#[utoipa::path(
    tag = "Facts", params(("id" = PromiseId, Path, description = "The promise.")),
    responses((status = 200, description = "The promise.", body = PromiseOut), OnGet)
)]
#[get("/promises/{id}")]
async fn get_promise(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PromiseId>,
) -> Result<Json<PromiseOut>, Problem> {
    let promise = promises::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(PromiseOut::of(promise)))
}

/// What became of a promise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PromisePatch {
    /// The state.
    state: PromiseState,
}

/// Say what became of a promise.
#[utoipa::path(
    tag = "Facts", request_body = PromisePatch,
    params(("id" = PromiseId, Path, description = "The promise.")),
    responses((status = 200, description = "The promise.", body = PromiseOut), OnWrite)
)]
#[patch("/promises/{id}")]
async fn update_promise(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<PromiseId>,
    body: Body<PromisePatch>,
) -> Result<Json<PromiseOut>, Problem> {
    let PromisePatch { state: wanted } = body.0;
    let promise = promises::set_state(&state.app, &signed.0, id.0.0, wanted.0).await?;
    Ok(Json(PromiseOut::of(promise)))
}
