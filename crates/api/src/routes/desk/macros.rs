//! Macros: answers that are often given.

use std::str::FromStr;

use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Deserializer, Serialize};
use throughline_app::desk::macros::{self, MacroPatch as Change, NewMacro, Preview};
use throughline_core::desk::macros::{Actions, Assign, Macro};
use throughline_core::id::UnknownName;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader,
};
use crate::mount::ServiceConfig;
use crate::problem::Problem;
use crate::responses::{OnCreate, OnDelete, OnGet, OnList, OnUpdate, OnWrite};
use crate::routes::items::FieldChangeOut;
use crate::state::ApiState;
use crate::wire::{
    AgentId, DraftText, Instant, MacroId, Name, PageOut, PageQuery, Priority, StatusKey, TagText,
    TeamId, Text, TicketId, Wire, at_most, given,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_macros)
        .service(create_macro)
        .service(get_macro)
        .service(update_macro)
        .service(delete_macro)
        .service(preview_macro);
}

/// An agent, `me` or `nobody`.
#[derive(Debug, Clone, Copy)]
struct AssignText(Assign);

impl FromStr for AssignText {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Ok(Self(match text {
            "me" => Assign::Me,
            "nobody" => Assign::Nobody,
            id => Assign::Agent(id.parse()?),
        }))
    }
}

impl<'de> Deserialize<'de> for AssignText {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for AssignText {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(me|nobody|agt_[0-7][0-9abcdefghjkmnpqrstvwxyz]{12})$"))
            .examples(["me"])
            .into()
    }
}

impl ToSchema for AssignText {}

/// What a macro does to a ticket; absent fields stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActionsIn {
    /// The key of another status.
    status: Option<StatusKey>,
    /// Another priority.
    priority: Option<Priority>,
    /// Who gets it: `me` (whoever applies the macro), `nobody`, or an agent.
    assignee_agent: Option<AssignText>,
    /// Which team gets it.
    assignee_team: Option<TeamId>,
    /// Names of tags to put on; missing ones are made.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    add_tags: Vec<TagText>,
    /// Names of tags to take off.
    #[serde(default, deserialize_with = "at_most::<50, _, _>")]
    #[schema(max_items = 50)]
    remove_tags: Vec<TagText>,
}

impl ActionsIn {
    fn into_core(self) -> Actions {
        let Self { status, priority, assignee_agent, assignee_team, add_tags, remove_tags } = self;
        let names = |tags: Vec<TagText>| tags.into_iter().map(TagText::into_string).collect();
        Actions {
            status: status.map(StatusKey::into_string),
            priority: priority.map(|priority| priority.0),
            assignee_agent: assignee_agent.map(|assign| assign.0),
            assignee_team: assignee_team.map(|team| team.0),
            add_tags: names(add_tags),
            remove_tags: names(remove_tags),
        }
    }
}

/// What a macro does to a ticket; null fields stay.
#[derive(Debug, Serialize, ToSchema)]
struct ActionsOut {
    /// The key of another status.
    #[schema(example = "waiting")]
    status: Option<String>,
    /// Another priority.
    priority: Option<Priority>,
    /// Who gets it: `me`, `nobody`, or an agent's id.
    #[schema(example = "me")]
    assignee_agent: Option<String>,
    /// Which team gets it.
    assignee_team: Option<TeamId>,
    /// Names of tags to put on.
    add_tags: Vec<String>,
    /// Names of tags to take off.
    remove_tags: Vec<String>,
}

impl ActionsOut {
    fn of(actions: Actions) -> Self {
        let Actions { status, priority, assignee_agent, assignee_team, add_tags, remove_tags } =
            actions;
        let assign = |assign| match assign {
            Assign::Me => "me".to_owned(),
            Assign::Nobody => "nobody".to_owned(),
            Assign::Agent(id) => id.to_string(),
        };
        Self {
            status,
            priority: priority.map(Wire),
            assignee_agent: assignee_agent.map(assign),
            assignee_team: assignee_team.map(Wire),
            add_tags,
            remove_tags,
        }
    }
}

/// An answer that is often given.
#[derive(Debug, Serialize, ToSchema)]
struct MacroOut {
    /// Its id.
    id: MacroId,
    /// What it is called.
    #[schema(example = "Parcel is on its way")]
    name: String,
    /// Who made it.
    owner: AgentId,
    /// Whether all agents have it.
    shared: bool,
    /// What it says, with places such as `{{customer.name}}`.
    #[schema(example = "Merhaba {{customer.name}},")]
    body: String,
    /// What it does.
    actions: ActionsOut,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl MacroOut {
    fn of(one: Macro) -> Self {
        let Macro { id, name, owner, shared, body, actions, created_at, updated_at, version } = one;
        Self {
            id: id.into(),
            name,
            owner: owner.into(),
            shared,
            body,
            actions: ActionsOut::of(actions),
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            version,
        }
    }
}

/// A macro to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MacroIn {
    /// What it is called.
    name: Name,
    /// Whether all agents have it.
    #[serde(default)]
    shared: bool,
    /// What it says. Places are `{{customer.name}}`, `{{customer.first_name}}`, `{{customer.email}}`,
    /// `{{agent.name}}`, `{{agent.first_name}}`, `{{ticket.number}}` and `{{ticket.subject}}`; others
    /// are refused. Empty where it only does something.
    body: DraftText,
    /// What it does.
    #[serde(default)]
    actions: ActionsIn,
}

/// A change of a macro; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MacroPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Whether all agents have it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    shared: Option<bool>,
    /// Another text.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = DraftText, required = false)]
    body: Option<DraftText>,
    /// Other actions, instead of all that were there.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = ActionsIn, required = false)]
    actions: Option<ActionsIn>,
}

/// Where a macro is to be shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MacroPreviewIn {
    /// The ticket.
    ticket: TicketId,
}

/// A macro as it would be in a ticket.
#[derive(Debug, Serialize, ToSchema)]
struct MacroPreviewOut {
    /// What it would say.
    #[schema(example = "Merhaba Ayşe Yılmaz,")]
    body: String,
    /// Places for which nothing is known; they are empty in the text.
    missing: Vec<String>,
    /// What it would do, with your id in the place of `me`. Send it by changing the ticket.
    actions: ActionsOut,
    /// What would change by that.
    changes: Vec<FieldChangeOut>,
    /// The version of the ticket that this is about, for `If-Match`.
    #[schema(example = 1)]
    version: i64,
}

impl MacroPreviewOut {
    fn of(preview: Preview) -> Self {
        let Preview { body, missing, actions, changes, version } = preview;
        Self {
            body,
            missing: missing.into_iter().map(|field| field.to_string()).collect(),
            actions: ActionsOut::of(actions),
            changes: changes.into_iter().map(FieldChangeOut::of).collect(),
            version,
        }
    }
}

/// List macros: yours, and those of everybody; oldest first.
#[utoipa::path(
    tag = "Desk", params(PageQuery),
    responses((status = 200, description = "A page of macros.", body = PageOut<MacroOut>), OnList)
)]
#[get("/macros")]
async fn list_macros(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<MacroOut>>, Problem> {
    let found = macros::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, MacroOut::of)))
}

/// Keep a macro.
#[utoipa::path(
    tag = "Desk", params(IdempotencyHeader), request_body = MacroIn,
    responses((status = 201, description = "The macro.", body = MacroOut), OnCreate)
)]
#[post("/macros")]
async fn create_macro(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<MacroIn>,
) -> Result<Created<MacroOut>, Problem> {
    let MacroIn { name, shared, body, actions } = body.0;
    let (name, body, actions) = (name.into_string(), body.into_string(), actions.into_core());
    let new = NewMacro { name, shared, body, actions };
    let one = macros::create(&state.app, &signed.0, new).await?;
    let location = format!("/api/v1/macros/{}", one.id);
    Ok(Created::versioned(location, one.version, MacroOut::of(one)))
}

/// Read a macro.
#[utoipa::path(
    tag = "Desk", params(("id" = MacroId, Path, description = "The macro."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The macro.", body = MacroOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/macros/{id}")]
async fn get_macro(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<MacroId>,
) -> Result<Versioned<MacroOut>, Problem> {
    let one = macros::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: one.version, body: MacroOut::of(one) })
}

/// Change a macro.
#[utoipa::path(
    tag = "Desk", request_body = MacroPatch,
    params(("id" = MacroId, Path, description = "The macro."), IfMatchHeader),
    responses((status = 200, description = "The macro.", body = MacroOut), OnUpdate)
)]
#[patch("/macros/{id}")]
async fn update_macro(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<MacroId>,
    expected: IfMatch,
    body: Body<MacroPatch>,
) -> Result<Versioned<MacroOut>, Problem> {
    let MacroPatch { name, shared, body, actions } = body.0;
    let change = Change {
        name: name.map(Name::into_string),
        shared,
        body: body.map(DraftText::into_string),
        actions: actions.map(ActionsIn::into_core),
    };
    let one = macros::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: one.version, body: MacroOut::of(one) })
}

/// Remove a macro.
#[utoipa::path(
    tag = "Desk", params(("id" = MacroId, Path, description = "The macro.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/macros/{id}")]
async fn delete_macro(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<MacroId>,
) -> Result<Done, Problem> {
    macros::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// Show a macro as it would be in a ticket.
///
/// Nothing is changed: it is applied by replying and by changing the ticket.
#[utoipa::path(
    tag = "Desk", request_body = MacroPreviewIn,
    params(("id" = MacroId, Path, description = "The macro.")),
    responses((status = 200, description = "What it would say and do.", body = MacroPreviewOut), OnWrite)
)]
#[post("/macros/{id}/preview")]
async fn preview_macro(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<MacroId>,
    body: Body<MacroPreviewIn>,
) -> Result<Json<MacroPreviewOut>, Problem> {
    let MacroPreviewIn { ticket } = body.0;
    let preview = macros::preview(&state.app, &signed.0, id.0.0, ticket.0).await?;
    Ok(Json(MacroPreviewOut::of(preview)))
}
