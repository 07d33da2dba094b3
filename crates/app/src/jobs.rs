//! The job queue, for workers and for admins who look after it.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::JobId;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::jobs as store_jobs;

pub use throughline_store::jobs::{DeadJob, Job, JobCount};

use crate::{App, AppError, page};

/// Decodes and processes a recorded delivery; payload `{"delivery":"dlv_…"}`.
pub const PROCESS_DELIVERY: &str = "process_delivery";
/// Sends a stored reply; payload `{"item":"itm_…"}`.
pub const SEND_REPLY: &str = "send_reply";
/// Goes into a conversation to which we are asked; payload `{"inbox":"ibx_…","conversation":"…"}`.
pub const ENTER_CONVERSATION: &str = "enter_conversation";
/// Fetches the files of a chat message that lie with its platform; payload `{"item":"itm_…"}`.
pub const FETCH_FILES: &str = "fetch_files";

/// Reads a file of calls in, or counts what would become of it; payload `{"import":"phi_…"}`.
pub const IMPORT_CALLS: &str = "import_calls";
/// The same for a file of contacts.
pub const IMPORT_CONTACTS: &str = "import_contacts";
/// The same for a file of mails.
pub const IMPORT_MAIL: &str = "import_mail";
/// The jobs that read files in.
pub const IMPORTS: [&str; 3] = [IMPORT_CALLS, IMPORT_CONTACTS, IMPORT_MAIL];

/// Claims up to `limit` due jobs of these kinds for `lease_ms`.
pub async fn claim(
    app: &App,
    kinds: &'static [&'static str],
    limit: i64,
    lease_ms: i64,
) -> Result<Vec<Job>, AppError> {
    let now = app.now();
    let token = app.ids().stamp(now);
    let claim = move |conn: &mut _| store_jobs::claim(conn, kinds, limit, lease_ms, token, now);
    Ok(app.store().write(claim).await?)
}

/// Removes finished jobs of one claim.
pub async fn complete(app: &App, ids: Vec<JobId>, token: i64) -> Result<usize, AppError> {
    Ok(app.store().write(move |conn| store_jobs::complete(conn, &ids, token)).await?)
}

/// Notes a failure: again at `retry_at`, or dead when there is no again.
pub async fn fail(
    app: &App,
    id: JobId,
    token: i64,
    error: String,
    retry_at: Option<Instant>,
) -> Result<(), AppError> {
    let fail = move |conn: &mut _| store_jobs::fail(conn, id, token, &error, retry_at);
    Ok(app.store().write(fail).await?)
}

/// Puts a claimed job off, for a reason that is no failure.
pub async fn postpone(
    app: &App,
    id: JobId,
    token: i64,
    until: Instant,
    why: String,
) -> Result<(), AppError> {
    let postpone = move |conn: &mut _| store_jobs::postpone(conn, id, token, until, &why);
    Ok(app.store().write(postpone).await?)
}

/// Prolongs the lease of jobs that take long; answers how many are still ours.
pub async fn extend(
    app: &App,
    ids: Vec<JobId>,
    token: i64,
    lease_ms: i64,
) -> Result<usize, AppError> {
    let until = app.now().plus_millis(lease_ms);
    Ok(app.store().write(move |conn| store_jobs::extend(conn, &ids, token, until)).await?)
}

/// Gives claimed jobs back at once, as on shutdown.
pub async fn release(app: &App, ids: Vec<JobId>, token: i64) -> Result<(), AppError> {
    Ok(app.store().write(move |conn| store_jobs::release(conn, &ids, token)).await?)
}

/// How many jobs of each kind wait and are dead. For metrics; needs no actor.
pub async fn counts(app: &App) -> Result<Vec<JobCount>, AppError> {
    Ok(app.store().read(store_jobs::counts).await?)
}

/// How many jobs of each kind wait and are dead, for an admin.
pub async fn stats(app: &App, actor: &Actor) -> Result<Vec<JobCount>, AppError> {
    actor.require(Scope::Admin)?;
    counts(app).await
}

/// Jobs that have failed for good, newest first.
pub async fn dead(
    app: &App,
    actor: &Actor,
    request: &PageRequest,
) -> Result<Page<DeadJob>, AppError> {
    actor.require(Scope::Admin)?;
    page::check(request)?;
    let before = request.key_for("job")?;
    let fetch = request.fetch();
    let rows = app.store().read(move |conn| store_jobs::dead(conn, before, fetch)).await?;
    Ok(Page::cut(rows, request, "job", |job| job.id.get()))
}

/// Puts a dead job back into the queue.
pub async fn revive(app: &App, actor: &Actor, id: JobId) -> Result<(), AppError> {
    actor.require(Scope::Admin)?;
    let now = app.now();
    let revived = app.store().write(move |conn| store_jobs::revive(conn, id, now)).await?;
    if revived { Ok(()) } else { Err(AppError::not_found("dead job")) }
}
