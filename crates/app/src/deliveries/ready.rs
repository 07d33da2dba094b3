//! What decoders made of deliveries, made ready to be saved: what is large goes into blobs first.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use throughline_core::facts::rules::RuleSet;
use throughline_core::identity::{EmailAddress, Key};
use throughline_core::inbound::{
    ChannelEvent, Happened, InboundAttachment, InboundEvent, InboundMessage,
};

use super::arrive::{Prepared, StoredFile};
use super::happen::Said;
use super::study::Studied;
use crate::{App, AppError};

/// Blobs written at one time.
pub(super) const BLOB_WRITES: usize = 16;

/// What a delivery holds, ready to be saved.
pub(super) enum Ready {
    /// A mail.
    Mail(Box<Prepared>),
    /// Something that came by another channel.
    Event(Box<Said>),
}

impl Ready {
    /// The mail, when it is one.
    pub fn mail(&self) -> Option<&Prepared> {
        match self {
            Self::Mail(prepared) => Some(prepared),
            Self::Event(_) => None,
        }
    }

    /// By what its sender is found.
    pub fn keys(&self) -> Vec<Key> {
        match self {
            Self::Mail(prepared) => {
                let from = prepared.message.from.as_ref();
                let address = from.and_then(|party| EmailAddress::parse(&party.address).ok());
                address.iter().map(Key::email).collect()
            }
            Self::Event(said) => said.keys(),
        }
    }
}

/// Moves what is large into blobs.
pub(super) async fn prepare(
    app: &App,
    rules: &Arc<RuleSet>,
    events: Vec<InboundEvent>,
) -> Result<Vec<Ready>, AppError> {
    let mut prepared = Vec::with_capacity(events.len());
    for event in events {
        prepared.push(match event {
            InboundEvent::Message(message) => {
                Ready::Mail(Box::new(mail(app, rules, *message).await?))
            }
            InboundEvent::Channel(event) => Ready::Event(Box::new(said(app, *event).await?)),
        });
    }
    Ok(prepared)
}

async fn mail(
    app: &App,
    rules: &Arc<RuleSet>,
    mut message: InboundMessage,
) -> Result<Prepared, AppError> {
    let html_blob = put_html(app, message.html.take()).await?;
    let files = put_files(app, &mut message.attachments).await?;
    let (message, studied) = study(message, Arc::clone(rules)).await?;
    Ok(Prepared { message, files, html_blob, studied, left_at_source: None })
}

/// Studies a message on a thread that may take its time: texts can be long.
async fn study(
    message: InboundMessage,
    rules: Arc<RuleSet>,
) -> Result<(InboundMessage, Studied), AppError> {
    let study = move || {
        let studied = Studied::of(&message, &rules);
        (message, studied)
    };
    let studied = tokio::task::spawn_blocking(study).await;
    studied.map_err(|error| AppError::internal(format!("studying a message failed: {error}")))
}

async fn said(app: &App, event: ChannelEvent) -> Result<Said, AppError> {
    let mut event = event.tidied();
    let content = match &mut event.what {
        Happened::Message { content, .. } | Happened::Edit { content, .. } => content,
        _ => return Ok(Said { event, html_blob: None }),
    };
    let html = content.html.take();
    if let (Some(html), true) = (&html, content.text.trim().is_empty()) {
        content.text = throughline_mail::html_to_text(html);
    }
    // An edit shows its text alone.
    let is_message = matches!(event.what, Happened::Message { .. });
    let html_blob = put_html(app, html.filter(|_| is_message)).await?;
    Ok(Said { event, html_blob })
}

async fn put_html(app: &App, html: Option<String>) -> Result<Option<String>, AppError> {
    match html.filter(|html| !html.is_empty()) {
        Some(html) => Ok(Some(app.store().blobs().put(html).await?)),
        None => Ok(None),
    }
}

/// Moves the bytes of the files into blobs.
async fn put_files(
    app: &App,
    files: &mut [InboundAttachment],
) -> Result<Vec<StoredFile>, AppError> {
    let bytes: Vec<Vec<u8>> =
        files.iter_mut().map(|file| std::mem::take(&mut file.bytes)).collect();
    let put = |bytes: Vec<u8>| async move {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let blob = app.store().blobs().put(bytes).await?;
        Ok(StoredFile { blob, size })
    };
    stream::iter(bytes).map(put).buffered(BLOB_WRITES).try_collect().await
}
