//! How the folders of an inbox fare, for admins.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::InboxId;
use throughline_core::time::Instant;
use throughline_store::Conn;
use throughline_store::mailboxes::{self as store, FolderCounts, FolderCursor, StoredFolder};

use crate::{App, AppError, inboxes};

/// How a folder fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderStatus {
    /// Its name, as it is set.
    pub folder: String,
    /// How far it is recorded; nothing before the first look.
    pub cursor: Option<FolderCursor>,
    /// Whether a worker follows it at present.
    pub followed: bool,
    /// When it was last looked at without a failure.
    pub checked_at: Option<Instant>,
    /// Failures in a row.
    pub failures: i32,
    /// Since when something goes wrong.
    pub failing_since: Option<Instant>,
    /// What goes wrong, in words for an admin.
    pub last_error: Option<String>,
    /// How many of its messages are recorded.
    pub counts: FolderCounts,
}

impl FolderStatus {
    fn of(folder: StoredFolder, counts: FolderCounts, now: Instant) -> Self {
        Self {
            folder: folder.key.folder,
            cursor: folder.cursor,
            followed: folder.lease_until.is_some_and(|until| until > now),
            checked_at: folder.checked_at,
            failures: folder.failures,
            failing_since: folder.failing_since,
            last_error: folder.last_error,
            counts,
        }
    }
}

/// How the folders of an inbox fare that were ever followed, by name.
pub async fn status(
    app: &App,
    actor: &Actor,
    inbox: InboxId,
) -> Result<Vec<FolderStatus>, AppError> {
    actor.require(Scope::Admin)?;
    inboxes::get(app, actor, inbox).await?;
    let read = move |conn: &mut Conn| {
        Ok::<_, AppError>((store::of_inbox(conn, inbox)?, store::counts(conn, inbox)?))
    };
    let (folders, mut counts) = app.store().read(read).await?;
    let now = app.now();
    let status = |folder: StoredFolder| {
        let of_folder = counts.remove(&folder.key.folder).unwrap_or_default();
        FolderStatus::of(folder, of_folder, now)
    };
    Ok(folders.into_iter().map(status).collect())
}
