//! Making two customers one, and taking them apart again.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use throughline_app::customers::{self, MergePreview};
use throughline_core::id::CustomerId as CoreId;
use throughline_core::merging::Merge;
use utoipa::ToSchema;

use super::customers::CustomerOut;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader};
use crate::problem::Problem;
use crate::responses::{OnAction, OnGet, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    Channel, CustomerId, Instant, MergeId, PageOut, PageQuery, Text, WhyText, Wire, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(merge_customers).service(preview_merge).service(list_merges).service(undo_merge);
}

/// Two customers that are the same person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeIn {
    /// The other customer.
    other: CustomerId,
    /// Which of the two stays, with its id and its fields; that of the address when absent.
    survivor: Option<CustomerId>,
    /// Why, for the audit trail.
    note: Option<WhyText>,
}

impl MergeIn {
    /// The surviving one and the merged one.
    fn pair(&self, id: CoreId) -> Result<(CoreId, CoreId), Problem> {
        let other = self.other.0;
        match self.survivor.map(|survivor| survivor.0) {
            None => Ok((id, other)),
            Some(survivor) if survivor == id => Ok((id, other)),
            Some(survivor) if survivor == other => Ok((other, id)),
            Some(_) => {
                let why = "the survivor is one of the two";
                Err(Problem::new("invalid_field", why).at("survivor"))
            }
        }
    }
}

/// A merge.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MergeOut {
    /// Its id.
    id: MergeId,
    /// The record that survived.
    survivor: CustomerId,
    /// The record that became part of it.
    merged: CustomerId,
    /// Why: `{"chosen":{…}}`, `{"proved":{…}}` or `{"suggested":{…}}`, with what belongs to it.
    #[schema(value_type = Object)]
    why: Value,
    /// Who merged them: `system`, an agent's or a key's id.
    #[schema(example = "system")]
    merged_by: String,
    /// When.
    merged_at: Instant,
    /// Who undid it.
    undone_by: Option<String>,
    /// When it was undone.
    undone_at: Option<Instant>,
}

impl MergeOut {
    pub(super) fn of(merge: Merge) -> Self {
        let Merge { id, survivor, merged, why, merged_by, merged_at, undone_by, undone_at } = merge;
        Self {
            id: id.into(),
            survivor: survivor.into(),
            merged: merged.into(),
            why: serde_json::to_value(why).unwrap_or_default(),
            merged_by,
            merged_at: merged_at.into(),
            undone_by,
            undone_at: undone_at.map(Wire),
        }
    }
}

/// What two customers would be as one.
#[derive(Debug, Serialize, ToSchema)]
struct MergePreviewOut {
    /// The customer as it would be shown.
    result: CustomerOut,
    /// The records that would become part of it.
    merged: Vec<CustomerId>,
    /// Fields that would come from another record than the surviving one, which lacks them.
    filled: Vec<FilledFieldOut>,
    /// Fields in which both have something else; that of the surviving one would be shown.
    hidden: Vec<&'static str>,
    /// How many items of each channel they have together.
    items: Vec<ChannelCountOut>,
    /// How many tickets they have together.
    #[schema(example = 3)]
    tickets: i64,
    /// Why they cannot be one; null when they can.
    obstacle: Option<ObstacleOut>,
}

/// A field that would come from a merged record.
#[derive(Debug, Serialize, ToSchema)]
struct FilledFieldOut {
    /// The field.
    #[schema(example = "language")]
    field: &'static str,
    /// The record it would come from.
    from: CustomerId,
}

/// How many items there are of a channel.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelCountOut {
    /// The channel.
    channel: Channel,
    /// How many.
    #[schema(example = 12)]
    count: i64,
}

/// Why two customers cannot be one.
#[derive(Debug, Serialize, ToSchema)]
struct ObstacleOut {
    /// The code with which the merge would be refused.
    #[schema(example = "external_ids_differ")]
    code: &'static str,
    /// What is in the way.
    detail: String,
}

impl MergePreviewOut {
    fn of(preview: MergePreview) -> Self {
        let MergePreview { result, merged, filled, hidden, items, tickets, obstacle } = preview;
        let filled =
            filled.into_iter().map(|(field, from)| FilledFieldOut { field, from: from.into() });
        let items = items
            .into_iter()
            .map(|(channel, count)| ChannelCountOut { channel: channel.into(), count });
        Self {
            result: CustomerOut::of(result),
            merged: wires(merged),
            filled: filled.collect(),
            hidden,
            items: items.collect(),
            tickets,
            obstacle: obstacle.map(|error| ObstacleOut { code: error.code, detail: error.message }),
        }
    }
}

/// Make two customers one.
///
/// Nothing is moved: the merge can be undone, and then each has exactly its own again, also of what
/// arrived since. Ids of merged records go on answering.
#[utoipa::path(
    tag = "Customers", request_body = MergeIn,
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyHeader),
    responses((status = 200, description = "The merge.", body = MergeOut), OnWrite)
)]
#[post("/customers/{id}/merge")]
async fn merge_customers(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    body: Body<MergeIn>,
) -> Result<Json<MergeOut>, Problem> {
    let (survivor, merged) = body.0.pair(id.0.0)?;
    let note = body.0.note.map(WhyText::into_string);
    let merge = customers::merge(&state.app, &signed.0, survivor, merged, note).await?;
    Ok(Json(MergeOut::of(merge)))
}

/// Show what a merge would make, without making it.
#[utoipa::path(
    tag = "Customers", request_body = MergeIn,
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyHeader),
    responses((status = 200, description = "What they would be.", body = MergePreviewOut), OnWrite)
)]
#[post("/customers/{id}/merge/preview")]
async fn preview_merge(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    body: Body<MergeIn>,
) -> Result<Json<MergePreviewOut>, Problem> {
    let (survivor, merged) = body.0.pair(id.0.0)?;
    let preview = customers::preview(&state.app, &signed.0, survivor, merged).await?;
    Ok(Json(MergePreviewOut::of(preview)))
}

/// List the merges of a customer, newest first, also those that are undone.
#[utoipa::path(
    tag = "Customers",
    params(("id" = CustomerId, Path, description = "The customer."), PageQuery),
    responses((status = 200, description = "A page of merges.", body = PageOut<MergeOut>), OnGet)
)]
#[get("/customers/{id}/merges")]
async fn list_merges(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<CustomerId>,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<MergeOut>>, Problem> {
    let found = customers::list_merges(&state.app, &signed.0, id.0.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, MergeOut::of)))
}

/// Undo a merge.
///
/// Merges may be undone in any order. That the two are not the same person is remembered: see the
/// suggestions.
#[utoipa::path(
    tag = "Customers",
    params(("id" = MergeId, Path, description = "The merge."), IdempotencyHeader),
    responses((status = 200, description = "The merge, undone.", body = MergeOut), OnAction)
)]
#[post("/merges/{id}/undo")]
async fn undo_merge(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<MergeId>,
) -> Result<Json<MergeOut>, Problem> {
    let merge = customers::unmerge(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(MergeOut::of(merge)))
}
