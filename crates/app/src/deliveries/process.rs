//! Processing decoded deliveries: the files first, then one transaction for all that follows.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::facts::rules::RuleSet;
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::identity::{EmailAddress, Key};
use throughline_core::inbound::{InboundAttachment, InboundEvent, InboundMessage};
use throughline_core::inbox::Inbox;
use throughline_core::threading::normalise_id;
use throughline_core::time::Instant;
use throughline_store::{Conn, deliveries, identities, inboxes};

use super::arrive::{self, Arrival, Prepared, StoredFile};
use super::desk::{self, Batch, Desk};
use super::study::Studied;
use crate::index::{self, Document};
use crate::{App, AppError};

/// Blobs written at one time.
const BLOB_WRITES: usize = 16;

/// A delivery and what its channel's decoder made of it.
#[derive(Debug)]
pub struct Processing {
    /// The row in the ledger.
    pub delivery: DeliveryId,
    /// The events in it, or why it could not be read.
    pub decoded: Result<Vec<InboundEvent>, String>,
}

/// A delivery whose files are stored and whose texts are studied: what is left is one transaction.
#[derive(Debug)]
pub struct PreparedDelivery {
    delivery: DeliveryId,
    messages: Messages,
}

impl PreparedDelivery {
    /// The row in the ledger.
    pub fn delivery(&self) -> DeliveryId {
        self.delivery
    }
}

/// Processes one delivery. Doing it again changes nothing.
pub async fn process(app: &App, work: Processing) -> Result<Outcome, AppError> {
    let prepared = prepare_many(app, vec![work]).await?;
    let prepared = prepared.into_iter().collect::<Result<_, _>>().map_err(|(_, error)| error)?;
    let mut results = process_many(app, prepared).await?;
    results.pop().unwrap_or_else(|| Err(AppError::internal("no result for a delivery")))
}

/// Does for deliveries what needs no transaction. What cannot be prepared holds up nobody else.
pub async fn prepare_many(
    app: &App,
    work: Vec<Processing>,
) -> Result<Vec<Result<PreparedDelivery, (DeliveryId, AppError)>>, AppError> {
    let rules = desk::rules_of(app).await?;
    let prepare = |work: Processing| async {
        let delivery = work.delivery;
        let prepared = prepared(app, &rules, work).await;
        prepared.map_err(|error| (delivery, error))
    };
    Ok(stream::iter(work).map(prepare).buffered(BLOB_WRITES).collect().await)
}

/// Processes deliveries in their order, in one transaction. One that fails leaves no trace and does
/// not hold up the others.
pub async fn process_many(
    app: &App,
    prepared: Vec<PreparedDelivery>,
) -> Result<Vec<Result<Outcome, AppError>>, AppError> {
    let desk = Arc::new(Desk::open(app).await?);
    let (prepared, now) = (Arc::new(prepared), app.now());
    // A savepoint around each costs as much as a quarter of all else, and hardly one ever fails.
    let (desk2, work) = (Arc::clone(&desk), Arc::clone(&prepared));
    let all = app.store().write(move |conn: &mut Conn| {
        save(&desk2, conn, &work, now, settle)?.into_iter().collect::<Result<Vec<_>, AppError>>()
    });
    match all.await {
        Ok(outcomes) => Ok(outcomes.into_iter().map(Ok).collect()),
        Err(error) => {
            tracing::debug!(%error, "a batch is saved again, with a savepoint around each");
            let apart: Settle = |batch, conn, delivery, inbox, messages| {
                throughline_store::nested(conn, |conn| {
                    settle(batch, conn, delivery, inbox, messages)
                })
            };
            let each = move |conn: &mut Conn| save(&desk, conn, &prepared, now, apart);
            app.store().write(each).await
        }
    }
}

type Settled = Result<(Outcome, Vec<Document>), AppError>;
type Settle = fn(&Batch<'_>, &mut Conn, &Delivery, &Inbox, &Messages) -> Settled;

fn save(
    desk: &Desk,
    conn: &mut Conn,
    work: &[PreparedDelivery],
    now: Instant,
    settle: Settle,
) -> Result<Vec<Result<Outcome, AppError>>, AppError> {
    identities::hold(conn, &senders(work))?;
    let rows = held(conn, work)?;
    let used: Vec<InboxId> = rows.values().map(|(_, inbox)| inbox.id).collect();
    let batch = Batch::open(desk, conn, &used, now)?;
    let one = |work: &PreparedDelivery| {
        let row = rows.get(&work.delivery).ok_or_else(|| AppError::not_found("delivery"))?;
        settle(&batch, conn, &row.0, &row.1, &work.messages)
    };
    let settled: Vec<Settled> = work.iter().map(one).collect();
    index::put(conn, settled.iter().flatten().flat_map(|(_, documents)| documents))?;
    Ok(settled.into_iter().map(|one| one.map(|(outcome, _)| outcome)).collect())
}

type Messages = Result<Vec<Prepared>, String>;

fn senders(work: &[PreparedDelivery]) -> Vec<Key> {
    let messages = work.iter().filter_map(|work| work.messages.as_ref().ok()).flatten();
    let parties = messages.filter_map(|prepared| prepared.message.from.as_ref());
    let addresses = parties.filter_map(|party| EmailAddress::parse(&party.address).ok());
    addresses.map(|address| Key::email(&address)).collect()
}

async fn prepared(
    app: &App,
    rules: &Arc<RuleSet>,
    work: Processing,
) -> Result<PreparedDelivery, AppError> {
    let Processing { delivery, decoded } = work;
    let messages = match decoded {
        Ok(events) => prepare(app, rules, events).await?,
        Err(reason) => Err(reason),
    };
    Ok(PreparedDelivery { delivery, messages })
}

async fn prepare(
    app: &App,
    rules: &Arc<RuleSet>,
    events: Vec<InboundEvent>,
) -> Result<Messages, AppError> {
    let mut prepared = Vec::with_capacity(events.len());
    for event in events {
        let mut message = match event {
            InboundEvent::Message(message) => message,
            // It waits in the quarantine until what is said by other channels finds its place.
            InboundEvent::Channel(event) => {
                return Ok(Err(format!("nothing shows {} on a timeline yet", event.provider_kind)));
            }
        };
        let html_blob = match message.html.take().filter(|html| !html.is_empty()) {
            Some(html) => Some(app.store().blobs().put(html).await?),
            None => None,
        };
        let files = put_files(app, &mut message.attachments).await?;
        let (message, studied) = study(*message, Arc::clone(rules)).await?;
        prepared.push(Prepared { message, files, html_blob, studied, left_at_source: None });
    }
    Ok(Ok(prepared))
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

/// The rows of the ledger with their inboxes, held until the end of the transaction.
fn held(
    conn: &mut Conn,
    work: &[PreparedDelivery],
) -> Result<HashMap<DeliveryId, (Delivery, Inbox)>, AppError> {
    let ids: Vec<DeliveryId> = work.iter().map(PreparedDelivery::delivery).collect();
    deliveries::hold(conn, &ids)?;
    let rows = deliveries::by_ids(conn, &ids)?;
    let wanted: Vec<InboxId> = rows.iter().map(|delivery| delivery.inbox).collect();
    let found = inboxes::by_ids(conn, &wanted)?;
    let inbox_of = |delivery: Delivery| {
        let inbox = found.iter().find(|inbox| inbox.id == delivery.inbox).cloned();
        let inbox = inbox.ok_or_else(|| AppError::internal("a delivery without its inbox"))?;
        Ok((delivery.id, (delivery, inbox)))
    };
    rows.into_iter().map(inbox_of).collect()
}

fn settle(
    batch: &Batch<'_>,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    messages: &Messages,
) -> Settled {
    if delivery.outcome != Outcome::Recorded {
        return Ok((delivery.outcome, Vec::new()));
    }
    let arrival = match messages {
        Ok(messages) => arrive_all(batch, conn, delivery, inbox, messages)?,
        Err(reason) => Arrival::Quarantined(reason.clone()),
    };
    let mut to_index = Vec::new();
    let (outcome, reason, item) = match arrival {
        Arrival::Stored(item, documents) => {
            to_index = documents;
            (Outcome::Stored, None, Some(item))
        }
        Arrival::Duplicate(item) => {
            let reason = format!("the same message is on the timeline already as {item}");
            (Outcome::Duplicate, Some(reason), Some(item))
        }
        Arrival::OwnMail(item) => {
            (Outcome::Duplicate, Some("our own mail came back".to_owned()), item)
        }
        Arrival::Quarantined(reason) => (Outcome::Quarantined, Some(reason), None),
    };
    let (reason, mail_id) = (reason.as_deref(), mail_id_of(messages));
    deliveries::settle(conn, delivery.id, outcome, reason, item, mail_id.as_deref(), batch.now)?;
    Ok((outcome, to_index))
}

/// The Message-ID by which the ledger knows a delivery.
fn mail_id_of(messages: &Messages) -> Option<String> {
    let first = messages.as_ref().ok()?.first()?;
    first.message.message_id.as_deref().and_then(normalise_id)
}

/// One delivery may hold several messages; the ledger names the first item that came of it.
fn arrive_all(
    batch: &Batch<'_>,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    messages: &[Prepared],
) -> Result<Arrival, AppError> {
    let (mut first, mut all_documents, mut other) = (None, Vec::new(), None);
    for message in messages {
        let message = Prepared { left_at_source: delivery.full_size, ..message.clone() };
        match arrive::message(batch, conn, delivery, inbox, message)? {
            Arrival::Stored(item, documents) => {
                first.get_or_insert(item);
                all_documents.extend(documents);
            }
            not_stored => drop(other.get_or_insert(not_stored)),
        }
    }
    let nothing = || Arrival::Quarantined("there is no message in it".to_owned());
    Ok(match first {
        Some(item) => Arrival::Stored(item, all_documents),
        None => other.unwrap_or_else(nothing),
    })
}
