//! The edges between records that are one customer, and the ends of the ways along them.

use diesel::prelude::*;
use throughline_core::id::{CustomerId, MergeId};
use throughline_core::merging::Merge;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::lock::{Alone, alone};
use crate::read::{all, from_json, to_json};
use crate::schema::{customers, merges};

mod aliases {
    #![allow(missing_docs, reason = "the macro makes items that cannot bear a comment")]

    use crate::schema::customers;

    diesel::alias!(customers as absorbed: Absorbed, customers as kin: Kin);
}
/// Other records than the one that a query is about.
pub(crate) use aliases::{absorbed, kin};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = merges, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    survivor_id: i64,
    merged_id: i64,
    evidence: String,
    merged_by: String,
    merged_at: i64,
    undone_by: Option<String>,
    undone_at: Option<i64>,
}

fn from_row(row: Row) -> Result<Merge, StoreError> {
    Ok(Merge {
        id: MergeId::from(row.id),
        survivor: CustomerId::from(row.survivor_id),
        merged: CustomerId::from(row.merged_id),
        why: from_json("merges.evidence", &row.evidence)?,
        merged_by: row.merged_by,
        merged_at: Instant::from_micros(row.merged_at),
        undone_by: row.undone_by,
        undone_at: row.undone_at.map(Instant::from_micros),
    })
}

/// Waits until nobody else changes which records are one customer, and keeps it so to the end of the
/// transaction. Call it before looking at groups that are to be changed.
pub fn hold(conn: &mut Conn) -> Result<(), StoreError> {
    alone(conn, Alone::Merging)
}

/// Inserts an edge. `merges_active` refuses a second one from the same record.
pub fn insert(conn: &mut Conn, merge: &Merge) -> Result<(), StoreError> {
    let row = Row {
        id: merge.id.get(),
        survivor_id: merge.survivor.get(),
        merged_id: merge.merged.get(),
        evidence: to_json(&merge.why)?,
        merged_by: merge.merged_by.clone(),
        merged_at: merge.merged_at.as_micros(),
        undone_by: merge.undone_by.clone(),
        undone_at: merge.undone_at.map(Instant::as_micros),
    };
    diesel::insert_into(merges::table).values(row).execute(conn)?;
    Ok(())
}

/// An edge by its id.
pub fn get(conn: &mut Conn, id: MergeId) -> Result<Option<Merge>, StoreError> {
    let row: Option<Row> =
        merges::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// Takes an edge away; it stays as history. Answers whether it was there.
pub fn undo(conn: &mut Conn, id: MergeId, by: &str, at: Instant) -> Result<bool, StoreError> {
    let edge = merges::table.filter(merges::id.eq(id.get())).filter(merges::undone_at.is_null());
    let done = (merges::undone_by.eq(by), merges::undone_at.eq(at.as_micros()));
    Ok(diesel::update(edge).set(done).execute(conn)? == 1)
}

/// The records from which a way along the edges leads to this one, itself the first.
pub fn below(conn: &mut Conn, top: CustomerId) -> Result<Vec<CustomerId>, StoreError> {
    let (mut found, mut layer) = (vec![top.get()], vec![top.get()]);
    while !layer.is_empty() {
        layer = merges::table
            .filter(merges::survivor_id.eq_any(layer))
            .filter(merges::undone_at.is_null())
            .select(merges::merged_id)
            .load(conn)?;
        layer.retain(|id| !found.contains(id));
        found.extend(&layer);
    }
    Ok(found.into_iter().map(CustomerId::from).collect())
}

/// Writes by whose id these records are known: that of `root`, which has none itself.
pub fn point(conn: &mut Conn, records: &[CustomerId], root: CustomerId) -> Result<(), StoreError> {
    let others: Vec<i64> = records.iter().filter(|id| **id != root).map(|id| id.get()).collect();
    diesel::update(customers::table.filter(customers::id.eq_any(others)))
        .set(customers::canonical_id.eq(Some(root.get())))
        .execute(conn)?;
    diesel::update(customers::table.find(root.get()))
        .set(customers::canonical_id.eq(None::<i64>))
        .execute(conn)?;
    Ok(())
}

/// The edges from and to these records, newest first, also those that are undone.
pub fn of_records(
    conn: &mut Conn,
    records: &[CustomerId],
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Merge>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let touching = merges::survivor_id.eq_any(ids.clone()).or(merges::merged_id.eq_any(ids));
    let rows: Vec<Row> = merges::table
        .filter(touching)
        .filter(merges::id.lt(before.unwrap_or(i64::MAX)))
        .order(merges::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}
