//! Webhooks, for admins: where domain events are sent.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{delete, get, patch, post};
use throughline_app::webhooks;
use throughline_core::query::Span;
use throughline_core::webhook::Webhook;
use utoipa::IntoParams;

use super::webhook_wire::{
    AttemptOut, ReplayIn, RotateIn, TryOut, WebhookIn, WebhookMadeOut, WebhookOut, WebhookPatchIn,
};
use crate::answer::{Created, Done, Shown, Versioned};
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnAction, OnCreate, OnDelete, OnGet, OnList, OnUpdate, OnWrite};
use crate::state::ApiState;
use crate::wire::{Instant, PageOut, PageQuery, WebhookId};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_webhooks)
        .service(create_webhook)
        .service(get_webhook)
        .service(update_webhook)
        .service(delete_webhook)
        .service(pause_webhook)
        .service(resume_webhook)
        .service(replay_webhook)
        .service(test_webhook)
        .service(rotate_webhook_secret)
        .service(list_webhook_attempts);
}

fn versioned(webhook: Webhook) -> Versioned<WebhookOut> {
    Versioned { version: webhook.version, body: WebhookOut::of(webhook) }
}

/// List webhooks.
#[utoipa::path(
    tag = "Events", params(PageQuery),
    responses((status = 200, description = "A page of them.", body = PageOut<WebhookOut>), OnList)
)]
#[get("/webhooks")]
async fn list_webhooks(
    state: Data<ApiState>,
    signed: Signed,
    page: Asked<PageQuery>,
) -> Result<Json<PageOut<WebhookOut>>, Problem> {
    let found = webhooks::list(&state.app, &signed.0, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, WebhookOut::of)))
}

/// Make a webhook.
///
/// It gets what happens from now on. The answer shows its secret once, by which the receiver checks
/// the signatures (Standard Webhooks).
#[utoipa::path(
    tag = "Events", params(IdempotencyHeader), request_body = WebhookIn,
    responses((status = 201, description = "The webhook.", body = WebhookMadeOut), OnCreate)
)]
#[post("/webhooks")]
async fn create_webhook(
    state: Data<ApiState>,
    signed: Signed,
    body: Body<WebhookIn>,
) -> Result<Created<WebhookMadeOut>, Problem> {
    let (made, secret) = webhooks::create(&state.app, &signed.0, body.0.into()).await?;
    let location = format!("/api/v1/webhooks/{}", made.id);
    let kept = WebhookMadeOut { webhook: WebhookOut::of(made.clone()), secret: None };
    let (version, secret) = (made.version, Some(secret.into_exposed()));
    let shown = WebhookMadeOut { webhook: WebhookOut::of(made), secret };
    Ok(Created::versioned(location, version, shown).keeping(kept))
}

/// Read a webhook.
///
/// Its `version` is that of its set-up; how the sending goes changes without it.
#[utoipa::path(
    tag = "Events",
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = WebhookOut), OnGet)
)]
#[get("/webhooks/{id}")]
async fn get_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
) -> Result<Json<WebhookOut>, Problem> {
    let found = webhooks::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(WebhookOut::of(found)))
}

/// Change a webhook.
#[utoipa::path(
    tag = "Events", request_body = WebhookPatchIn,
    params(("id" = WebhookId, Path, description = "The webhook."), IfMatchHeader),
    responses((status = 200, description = "The webhook.", body = WebhookOut), OnUpdate)
)]
#[patch("/webhooks/{id}")]
async fn update_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
    expected: IfMatch,
    body: Body<WebhookPatchIn>,
) -> Result<Versioned<WebhookOut>, Problem> {
    let changed = webhooks::update(&state.app, &signed.0, id.0.0, body.0.into(), expected.0);
    Ok(versioned(changed.await?))
}

/// Remove a webhook with its log.
#[utoipa::path(
    tag = "Events", params(("id" = WebhookId, Path, description = "The webhook.")),
    responses((status = 204, description = "It is gone."), OnDelete)
)]
#[delete("/webhooks/{id}")]
async fn delete_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
) -> Result<Done, Problem> {
    webhooks::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// Pause a webhook: nothing is sent, and nothing is lost.
#[utoipa::path(
    tag = "Events",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyHeader),
    responses((status = 200, description = "The webhook.", body = WebhookOut), OnAction)
)]
#[post("/webhooks/{id}/pause")]
async fn pause_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
) -> Result<Versioned<WebhookOut>, Problem> {
    Ok(versioned(webhooks::pause(&state.app, &signed.0, id.0.0).await?))
}

/// Resume a webhook that was paused or disabled.
///
/// It goes on where it stopped, with everything that happened since.
#[utoipa::path(
    tag = "Events",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyHeader),
    responses((status = 200, description = "The webhook.", body = WebhookOut), OnAction)
)]
#[post("/webhooks/{id}/resume")]
async fn resume_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
) -> Result<Versioned<WebhookOut>, Problem> {
    Ok(versioned(webhooks::resume(&state.app, &signed.0, id.0.0).await?))
}

/// Send events again from an earlier place on, or skip to a later one.
///
/// They have the ids that they had.
#[utoipa::path(
    tag = "Events", request_body = ReplayIn,
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyHeader),
    responses((status = 200, description = "The webhook.", body = WebhookOut), OnWrite)
)]
#[post("/webhooks/{id}/replay")]
async fn replay_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
    body: Body<ReplayIn>,
) -> Result<Versioned<WebhookOut>, Problem> {
    let from = body.0.into_origin()?;
    Ok(versioned(webhooks::replay(&state.app, &signed.0, id.0.0, from).await?))
}

/// Send a ping to a webhook, and say what came of it.
///
/// Its type is `webhook.ping`; it changes nothing about the sending.
#[utoipa::path(
    tag = "Events",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyHeader),
    responses((status = 200, description = "What came of it.", body = TryOut), OnAction)
)]
#[post("/webhooks/{id}/test")]
async fn test_webhook(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
) -> Result<Json<TryOut>, Problem> {
    let missing = || Problem::new("unavailable", "this server cannot send to webhooks");
    let courier = state.settings.courier.as_ref().ok_or_else(missing)?;
    let outcome = webhooks::test(&state.app, &signed.0, id.0.0, courier.as_ref()).await?;
    Ok(Json(TryOut::of(outcome)))
}

/// Make a new secret for a webhook.
///
/// The answer shows it once. While the one of before is kept, both sign each message, so that the
/// receiver can change his without a gap.
#[utoipa::path(
    tag = "Events", request_body = RotateIn,
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyHeader),
    responses((status = 200, description = "The webhook.", body = WebhookMadeOut), OnWrite)
)]
#[post("/webhooks/{id}/rotate-secret")]
async fn rotate_webhook_secret(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
    body: Body<RotateIn>,
) -> Result<Shown<WebhookMadeOut>, Problem> {
    let keep = body.0.keep_old_for_seconds;
    let (made, secret) = webhooks::rotate_secret(&state.app, &signed.0, id.0.0, keep).await?;
    let kept = WebhookMadeOut { webhook: WebhookOut::of(made.clone()), secret: None };
    let secret = Some(secret.into_exposed());
    Ok(Shown { body: WebhookMadeOut { webhook: WebhookOut::of(made), secret }, kept })
}

/// Which lines of the log.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct AttemptFilter {
    /// Sent at this instant (RFC 3339) or later.
    since: Option<Instant>,
    /// Sent before this instant.
    until: Option<Instant>,
}

from_query! { AttemptFilter { since: maybe, until: maybe } }

/// List what was sent to a webhook, newest first.
///
/// The log is kept for 30 days (setting `webhooks.keep_attempts_days`).
#[utoipa::path(
    tag = "Events",
    params(("id" = WebhookId, Path, description = "The webhook."), PageQuery, AttemptFilter),
    responses((status = 200, description = "A page.", body = PageOut<AttemptOut>), OnGet)
)]
#[get("/webhooks/{id}/attempts")]
async fn list_webhook_attempts(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<WebhookId>,
    page: Asked<PageQuery>,
    filter: Asked<AttemptFilter>,
) -> Result<Json<PageOut<AttemptOut>>, Problem> {
    let AttemptFilter { since, until } = filter.0;
    let sent = Span { since: since.map(|at| at.0), until: until.map(|at| at.0) };
    let found = webhooks::attempts(&state.app, &signed.0, id.0.0, sent, &page.0.into()).await?;
    Ok(Json(PageOut::of(found, AttemptOut::of)))
}
