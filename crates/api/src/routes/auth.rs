//! Signing in, going on, and out.

use crate::mount::ServiceConfig;
use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use throughline_app::sessions::{self, SignedIn};
use utoipa::ToSchema;

use super::agents::AgentOut;
use crate::answer::Done;
use crate::extract::Body;
use crate::problem::Problem;
use crate::responses::{OnRefresh, OnSignIn};
use crate::state::ApiState;
use crate::wire::{Email, Instant, Password, RefreshToken, Text};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(sign_in).service(refresh_session).service(sign_out);
}

/// Address and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInIn {
    /// The agent's address.
    email: Email,
    /// The agent's password.
    password: Password,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshIn {
    /// The refresh token that was given last.
    refresh_token: RefreshToken,
}

/// A session.
#[derive(Serialize, ToSchema)]
struct SessionOut {
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    access_token: String,
    /// Until when the access token is good.
    access_expires_at: Instant,
    /// Trade it for a new session before it expires. Good for one use: each answer has a new one,
    /// and using an old one ends the whole session.
    #[schema(example = "tlr_0123456789")]
    refresh_token: String,
    /// Until when the refresh token is good.
    refresh_expires_at: Instant,
    /// Who signed in.
    agent: AgentOut,
}

fn session(state: &ApiState, signed: SignedIn) -> Result<Json<SessionOut>, Problem> {
    let SignedIn { agent, refresh_token, refresh_expires_at } = signed;
    let (access_token, until) = state.tokens.make(agent.id, state.app.now())?;
    Ok(Json(SessionOut {
        access_token,
        access_expires_at: until.into(),
        refresh_token: refresh_token.into_exposed(),
        refresh_expires_at: refresh_expires_at.into(),
        agent: AgentOut::of(agent),
    }))
}

/// Sign in.
///
/// Five failures in a row lock the account for a minute, and longer with each further one.
#[utoipa::path(
    tag = "Sign-in", security(()), request_body = SignInIn,
    responses((status = 200, description = "A session.", body = SessionOut), OnSignIn)
)]
#[post("/auth/sign-in")]
async fn sign_in(state: Data<ApiState>, body: Body<SignInIn>) -> Result<Json<SessionOut>, Problem> {
    let SignInIn { email, password } = body.0;
    let signed = sessions::sign_in(&state.app, email.as_str(), password.as_str()).await?;
    session(&state, signed)
}

/// Trade a refresh token for a new session.
#[utoipa::path(
    tag = "Sign-in", security(()), request_body = RefreshIn,
    responses((status = 200, description = "The session goes on.", body = SessionOut), OnRefresh)
)]
#[post("/auth/refresh")]
async fn refresh_session(
    state: Data<ApiState>,
    body: Body<RefreshIn>,
) -> Result<Json<SessionOut>, Problem> {
    let RefreshIn { refresh_token } = body.0;
    let signed = sessions::refresh(&state.app, refresh_token.as_str()).await?;
    session(&state, signed)
}

/// End a session.
///
/// Its refresh tokens are worthless from now on; the access token ends by itself within minutes.
#[utoipa::path(
    tag = "Sign-in", security(()), request_body = RefreshIn,
    responses((status = 204, description = "The session has ended."), OnRefresh)
)]
#[post("/auth/sign-out")]
async fn sign_out(state: Data<ApiState>, body: Body<RefreshIn>) -> Result<Done, Problem> {
    let RefreshIn { refresh_token } = body.0;
    sessions::sign_out(&state.app, refresh_token.as_str()).await?;
    Ok(Done)
}
