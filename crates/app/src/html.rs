//! The HTML of a message, made safe to show. It is kept as sent and cleaned on the way to the reader,
//! so that a better cleaner counts for old mails too.

use throughline_core::actor::Actor;
use throughline_core::id::{AttachmentId, ItemId};
use throughline_core::timeline::Detail;
use throughline_mail::html::sanitise;
use throughline_store::attachments;

pub use throughline_mail::html::{RemoteImages, SafeHtml};

use crate::{App, AppError, timeline};

/// The HTML of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemHtml {
    /// What may be shown.
    pub safe: SafeHtml,
    /// The files that it can name by `cid:`, with those names.
    pub inline: Vec<(String, AttachmentId)>,
}

/// The HTML of an item, if it has any and the actor may see it.
pub async fn of_item(
    app: &App,
    actor: &Actor,
    id: ItemId,
    images: RemoteImages,
) -> Result<ItemHtml, AppError> {
    let item = timeline::get(app, actor, id).await?;
    let Detail::Message(detail) = item.detail else { return Err(none()) };
    let blob = detail.html_blob.ok_or_else(none)?;
    let bytes = app.store().blobs().get(&blob).await?;
    // Milliseconds for a long page: not on a thread that others wait for.
    let clean = move || sanitise(&String::from_utf8_lossy(&bytes), images);
    let safe = tokio::task::spawn_blocking(clean).await.map_err(AppError::internal)?;
    let inline = app.store().lookup(move |c| attachments::named_in_text(c, id)).await?;
    Ok(ItemHtml { safe, inline })
}

fn none() -> AppError {
    AppError::not_found("HTML: the item has none")
}
