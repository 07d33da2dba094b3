//! What admins ask about mailboxes: does the connection work, how do the folders fare, is anything
//! missing, and which servers does a provider have.

use crate::mount::ServiceConfig;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use throughline_app::mail_settings::{self, FolderCount, Probe, ProbeStep};
use throughline_app::mailboxes::{self, FolderCounts, FolderStatus};
use throughline_core::mail_providers;
use utoipa::{IntoParams, ToSchema};

use super::shown::ProviderOut;
use crate::auth::Signed;
use crate::extract::{Asked, Body, Id, IdempotencyHeader, from_query};
use crate::problem::Problem;
use crate::responses::{OnAction, OnCreate, OnGet, OnList};
use crate::state::ApiState;
use crate::wire::{Email, InboxId, Instant, Text, Wire};

/// Adds the routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(test_mail)
        .service(get_mail_status)
        .service(reconcile_mail)
        .service(get_mail_provider);
}

/// How a test of the connection went.
#[derive(Debug, Serialize, ToSchema)]
struct MailTestOut {
    /// Whether every step went well, and there was one.
    ok: bool,
    /// The steps in their order; of each protocol the first that fails is the last.
    steps: Vec<MailStepOut>,
}

/// One step of a test.
#[derive(Debug, Serialize, ToSchema)]
struct MailStepOut {
    /// `imap` or `smtp`.
    #[schema(example = "imap")]
    protocol: &'static str,
    /// `settings`, `connect`, `protect`, `greeting`, `login`, `folder`, `fetch`.
    #[schema(example = "login")]
    step: &'static str,
    /// Whether it went well.
    ok: bool,
    /// What was found, or what is wrong and what helps.
    #[schema(example = "signed in; the server tells of new messages at once (IDLE)")]
    words: String,
}

impl MailTestOut {
    fn of(steps: Vec<ProbeStep>) -> Self {
        let ok = !steps.is_empty() && steps.iter().all(|step| step.ok);
        let step =
            |ProbeStep { protocol, step, ok, words }| MailStepOut { protocol, step, ok, words };
        Self { ok, steps: steps.into_iter().map(step).collect() }
    }
}

/// How the folders of an inbox fare.
#[derive(Debug, Serialize, ToSchema)]
struct MailStatusOut {
    /// The folders that were ever read, by name.
    folders: Vec<MailFolderOut>,
}

/// How a folder fares.
#[derive(Debug, Serialize, ToSchema)]
struct MailFolderOut {
    /// Its name.
    #[schema(example = "INBOX")]
    folder: String,
    /// Whether a worker follows it at present.
    followed: bool,
    /// What its UIDs are good for; another number means that the server has numbered it anew. Null
    /// before the first look.
    #[schema(example = 1700000000)]
    uid_validity: Option<u32>,
    /// The highest UID that is recorded here or was passed over; null before the first look.
    #[schema(example = 4711)]
    last_uid: Option<u32>,
    /// How many of its messages are recorded.
    #[schema(example = 812)]
    recorded: i64,
    /// Of these, those that are still to be marked, moved or deleted on the server.
    #[schema(example = 0)]
    pending: i64,
    /// When it was last looked at with success.
    checked_at: Option<Instant>,
    /// Failures in a row.
    #[schema(example = 0)]
    failures: i32,
    /// Since when it fails; null while it works.
    failing_since: Option<Instant>,
    /// What went wrong last.
    last_error: Option<String>,
}

impl MailFolderOut {
    fn of(status: FolderStatus) -> Self {
        let FolderStatus {
            folder,
            cursor,
            followed,
            checked_at,
            failures,
            failing_since,
            last_error,
            counts: FolderCounts { recorded, pending },
        } = status;
        Self {
            folder,
            followed,
            uid_validity: cursor.map(|cursor| cursor.uid_validity),
            last_uid: cursor.map(|cursor| cursor.last_uid),
            recorded,
            pending,
            checked_at: checked_at.map(Wire),
            failures,
            failing_since: failing_since.map(Wire),
            last_error,
        }
    }
}

/// Whether to record what is missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReconcileIn {
    /// Fetch and record the messages that are missing here.
    #[serde(default)]
    fetch: bool,
}

/// A mailbox beside the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct ReconciledOut {
    /// Each folder that is read.
    folders: Vec<ReconciledFolderOut>,
}

/// A folder beside the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct ReconciledFolderOut {
    /// Its name.
    #[schema(example = "INBOX")]
    folder: String,
    /// What its UIDs are good for.
    #[schema(example = 1700000000)]
    uid_validity: u32,
    /// How many messages it holds.
    #[schema(example = 812)]
    on_server: u64,
    /// How many of those are in the ledger.
    #[schema(example = 812)]
    known: u64,
    /// How many are not.
    #[schema(example = 0)]
    missing: u64,
    /// The UIDs of the first hundred of those.
    missing_uids: Vec<u32>,
    /// How many of those were recorded now.
    #[schema(example = 0)]
    fetched: u64,
    /// What kept it from being compared to its end; null when nothing did.
    trouble: Option<String>,
}

impl ReconciledFolderOut {
    fn of(count: FolderCount) -> Self {
        Self {
            folder: count.folder,
            uid_validity: count.uid_validity,
            on_server: count.on_server,
            known: count.known,
            missing: count.missing,
            missing_uids: count.missing_uids,
            fetched: count.fetched,
            trouble: count.trouble,
        }
    }
}

/// Whose provider.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProviderQuery {
    /// An address there.
    address: Email,
}

from_query! { ProviderQuery { address: one } }

/// Test the connection of an inbox, step by step.
///
/// With the settings that are stored. Nothing is changed there and nothing is sent.
#[utoipa::path(
    tag = "E-mail",
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "How it went.", body = MailTestOut), OnAction)
)]
#[post("/inboxes/{id}/email/test")]
async fn test_mail(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Json<MailTestOut>, Problem> {
    let probe = probe(&state)?;
    let steps = mail_settings::test(&state.app, &signed.0, probe, id.0.0).await?;
    Ok(Json(MailTestOut::of(steps)))
}

/// Read how the folders of an inbox fare.
#[utoipa::path(
    tag = "E-mail", params(("id" = InboxId, Path, description = "The inbox.")),
    responses((status = 200, description = "How they fare.", body = MailStatusOut), OnGet)
)]
#[get("/inboxes/{id}/email/status")]
async fn get_mail_status(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
) -> Result<Json<MailStatusOut>, Problem> {
    let found = mailboxes::status(&state.app, &signed.0, id.0.0).await?;
    Ok(Json(MailStatusOut { folders: found.into_iter().map(MailFolderOut::of).collect() }))
}

/// Compare the mailbox of an inbox with the ledger.
///
/// Counts what its folders hold and names what is not here; with `fetch` that is recorded now.
#[utoipa::path(
    tag = "E-mail", request_body = ReconcileIn,
    params(("id" = InboxId, Path, description = "The inbox."), IdempotencyHeader),
    responses((status = 200, description = "What was found.", body = ReconciledOut), OnCreate)
)]
#[post("/inboxes/{id}/email/reconcile")]
async fn reconcile_mail(
    state: Data<ApiState>,
    signed: Signed,
    id: Id<InboxId>,
    body: Body<ReconcileIn>,
) -> Result<Json<ReconciledOut>, Problem> {
    let (probe, ReconcileIn { fetch }) = (probe(&state)?, body.0);
    let found = mail_settings::reconcile(&state.app, &signed.0, probe, id.0.0, fetch).await?;
    let folders = found.into_iter().map(ReconciledFolderOut::of).collect();
    Ok(Json(ReconciledOut { folders }))
}

fn probe(state: &ApiState) -> Result<&dyn Probe, Problem> {
    let probe = state.settings.mail_probe.as_deref();
    probe.ok_or_else(|| {
        Problem::new("unavailable", "this server does not reach out to mail servers")
    })
}

/// Find the servers of a well-known provider by an address.
#[utoipa::path(
    tag = "E-mail", params(ProviderQuery),
    responses((status = 200, description = "What is known.", body = ProviderOut), OnList)
)]
#[get("/mail-providers")]
async fn get_mail_provider(
    signed: Signed,
    query: Asked<ProviderQuery>,
) -> Result<Json<ProviderOut>, Problem> {
    mail_settings::may_set_up(&signed.0)?;
    Ok(Json(ProviderOut::of(mail_providers::suggest(query.0.address.as_str()))))
}
