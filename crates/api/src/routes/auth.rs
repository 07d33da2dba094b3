//! Signing in, going on, and out.

use crate::mount::ServiceConfig;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use throughline_app::sessions::{self, Holder, REFRESH_SECONDS, SignedIn};
use utoipa::ToSchema;

use super::agents::AgentOut;
use crate::auth::Purpose;
use crate::auth::cookies::{self, Jar};
use crate::extract::{Body, Caller};
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
    /// Whether this is a browser that shall keep the refresh token in a cookie that no script can read.
    #[serde(default)]
    cookie: bool,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshIn {
    /// The refresh token that was given last; absent, the one in the browser's cookie.
    refresh_token: Option<RefreshToken>,
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
    /// and using an old one ends the whole session. Null when a browser keeps it in its cookie.
    #[schema(example = "tlr_0123456789")]
    refresh_token: Option<String>,
    /// Until when the refresh token is good.
    refresh_expires_at: Instant,
    /// Who signed in.
    agent: AgentOut,
}

/// Answers with a session; the refresh token goes to whoever keeps it.
fn session(state: &ApiState, signed: SignedIn, holder: Holder) -> Result<HttpResponse, Problem> {
    let SignedIn { agent, refresh_token, refresh_expires_at } = signed;
    let now = state.app.now();
    let (access_token, until) = state.tokens.make(Purpose::Access, agent.id, now)?;
    let mut response = HttpResponse::Ok();
    if holder == Holder::Browser {
        let (files, _) = state.tokens.make(Purpose::Files, agent.id, now)?;
        let refresh = (refresh_token.expose().as_str(), REFRESH_SECONDS);
        let jar = Jar { refresh, files: (&files, state.tokens.seconds()) };
        cookies::set(&mut response, &state.settings, &jar);
    }
    Ok(response.json(SessionOut {
        access_token,
        access_expires_at: until.into(),
        refresh_token: (holder == Holder::Program).then(|| refresh_token.into_exposed()),
        refresh_expires_at: refresh_expires_at.into(),
        agent: AgentOut::of(agent),
    }))
}

/// The refresh token of a request and who keeps it: what the body names goes before the cookie.
fn presented(
    request: &HttpRequest,
    state: &ApiState,
    body: RefreshIn,
) -> Result<Option<(String, Holder)>, Problem> {
    if let Some(token) = body.refresh_token {
        return Ok(Some((token.as_str().to_owned(), Holder::Program)));
    }
    cookies::same_origin(request, &state.settings)?;
    Ok(cookies::refresh_token(request).map(|token| (token, Holder::Browser)))
}

/// Sign in.
///
/// Five failures in a row lock the account for a minute, and longer with each further one. With `cookie`
/// the refresh token is not answered: it is set as a cookie for the sign-in routes, with a second one by
/// which frames and images load (`/items/{id}/html`, its images, and `/attachments/{id}`). No script can
/// read them, and no other site can use them.
#[utoipa::path(
    tag = "Sign-in", security(()), request_body = SignInIn,
    responses((status = 200, description = "A session.", body = SessionOut), OnSignIn)
)]
#[post("/auth/sign-in")]
async fn sign_in(
    state: Data<ApiState>,
    request: HttpRequest,
    caller: Caller,
    body: Body<SignInIn>,
) -> Result<HttpResponse, Problem> {
    let SignInIn { email, password, cookie } = body.0;
    let holder = if cookie { Holder::Browser } else { Holder::Program };
    if cookie {
        cookies::same_origin(&request, &state.settings)?;
    }
    let (email, password) = (email.as_str(), password.as_str());
    let signed = sessions::sign_in(&state.app, email, password, caller.0).await?;
    session(&state, signed, holder)
}

/// Trade a refresh token for a new session.
///
/// A browser that keeps it in its cookie sends `{}`, and gets new cookies. Tabs that do so at one moment
/// all get the same.
#[utoipa::path(
    tag = "Sign-in", security(()), request_body = RefreshIn,
    responses((status = 200, description = "The session goes on.", body = SessionOut), OnRefresh)
)]
#[post("/auth/refresh")]
async fn refresh_session(
    state: Data<ApiState>,
    request: HttpRequest,
    body: Body<RefreshIn>,
) -> Result<HttpResponse, Problem> {
    let Some((token, holder)) = presented(&request, &state, body.0)? else {
        let detail = "there is no refresh token, neither in the body nor in a cookie; sign in";
        return Err(Problem::new("session_ended", detail).at("refresh_token"));
    };
    let signed = sessions::refresh(&state.app, &token, holder).await?;
    session(&state, signed, holder)
}

/// End a session.
///
/// Its refresh tokens are worthless from now on; the access token ends by itself within minutes. A browser
/// that keeps its token in its cookie sends `{}`, and its cookies are taken away.
#[utoipa::path(
    tag = "Sign-in", security(()), request_body = RefreshIn,
    responses((status = 204, description = "The session has ended."), OnRefresh)
)]
#[post("/auth/sign-out")]
async fn sign_out(
    state: Data<ApiState>,
    request: HttpRequest,
    caller: Caller,
    body: Body<RefreshIn>,
) -> Result<HttpResponse, Problem> {
    let presented = presented(&request, &state, body.0)?;
    let mut response = HttpResponse::NoContent();
    if presented.as_ref().is_none_or(|(_, holder)| *holder == Holder::Browser) {
        cookies::clear(&mut response, &state.settings);
    }
    if let Some((token, _)) = presented {
        sessions::sign_out(&state.app, &token, caller.0).await?;
    }
    Ok(response.finish())
}
