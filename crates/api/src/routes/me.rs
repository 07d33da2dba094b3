//! Who one is, and one's own password.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use throughline_app::agents;
use throughline_core::actor::{Actor, Who};
use utoipa::ToSchema;

use super::agents::AgentOut;
use crate::answer::Done;
use crate::auth::Signed;
use crate::extract::{Body, Caller};
use crate::problem::Problem;
use crate::responses::{OnList, OnPassword};
use crate::state::ApiState;
use crate::wire::{NewPassword, Password, Scope, Text, wires};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_me).service(change_my_password);
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
struct MeOut {
    /// The id of the agent or of the API key.
    #[schema(example = "agt_1h2p9x8gk0009")]
    id: String,
    /// `agent` or `key`.
    #[schema(example = "agent")]
    kind: &'static str,
    /// The agent; null for an API key.
    agent: Option<AgentOut>,
    /// The rights.
    scopes: Vec<Scope>,
}

/// Two passwords.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MyPasswordIn {
    /// The password of now.
    current: Password,
    /// The password to come.
    new: NewPassword,
}

fn kind(actor: &Actor) -> &'static str {
    match actor.who {
        Who::Agent(_) => "agent",
        Who::Key(_) => "key",
        Who::System => "system",
    }
}

/// Tell who is signed in.
#[utoipa::path(
    tag = "Sign-in",
    responses((status = 200, description = "Who asks.", body = MeOut), OnList)
)]
#[get("/me")]
async fn get_me(state: Data<ApiState>, signed: Signed) -> Result<Json<MeOut>, Problem> {
    let Signed(actor) = signed;
    let agent = match actor.agent() {
        Some(_) => Some(AgentOut::of(agents::me(&state.app, &actor).await?)),
        None => None,
    };
    let (id, kind) = (actor.name(), kind(&actor));
    Ok(Json(MeOut { id, kind, agent, scopes: wires(actor.scopes) }))
}

/// Change one's own password.
///
/// Every session of the agent ends, this one too once its access token expires.
#[utoipa::path(
    tag = "Sign-in", request_body = MyPasswordIn,
    responses((status = 204, description = "The password is changed."), OnPassword)
)]
#[post("/me/password")]
async fn change_my_password(
    state: Data<ApiState>,
    signed: Signed,
    caller: Caller,
    body: Body<MyPasswordIn>,
) -> Result<Done, Problem> {
    let Signed(actor) = signed;
    let MyPasswordIn { current, new } = body.0;
    let missing = || Problem::new("forbidden", "only agents have passwords");
    let me = actor.agent().ok_or_else(missing)?;
    let (current, new) = (Some(current.into_string().into()), new.into_string().into());
    agents::set_password(&state.app, &actor, me, current, new, caller.0).await?;
    Ok(Done)
}
