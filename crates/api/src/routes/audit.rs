//! The audit trail, for admins.

use std::fmt;
use std::str::FromStr;

use crate::mount::ServiceConfig;
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::Serialize;
use throughline_app::audit::{self, AuditEntry, AuditFilter, Audited};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::auth::Signed;
use crate::extract::{Asked, from_query};
use crate::problem::Problem;
use crate::responses::OnList;
use crate::state::ApiState;
use crate::wire::{CursorText, EventId, Instant, Limit, Name, PageOut, PageQuery, Text};

/// The things of which the trail tells.
const WHAT: &[&str] = &[
    "agent",
    "api_key",
    "channel_account",
    "custom_field",
    "customer",
    "demo",
    "event_type",
    "fact_rule",
    "identity_secret",
    "inbox",
    "item",
    "macro",
    "mail_settings",
    "organization",
    "phone_mapping",
    "phone_settings",
    "question_rule",
    "tag",
    "team",
    "view",
    "webhook",
];

/// Adds the route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_audit);
}

/// A kind of thing.
#[derive(Debug)]
pub struct AuditedThing(&'static str);

impl FromStr for AuditedThing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = WHAT.iter().find(|what| **what == text);
        known.map(|what| Self(what)).ok_or_else(|| format!("expected one of: {}", WHAT.join(", ")))
    }
}

impl fmt::Display for AuditedThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialSchema for AuditedThing {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(WHAT.iter().copied()))
            .into()
    }
}

impl ToSchema for AuditedThing {}

impl From<AuditedThing> for Audited {
    fn from(thing: AuditedThing) -> Self {
        match thing.0 {
            "customer" => Self::Customer,
            "item" => Self::Item,
            name => Self::SetUp(name),
        }
    }
}

/// Which lines.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only what this actor did: `system`, or the id of an agent or API key.
    #[param(value_type = Option<String>, example = "agt_1h2p9x8gk0009")]
    actor: Option<Name>,
    /// Only what was done to such things.
    what: Option<AuditedThing>,
    /// Only what happened from this instant on.
    since: Option<Instant>,
    /// Only what happened before this instant.
    until: Option<Instant>,
    /// How many lines to answer with.
    limit: Option<Limit>,
    /// `next_cursor` of the page before; without it the list starts at its head.
    cursor: Option<CursorText>,
}

from_query! {
    AuditQuery { actor: maybe, what: maybe, since: maybe, until: maybe, limit: maybe, cursor: maybe }
}

/// Something that somebody changed.
#[derive(Debug, Serialize, ToSchema)]
struct AuditOut {
    /// The event that tells it; events of the same id are in `/events`.
    id: EventId,
    /// When it was done.
    at: Instant,
    /// Who did it: `system`, or the id of an agent or API key.
    #[schema(example = "agt_1h2p9x8gk0009")]
    actor: String,
    /// The kind of thing.
    #[schema(example = "inbox")]
    what: String,
    /// Which one: its id, or its name where it has no id.
    #[schema(example = "inb_1h2p9x8gk0001")]
    thing: String,
    /// What was done to it: `created`, `updated`, `deleted`, `merged`, `unmerged`, `erased`, `redacted`.
    #[schema(example = "updated")]
    change: String,
    /// The names of the fields that an update changed, never their values; of a merge, the other
    /// customer. Empty where they were not noted.
    #[schema(example = json!(["restricted", "teams"]))]
    fields: Vec<String>,
}

impl AuditOut {
    fn of(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor, what, thing, change, fields } = entry;
        Self { id: id.into(), at: at.into(), actor, what, thing, change, fields }
    }
}

/// List who changed what, newest first.
///
/// Changes of the set-up with the names of the fields, customers that were merged, unmerged and erased,
/// and items that were taken out. Signing in and exports are not noted.
#[utoipa::path(
    tag = "Set-up", params(AuditQuery),
    responses((status = 200, description = "A page of the trail.", body = PageOut<AuditOut>), OnList)
)]
#[get("/audit")]
async fn list_audit(
    state: Data<ApiState>,
    signed: Signed,
    query: Asked<AuditQuery>,
) -> Result<Json<PageOut<AuditOut>>, Problem> {
    let AuditQuery { actor, what, since, until, limit, cursor } = query.0;
    let filter = AuditFilter {
        actor: actor.map(Name::into_string),
        what: what.map(Audited::from),
        since: since.map(|at| at.0),
        until: until.map(|at| at.0),
    };
    let page = PageQuery { limit, cursor };
    let found = audit::list(&state.app, &signed.0, filter, &page.into()).await?;
    Ok(Json(PageOut::of(found, AuditOut::of)))
}
