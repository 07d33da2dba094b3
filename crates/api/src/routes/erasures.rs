//! Erasing customers, and the proofs of it.

use std::collections::BTreeMap;

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use throughline_app::timeline::{self, Erase, Erasure};
use utoipa::ToSchema;

use crate::answer::Created;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnGet, OnList};
use crate::state::ApiState;
use crate::wire::{
    CustomerId, ErasureId, Instant, Name, PageOut, PageQuery, Remark, Text, Wire, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(erase_customer).service(list_erasures).service(get_erasure);
}

/// A wish to erase a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EraseIn {
    /// Why; it stays in the proof, so name nobody.
    #[schema(example = "Request of 3 March, GDPR article 17")]
    reason: Remark,
    /// The customer's id or name, exactly.
    #[schema(example = "Ayşe Yılmaz")]
    confirm: Name,
}

/// The proof that a customer was erased.
#[derive(Debug, Serialize, ToSchema)]
struct ErasureOut {
    /// Its id.
    id: ErasureId,
    /// The id by which the customer was known.
    customer: CustomerId,
    /// All records that were this customer.
    records: Vec<CustomerId>,
    /// Who asked for it: the id of an agent or API key, or `system`.
    #[schema(example = "agt_1h2p9x8gk0009")]
    by: String,
    /// Why.
    #[schema(example = "Request of 3 March, GDPR article 17")]
    reason: String,
    /// How many rows went, by what they were.
    #[schema(value_type = BTreeMap<String, i64>)]
    counts: BTreeMap<String, i64>,
    /// SHA-256 over the ids of all that was removed, in the order in which it went.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// When it began; from then on nobody finds the customer by a name or an address.
    started_at: Instant,
    /// When all was gone; null while it goes on.
    finished_at: Option<Instant>,
}

impl ErasureOut {
    fn of(erasure: Erasure) -> Self {
        let Erasure {
            id,
            customer,
            records,
            actor,
            reason,
            counts,
            digest,
            highest_number: _,
            started_at,
            finished_at,
        } = erasure;
        Self {
            id: id.into(),
            customer: customer.into(),
            records: wires(records),
            by: actor,
            reason,
            counts,
            digest,
            started_at: started_at.into(),
            finished_at: finished_at.map(Wire),
        }
    }
}

/// Erase a customer, for good.
///
/// All records that are this customer go, with identities, tickets, items, files and the mails as they
/// arrived; events stay without what they told. A mail that is fetched once more is not stored again.
/// What is large goes on after the answer, until `finished_at` of the erasure is set.
#[utoipa::path(
    tag = "Customers", request_body = EraseIn,
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyHeader),
    responses((status = 201, description = "The erasure.", body = ErasureOut), OnCreate)
)]
#[post("/customers/{id}/erase")]
async fn erase_customer(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    body: Body<EraseIn>,
) -> Result<Created<ErasureOut>, Problem> {
    let EraseIn { reason, confirm } = body.0;
    let wish = Erase { reason: reason.into_string(), confirm: confirm.into_string() };
    let erasure = timeline::erase(&state.app, &signed.0, id.0.0, wish).await?;
    let location = format!("/api/v1/erasures/{}", erasure.id);
    Ok(Created::new(location, ErasureOut::of(erasure)))
}

/// List erasures, newest first.
#[utoipa::path(
    tag = "Customers", params(PageQuery),
    responses(
        (status = 200, description = "A page of erasures.", body = PageOut<ErasureOut>),
        OnList
    )
)]
#[get("/erasures")]
async fn list_erasures(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<ErasureOut>>, Problem> {
    let found = timeline::erasures(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, ErasureOut::of)))
}

/// Read the proof of an erasure.
#[utoipa::path(
    tag = "Customers", params(("id" = ErasureId, Path, description = "The erasure.")),
    responses((status = 200, description = "The erasure.", body = ErasureOut), OnGet)
)]
#[get("/erasures/{id}")]
async fn get_erasure(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ErasureId>,
) -> Result<Json<ErasureOut>, Problem> {
    let erasure = timeline::erasure(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(ErasureOut::of(erasure)))
}
