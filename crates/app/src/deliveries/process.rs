//! Processing decoded deliveries: the files first, then one transaction for all that follows.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::id::DeliveryId;
use throughline_core::identity::EmailAddress;
use throughline_core::inbound::{InboundAttachment, InboundEvent};
use throughline_core::inbox::Inbox;
use throughline_core::time::Instant;
use throughline_store::{Conn, deliveries, identities, inboxes};

use super::arrive::{self, Arrival, Prepared, StoredFile};
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

/// Processes one delivery. Doing it again changes nothing.
pub async fn process(app: &App, work: Processing) -> Result<Outcome, AppError> {
    let mut results = process_many(app, vec![work]).await?;
    results.pop().unwrap_or_else(|| Err(AppError::internal("no result for a delivery")))
}

/// Processes deliveries in their order, in one transaction, each in a savepoint: one that fails
/// leaves no trace and does not hold up the others.
pub async fn process_many(
    app: &App,
    work: Vec<Processing>,
) -> Result<Vec<Result<Outcome, AppError>>, AppError> {
    let prepared: Vec<Work> = stream::iter(work)
        .map(|one| prepared(app, one))
        .buffered(BLOB_WRITES)
        .try_collect()
        .await?;
    let (app2, now) = (app.clone(), app.now());
    let save = move |conn: &mut Conn| {
        identities::hold(conn, &senders(&prepared))?;
        let one = |(id, messages)| {
            throughline_store::nested(conn, |conn| settle(&app2, conn, id, messages, now))
        };
        Ok(prepared.into_iter().map(one).collect())
    };
    app.store().write(save).await
}

type Work = (DeliveryId, Result<Vec<Prepared>, String>);

fn senders(work: &[Work]) -> Vec<EmailAddress> {
    let messages = work.iter().filter_map(|(_, messages)| messages.as_ref().ok()).flatten();
    let parties = messages.filter_map(|prepared| prepared.message.from.as_ref());
    parties.filter_map(|party| EmailAddress::parse(&party.address).ok()).collect()
}

async fn prepared(app: &App, work: Processing) -> Result<Work, AppError> {
    let Processing { delivery, decoded } = work;
    let messages = match decoded {
        Ok(events) => Ok(prepare(app, events).await?),
        Err(reason) => Err(reason),
    };
    Ok((delivery, messages))
}

async fn prepare(app: &App, events: Vec<InboundEvent>) -> Result<Vec<Prepared>, AppError> {
    let mut prepared = Vec::with_capacity(events.len());
    for event in events {
        let InboundEvent::Message(mut message) = event;
        let html_blob = match message.html.take().filter(|html| !html.is_empty()) {
            Some(html) => Some(app.store().blobs().put(html).await?),
            None => None,
        };
        let files = put_files(app, &mut message.attachments).await?;
        prepared.push(Prepared { message: *message, files, html_blob });
    }
    Ok(prepared)
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

fn settle(
    app: &App,
    conn: &mut Conn,
    id: DeliveryId,
    messages: Result<Vec<Prepared>, String>,
    now: Instant,
) -> Result<Outcome, AppError> {
    deliveries::hold(conn, id)?;
    let found = deliveries::get(conn, id)?;
    let delivery = found.ok_or_else(|| AppError::not_found("delivery"))?;
    if delivery.outcome != Outcome::Recorded {
        return Ok(delivery.outcome);
    }
    let inbox = inboxes::get(conn, delivery.inbox)?;
    let inbox = inbox.ok_or_else(|| AppError::internal("a delivery without its inbox"))?;
    let arrival = match messages {
        Ok(messages) => arrive_all(app, conn, &delivery, &inbox, messages, now)?,
        Err(reason) => Arrival::Quarantined(reason),
    };
    let (outcome, reason, item) = match arrival {
        Arrival::Stored(item) => (Outcome::Stored, None, Some(item)),
        Arrival::Duplicate(item) => {
            let reason = format!("the same message is on the timeline already as {item}");
            (Outcome::Duplicate, Some(reason), Some(item))
        }
        Arrival::Quarantined(reason) => (Outcome::Quarantined, Some(reason), None),
    };
    deliveries::settle(conn, id, outcome, reason.as_deref(), item, now)?;
    Ok(outcome)
}

/// One delivery may hold several messages; the ledger names the first item that came of it.
fn arrive_all(
    app: &App,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    messages: Vec<Prepared>,
    now: Instant,
) -> Result<Arrival, AppError> {
    let mut arrivals = Vec::with_capacity(messages.len());
    for message in messages {
        arrivals.push(arrive::message(app, conn, delivery, inbox, message, now)?);
    }
    let stored = arrivals.iter().position(|a| matches!(a, Arrival::Stored(_)));
    let first = stored.unwrap_or(0);
    let nothing = || Arrival::Quarantined("there is no message in it".to_owned());
    Ok(arrivals.into_iter().nth(first).unwrap_or_else(nothing))
}
