//! Consents: what customers agreed to, with its history.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use throughline_app::profiles::{self, NewConsent};
use throughline_core::profile::Consent;
use utoipa::ToSchema;

use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnGet};
use crate::state::ApiState;
use crate::wire::{
    ConsentId, ConsentState, CustomerId, Instant, Name, PageOut, PageQuery, Purpose, Remark, Text,
    Wire,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_consents).service(create_consent);
}

/// What a customer said about a purpose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsentOut {
    /// Its id.
    id: ConsentId,
    /// The record it was noted on.
    record: CustomerId,
    /// What for.
    #[schema(example = "newsletter")]
    purpose: String,
    /// What was said.
    state: ConsentState,
    /// When it was said.
    given_at: Instant,
    /// Where it was said.
    #[schema(example = "Web form")]
    source: String,
    /// What proves it.
    #[schema(example = "Form 2026-11, box ticked, from 192.0.2.7")]
    proof: Option<String>,
    /// Who noted it: the id of an agent or API key.
    #[schema(example = "agt_1h2p9x8gk0009")]
    by: String,
    /// When it was noted.
    created_at: Instant,
}

impl ConsentOut {
    pub(super) fn of(consent: Consent) -> Self {
        let Consent { id, record, purpose, state, given_at, source, proof, by, created_at } =
            consent;
        Self {
            id: id.into(),
            record: record.into(),
            purpose,
            state: Wire(state),
            given_at: given_at.into(),
            source,
            proof,
            by,
            created_at: created_at.into(),
        }
    }
}

/// List what a customer said about purposes, noted last first.
///
/// The first one of a purpose is the one that counts.
#[utoipa::path(
    tag = "Customers",
    params(("id" = CustomerId, Path, description = "The customer."), PageQuery),
    responses((status = 200, description = "A page of consents.", body = PageOut<ConsentOut>), OnGet)
)]
#[get("/customers/{id}/consents")]
async fn list_consents(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<ConsentOut>>, Problem> {
    let found = profiles::list_consents(&state.app, &signed.0, id.0.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, ConsentOut::of)))
}

/// What a customer said about a purpose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentIn {
    /// What for: a word of a-z, 0-9 and _.
    purpose: Purpose,
    /// What was said.
    state: ConsentState,
    /// When it was said; now when absent.
    given_at: Option<Instant>,
    /// Where it was said.
    source: Name,
    /// What proves it.
    proof: Option<Remark>,
}

/// Note what a customer said about a purpose.
///
/// What was said before is kept.
#[utoipa::path(
    tag = "Customers", request_body = ConsentIn,
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyHeader),
    responses((status = 201, description = "The consent.", body = ConsentOut), OnCreate)
)]
#[post("/customers/{id}/consents")]
async fn create_consent(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    body: Body<ConsentIn>,
) -> Result<Created<ConsentOut>, Problem> {
    let ConsentIn { purpose, state: said, given_at, source, proof } = body.0;
    let new = NewConsent {
        purpose: purpose.into_string(),
        state: said.0,
        given_at: given_at.map(|at| at.0),
        source: source.into_string(),
        proof: proof.map(Remark::into_string),
    };
    let consent = profiles::give_consent(&state.app, &signed.0, id.0.0, new).await?;
    let location = format!("/api/v1/customers/{}/consents", consent.record);
    Ok(Created::new(location, ConsentOut::of(consent)))
}
