//! Agents, for admins.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use throughline_app::Secret;
use throughline_app::agents::{self, AgentPatch as Change, NewAgent};
use throughline_core::agent::Agent;
use utoipa::ToSchema;

use crate::answer::{Created, Done, Versioned};
use crate::auth::Signed;
use crate::extract::{
    Asked, Body, Caller, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader,
};
use crate::problem::Problem;
use crate::responses::{OnCreate, OnGet, OnList, OnUpdate, OnWrite};
use crate::state::ApiState;
use crate::wire::{
    AgentId, Email, Instant, Name, NewPassword, PageOut, PageQuery, Role, TeamId, Text, at_most,
    cores, given, given_at_most, wires,
};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_agents)
        .service(create_agent)
        .service(get_agent)
        .service(update_agent)
        .service(set_agent_password);
}

/// A person who answers customers.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentOut {
    /// Its id.
    id: AgentId,
    /// The sign-in address.
    #[schema(example = "ayse@example.com")]
    email: String,
    /// The name shown to colleagues and customers.
    #[schema(example = "Ayşe Yılmaz")]
    name: String,
    /// What he or she may do.
    role: Role,
    /// The teams he or she is in.
    teams: Vec<TeamId>,
    /// Inactive agents cannot sign in; what they wrote stays theirs.
    active: bool,
    /// Set while the password is one that somebody else gave.
    must_change_password: bool,
    /// When it was made.
    created_at: Instant,
    /// When it was last changed.
    updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    #[schema(example = 1)]
    version: i64,
}

impl AgentOut {
    /// On the wire.
    pub fn of(agent: Agent) -> Self {
        let Agent {
            id,
            email,
            name,
            role,
            teams,
            active,
            must_change_password,
            created_at,
            updated_at,
            version,
        } = agent;
        Self {
            id: id.into(),
            email,
            name,
            role: role.into(),
            teams: wires(teams),
            active,
            must_change_password,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
            version,
        }
    }
}

/// An agent to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentIn {
    /// The sign-in address; nobody else's.
    email: Email,
    /// The name shown to colleagues and customers.
    name: Name,
    /// What he or she may do.
    role: Role,
    /// The teams he or she is in.
    #[serde(default, deserialize_with = "at_most::<100, _, _>")]
    #[schema(max_items = 100)]
    teams: Vec<TeamId>,
    /// The first password; when absent one is made and shown once in the answer.
    password: Option<NewPassword>,
}

/// A change of an agent; absent fields stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Name, required = false)]
    name: Option<Name>,
    /// Another address.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Email, required = false)]
    email: Option<Email>,
    /// Another role. The last active admin stays one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Role, required = false)]
    role: Option<Role>,
    /// Whether he or she may sign in; false ends every session.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    active: Option<bool>,
    /// All the teams he or she is to be in.
    #[serde(default, deserialize_with = "given_at_most::<100, _, _>")]
    #[schema(value_type = Vec<TeamId>, required = false, max_items = 100)]
    teams: Option<Vec<TeamId>>,
}

/// An agent just made.
#[derive(Debug, Serialize, ToSchema)]
struct AgentMadeOut {
    /// The agent.
    agent: AgentOut,
    /// The password to hand over, when none was given; shown this once, and null in a repeat.
    #[schema(example = "plum-otter-kiln-4471")]
    one_time_password: Option<String>,
}

/// A password for somebody else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordIn {
    /// The new password; the agent is told to change it after signing in.
    new: NewPassword,
}

/// List agents.
#[utoipa::path(
    tag = "Set-up", params(PageQuery),
    responses((status = 200, description = "A page of agents.", body = PageOut<AgentOut>), OnList)
)]
#[get("/agents")]
async fn list_agents(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<AgentOut>>, Problem> {
    let found = agents::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, AgentOut::of)))
}

/// Make an agent.
#[utoipa::path(
    tag = "Set-up", params(IdempotencyHeader), request_body = AgentIn,
    responses((status = 201, description = "The agent.", body = AgentMadeOut), OnCreate)
)]
#[post("/agents")]
async fn create_agent(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<AgentIn>,
) -> Result<Created<AgentMadeOut>, Problem> {
    let AgentIn { email, name, role, teams, password } = body.0;
    let new = NewAgent {
        email: email.into_string(),
        name: name.into_string(),
        role: role.0,
        teams: cores(teams),
        password: password.map(|p| p.into_string().into()),
    };
    let (agent, one_time_password) = agents::create(&state.app, &signed.0, new).await?;
    let (location, version) = (format!("/api/v1/agents/{}", agent.id), agent.version);
    let kept = AgentMadeOut { agent: AgentOut::of(agent.clone()), one_time_password: None };
    let one_time_password = one_time_password.map(Secret::into_exposed);
    let made = AgentMadeOut { agent: AgentOut::of(agent), one_time_password };
    Ok(Created::versioned(location, version, made).keeping(kept))
}

/// Read an agent.
#[utoipa::path(
    tag = "Set-up",
    params(("id" = AgentId, Path, description = "The agent."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The agent.", body = AgentOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/agents/{id}")]
async fn get_agent(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<AgentId>,
) -> Result<Versioned<AgentOut>, Problem> {
    let agent = agents::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: agent.version, body: AgentOut::of(agent) })
}

/// Change an agent.
#[utoipa::path(
    tag = "Set-up", request_body = AgentPatch,
    params(("id" = AgentId, Path, description = "The agent."), IfMatchHeader),
    responses((status = 200, description = "The agent.", body = AgentOut), OnUpdate)
)]
#[patch("/agents/{id}")]
async fn update_agent(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<AgentId>,
    expected: IfMatch,
    body: Body<AgentPatch>,
) -> Result<Versioned<AgentOut>, Problem> {
    let AgentPatch { name, email, role, active, teams } = body.0;
    let change = Change {
        name: name.map(Name::into_string),
        email: email.map(Email::into_string),
        role: role.map(|r| r.0),
        active,
        teams: teams.map(cores),
    };
    let agent = agents::update(&state.app, &signed.0, id.0.0, change, expected.0).await?;
    Ok(Versioned { version: agent.version, body: AgentOut::of(agent) })
}

/// Give an agent a new password.
///
/// Ends every session of that agent.
#[utoipa::path(
    tag = "Set-up", request_body = PasswordIn,
    params(("id" = AgentId, Path, description = "The agent.")),
    responses((status = 204, description = "The password is changed."), OnWrite)
)]
#[post("/agents/{id}/password")]
async fn set_agent_password(
    state: Data<ApiState>,
    signed: Signed,
    caller: Caller,
    id: Id<AgentId>,
    body: Body<PasswordIn>,
) -> Result<Done, Problem> {
    let PasswordIn { new } = body.0;
    let new = new.into_string().into();
    agents::set_password(&state.app, &signed.0, id.0.0, None, new, caller.0).await?;
    Ok(Done)
}
