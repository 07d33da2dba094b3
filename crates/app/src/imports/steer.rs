//! Saying how the file of an import is read, starting and stopping; and letting go of files.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::ImportId;
use throughline_core::import::{Import, ImportCounts, ImportKind, ImportState};
use throughline_core::time::Instant;
use throughline_store::jobs::NewJob;
use throughline_store::{Conn, imports as store, jobs as queue, trash};

use super::may_import;
use crate::jobs::{IMPORT_CALLS, IMPORT_CONTACTS, IMPORT_MAIL};
use crate::timeline::put_aside;
use crate::{App, AppError};

/// For how long a file stays here after its import was over, in seconds.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How many files are let go of in one transaction.
const AT_ONCE: i64 = 100;

pub(super) fn missing() -> AppError {
    AppError::not_found("import")
}

/// Says how the file is read. It is then read from its beginning.
pub async fn set_source(
    app: &App,
    actor: &Actor,
    id: ImportId,
    source: serde_json::Value,
) -> Result<Import, AppError> {
    change(app, actor, id, move |conn, import, _| {
        if import.kind == ImportKind::Mail {
            let why = "mails are read as they are: there is nothing to say of how";
            return Err(AppError::invalid("source", why));
        }
        if import.state.is_working() {
            return Err(not_now(import, "stop it first"));
        }
        begin_anew(conn, import)?;
        import.state = ImportState::Uploaded;
        import.checked = None;
        import.source = Some(source);
        Ok(())
    })
    .await
}

fn begin_anew(conn: &mut Conn, import: &mut Import) -> Result<(), AppError> {
    store::forget_rejected(conn, import.id)?;
    import.counts = ImportCounts::default();
    (import.reason, import.started_at, import.finished_at) = (None, None, None);
    Ok(())
}

/// Starts an import, lets one go on that was stopped or failed, or reads one that is over once more:
/// nothing comes twice.
pub async fn start(app: &App, actor: &Actor, id: ImportId) -> Result<Import, AppError> {
    let job = job_of(app, id);
    change(app, actor, id, move |conn, import, now| {
        if import.state.is_working() {
            return Err(not_now(import, "wait for it, or stop it first"));
        }
        readable(import)?;
        if matches!(import.state, ImportState::Done | ImportState::Cancelled) {
            begin_anew(conn, import)?;
        }
        import.state = ImportState::Running;
        (import.reason, import.finished_at) = (None, None);
        import.started_at = Some(now);
        Ok(queue::enqueue_anew(conn, &[job(import.kind)], now)?)
    })
    .await
}

/// Starts a dry run: what would become of the rows is counted, and nothing is written.
pub async fn check(app: &App, actor: &Actor, id: ImportId) -> Result<Import, AppError> {
    let job = job_of(app, id);
    change(app, actor, id, move |conn, import, now| {
        if import.state != ImportState::Uploaded {
            return Err(not_now(import, "a dry run comes before the import is started"));
        }
        readable(import)?;
        import.state = ImportState::Checking;
        import.reason = None;
        import.checked = Some(ImportCounts::default());
        import.started_at = Some(now);
        Ok(queue::enqueue_anew(conn, &[job(import.kind)], now)?)
    })
    .await
}

/// Stops an import; [`start`] lets it go on where it was.
pub async fn pause(app: &App, actor: &Actor, id: ImportId) -> Result<Import, AppError> {
    change(app, actor, id, move |conn, import, _| {
        if import.state != ImportState::Running {
            return Err(not_now(import, "only one that is running can be paused"));
        }
        import.state = ImportState::Paused;
        Ok(queue::remove(conn, job_kind(import.kind), &import.id.to_string())?)
    })
    .await
}

/// Ends an import, or a dry run. What was read in stays.
pub async fn cancel(app: &App, actor: &Actor, id: ImportId) -> Result<Import, AppError> {
    change(app, actor, id, move |conn, import, now| {
        if import.state.is_over() {
            return Err(not_now(import, "it is over"));
        }
        import.state = match import.state {
            ImportState::Checking => ImportState::Uploaded,
            _ => {
                import.finished_at = Some(now);
                ImportState::Cancelled
            }
        };
        Ok(queue::remove(conn, job_kind(import.kind), &import.id.to_string())?)
    })
    .await
}

/// Changes an import in one transaction, in which it is held.
async fn change(
    app: &App,
    actor: &Actor,
    id: ImportId,
    change: impl FnOnce(&mut Conn, &mut Import, Instant) -> Result<(), AppError> + Send + 'static,
) -> Result<Import, AppError> {
    actor.require(Scope::DeliveriesWrite)?;
    let (actor, now) = (actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let mut import = store::hold(conn, &actor, id)?.ok_or_else(missing)?;
        may_import(&actor, import.kind)?;
        change(conn, &mut import, now)?;
        import.version += 1;
        store::update(conn, &import)?;
        Ok(import)
    };
    app.store().write(write).await
}

fn not_now(import: &Import, advice: &str) -> AppError {
    let state = import.state;
    AppError::conflict("import_state", format!("this import is {state}: {advice}"))
}

fn readable(import: &Import) -> Result<(), AppError> {
    if import.blob.is_empty() {
        return Err(file_gone());
    }
    match import.source {
        None if import.kind == ImportKind::Mail => Ok(()),
        Some(_) => Ok(()),
        None => Err(AppError::conflict("import_source_missing", "say first how the file is read")),
    }
}

pub(super) fn file_gone() -> AppError {
    let why = "its file was let go of, since it is long over or somebody named in it was erased: send \
               the file again";
    AppError::conflict("import_file_gone", why)
}

/// The job that reads files of a kind.
pub(super) fn job_kind(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::Calls => IMPORT_CALLS,
        ImportKind::Contacts => IMPORT_CONTACTS,
        ImportKind::Mail => IMPORT_MAIL,
    }
}

/// Makes the job of an import, once its kind is known; ids are made before the transaction.
fn job_of(app: &App, id: ImportId) -> impl FnOnce(ImportKind) -> NewJob + Send + use<> {
    let now = app.now();
    let job = app.ids().make(now);
    move |kind| NewJob {
        id: job,
        kind: job_kind(kind),
        payload: serde_json::json!({ "import": id }).to_string(),
        run_at: now,
        dedup_key: Some(id.to_string()),
    }
}

/// Lets go of the files of imports that have been over for a month. Answers how many.
pub async fn forget_files(app: &App) -> Result<usize, AppError> {
    let mut forgotten = 0;
    loop {
        let (now, before) = (app.now(), app.now().plus_seconds(-KEPT_SECONDS));
        let write = move |conn: &mut Conn| {
            let blobs = store::let_go(conn, before, AT_ONCE)?;
            trash::note(conn, &blobs, now)?;
            Ok::<_, AppError>(blobs)
        };
        let blobs = app.store().write(write).await?;
        if blobs.is_empty() {
            return Ok(forgotten);
        }
        forgotten += blobs.len();
        put_aside(app, blobs).await?;
    }
}
