//! How an inbox fetches and sends mail: its settings, and pausing. Secrets are taken and never shown.
//! What is asked of mail servers and about them is in [`asked`].

mod asked;
mod given;
mod shown;

use crate::mount::ServiceConfig;
use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use throughline_app::mail_settings;

use crate::answer::{Done, Versioned};
use crate::auth::Signed;
use crate::extract::{Body, Id, IdempotencyHeader, IfMatch, IfMatchHeader, IfNoneMatchHeader};
use crate::problem::Problem;
use crate::responses::{OnAction, OnDelete, OnGet, OnUpdate};
use crate::state::ApiState;
use crate::wire::InboxId;
use given::MailSettingsIn;
use shown::MailSettingsOut;

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(get_mail_settings)
        .service(put_mail_settings)
        .service(delete_mail_settings)
        .service(pause_mail)
        .service(resume_mail)
        .configure(asked::routes);
}

/// Read how an inbox fetches and sends mail.
#[utoipa::path(
    tag = "E-mail", params(("id" = InboxId, Path, description = "The inbox."), IfNoneMatchHeader),
    responses(
        (status = 200, description = "The settings.", body = MailSettingsOut),
        (status = 304, description = "You have the newest version."),
        OnGet
    )
)]
#[get("/inboxes/{id}/email")]
async fn get_mail_settings(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Versioned<MailSettingsOut>, Problem> {
    let found = mail_settings::get(&state.app, &signed.0, id.0.0).await?;
    Ok(Versioned { version: found.version, body: MailSettingsOut::of(found) })
}

/// Set how an inbox fetches and sends mail.
///
/// The whole of it: absent fields take their defaults. Only secrets that are left out stay, as long
/// as host, user and way to sign in stay; else they must be given again.
#[utoipa::path(
    tag = "E-mail", request_body = MailSettingsIn,
    params(("id" = InboxId, Path, description = "The inbox."), IfMatchHeader),
    responses((status = 200, description = "The settings.", body = MailSettingsOut), OnUpdate)
)]
#[put("/inboxes/{id}/email")]
async fn put_mail_settings(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    expected: IfMatch,
    body: Body<MailSettingsIn>,
) -> Result<Versioned<MailSettingsOut>, Problem> {
    let new = body.0.into_set_up()?;
    let made = mail_settings::put(&state.app, &signed.0, id.0.0, new, expected.0).await?;
    Ok(Versioned { version: made.version, body: MailSettingsOut::of(made) })
}

/// Remove the settings of an inbox with its secrets.
///
/// What came by it stays, and so does how far its folders were read.
#[utoipa::path(
    tag = "E-mail", params(("id" = InboxId, Path, description = "The inbox.")),
    responses((status = 204, description = "They are gone."), OnDelete)
)]
#[delete("/inboxes/{id}/email")]
async fn delete_mail_settings(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Done, Problem> {
    mail_settings::delete(&state.app, &signed.0, id.0.0).await?;
    Ok(Done)
}

/// Pause an inbox: nothing is fetched and nothing is sent.
///
/// Nothing is lost: mail waits on its server, replies wait here.
#[utoipa::path(
    tag = "E-mail",
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "The settings.", body = MailSettingsOut), OnAction)
)]
#[post("/inboxes/{id}/email/pause")]
async fn pause_mail(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Versioned<MailSettingsOut>, Problem> {
    set_paused(&state, &signed, id, true).await
}

/// Resume an inbox that was paused.
#[utoipa::path(
    tag = "E-mail",
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "The settings.", body = MailSettingsOut), OnAction)
)]
#[post("/inboxes/{id}/email/resume")]
async fn resume_mail(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Versioned<MailSettingsOut>, Problem> {
    set_paused(&state, &signed, id, false).await
}

async fn set_paused(
    state: &ApiState,
    signed: &Signed,
    id: Id<InboxId>,
    paused: bool,
) -> Result<Versioned<MailSettingsOut>, Problem> {
    let found = mail_settings::set_paused(&state.app, &signed.0, id.0.0, paused).await?;
    Ok(Versioned { version: found.version, body: MailSettingsOut::of(found) })
}
