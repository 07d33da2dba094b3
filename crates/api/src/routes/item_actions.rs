//! What is done with an item of a timeline: pinning it, and taking its content out.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, post};
use serde::Deserialize;
use throughline_app::timeline::{self, Redact};
use utoipa::ToSchema;

use super::items::ItemOut;
use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnAction, OnDelete, OnWrite};
use crate::state::ApiState;
use crate::wire::{ItemId, Remark, Text, given_at_most};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(pin_item).service(unpin_item).service(redact_item);
}

/// Pin an item.
///
/// It is then among the customer's pins. Doing it again changes nothing.
#[utoipa::path(
    tag = "Timeline",
    params(("id" = ItemId, Path, description = "The item."), IdempotencyHeader),
    responses((status = 204, description = "It is pinned."), OnAction)
)]
#[post("/items/{id}/pin")]
async fn pin_item(state: Data<ApiState>, signed: Signed, id: Id<ItemId>) -> Result<Done, Problem> {
    timeline::pin(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// Take a pin away.
///
/// Doing it again changes nothing.
#[utoipa::path(
    tag = "Timeline", params(("id" = ItemId, Path, description = "The item.")),
    responses((status = 204, description = "It is not pinned."), OnDelete)
)]
#[delete("/items/{id}/pin")]
async fn unpin_item(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
) -> Result<Done, Problem> {
    timeline::unpin(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// What is to be taken out of an item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RedactIn {
    /// Why; it stays on the item.
    #[schema(example = "Card number sent by mistake")]
    reason: Remark,
    /// Stretches of the text to blacken; without them all content goes.
    #[serde(default, deserialize_with = "given_at_most::<1000, _, _>")]
    #[schema(value_type = Vec<RangeIn>, required = false, max_items = 1000)]
    ranges: Option<Vec<RangeIn>>,
    /// Whether the subject goes too, when only stretches of the text do.
    #[serde(default)]
    subject: bool,
    /// Whether names and addresses go too, when only stretches of the text do.
    #[serde(default)]
    parties: bool,
    /// Whether the files go too, when only stretches of the text do.
    #[serde(default)]
    attachments: bool,
}

/// A stretch of a text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RangeIn {
    /// Its first character, counted in Unicode code points from 0.
    #[schema(example = 12, minimum = 0, maximum = 131072)]
    start: u32,
    /// One past its last character.
    #[schema(example = 28, minimum = 1, maximum = 131072)]
    end: u32,
}

/// Take the content of an item out, for good.
///
/// The item keeps its place, its kind and its times, and tells who took what out when and why. The mail
/// as it arrived, its HTML and what the search knew of it are gone as well; nothing brings them back. For
/// leads and admins; agents may take out what they wrote themselves.
#[utoipa::path(
    tag = "Timeline", request_body = RedactIn,
    params(("id" = ItemId, Path, description = "The item."), IdempotencyHeader),
    responses((status = 200, description = "The item as it is now.", body = ItemOut), OnWrite)
)]
#[post("/items/{id}/redact")]
async fn redact_item(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<ItemId>,
    body: Body<RedactIn>,
) -> Result<Json<ItemOut>, Problem> {
    let RedactIn { reason, ranges, subject, parties, attachments } = body.0;
    let range = |range: RangeIn| (range.start as usize, range.end as usize);
    let what = Redact {
        reason: reason.into_string(),
        ranges: ranges.map(|ranges| ranges.into_iter().map(range).collect()),
        subject,
        parties,
        attachments,
    };
    let item = timeline::redact(&state.app, &signed.0, id.0.0, what).await?;
    Ok(Json(ItemOut::of(item)))
}
