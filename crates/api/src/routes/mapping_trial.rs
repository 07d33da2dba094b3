//! Trying a mapping of the generic webhook: on a payload that is sent along, or on one that came.

use actix_web::post;
use actix_web::web::{self, Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use throughline_app::channels;
use throughline_ingest::webhook::mapping::{Finding, Outcome, Trial, TrialFailed, try_on};
use utoipa::ToSchema;

use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::OnWrite;
use crate::state::ApiState;
use crate::wire::{DeliveryId, InboxId};

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(try_mapping);
}

/// What is tried on what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MappingTrialIn {
    /// The mapping; that of the inbox when absent, or the usual names where it has none.
    #[serde(default)]
    #[schema(value_type = Object, required = false, example = json!({ "text": "/message/text" }))]
    mapping: Option<Map<String, Value>>,
    /// A delivery of this inbox, as it came.
    delivery: Option<DeliveryId>,
    /// A payload, in place of a delivery.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    payload: Option<Value>,
}

/// What a mapping makes of a delivery.
#[derive(Debug, Serialize, ToSchema)]
struct MappingTrialOut {
    /// The first events, at most 20, as they would be read.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Value>,
    /// How many there are in all.
    #[schema(example = 1)]
    count: usize,
    /// What the fields of those events found, in the order in which they were read.
    findings: Vec<MappingFindingOut>,
}

/// What a field of a mapping found.
#[derive(Debug, Serialize, ToSchema)]
struct MappingFindingOut {
    /// Which event it is, counted from 0.
    event: usize,
    /// The field, such as `text` or `hints[0]`.
    #[schema(example = "text")]
    field: String,
    /// What became of it: `found`, `missing` or `unusable`.
    #[schema(example = "found")]
    outcome: &'static str,
    /// Where it stands, or was looked for: JSON Pointers into the whole delivery.
    at: Vec<String>,
    /// The beginning of what stands there; null when nothing does.
    value: Option<String>,
    /// Why it is left out; null when it is not.
    why: Option<String>,
}

impl MappingFindingOut {
    fn of(finding: Finding) -> Self {
        let Finding { event, field, outcome } = finding;
        let (outcome, at, value, why) = match outcome {
            Outcome::Found { at, value } => ("found", at, Some(value), None),
            Outcome::Missing { at } => ("missing", at, None, None),
            Outcome::Unusable { at, value, why } => ("unusable", at, Some(value), Some(why)),
        };
        Self { event, field, outcome, at, value, why }
    }
}

impl MappingTrialOut {
    fn of(trial: Trial) -> Self {
        let Trial { events, count, findings } = trial;
        let shown = |event| serde_json::to_value(event).unwrap_or_default();
        Self {
            events: events.into_iter().map(shown).collect(),
            count,
            findings: findings.into_iter().map(MappingFindingOut::of).collect(),
        }
    }
}

/// Try a mapping on a delivery.
///
/// For an inbox that is connected to the kind `webhook`. Nothing is stored. A delivery is named by its row in
/// the ledger, which holds the body of the request as it came and none of its headers, so no secret.
#[utoipa::path(
    tag = "Channels", request_body = MappingTrialIn,
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "What comes of it.", body = MappingTrialOut), OnWrite)
)]
#[post("/inboxes/{id}/channel/try-mapping")]
async fn try_mapping(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    body: Body<MappingTrialIn>,
) -> Result<Json<MappingTrialOut>, Problem> {
    let MappingTrialIn { mapping, delivery, payload } = body.0;
    let (app, actor, inbox) = (&state.app, &signed.0, id.0.0);
    let own = channels::mapping_of(app, actor, inbox).await?;
    let sample = if payload.is_some() { "payload" } else { "delivery" };
    let bytes = match (delivery, payload) {
        (Some(delivery), None) => channels::sample(app, actor, inbox, delivery.0).await?,
        (None, Some(payload)) => payload.to_string().into_bytes(),
        _ => {
            let why = "give either `delivery` or `payload`";
            return Err(Problem::new("invalid_field", why).at("delivery"));
        }
    };
    let mapping = mapping.map(Value::Object).or(own);
    let tried = web::block(move || try_on(mapping.as_ref(), &bytes)).await;
    let died = |e| Problem::new("internal", "something went wrong on our side").because(e);
    let trial = tried.map_err(died)?.map_err(|failed| {
        let at = match failed {
            TrialFailed::Mapping(_) => "mapping",
            TrialFailed::Payload(_) => sample,
        };
        Problem::new("invalid_field", failed.to_string()).at(at)
    })?;
    Ok(Json(MappingTrialOut::of(trial)))
}
