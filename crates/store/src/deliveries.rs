//! The ledger of deliveries.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use throughline_core::delivery::{Delivery, Outcome};
use throughline_core::id::{DeliveryId, ImportId, InboxId, ItemId};
use throughline_core::query::DeliveryQuery;
use throughline_core::time::Instant;

use crate::conn::{Both, Conn, Kept, MultiBackend, each};
use crate::error::StoreError;
use crate::read::{all, known};
use crate::schema::{deliveries, delivery_items};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    inbox_id: i64,
    external_id: String,
    blob: String,
    size: i64,
    received_at: i64,
    outcome: i16,
    reason: Option<String>,
    item_id: Option<i64>,
    processed_at: Option<i64>,
    message_id: Option<String>,
    full_size: Option<i64>,
    import_id: Option<i64>,
}

fn to_row(d: &Delivery) -> Row {
    Row {
        id: d.id.get(),
        inbox_id: d.inbox.get(),
        external_id: d.external_id.clone(),
        blob: d.blob.clone(),
        size: d.size,
        received_at: d.received_at.as_micros(),
        outcome: d.outcome.code(),
        reason: d.reason.clone(),
        item_id: d.item.map(ItemId::get),
        processed_at: d.processed_at.map(Instant::as_micros),
        message_id: d.message_id.clone(),
        full_size: d.full_size,
        import_id: d.import.map(ImportId::get),
    }
}

fn from_row(row: Row) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: DeliveryId::from(row.id),
        inbox: InboxId::from(row.inbox_id),
        external_id: row.external_id,
        blob: row.blob,
        size: row.size,
        received_at: Instant::from_micros(row.received_at),
        outcome: known("deliveries.outcome", row.outcome, Outcome::from_code(row.outcome))?,
        reason: row.reason,
        item: row.item_id.map(ItemId::from),
        processed_at: row.processed_at.map(Instant::from_micros),
        message_id: row.message_id,
        full_size: row.full_size,
        import: row.import_id.map(ImportId::from),
    })
}

/// Records deliveries; those whose external id is in the ledger already are left out. Answers with
/// the ids that are new.
pub fn record(conn: &mut Conn, new: &[Delivery]) -> Result<HashSet<DeliveryId>, StoreError> {
    let mut rows: Vec<Row> = new.iter().map(to_row).collect();
    // In one order always, lest two that record the same messages wait for each other.
    rows.sort_by(|a, b| (a.inbox_id, &a.external_id).cmp(&(b.inbox_id, &b.external_id)));
    let mut fresh = HashSet::new();
    // SQLite takes 32,766 values per statement.
    for part in rows.chunks(1_000) {
        let ids: Vec<i64> = each!(conn, c => diesel::insert_into(deliveries::table)
            .values(part)
            .on_conflict_do_nothing()
            .returning(deliveries::id)
            .get_results(c))?;
        fresh.extend(ids.into_iter().map(DeliveryId::from));
    }
    Ok(fresh)
}

/// The ids in the ledger of external ids of an inbox.
pub fn by_external_ids(
    conn: &mut Conn,
    inbox: InboxId,
    external: &[String],
) -> Result<HashMap<String, DeliveryId>, StoreError> {
    let rows: Vec<(String, i64)> = deliveries::table
        .filter(deliveries::inbox_id.eq(inbox.get()))
        .filter(deliveries::external_id.eq_any(external))
        .select((deliveries::external_id, deliveries::id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(name, id)| (name, DeliveryId::from(id))).collect())
}

/// One row of the ledger.
pub fn get(conn: &mut Conn, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let row: Option<Row> = deliveries::table
        .filter(deliveries::id.eq(id.get()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// Rows of the ledger by id, in no order.
pub fn by_ids(conn: &mut Conn, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let rows: Vec<Row> =
        deliveries::table.filter(deliveries::id.eq_any(ids)).select(Row::as_select()).load(conn)?;
    all(rows, from_row)
}

/// Holds rows against other writers until the end of the transaction: a worker that lost its claim
/// may still be at them. In one order always, lest two wait for each other. SQLite has one writer
/// and needs no lock.
pub fn hold(conn: &mut Conn, ids: &[DeliveryId]) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        let rows = deliveries::table.filter(deliveries::id.eq_any(ids)).select(deliveries::id);
        rows.order(deliveries::id.asc()).for_update().load::<i64>(c)?;
    }
    Ok(())
}

/// The ledger, newest first, before an id. `visible` limits it to these inboxes.
pub fn list(
    conn: &mut Conn,
    visible: Option<&[InboxId]>,
    query: &DeliveryQuery,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let DeliveryQuery { outcome, inbox, message_id, recorded } = query;
    let mut rows = deliveries::table
        .filter(deliveries::id.lt(recorded.id_before(before)))
        .filter(deliveries::id.ge(recorded.first_id()))
        .order(deliveries::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(visible) = visible {
        let visible: Vec<i64> = visible.iter().map(|id| id.get()).collect();
        rows = rows.filter(deliveries::inbox_id.eq_any(visible));
    }
    if !outcome.is_empty() {
        let codes: Vec<i16> = outcome.iter().map(|o| o.code()).collect();
        rows = rows.filter(deliveries::outcome.eq_any(codes));
    }
    if let Some(inbox) = inbox {
        rows = rows.filter(deliveries::inbox_id.eq(inbox.get()));
    }
    if let Some(message_id) = message_id {
        rows = rows.filter(deliveries::message_id.eq(message_id.clone()));
    }
    all(rows.load(conn)?, from_row)
}

/// The blob of the delivery that became an item.
pub fn blob_of_item(conn: &mut Conn, item: ItemId) -> Result<Option<String>, StoreError> {
    let rows = deliveries::table
        .filter(deliveries::item_id.eq(item.get()))
        .filter(deliveries::outcome.eq(Outcome::Stored.code()));
    Ok(rows.select(deliveries::blob).first(conn).optional()?)
}

/// Notes what became of a delivery, and the Message-ID of the mail in it.
pub fn settle(
    conn: &mut Conn,
    id: DeliveryId,
    outcome: Outcome,
    reason: Option<&str>,
    item: Option<ItemId>,
    message_id: Option<&str>,
    now: Instant,
) -> Result<(), StoreError> {
    let became = (
        deliveries::outcome.eq(outcome.code()),
        deliveries::reason.eq(reason),
        deliveries::item_id.eq(item.map(ItemId::get)),
        deliveries::message_id.eq(message_id),
        deliveries::processed_at.eq(now.as_micros()),
    );
    let row = deliveries::table.filter(deliveries::id.eq(id.get()));
    each!(conn, c => Kept(diesel::update(row).set(became)).execute(c))?;
    Ok(())
}

/// Notes items that came of a delivery, or that it changed, beside the one that the ledger names.
pub fn note_items(conn: &mut Conn, id: DeliveryId, items: &[ItemId]) -> Result<(), StoreError> {
    for item in items {
        let row =
            (delivery_items::delivery_id.eq(id.get()), delivery_items::item_id.eq(item.get()));
        let insert =
            diesel::insert_into(delivery_items::table).values(row).on_conflict_do_nothing();
        Both(insert).execute(conn)?;
    }
    Ok(())
}

/// Names the item that a delivery changed, after it had waited for it.
pub fn found_item(conn: &mut Conn, id: DeliveryId, item: ItemId) -> Result<(), StoreError> {
    let row = deliveries::table.find(id.get()).filter(deliveries::item_id.is_null());
    let row = row.filter(deliveries::outcome.eq(Outcome::Stored.code()));
    let named = diesel::update(row)
        .set((deliveries::item_id.eq(item.get()), deliveries::reason.eq(None::<String>)))
        .execute(conn)?;
    if named == 0 { note_items(conn, id, &[item]) } else { Ok(()) }
}

/// Puts quarantined deliveries back to recorded, and leaves waiting ones as they are. Answers with
/// the ids of both; what has become something else meanwhile is left out.
pub fn reopen(conn: &mut Conn, ids: &[DeliveryId]) -> Result<Vec<DeliveryId>, StoreError> {
    let open = [Outcome::Quarantined.code(), Outcome::Recorded.code()];
    let mut reopened = Vec::new();
    for part in ids.chunks(1_000) {
        let ids: Vec<i64> = part.iter().map(|id| id.get()).collect();
        let rows = deliveries::table
            .filter(deliveries::id.eq_any(ids))
            .filter(deliveries::outcome.eq_any(open));
        let again: Vec<i64> = diesel::update(rows)
            .set((
                deliveries::outcome.eq(Outcome::Recorded.code()),
                deliveries::reason.eq(None::<String>),
                deliveries::processed_at.eq(None::<i64>),
            ))
            .returning(deliveries::id)
            .get_results(conn)?;
        reopened.extend(again.into_iter().map(DeliveryId::from));
    }
    reopened.sort_unstable();
    Ok(reopened)
}

/// How many deliveries had each outcome, in one inbox or in all.
pub fn counts(
    conn: &mut Conn,
    inbox: Option<InboxId>,
) -> Result<HashMap<Outcome, i64>, StoreError> {
    let grouped = |conn: &mut Conn| -> QueryResult<Vec<(i16, i64)>> {
        let select = (deliveries::outcome, diesel::dsl::count_star());
        let rows = deliveries::table.group_by(deliveries::outcome).select(select);
        match inbox {
            Some(inbox) => rows.filter(deliveries::inbox_id.eq(inbox.get())).load(conn),
            None => rows.load(conn),
        }
    };
    let mut counts = HashMap::new();
    for (code, n) in grouped(conn)? {
        counts.insert(known("deliveries.outcome", code, Outcome::from_code(code))?, n);
    }
    Ok(counts)
}

/// What came by one inbox, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// When the newest delivery arrived.
    pub newest: Option<Instant>,
    /// How many are recorded and not read yet.
    pub waiting: i64,
    /// When the oldest of them arrived.
    pub waiting_since: Option<Instant>,
    /// How many are quarantined.
    pub quarantined: i64,
}

/// What came by an inbox. Nothing is counted that is done: that may be millions.
pub fn traffic(conn: &mut Conn, inbox: InboxId) -> Result<Traffic, StoreError> {
    let of_inbox = || deliveries::table.filter(deliveries::inbox_id.eq(inbox.get()));
    let with = |outcome: Outcome| of_inbox().filter(deliveries::outcome.eq(outcome.code()));
    let newest: Option<i64> = of_inbox()
        .order(deliveries::id.desc())
        .select(deliveries::received_at)
        .first(conn)
        .optional()?;
    let oldest: Option<i64> = with(Outcome::Recorded)
        .order(deliveries::id)
        .select(deliveries::received_at)
        .first(conn)
        .optional()?;
    Ok(Traffic {
        newest: newest.map(Instant::from_micros),
        waiting: with(Outcome::Recorded).count().get_result(conn)?,
        waiting_since: oldest.map(Instant::from_micros),
        quarantined: with(Outcome::Quarantined).count().get_result(conn)?,
    })
}
