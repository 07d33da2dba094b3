//! Drafts: what an agent has begun to write.

use actix_web::web::{Data, Json};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use throughline_app::desk::drafts;
use throughline_core::desk::{Draft, DraftContent, NewDraft};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, Kind, from_query};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnDelete, OnGet, OnList, OnWrite};
use crate::routes::messages::AttachmentOut;
use crate::state::ApiState;
use crate::wire::{
    AgentId, AttachmentId, DraftKind, DraftText, Email, Instant, MacroId, PageOut, PageQuery,
    Revision, StatusKey, Text, TicketId, Wire, at_most, cores, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_drafts).service(get_draft).service(put_draft).service(delete_draft);
}

/// What you have begun to write.
#[derive(Debug, Serialize, ToSchema)]
struct DraftOut {
    /// The ticket.
    ticket: TicketId,
    /// What it is to become.
    kind: DraftKind,
    /// The number of its last write.
    #[schema(example = 7)]
    revision: i64,
    /// Its text.
    body: String,
    /// To whom; whom a reply goes to by itself when empty.
    to: Vec<String>,
    /// Who else is to get it.
    cc: Vec<String>,
    /// The key of the status that is to be set along with it.
    #[schema(example = "waiting")]
    status: Option<String>,
    /// The agents whom a note is to name.
    mentions: Vec<AgentId>,
    /// The files that it names. They are kept as long as it names them.
    attachments: Vec<AttachmentOut>,
    /// The macro by which it was begun.
    #[serde(rename = "macro")]
    made_with: Option<MacroId>,
    /// When it was last written.
    updated_at: Instant,
}

impl DraftOut {
    fn of(draft: Draft) -> Self {
        let Draft { ticket, kind, revision, content, attachments, updated_at, updated_key: _ } =
            draft;
        let DraftContent { body, to, cc, status, mentions, macro_id } = content.unwrap_or_default();
        Self {
            ticket: ticket.into(),
            kind: kind.into(),
            revision,
            body,
            to,
            cc,
            status,
            mentions: wires(mentions),
            attachments: attachments.into_iter().map(AttachmentOut::of).collect(),
            made_with: macro_id.map(Wire),
            updated_at: updated_at.into(),
        }
    }
}

/// A draft to write: all of it, each time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftKeptIn {
    /// Higher than that of every write before.
    revision: Revision,
    /// Its text; it may be empty.
    body: DraftText,
    /// To whom; as for a reply.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    to: Vec<Email>,
    /// Who else is to get it.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    cc: Vec<Email>,
    /// The key of the status that is to be set along with it.
    status: Option<StatusKey>,
    /// The agents whom a note is to name.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    mentions: Vec<AgentId>,
    /// Files that you sent to `/api/v1/attachments`; no other draft may name them.
    #[serde(default, deserialize_with = "at_most::<20, _, _>")]
    #[schema(max_items = 20)]
    attachments: Vec<AttachmentId>,
    /// The macro by which it was begun.
    #[serde(rename = "macro")]
    made_with: Option<MacroId>,
}

impl DraftKeptIn {
    fn into_core(self) -> NewDraft {
        let Self { revision, body, to, cc, status, mentions, attachments, made_with } = self;
        let addresses = |list: Vec<Email>| list.into_iter().map(Email::into_string).collect();
        let content = DraftContent {
            body: body.into_string(),
            to: addresses(to),
            cc: addresses(cc),
            status: status.map(StatusKey::into_string),
            mentions: cores(mentions),
            macro_id: made_with.map(|id| id.0),
        };
        NewDraft { revision: revision.get(), content, attachments: cores(attachments) }
    }
}

/// Which write removes it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct RevisionQuery {
    /// The number of this removal: a later write stays, and none with a lower number brings the draft
    /// back. Without it, it is removed whatever was written.
    revision: Option<Revision>,
}

from_query! { RevisionQuery { revision: maybe } }

/// List your drafts, last written first.
#[utoipa::path(
    tag = "Desk", params(PageQuery),
    responses((status = 200, description = "A page of drafts.", body = PageOut<DraftOut>), OnList)
)]
#[get("/drafts")]
async fn list_drafts(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<DraftOut>>, Problem> {
    let found = drafts::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, DraftOut::of)))
}

/// Read your draft in a ticket.
#[utoipa::path(
    tag = "Desk",
    params(
        ("id" = TicketId, Path, description = "The ticket."),
        ("kind" = DraftKind, Path, description = "What it is to become.")
    ),
    responses((status = 200, description = "The draft.", body = DraftOut), OnGet)
)]
#[get("/tickets/{id}/drafts/{kind}")]
async fn get_draft(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    kind: Kind<DraftKind>,
) -> Result<Json<DraftOut>, Problem> {
    let draft = drafts::get(&state.app, &signed.0, id.0.0, kind.0.0).await?;
    Ok(Json(DraftOut::of(draft)))
}

/// Write your draft in a ticket.
///
/// A write whose revision is not higher than that of the last write or removal is refused as
/// `draft_outdated`; the same write again is answered as before.
#[utoipa::path(
    tag = "Desk", request_body = DraftKeptIn,
    params(
        ("id" = TicketId, Path, description = "The ticket."),
        ("kind" = DraftKind, Path, description = "What it is to become.")
    ),
    responses((status = 200, description = "The draft.", body = DraftOut), OnWrite)
)]
#[put("/tickets/{id}/drafts/{kind}")]
async fn put_draft(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    kind: Kind<DraftKind>,
    body: Body<DraftKeptIn>,
) -> Result<Json<DraftOut>, Problem> {
    let draft = drafts::put(&state.app, &signed.0, id.0.0, kind.0.0, body.0.into_core()).await?;
    Ok(Json(DraftOut::of(draft)))
}

/// Remove your draft in a ticket.
#[utoipa::path(
    tag = "Desk",
    params(
        ("id" = TicketId, Path, description = "The ticket."),
        ("kind" = DraftKind, Path, description = "What it was to become."),
        RevisionQuery
    ),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/tickets/{id}/drafts/{kind}")]
async fn delete_draft(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<TicketId>,
    kind: Kind<DraftKind>,
    query: Asked<RevisionQuery>,
) -> Result<Done, Problem> {
    let revision = query.0.revision.map(Revision::get);
    drafts::delete(&state.app, &signed.0, id.0.0, kind.0.0, revision).await?;
    Ok(Done)
}
