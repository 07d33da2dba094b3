//! Suggestions to make two customers one.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use throughline_app::customers;
use throughline_core::merging::{Suggestion, SuggestionState as State};
use utoipa::{IntoParams, ToSchema};

use super::merges::MergeOut;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnAction, OnGet, OnList, OnWrite};
use crate::state::ApiState;
use crate::wire::{CustomerId, Instant, PageOut, PageQuery, SuggestionId, SuggestionState, Wire};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_suggestions)
        .service(list_customer_suggestions)
        .service(dismiss_suggestion)
        .service(accept_suggestion)
        .service(reopen_suggestion);
}

/// Two customers who may be the same person.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestionOut {
    /// Its id.
    id: SuggestionId,
    /// The two customers, the older one first.
    customers: [CustomerId; 2],
    /// How sure the evidence makes us, 0 to 100.
    #[schema(example = 73)]
    score: i16,
    /// What tells so: objects with one key each, such as `{"same_told":{"kind":"phone","value":"…"}}`.
    #[schema(value_type = Vec<Object>)]
    evidence: Vec<Value>,
    /// What became of it.
    state: SuggestionState,
    /// When it was made.
    made_at: Instant,
    /// Who decided: `system`, an agent's or a key's id.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<Instant>,
}

impl SuggestionOut {
    fn of(suggestion: Suggestion) -> Self {
        let Suggestion {
            id,
            first,
            second,
            score,
            evidence,
            state,
            made_at,
            decided_by,
            decided_at,
        } = suggestion;
        let evidence = evidence.into_iter().filter_map(|e| serde_json::to_value(e).ok());
        Self {
            id: id.into(),
            customers: [first.into(), second.into()],
            score,
            evidence: evidence.collect(),
            state: state.into(),
            made_at: made_at.into(),
            decided_by,
            decided_at: decided_at.map(Wire),
        }
    }
}

/// Which suggestions.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct SuggestionFilter {
    /// Those of which this became; the open ones when absent.
    state: Option<SuggestionState>,
}

from_query! { SuggestionFilter { state: maybe } }

/// Which of the two customers stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptIn {
    /// The one that stays, with its id and its fields; the older one when absent.
    survivor: Option<CustomerId>,
}

/// List suggestions to make two customers one, newest first.
#[utoipa::path(
    tag = "Customers", params(PageQuery, SuggestionFilter),
    responses(
        (status = 200, description = "A page of suggestions.", body = PageOut<SuggestionOut>),
        OnList
    )
)]
#[get("/suggestions")]
async fn list_suggestions(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
    filter: Asked<SuggestionFilter>,
) -> Result<Json<PageOut<SuggestionOut>>, Problem> {
    let wanted = filter.0.state.map_or(State::Open, |state| state.0);
    let page = page.0.into();
    let found = customers::list_suggestions(&state.app, &signed.0, wanted, &page).await?;
    Ok(Json(PageOut::of(found, SuggestionOut::of)))
}

/// List the open suggestions of a customer, newest first.
#[utoipa::path(
    tag = "Customers",
    params(("id" = CustomerId, Path, description = "The customer."), PageQuery),
    responses(
        (status = 200, description = "A page of suggestions.", body = PageOut<SuggestionOut>),
        OnGet
    )
)]
#[get("/customers/{id}/suggestions")]
async fn list_customer_suggestions(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<SuggestionOut>>, Problem> {
    let page = page.0.into();
    let found = customers::suggestions_of(&state.app, &signed.0, id.0.0, &page).await?;
    Ok(Json(PageOut::of(found, SuggestionOut::of)))
}

/// Say that the two are not the same person.
///
/// It is remembered: they are not suggested again, and never made one by themselves.
#[utoipa::path(
    tag = "Customers",
    params(("id" = SuggestionId, Path, description = "The suggestion."), IdempotencyHeader),
    responses((status = 200, description = "The suggestion.", body = SuggestionOut), OnAction)
)]
#[post("/suggestions/{id}/dismiss")]
async fn dismiss_suggestion(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<SuggestionId>,
) -> Result<Json<SuggestionOut>, Problem> {
    let decided = customers::dismiss(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(SuggestionOut::of(decided)))
}

/// Say that the two are the same person: they become one customer.
#[utoipa::path(
    tag = "Customers", request_body = AcceptIn,
    params(("id" = SuggestionId, Path, description = "The suggestion."), IdempotencyHeader),
    responses((status = 200, description = "The merge.", body = MergeOut), OnWrite)
)]
#[post("/suggestions/{id}/accept")]
async fn accept_suggestion(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<SuggestionId>,
    body: Body<AcceptIn>,
) -> Result<Json<MergeOut>, Problem> {
    let survivor = body.0.survivor.map(|survivor| survivor.0);
    let merge = customers::accept(&state.app, &signed.0, id.0.0, survivor).await?;
    Ok(Json(MergeOut::of(merge)))
}

/// Take back that the two are not the same person.
#[utoipa::path(
    tag = "Customers",
    params(("id" = SuggestionId, Path, description = "The suggestion."), IdempotencyHeader),
    responses((status = 200, description = "The suggestion.", body = SuggestionOut), OnAction)
)]
#[post("/suggestions/{id}/reopen")]
async fn reopen_suggestion(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<SuggestionId>,
) -> Result<Json<SuggestionOut>, Problem> {
    let decided = customers::reopen(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(SuggestionOut::of(decided)))
}
