//! Inboxes: configured addresses of channels.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::inboxes::{self, InboxPatch as Change, NewInbox};
use throughline_core::inbox::Inbox;
use utoipa::ToSchema;

use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader,
};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnUpdate};
use crate::state::ApiState;
use crate::wire::{
    Channel, InboxAddress, InboxId, Instant, Name, PageOut, PageQuery, Patch, TeamId, Text, Wire,
    at_most, cores, given, given_at_most, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_inboxes)
        .service(create_inbox)
        .service(get_inbox)
        .service(update_inbox)
        .service(delete_inbox);
}

/// One configured address of a channel.
#[derive(Debug, Serialize, ToSchema)]
struct InboxOut {
    /// Its id.
    id: InboxId,
    /// The channel it belongs to.
    channel: Channel,
    /// Its address in that channel, unique within it.
    #[schema(example = "support@example.com")]
    address: String,
    /// What agents call it.
    #[schema(example = "Support")]
    name: String,
    /// Inactive inboxes take nothing new; their history stays.
    active: bool,
    /// When set, only members of `teams` (and leads and admins) see what came by it.
    restricted: bool,
    /// Whether others may know that something came by it when it is restricted, though not what: see
    /// `placeholders` of the timeline.
    show_placeholders: bool,
    /// The teams that may see a restricted inbox.
    teams: Vec<TeamId>,
    /// New tickets are given to this team.
    default_team: Option<TeamId>,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl InboxOut {
    fn of(inbox: Inbox) -> Self {
        let Inbox {
            id,
            channel,
            address,
            name,
            active,
            restricted,
            show_placeholders,
            teams,
            default_team,
            created_at,
            updated_at,
            version,
        } = inbox;
        Self {
            id: id.into(),
            channel: channel.into(),
            address,
            name,
            active,
            restricted,
            show_placeholders,
            teams: wires(teams),
            default_team: default_team.map(Wire),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            version,
        }
    }
}

/// An inbox to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InboxIn {
    /// The channel it belongs to.
    channel: Channel,
    /// Its address in that channel; for `email` an e-mail address.
    address: InboxAddress,
    /// What agents call it.
    name: Name,
    /// Whether only `teams` (and leads and admins) see what comes by it.
    #[serde(default)]
    restricted: bool,
    /// The teams that may see it when it is restricted.
    #[serde(default, deserialize_with = "at_most::<100, _, _>")]
    #[schema(max_items = 100)]
    teams: Vec<TeamId>,
    /// New tickets are given to this team.
    default_team: Option<TeamId>,
}

/// A change of an inbox; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InboxPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Whether it takes anything new.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    active: Option<bool>,
    /// Whether only its teams see what comes by it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    restricted: Option<bool>,
    /// Whether others may know that something came by it when it is restricted.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    show_placeholders: Option<bool>,
    /// All the teams that may see it when it is restricted.
    #[serde(default, deserialize_with = "given_at_most::<100, _, _>")]
    #[schema(value_type = Vec<TeamId>, required = false, max_items = 100)]
    teams: Option<Vec<TeamId>>,
    /// Another team for new tickets, or none.
    #[serde(default)]
    #[schema(value_type = Option<TeamId>)]
    default_team: Patch<TeamId>,
}

/// List the inboxes that are open to you.
#[utoipa::path(
    tag = "Set-up", params(PageQuery),
    responses((status = 200, description = "A page of inboxes.", body = PageOut<InboxOut>), OnList)
)]
#[get("/inboxes")]
async fn list_inboxes(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<InboxOut>>, Problem> {
    let found = inboxes::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, InboxOut::of)))
}

/// Make an inbox.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = InboxIn,
    responses((status = 201, description = "The inbox.", body = InboxOut), OnCreate)
)]
#[post("/inboxes")]
async fn create_inbox(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<InboxIn>,
) -> Result<Created<InboxOut>, Problem> {
    let InboxIn { channel, address, name, restricted, teams, default_team } = body.0;
    let new = NewInbox {
        channel: channel.0,
        address: address.into_string(),
        name: name.into_string(),
        restricted,
        teams: cores(teams),
        default_team: default_team.map(|t| t.0),
    };
    let inbox = inboxes::create(&state.app, &signed.0, new).await?;
    let location = format!("/api/v1/inboxes/{}", inbox.id);
    Ok(Created::versioned(location, inbox.version, InboxOut::of(inbox)))
}

/// Read an inbox.
#[utoipa::path(
    tag = "Set-up", params(("id" = InboxId, Path, description = "The inbox."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The inbox.", body = InboxOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/inboxes/{id}")]
async fn get_inbox(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Versioned<InboxOut>, Problem> {
    let inbox = inboxes::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: inbox.version, body: InboxOut::of(inbox) })
}

/// Change an inbox.
#[utoipa::path(
    tag = "Set-up", request_body = InboxPatch,
    params(("id" = InboxId, Path, description = "The inbox."), IfMatchHeader),
    responses((status = 200, description = "The inbox.", body = InboxOut), OnUpdate)
)]
#[patch("/inboxes/{id}")]
async fn update_inbox(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    expected: IfMatch,
    body: Body<InboxPatch>,
) -> Result<Versioned<InboxOut>, Problem> {
    let InboxPatch { name, active, restricted, show_placeholders, teams, default_team } = body.0;
    let change = Change {
        name: name.map(Name::into_string),
        active,
        restricted,
        show_placeholders,
        teams: teams.map(cores),
        default_team: default_team.map(|t| t.0),
    };
    let inbox = inboxes::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: inbox.version, body: InboxOut::of(inbox) })
}

/// Remove an inbox.
///
/// Only one by which nothing ever came; deactivate any other.
#[utoipa::path(
    tag = "Set-up", params(("id" = InboxId, Path, description = "The inbox.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/inboxes/{id}")]
async fn delete_inbox(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Done, Problem> {
    inboxes::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}
