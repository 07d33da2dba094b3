//! The HTML of a message, made safe to show. It is kept as sent and cleaned on the way to the reader,
//! so that a better cleaner counts for old mails too. Images on other servers come through here when the
//! reader asks for them: those servers then see us and not him.

use std::collections::HashMap;

use async_trait::async_trait;
use throughline_core::actor::Actor;
use throughline_core::id::{AttachmentId, ItemId};
use throughline_core::media_type;
use throughline_core::timeline::Detail;
use throughline_mail::html::{Places, sanitise, sanitise_at};
use throughline_store::attachments;

pub use throughline_mail::html::{RemoteImages, SafeHtml};

use crate::{App, AppError, timeline};

/// What images may be. Pictures that are programs, such as SVG, are not among them.
const KINDS: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The HTML of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemHtml {
    /// What may be shown.
    pub safe: SafeHtml,
    /// The files that it can name by `cid:`, with those names.
    pub inline: Vec<(String, AttachmentId)>,
}

/// Where a page finds its images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// Where the mail says.
    Own,
    /// At operations of the API; its parts too, where the page stands by itself.
    Ours {
        /// Whether the parts of the mail are shown from ours as well.
        parts: bool,
    },
}

/// Fetches images for readers. Whoever may use the network implements it.
#[async_trait]
pub trait ImageFetch: Send + Sync {
    /// Fetches what is at an address, within bounds, or says in a few words why not.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String>;
}

/// An image of another server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What its bytes are, whatever was said of them.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The HTML of an item, if it has any and the actor may see it.
pub async fn of_item(
    app: &App,
    actor: &Actor,
    id: ItemId,
    images: RemoteImages,
    addresses: Addresses,
) -> Result<ItemHtml, AppError> {
    let bytes = kept(app, actor, id).await?;
    let inline = app.store().lookup(move |c| attachments::named_in_text(c, id)).await?;
    let places = places(id, addresses, &inline);
    // Milliseconds for a long page: not on a thread that others wait for.
    let clean = move || sanitise_at(&String::from_utf8_lossy(&bytes), images, places);
    let safe = tokio::task::spawn_blocking(clean).await.map_err(AppError::internal)?;
    Ok(ItemHtml { safe, inline })
}

/// An image on another server that the HTML of an item names, by its number there. The address comes from
/// the mail and from nobody else, so that this is no open proxy.
pub async fn image(
    app: &App,
    actor: &Actor,
    fetch: &dyn ImageFetch,
    id: ItemId,
    number: usize,
) -> Result<Image, AppError> {
    let bytes = kept(app, actor, id).await?;
    let read = move || sanitise(&String::from_utf8_lossy(&bytes), RemoteImages::Blocked).sources;
    let sources = tokio::task::spawn_blocking(read).await.map_err(AppError::internal)?;
    let url = number.checked_sub(1).and_then(|at| sources.into_iter().nth(at));
    let url = url.ok_or_else(|| AppError::not_found("image"))?;
    let bytes = fetch.fetch(&url).await.map_err(|why| missing(&why))?;
    let media_type = media_type::of(None, &bytes);
    if !KINDS.contains(&media_type.as_str()) {
        return Err(missing("what came is no image that is shown"));
    }
    Ok(Image { media_type, bytes })
}

/// The HTML as it was sent.
async fn kept(app: &App, actor: &Actor, id: ItemId) -> Result<Vec<u8>, AppError> {
    let item = timeline::get(app, actor, id).await?;
    let Detail::Message(detail) = item.detail else { return Err(none()) };
    let blob = detail.html_blob.ok_or_else(none)?;
    Ok(app.store().blobs().get(&blob).await?.to_vec())
}

fn places(id: ItemId, addresses: Addresses, inline: &[(String, AttachmentId)]) -> Places {
    let Addresses::Ours { parts } = addresses else { return Places::default() };
    let at = |(name, file): &(String, AttachmentId)| {
        (name.clone(), format!("/api/v1/attachments/{file}"))
    };
    let parts: Option<HashMap<_, _>> = parts.then(|| inline.iter().map(at).collect());
    Places { remote: Some(format!("/api/v1/items/{id}/images/")), parts }
}

fn none() -> AppError {
    AppError::not_found("HTML: the item has none")
}

fn missing(why: &str) -> AppError {
    let missing = AppError::not_found("image");
    AppError {
        code: "image_unavailable",
        message: format!("the image cannot be shown: {why}"),
        ..missing
    }
}
