//! Sending a file here.

use throughline_core::actor::Actor;
use throughline_core::channel::Channel;
use throughline_core::id::InboxId;
use throughline_core::import::{Import, ImportCounts, ImportKind, ImportState};
use throughline_store::{Conn, NewBlob, imports as store, inboxes};

use super::may_import;
use crate::{App, AppError, admin};

/// The largest file that is taken, in bytes.
pub const MAX_FILE: u64 = 2 * 1024 * 1024 * 1024;

/// How long a file may be on its way without a part of it coming.
const STALE_SECONDS: i64 = 24 * 3600;

/// A file on its way here.
#[derive(Debug)]
pub struct Upload {
    blob: NewBlob,
}

/// A file that is here, to be imported.
#[derive(Debug)]
pub struct NewFile {
    /// What it holds.
    pub kind: ImportKind,
    /// The inbox whose calls or mails these are; none for contacts.
    pub inbox: Option<InboxId>,
    /// The name of the file.
    pub name: String,
    /// How it is read, if that is known already.
    pub source: Option<serde_json::Value>,
}

/// Begins to take a file of a kind, for an inbox if it belongs to one; nothing of it is read before this says
/// so.
pub async fn upload(
    app: &App,
    actor: &Actor,
    kind: ImportKind,
    inbox: Option<InboxId>,
) -> Result<Upload, AppError> {
    may_import(actor, kind)?;
    let who = actor.clone();
    app.store().lookup(move |conn| check_inbox(conn, &who, kind, inbox)).await?;
    let mark = app.ids().stamp(app.now());
    Ok(Upload { blob: app.store().blobs().begin(mark).await? })
}

impl Upload {
    /// Takes more bytes. Fails when the file is too large; the upload is then to be abandoned.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        if self.blob.size() + bytes.len() as u64 > MAX_FILE {
            let why = format!("a file has at most {MAX_FILE} bytes; send it in parts");
            return Err(AppError::invalid("body", why));
        }
        Ok(self.blob.write(bytes).await?)
    }

    /// Gives the file up.
    pub async fn abandon(self) {
        self.blob.abandon().await;
    }
}

/// Lets go of what came of files whose sending died half-way: nothing of it came for a day. Answers how many.
pub async fn forget_uploads(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-STALE_SECONDS);
    Ok(app.store().blobs().sweep(before).await?)
}

/// Checks that what such a file holds may come by the inbox: calls by one for telephones, mails by one for
/// mail, contacts by none.
fn check_inbox(
    conn: &mut Conn,
    actor: &Actor,
    kind: ImportKind,
    id: Option<InboxId>,
) -> Result<(), AppError> {
    let channel = match (kind, id) {
        (ImportKind::Contacts, None) => return Ok(()),
        (ImportKind::Contacts, Some(_)) => {
            return Err(AppError::invalid("inbox", "contacts belong to no inbox: leave it out"));
        }
        (ImportKind::Calls, _) => Channel::Phone,
        (ImportKind::Mail, _) => Channel::Email,
    };
    let id = id.ok_or_else(|| {
        let why = format!("say into which inbox of the channel {channel} they come");
        AppError::invalid("inbox", why)
    })?;
    let found = inboxes::get(conn, id)?.filter(|inbox| actor.sees(inbox.id, None, None));
    let inbox = found.ok_or_else(|| AppError::invalid("inbox", "there is no such inbox"))?;
    if inbox.channel != channel {
        let why = format!("{kind} are imported into an inbox of the channel {channel}");
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
) -> Result<Import, AppError> {
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
    let import = Import {
        id: app.ids().make(now),
        kind: new.kind,
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
        check_inbox(conn, &who, import.kind, import.inbox)?;
        store::insert(conn, &import)?;
        Ok(import)
    };
    app.store().write(write).await
}
