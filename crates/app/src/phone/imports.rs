//! Imports of phone logs: sending a file here, saying how it is read, starting and stopping. Looking at
//! them is in `looking`, what the worker does in `work`.

use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::{InboxId, PhoneImportId};
use throughline_core::phone_import::{ImportCounts, ImportState, PhoneImport};
use throughline_core::time::Instant;
use throughline_store::jobs::NewJob;
use throughline_store::{Conn, NewBlob, inboxes, jobs as queue, phone_imports as store, trash};

use super::may_import;
use crate::jobs::IMPORT_CALLS;
use crate::timeline::put_aside;
use crate::{App, AppError, admin};

/// The largest file that is taken, in bytes.
pub const MAX_FILE: u64 = 2 * 1024 * 1024 * 1024;
/// For how long a file stays here after its import was over, in seconds.
const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How many files are let go of in one transaction.
const AT_ONCE: i64 = 100;

/// A file on its way here.
#[derive(Debug)]
pub struct Upload {
    blob: NewBlob,
}

/// A file that is here, to be imported.
#[derive(Debug)]
pub struct NewFile {
    /// The inbox whose calls these are.
    pub inbox: InboxId,
    /// The name of the file.
    pub name: String,
    /// How it is read, if that is known already.
    pub source: Option<serde_json::Value>,
}

/// Begins to take a file for an inbox; nothing of it is read before this says so.
pub async fn upload(app: &App, actor: &Actor, inbox: InboxId) -> Result<Upload, AppError> {
    may_import(actor)?;
    let who = actor.clone();
    app.store().lookup(move |conn| phone_inbox(conn, &who, inbox)).await?;
    let mark = app.ids().stamp(app.now());
    Ok(Upload { blob: app.store().blobs().begin(mark).await? })
}

impl Upload {
    /// Takes more bytes. Fails when the file is too large; the upload is then to be abandoned.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        if self.blob.size() + bytes.len() as u64 > MAX_FILE {
            let why = format!("a phone log has at most {MAX_FILE} bytes; send it in parts");
            return Err(AppError::invalid("body", why));
        }
        Ok(self.blob.write(bytes).await?)
    }

    /// Gives the file up.
    pub async fn abandon(self) {
        self.blob.abandon().await;
    }
}

/// The inbox, if calls may come by it.
fn phone_inbox(conn: &mut Conn, actor: &Actor, id: InboxId) -> Result<(), AppError> {
    let found = inboxes::get(conn, id)?.filter(|inbox| actor.sees(inbox.id, None, None));
    let inbox = found.ok_or_else(|| AppError::invalid("inbox", "there is no such inbox"))?;
    if inbox.channel != Channel::Phone {
        let why = "phone logs are imported into an inbox of the channel phone";
        return Err(AppError::invalid("inbox", why));
    }
    if !inbox.active {
        return Err(AppError::conflict("inbox_inactive", "this inbox takes nothing new"));
    }
    Ok(())
}

/// Makes an import of a file that has been sent here. Nothing is read in before it is started.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewFile,
    upload: Upload,
) -> Result<PhoneImport, AppError> {
    let size = i64::try_from(upload.blob.size()).unwrap_or(i64::MAX);
    let name = admin::name("name", &new.name);
    let name = match name {
        Ok(name) if size > 0 => name,
        Ok(_) => {
            upload.abandon().await;
            return Err(AppError::invalid("body", "send the file: it is empty"));
        }
        Err(error) => {
            upload.abandon().await;
            return Err(error);
        }
    };
    let blob = upload.blob.finish().await?;
    let now = app.now();
    let import = PhoneImport {
        id: app.ids().make(now),
        inbox: new.inbox,
        name,
        blob,
        size,
        actor: actor.name(),
        source: new.source,
        state: ImportState::Uploaded,
        counts: ImportCounts::default(),
        checked: None,
        reason: None,
        created_at: now,
        started_at: None,
        finished_at: None,
        version: 1,
    };
    let who = actor.clone();
    let write = move |conn: &mut Conn| {
        phone_inbox(conn, &who, import.inbox)?;
        store::insert(conn, &import)?;
        Ok(import)
    };
    app.store().write(write).await
}

pub(super) fn missing() -> AppError {
    AppError::not_found("import")
}

/// Says how the file is read. It is then read from its beginning.
pub async fn set_source(
    app: &App,
    actor: &Actor,
    id: PhoneImportId,
    source: serde_json::Value,
) -> Result<PhoneImport, AppError> {
    may_import(actor)?;
    change(app, actor, id, move |conn, import, _| {
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

fn begin_anew(conn: &mut Conn, import: &mut PhoneImport) -> Result<(), AppError> {
    store::forget_rejected(conn, import.id)?;
    import.counts = ImportCounts::default();
    (import.reason, import.started_at, import.finished_at) = (None, None, None);
    Ok(())
}

/// Starts an import, lets one go on that was stopped or failed, or reads one that is over once more:
/// nothing comes twice.
pub async fn start(app: &App, actor: &Actor, id: PhoneImportId) -> Result<PhoneImport, AppError> {
    may_import(actor)?;
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
        Ok(queue::enqueue_anew(conn, &[job], now)?)
    })
    .await
}

/// Starts a dry run: what would become of the rows is counted, and nothing is written.
pub async fn check(app: &App, actor: &Actor, id: PhoneImportId) -> Result<PhoneImport, AppError> {
    may_import(actor)?;
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
        Ok(queue::enqueue_anew(conn, &[job], now)?)
    })
    .await
}

/// Stops an import; [`start`] lets it go on where it was.
pub async fn pause(app: &App, actor: &Actor, id: PhoneImportId) -> Result<PhoneImport, AppError> {
    may_import(actor)?;
    change(app, actor, id, move |conn, import, _| {
        if import.state != ImportState::Running {
            return Err(not_now(import, "only one that is running can be paused"));
        }
        import.state = ImportState::Paused;
        Ok(queue::remove(conn, IMPORT_CALLS, &import.id.to_string())?)
    })
    .await
}

/// Ends an import, or a dry run. What was read in stays.
pub async fn cancel(app: &App, actor: &Actor, id: PhoneImportId) -> Result<PhoneImport, AppError> {
    may_import(actor)?;
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
        Ok(queue::remove(conn, IMPORT_CALLS, &import.id.to_string())?)
    })
    .await
}

/// Changes an import in one transaction, in which it is held.
async fn change(
    app: &App,
    actor: &Actor,
    id: PhoneImportId,
    change: impl FnOnce(&mut Conn, &mut PhoneImport, Instant) -> Result<(), AppError> + Send + 'static,
) -> Result<PhoneImport, AppError> {
    let (actor, now) = (actor.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let mut import = store::hold(conn, &actor, id)?.ok_or_else(missing)?;
        change(conn, &mut import, now)?;
        import.version += 1;
        store::update(conn, &import)?;
        Ok(import)
    };
    app.store().write(write).await
}

fn not_now(import: &PhoneImport, advice: &str) -> AppError {
    let state = import.state;
    AppError::conflict("import_state", format!("this import is {state}: {advice}"))
}

fn readable(import: &PhoneImport) -> Result<(), AppError> {
    if import.blob.is_empty() {
        return Err(file_gone());
    }
    match import.source {
        Some(_) => Ok(()),
        None => Err(AppError::conflict("import_source_missing", "say first how the file is read")),
    }
}

pub(super) fn file_gone() -> AppError {
    let why = "its file was let go of, since it is long over or somebody named in it was erased: send \
               the file again";
    AppError::conflict("import_file_gone", why)
}

fn job_of(app: &App, id: PhoneImportId) -> NewJob {
    let now = app.now();
    NewJob {
        id: app.ids().make(now),
        kind: IMPORT_CALLS,
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
