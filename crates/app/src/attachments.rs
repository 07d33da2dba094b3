//! Attachments: opening those of messages, and sending files here that a reply is to carry.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::{AttachmentId, ItemId};
use throughline_core::time::Instant;
use throughline_core::timeline::AttachmentInfo;
use throughline_store::attachments::{self, Attachment};
use throughline_store::uploads::{self, Upload};
use throughline_store::{Conn, timeline};

use crate::{App, AppError};

/// An attachment and its bytes, if the actor may see the item it belongs to.
pub async fn open(
    app: &App,
    actor: &Actor,
    id: AttachmentId,
) -> Result<(AttachmentInfo, Vec<u8>), AppError> {
    actor.require(Scope::TicketsRead)?;
    let who = actor.clone();
    let found = app.store().lookup(move |conn| {
        let Some(attachment) = attachments::get(conn, id)? else { return Ok(None) };
        let item = timeline::get(conn, &who, attachment.item)?;
        Ok::<_, AppError>(item.map(|_| attachment))
    });
    let attachment = found.await?.ok_or_else(|| AppError::not_found("attachment"))?;
    let bytes = app.store().blobs().get(&attachment.blob).await?;
    Ok((attachment.info, bytes.to_vec()))
}

/// For how long a file that was sent here can be attached.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// What the files of one reply may weigh together, in bytes: a third more on the way is what large
/// providers take.
pub const MAX_TOGETHER: i64 = 18 * 1024 * 1024;
/// The most files of one reply.
pub(crate) const MAX_FILES: usize = 20;
/// The longest name that is kept, in characters.
const MAX_NAME: usize = 200;

/// A file to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name.
    pub name: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Keeps a file for a day, in which the same actor can attach it to one reply.
pub async fn upload(app: &App, actor: &Actor, new: NewFile) -> Result<AttachmentInfo, AppError> {
    actor.require(Scope::TicketsWrite)?;
    let NewFile { name, media_type, bytes } = new;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    if size > MAX_TOGETHER {
        let most = format!("a file of at most {MAX_TOGETHER} bytes can be sent by mail");
        return Err(AppError::invalid("body", most));
    }
    let blob = app.store().blobs().put(bytes).await?;
    let now = app.now();
    let name = name.map(|name| clean(&name)).filter(|name| !name.trim().is_empty());
    let media_type = clean(&media_type);
    let info = AttachmentInfo {
        id: app.ids().make(now),
        name,
        media_type,
        size,
        inline: false,
        description: None,
    };
    let new = Upload { info: info.clone(), actor: actor.name(), blob, created_at: now };
    app.store().write(move |conn| uploads::insert(conn, &new)).await?;
    Ok(info)
}

/// Takes the files that an actor sent here, for an item that he writes.
pub(crate) fn take(
    conn: &mut Conn,
    actor: &Actor,
    ids: &[AttachmentId],
    item: ItemId,
    now: Instant,
) -> Result<Vec<Attachment>, AppError> {
    const FIELD: &str = "attachments";
    if ids.len() > MAX_FILES {
        return Err(AppError::invalid(FIELD, format!("at most {MAX_FILES} files")));
    }
    let taken = uploads::take(conn, ids, &actor.name(), now.plus_seconds(-KEPT_SECONDS))?;
    if taken.len() != ids.len() {
        let why = "at least one of these files is not there: each can be used once, by whoever sent \
                   it, within a day";
        return Err(AppError::invalid(FIELD, why));
    }
    if taken.iter().map(|file| file.info.size).sum::<i64>() > MAX_TOGETHER {
        return Err(AppError::invalid(FIELD, format!("at most {MAX_TOGETHER} bytes together")));
    }
    let file = |Upload { info, blob, actor: _, created_at: _ }| Attachment {
        info,
        item,
        blob,
        content_id: None,
    };
    Ok(taken.into_iter().map(file).collect())
}

/// Forgets files that nobody attached in time. Answers how many.
pub async fn purge(app: &App) -> Result<usize, AppError> {
    let before = app.now().plus_seconds(-KEPT_SECONDS);
    Ok(app.store().write(move |conn| uploads::purge(conn, before)).await?)
}

/// Without control characters: PostgreSQL cannot hold NUL, and nobody can read the others.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}
