//! The ledger of deliveries: record what arrived, read what became of it, replay.
//!
//! Recording is one short transaction and makes repeats no-ops; processing is in `process`.

mod arrive;
mod came;
mod desk;
mod explain;
mod happen;
mod keep;
mod named;
mod place;
mod process;
mod ready;
mod returned;
mod study;

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::channel::Channel;
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::id::{DeliveryId, InboxId};
use throughline_core::inbound::RawDelivery;
use throughline_core::inbox::Inbox;
use throughline_core::page::{Page, PageRequest};
use throughline_core::time::Instant;
use throughline_store::channel_accounts::{self, StoredAccount};
use throughline_store::jobs::NewJob;
use throughline_store::{Conn, deliveries, inboxes, jobs};

pub use explain::{Explanation, explain};
pub use happen::UNDER_WAY;
pub(crate) use happen::apply;
pub(crate) use place::new_ticket;
pub use process::{PreparedDelivery, Processing, prepare_many, process, process_many};
pub use throughline_core::query::DeliveryQuery;
pub use throughline_store::mail_seen::Seen;

use crate::jobs::PROCESS_DELIVERY;
use crate::{App, AppError, page};

/// The most deliveries of one batch.
pub const MAX_BATCH: usize = 1_000;
/// Blobs written at one time.
pub(crate) const BLOB_WRITES: usize = 16;
/// How many quarantined deliveries one replay of all takes up.
const MAX_REPLAY: i64 = 10_000;
/// The longest name from a source that is kept as it is, in bytes.
const MAX_NAME: usize = 200;
/// The order of the ledger: newest first.
const TAG: &str = "dlv";

/// What became of recording one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The row in the ledger.
    pub delivery: DeliveryId,
    /// Whether it is new; otherwise it had come before and nothing was done.
    pub fresh: bool,
}

/// What reads the deliveries of an inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadBy {
    /// The kind of channel, by its name in the registry.
    pub kind: String,
    /// Its fields, secrets apart.
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// A recorded delivery with all that its processing needs.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The row in the ledger.
    pub delivery: Delivery,
    /// The inbox it came by.
    pub inbox: Inbox,
    /// The platform that the inbox is connected to, and its settings.
    pub account: Option<ReadBy>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How many deliveries had each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Not yet processed.
    pub recorded: i64,
    /// On a timeline.
    pub stored: i64,
    /// Copies of what had come before.
    pub duplicate: i64,
    /// Not readable.
    pub quarantined: i64,
}

/// The name of a delivery that has none at its source: the same bytes have the same.
pub fn name_of(bytes: &[u8]) -> String {
    format!("bytes:{}", throughline_store::blob_name_of(bytes))
}

/// The name of a delivery that its source gave one: that name with the hash of its bytes. So what comes
/// under a name that had come, and says something else, is not taken for a repeat and lost; whether it
/// says the same is told by its events. Who tells and who is asked name alike, so that what comes both
/// ways is one delivery.
pub fn name_given(name: Option<String>, bytes: &[u8]) -> String {
    let bytes = name_of(bytes);
    let fits = |name: &String| name.len() <= MAX_NAME && !name.contains(char::is_control);
    match name.filter(fits) {
        Some(name) => format!("{name} {bytes}"),
        None => bytes,
    }
}

/// Records deliveries and enqueues their processing, in one transaction. When it returns nothing
/// can be lost any more. The answers are in the order of the input.
pub async fn record(
    app: &App,
    actor: &Actor,
    raw: Vec<RawDelivery>,
) -> Result<Vec<Recorded>, AppError> {
    actor.require(Scope::DeliveriesWrite)?;
    if raw.len() > MAX_BATCH {
        return Err(AppError::invalid("deliveries", format!("at most {MAX_BATCH} at one time")));
    }
    if let Some(hidden) = raw.iter().find(|d| !actor.sees(d.inbox, None, None)) {
        tracing::debug!(inbox.id = %hidden.inbox, "delivery into an inbox that is not visible");
        return Err(AppError::not_found("inbox"));
    }
    check_inboxes(app, &raw).await?;
    let rows: Vec<Delivery> =
        stream::iter(raw).map(|raw| put_blob(app, raw)).buffered(BLOB_WRITES).try_collect().await?;
    let (app2, now) = (app.clone(), app.now());
    app.store().write(move |conn| insert(&app2, conn, rows, now)).await
}

/// Refuses inboxes that are not there or take nothing new, before anything is written.
async fn check_inboxes(app: &App, raw: &[RawDelivery]) -> Result<(), AppError> {
    let mut wanted: Vec<InboxId> = raw.iter().map(|delivery| delivery.inbox).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let named = wanted.clone();
    let found: Vec<Inbox> = app.store().lookup(move |conn| inboxes::by_ids(conn, &named)).await?;
    if found.len() < wanted.len() {
        return Err(AppError::not_found("inbox"));
    }
    if found.iter().any(|inbox| !inbox.active) {
        return Err(AppError::conflict("inbox_inactive", "this inbox takes nothing new"));
    }
    Ok(())
}

/// Keeps the bytes, and answers with the row that will name them.
pub(crate) async fn put_blob(app: &App, raw: RawDelivery) -> Result<Delivery, AppError> {
    let size = i64::try_from(raw.bytes.len()).unwrap_or(i64::MAX);
    let blob = app.store().blobs().put(raw.bytes).await?;
    Ok(Delivery {
        id: app.ids().make(app.now()),
        inbox: raw.inbox,
        external_id: raw.external_id,
        blob,
        size,
        received_at: raw.received_at,
        outcome: Outcome::Recorded,
        reason: None,
        item: None,
        processed_at: None,
        message_id: None,
        full_size: None,
        import: None,
    })
}

/// Adds rows to the ledger and enqueues the processing of the new ones.
pub(crate) fn insert(
    app: &App,
    conn: &mut Conn,
    rows: Vec<Delivery>,
    now: Instant,
) -> Result<Vec<Recorded>, AppError> {
    let fresh = deliveries::record(conn, &rows)?;
    let new: Vec<DeliveryId> = rows.iter().map(|d| d.id).filter(|id| fresh.contains(id)).collect();
    jobs::enqueue(conn, &jobs_for(app, &new, now), now)?;
    let mut known: HashMap<(InboxId, String), DeliveryId> = HashMap::new();
    let mut repeats: HashMap<InboxId, Vec<String>> = HashMap::new();
    for row in rows.iter().filter(|row| !fresh.contains(&row.id)) {
        repeats.entry(row.inbox).or_default().push(row.external_id.clone());
    }
    for (inbox, names) in repeats {
        let found = deliveries::by_external_ids(conn, inbox, &names)?;
        known.extend(found.into_iter().map(|(name, id)| ((inbox, name), id)));
    }
    let recorded = |row: Delivery| {
        let earlier = known.get(&(row.inbox, row.external_id)).copied().unwrap_or(row.id);
        let fresh = fresh.contains(&row.id);
        Recorded { delivery: if fresh { row.id } else { earlier }, fresh }
    };
    Ok(rows.into_iter().map(recorded).collect())
}

fn jobs_for(app: &App, ids: &[DeliveryId], now: Instant) -> Vec<NewJob> {
    let job = |id: &DeliveryId| NewJob {
        id: app.ids().make(now),
        kind: PROCESS_DELIVERY,
        payload: serde_json::json!({ "delivery": id }).to_string(),
        run_at: now,
        dedup_key: Some(id.to_string()),
    };
    ids.iter().map(job).collect()
}

/// Recorded deliveries with their bytes, for the worker, and the ids of those that are left for
/// another time: no more than `most_bytes` are held at once, or one delivery alone. Those that are
/// not there are in neither.
pub async fn load_many(
    app: &App,
    ids: &[DeliveryId],
    most_bytes: i64,
) -> Result<(Vec<Loaded>, Vec<DeliveryId>), AppError> {
    let ids = ids.to_vec();
    let read = move |conn: &mut Conn| {
        let rows = deliveries::by_ids(conn, &ids)?;
        let named: Vec<InboxId> = rows.iter().map(|d| d.inbox).collect();
        let found = inboxes::by_ids(conn, &named)?;
        let accounts = accounts_of(conn, &found)?;
        let found: HashMap<InboxId, Inbox> = found.into_iter().map(|i| (i.id, i)).collect();
        let mut order: HashMap<DeliveryId, usize> = HashMap::new();
        for (place, id) in ids.iter().enumerate() {
            order.entry(*id).or_insert(place);
        }
        let mut pairs: Vec<(Delivery, Inbox)> = rows
            .into_iter()
            .filter(|d| d.outcome != Outcome::Erased)
            .filter_map(|d| found.get(&d.inbox).cloned().map(|inbox| (d, inbox)))
            .collect();
        pairs.sort_by_key(|(d, _)| order.get(&d.id).copied());
        Ok::<_, AppError>((pairs, accounts))
    };
    let (mut pairs, accounts) = app.store().read(read).await?;
    let accounts = &accounts;
    let mut held = 0;
    let fits = |(delivery, _): &&(Delivery, Inbox)| {
        held += delivery.size;
        held <= most_bytes
    };
    let fitting = pairs.iter().take_while(fits).count().max(1);
    let left = pairs.split_off(fitting.min(pairs.len())).into_iter().map(|(d, _)| d.id).collect();
    let load = |(delivery, inbox): (Delivery, Inbox)| async move {
        let bytes = app.store().blobs().get(&delivery.blob).await?.to_vec();
        let account = accounts.get(&inbox.id).cloned();
        Ok::<_, AppError>(Loaded { delivery, inbox, account, bytes })
    };
    let loaded = stream::iter(pairs).map(load).buffered(BLOB_WRITES).try_collect().await?;
    Ok((loaded, left))
}

/// What reads the deliveries of these inboxes. Mail has one way of being read and no account.
fn accounts_of(conn: &mut Conn, inboxes: &[Inbox]) -> Result<HashMap<InboxId, ReadBy>, AppError> {
    let others = inboxes.iter().filter(|inbox| inbox.channel != Channel::Email);
    let others: Vec<InboxId> = others.map(|inbox| inbox.id).collect();
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    let stored = channel_accounts::of_inboxes(conn, &others)?;
    let read_by = |account: StoredAccount| {
        (account.inbox, ReadBy { kind: account.kind, settings: account.settings })
    };
    Ok(stored.into_iter().map(read_by).collect())
}

/// One recorded delivery with its bytes.
pub async fn load(app: &App, id: DeliveryId) -> Result<Option<Loaded>, AppError> {
    Ok(load_many(app, &[id], 0).await?.0.pop())
}

/// A page of the ledger, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    query: &DeliveryQuery,
    request: &PageRequest,
) -> Result<Page<Delivery>, AppError> {
    actor.require(Scope::Ledger)?;
    page::check(request)?;
    let (before, fetch) = (request.key_for(TAG)?, request.fetch());
    let (query, visible) = (query.clone(), visible_inboxes(actor));
    let read =
        move |conn: &mut Conn| deliveries::list(conn, visible.as_deref(), &query, before, fetch);
    let rows = app.store().read(read).await?;
    Ok(Page::cut(rows, request, TAG, |delivery| delivery.id.get()))
}

fn visible_inboxes(actor: &Actor) -> Option<Vec<InboxId>> {
    match &actor.sees {
        Sees::Everything => None,
        Sees::Only { inboxes, .. } => Some(inboxes.clone()),
    }
}

/// One row of the ledger.
pub async fn get(app: &App, actor: &Actor, id: DeliveryId) -> Result<Delivery, AppError> {
    actor.require(Scope::Ledger)?;
    let row = app.store().lookup(move |conn| deliveries::get(conn, id)).await?;
    let visible = row.filter(|delivery| actor.sees(delivery.inbox, None, None));
    visible.ok_or_else(|| AppError::not_found("delivery"))
}

/// The bytes of a delivery as they arrived.
pub async fn raw(app: &App, actor: &Actor, id: DeliveryId) -> Result<Vec<u8>, AppError> {
    let delivery = get(app, actor, id).await?;
    if delivery.outcome == Outcome::Erased {
        return Err(AppError::not_found("raw message: its content was taken out"));
    }
    Ok(app.store().blobs().get(&delivery.blob).await?.to_vec())
}

/// Enqueues the processing of a quarantined or waiting delivery once more.
pub async fn replay(app: &App, actor: &Actor, id: DeliveryId) -> Result<Delivery, AppError> {
    get(app, actor, id).await?;
    if again(app, vec![id]).await? == 0 {
        let why = "it is on a timeline already: there is nothing to replay";
        return Err(AppError::conflict("not_replayable", why));
    }
    get(app, actor, id).await
}

/// Enqueues the processing of all quarantined deliveries, of one inbox or of all, up to 10,000.
/// Answers how many.
pub async fn replay_all(
    app: &App,
    actor: &Actor,
    inbox: Option<InboxId>,
) -> Result<usize, AppError> {
    actor.require(Scope::Ledger)?;
    let outcome = vec![Outcome::Quarantined];
    let query = DeliveryQuery { outcome, inbox, ..DeliveryQuery::default() };
    let visible = visible_inboxes(actor);
    let read =
        move |conn: &mut Conn| deliveries::list(conn, visible.as_deref(), &query, None, MAX_REPLAY);
    let rows: Vec<Delivery> = app.store().read(read).await?;
    again(app, rows.iter().map(|delivery| delivery.id).collect()).await
}

/// Reopens what is still open to it and enqueues it anew, in one transaction. Answers how many.
async fn again(app: &App, ids: Vec<DeliveryId>) -> Result<usize, AppError> {
    let (app2, now) = (app.clone(), app.now());
    let write = move |conn: &mut Conn| {
        let reopened = deliveries::reopen(conn, &ids)?;
        jobs::enqueue_anew(conn, &jobs_for(&app2, &reopened, now), now)?;
        Ok(reopened.len())
    };
    app.store().write(write).await
}

/// How many deliveries had each outcome, in one inbox or in all.
pub async fn counts(app: &App, inbox: Option<InboxId>) -> Result<DeliveryCounts, AppError> {
    let counts = app.store().read(move |conn| deliveries::counts(conn, inbox)).await?;
    let of = |outcome: Outcome| counts.get(&outcome).copied().unwrap_or(0);
    Ok(DeliveryCounts {
        recorded: of(Outcome::Recorded),
        stored: of(Outcome::Stored),
        duplicate: of(Outcome::Duplicate),
        quarantined: of(Outcome::Quarantined),
    })
}
