//! Processing decoded deliveries: the files first, then one transaction for all that follows.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::facts::rules::RuleSet;
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::identity::Key;
use throughline_core::inbound::InboundEvent;
use throughline_core::inbox::Inbox;
use throughline_core::threading::normalise_id;
use throughline_core::time::Instant;
use throughline_store::{Conn, channel_objects, deliveries, identities, inboxes};

use super::arrive::{self, Prepared};
use super::came::Came;
use super::desk::{self, Batch, Desk};
use super::happen;
use super::ready::{BLOB_WRITES, Ready, prepare};
use crate::index::{self, Document};
use crate::{App, AppError};

/// A delivery and what its channel's decoder made of it.
#[derive(Debug)]
pub struct Processing {
    /// The row in the ledger.
    pub delivery: DeliveryId,
    /// The events in it, or why it could not be read.
    pub decoded: Result<Vec<InboundEvent>, String>,
}

/// A delivery whose files are stored and whose texts are studied: what is left is one transaction.
pub struct PreparedDelivery {
    delivery: DeliveryId,
    messages: Messages,
}

/// What it says is no word for a log.
impl std::fmt::Debug for PreparedDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedDelivery").field("delivery", &self.delivery).finish_non_exhaustive()
    }
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
    let platforms = platforms(conn, work)?;
    channel_objects::hold(conn, &platforms)?;
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

type Messages = Result<Vec<Ready>, String>;

fn senders(work: &[PreparedDelivery]) -> Vec<Key> {
    let messages = work.iter().filter_map(|work| work.messages.as_ref().ok()).flatten();
    messages.flat_map(Ready::keys).collect()
}

/// The inboxes by which events of platforms came.
fn platforms(conn: &mut Conn, work: &[PreparedDelivery]) -> Result<Vec<InboxId>, AppError> {
    let holds = |work: &&PreparedDelivery| {
        work.messages.iter().flatten().any(|one| matches!(one, Ready::Event(_)))
    };
    let ids: Vec<DeliveryId> = work.iter().filter(holds).map(PreparedDelivery::delivery).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(deliveries::by_ids(conn, &ids)?.into_iter().map(|delivery| delivery.inbox).collect())
}

async fn prepared(
    app: &App,
    rules: &Arc<RuleSet>,
    work: Processing,
) -> Result<PreparedDelivery, AppError> {
    let Processing { delivery, decoded } = work;
    let messages = match decoded {
        Ok(events) => Ok(prepare(app, rules, events).await?),
        Err(reason) => Err(reason),
    };
    Ok(PreparedDelivery { delivery, messages })
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
    let Came { outcome, reason, item, others, documents } = match messages {
        Ok(messages) => arrive_all(batch, conn, delivery, inbox, messages)?,
        Err(reason) => Came::quarantined(reason.clone()),
    };
    let (reason, mail_id) = (reason.as_deref(), mail_id_of(messages));
    deliveries::settle(conn, delivery.id, outcome, reason, item, mail_id.as_deref(), batch.now)?;
    deliveries::note_items(conn, delivery.id, &others)?;
    Ok((outcome, documents))
}

/// The Message-ID by which the ledger knows a delivery.
fn mail_id_of(messages: &Messages) -> Option<String> {
    let first = messages.as_ref().ok()?.first()?;
    first.mail()?.message.message_id.as_deref().and_then(normalise_id)
}

/// One delivery may hold several messages; the ledger names the first item that came of it.
fn arrive_all(
    batch: &Batch<'_>,
    conn: &mut Conn,
    delivery: &Delivery,
    inbox: &Inbox,
    messages: &[Ready],
) -> Result<Came, AppError> {
    let mut all: Option<Came> = None;
    for message in messages {
        let arrival = match message {
            Ready::Mail(mail) => {
                let mail = Prepared { left_at_source: delivery.full_size, ..mail.as_ref().clone() };
                arrive::message(batch, conn, delivery, inbox, mail)?
            }
            Ready::Event(said) => happen::event(batch, conn, delivery, inbox, said)?,
        };
        let came = Came::of(arrival);
        all = Some(match all {
            Some(before) => before.and(came),
            None => came,
        });
    }
    Ok(all.unwrap_or_else(|| Came::quarantined("there is no message in it".to_owned())))
}
