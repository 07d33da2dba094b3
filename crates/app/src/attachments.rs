//! Opening attachments.

use throughline_core::actor::{Actor, Scope};
use throughline_core::id::AttachmentId;
use throughline_core::timeline::AttachmentInfo;
use throughline_store::{attachments, timeline};

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
