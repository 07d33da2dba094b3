//! Erasing customers: the proofs, and the removal of what is theirs, a bounded part at a time. In which
//! order is decided in `app`.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, ErasureId, ItemId};
use throughline_core::identity::IdentityKind;
use throughline_core::time::Instant;

use crate::conn::{Conn, each};
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::{
    automatic_answers, customers, domain_events, erasures, identities, tickets, timeline_items,
};

/// An erasure, and its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    /// Its id.
    pub id: ErasureId,
    /// The customer as he was known.
    pub customer: CustomerId,
    /// All records that he was.
    pub records: Vec<CustomerId>,
    /// Who asked for it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// How many rows went, by what they were.
    pub counts: std::collections::BTreeMap<String, i64>,
    /// A hash over all ids that were removed, in the order in which they went; in lower-case hex.
    pub digest: String,
    /// The highest number of a ticket that was removed; zero when there was none.
    pub highest_number: i64,
    /// When it began.
    pub started_at: Instant,
    /// When all was gone; not yet when `None`.
    pub finished_at: Option<Instant>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = erasures, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    customer_id: i64,
    records: String,
    actor: String,
    reason: String,
    counts: String,
    digest: String,
    highest_number: i64,
    started_at: i64,
    finished_at: Option<i64>,
}

fn to_row(erasure: &Erasure) -> Result<Row, StoreError> {
    let records: Vec<i64> = erasure.records.iter().map(|id| id.get()).collect();
    Ok(Row {
        id: erasure.id.get(),
        customer_id: erasure.customer.get(),
        records: to_json(&records)?,
        actor: erasure.actor.clone(),
        reason: erasure.reason.clone(),
        counts: to_json(&erasure.counts)?,
        digest: erasure.digest.clone(),
        highest_number: erasure.highest_number,
        started_at: erasure.started_at.as_micros(),
        finished_at: erasure.finished_at.map(Instant::as_micros),
    })
}

fn from_row(row: Row) -> Result<Erasure, StoreError> {
    let records: Vec<i64> = from_json("erasures.records", &row.records)?;
    Ok(Erasure {
        id: ErasureId::from(row.id),
        customer: CustomerId::from(row.customer_id),
        records: records.into_iter().map(CustomerId::from).collect(),
        actor: row.actor,
        reason: row.reason,
        counts: from_json("erasures.counts", &row.counts)?,
        digest: row.digest,
        highest_number: row.highest_number,
        started_at: Instant::from_micros(row.started_at),
        finished_at: row.finished_at.map(Instant::from_micros),
    })
}

/// Writes a new one.
pub fn insert(conn: &mut Conn, erasure: &Erasure) -> Result<(), StoreError> {
    let row = to_row(erasure)?;
    each!(conn, c => diesel::insert_into(erasures::table).values(&row).execute(c))?;
    Ok(())
}

/// Writes over it. Hold it first.
pub fn update(conn: &mut Conn, erasure: &Erasure) -> Result<(), StoreError> {
    let row = to_row(erasure)?;
    let stored = erasures::table.filter(erasures::id.eq(row.id));
    each!(conn, c => diesel::update(stored).set(&row).execute(c))?;
    Ok(())
}

/// One erasure.
pub fn get(conn: &mut Conn, id: ErasureId) -> Result<Option<Erasure>, StoreError> {
    let row = erasures::table.find(id.get()).select(Row::as_select());
    row.first(conn).optional()?.map(from_row).transpose()
}

/// The same, held against other writers until the end of the transaction.
pub fn hold(conn: &mut Conn, id: ErasureId) -> Result<Option<Erasure>, StoreError> {
    if let Conn::Pg(c) = conn {
        let row = erasures::table.filter(erasures::id.eq(id.get())).select(erasures::id);
        row.for_update().first::<i64>(c).optional()?;
    }
    get(conn, id)
}

/// Erasures, newest first, before an id.
pub fn list(conn: &mut Conn, before: Option<i64>, limit: i64) -> Result<Vec<Erasure>, StoreError> {
    let rows: Vec<Row> = erasures::table
        .filter(erasures::id.lt(before.unwrap_or(i64::MAX)))
        .order(erasures::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Erasures that were begun and are not finished, oldest first; at most 100.
pub fn unfinished(conn: &mut Conn) -> Result<Vec<ErasureId>, StoreError> {
    let open = erasures::table.filter(erasures::finished_at.is_null()).order(erasures::id);
    let ids: Vec<i64> = open.select(erasures::id).limit(100).load(conn)?;
    Ok(ids.into_iter().map(ErasureId::from).collect())
}

fn numbers(records: &[CustomerId]) -> Vec<i64> {
    records.iter().map(|id| id.get()).collect()
}

/// Holds the records against whoever would write something of theirs.
pub fn hold_records(conn: &mut Conn, records: &[CustomerId]) -> Result<(), StoreError> {
    if let Conn::Pg(c) = conn {
        let rows = customers::table.filter(customers::id.eq_any(numbers(records)));
        rows.order(customers::id).select(customers::id).for_update().load::<i64>(c)?;
    }
    Ok(())
}

/// Removes the identities of the records, and what was noted under their addresses. Answers with the
/// ids of the identities.
pub fn drop_identities(conn: &mut Conn, records: &[CustomerId]) -> Result<Vec<i64>, StoreError> {
    let theirs = identities::table.filter(identities::customer_id.eq_any(numbers(records)));
    let email = theirs.clone().filter(identities::kind.eq(IdentityKind::Email.code()));
    let addresses: Vec<String> = email.select(identities::value).load(conn)?;
    let answers = automatic_answers::table.filter(automatic_answers::address.eq_any(addresses));
    diesel::delete(answers).execute(conn)?;
    let ids: Vec<i64> = theirs.clone().order(identities::id).select(identities::id).load(conn)?;
    diesel::delete(theirs).execute(conn)?;
    Ok(ids)
}

/// Takes names and what else a record says of a person out of it.
pub fn anonymise(conn: &mut Conn, records: &[CustomerId], now: Instant) -> Result<(), StoreError> {
    diesel::update(customers::table.filter(customers::id.eq_any(numbers(records))))
        .set((
            customers::name.eq(None::<String>),
            customers::language.eq(None::<String>),
            customers::time_zone.eq(None::<String>),
            customers::organization_id.eq(None::<i64>),
            customers::updated_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Some items of the records, in the order of their ids.
pub fn some_items(
    conn: &mut Conn,
    records: &[CustomerId],
    limit: i64,
) -> Result<Vec<ItemId>, StoreError> {
    let mut found = Vec::new();
    for record in records {
        let left = limit - found.len() as i64;
        let of = timeline_items::table.filter(timeline_items::customer_id.eq(record.get()));
        let of = of.order(timeline_items::order_key).limit(left).select(timeline_items::id);
        found.extend(of.load::<i64>(conn)?.into_iter().map(ItemId::from));
    }
    found.sort_unstable();
    Ok(found)
}

/// Removes items, with all that is tied to them.
pub fn drop_items(conn: &mut Conn, items: &[ItemId]) -> Result<usize, StoreError> {
    let ids: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let rows = timeline_items::table.filter(timeline_items::id.eq_any(ids));
    Ok(diesel::delete(rows).execute(conn)?)
}

/// Some tickets of the records with their numbers, in the order of their ids.
pub fn some_tickets(
    conn: &mut Conn,
    records: &[CustomerId],
    limit: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    let of = tickets::table.filter(tickets::customer_id.eq_any(numbers(records)));
    Ok(of.order(tickets::id).limit(limit).select((tickets::id, tickets::number)).load(conn)?)
}

/// Removes tickets, with all that is tied to them.
pub fn drop_tickets(conn: &mut Conn, ids: &[i64]) -> Result<usize, StoreError> {
    let rows = tickets::table.filter(tickets::id.eq_any(ids.to_vec()));
    Ok(diesel::delete(rows).execute(conn)?)
}

/// Takes values, addresses and servers' words out of some events of the records. That something
/// happened stays. Answers how many it were; none when all are clean.
pub fn clean_events(
    conn: &mut Conn,
    records: &[CustomerId],
    limit: i64,
) -> Result<usize, StoreError> {
    let says = domain_events::payload.like("%\"changes\":[{%");
    let says = says.or(domain_events::payload.like("%\"words\":\"_%"));
    let rows: Vec<(i64, String)> = domain_events::table
        .filter(domain_events::customer_id.eq_any(numbers(records)))
        .filter(says)
        .order(domain_events::id)
        .limit(limit)
        .select((domain_events::id, domain_events::payload))
        .load(conn)?;
    for (id, payload) in &rows {
        let mut json: serde_json::Value = from_json("domain_events.payload", payload)?;
        if let Some(data) = json.get_mut("data").and_then(|data| data.as_object_mut()) {
            data.entry("changes").and_modify(|changes| *changes = serde_json::json!([]));
            data.entry("words").and_modify(|words| *words = serde_json::json!(""));
        }
        diesel::update(domain_events::table.find(id))
            .set(domain_events::payload.eq(to_json(&json)?))
            .execute(conn)?;
    }
    Ok(rows.len())
}

/// Removes the records themselves, with all that is tied to them.
pub fn drop_records(conn: &mut Conn, records: &[CustomerId]) -> Result<usize, StoreError> {
    let rows = customers::table.filter(customers::id.eq_any(numbers(records)));
    Ok(diesel::delete(rows).execute(conn)?)
}
