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
    "export",
    "fact_rule",
    "identity_secret",
    "inbox",
    "item",
    "macro",
    "mail_settings",
    "organization",
    "password",
    "phone_mapping",
    "phone_settings",
    "question_rule",
    "session",
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
            name @ ("export" | "password" | "session") => Self::Access(name),
            name => Self::SetUp(name),
        }
    }
}

/// Which lines.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only what this actor did: `system`, the id of an agent or API key, or `nobody`, who was refused.
    #[param(value_type = Option<String>, example = "agt_1h2p9x8gk0009")]
    actor: Option<Name>,
    /// Only what was done to such things; `session` for signing in and out, `password`, and `export`.
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

/// Something that somebody changed, or did to come in or to take something out.
#[derive(Debug, Serialize, ToSchema)]
struct AuditOut {
    /// Its id. Of a change, and of another password, it is that of the event in `/events` that tells it.
    id: EventId,
    /// When it was done; of what was counted together, when for the first time.
    at: Instant,
    /// Who did it: `system`, the id of an agent or API key, or `nobody` when a sign-in was refused.
    #[schema(example = "agt_1h2p9x8gk0009")]
    actor: String,
    /// The kind of thing.
    #[schema(example = "inbox")]
    what: String,
    /// Which one: its id, or its name where it has no id. Of a refused sign-in the address as it was typed,
    /// of which 100 characters are kept; empty for those beyond 300 lines within an hour, which are
    /// counted together.
    #[schema(example = "inb_1h2p9x8gk0001")]
    thing: String,
    /// What was done to it: `created`, `updated`, `deleted`, `merged`, `unmerged`, `erased`, `redacted`;
    /// to a session `signed_in`, `signed_out` or `refused`; to a password `changed` by its agent, `reset` by
    /// somebody else, or `refused` when the present one was wrong; `exported`.
    #[schema(example = "updated")]
    change: String,
    /// The names of the fields that an update changed, never their values; of a merge, the other
    /// customer. Empty where they were not noted.
    #[schema(example = json!(["restricted", "teams"]))]
    fields: Vec<String>,
    /// From which address, for sessions, passwords and exports, where it was known.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    /// How often: sessions, refusals and exports that repeat within a minute are counted together, and so is
    /// reading `/changes` within an hour.
    #[schema(example = 1)]
    times: i64,
}

impl AuditOut {
    fn of(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor, what, thing, change, fields, address, times } = entry;
        let (id, at) = (id.into(), at.into());
        Self { id, at, actor, what, thing, change, fields, address, times }
    }
}

/// List who changed what, who came in and who took what out, newest first.
///
/// Changes of the set-up with the names of the fields; customers that were merged, unmerged and erased; items
/// that were taken out; who signed in and out, and who was refused; passwords; exports of customers, of
/// rejected rows and of changes. The last three are kept for a year.
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
