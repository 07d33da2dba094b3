//! Blobs that perhaps nobody names any more: noted in the transaction that let go of them, moved aside
//! after it, and deleted later. Who does that and when is not decided here.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use throughline_core::time::Instant;

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::schema::{attachments, blob_trash, deliveries, imports, uploads};

/// A blob that was let go of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trashed {
    /// Its name.
    pub blob: String,
    /// When it was moved aside; not yet when `None`.
    pub aside_at: Option<Instant>,
}

/// Notes blobs that were let go of.
pub fn note(conn: &mut Conn, blobs: &[String], now: Instant) -> Result<(), StoreError> {
    let row =
        |blob: &String| (blob_trash::blob.eq(blob.clone()), blob_trash::since.eq(now.as_micros()));
    let rows: Vec<_> = blobs.iter().filter(|blob| !blob.is_empty()).map(row).collect();
    insert_rows!(conn, blob_trash::table, rows, on_conflict_do_nothing);
    Ok(())
}

/// What was let go of or moved aside until an instant, oldest first.
pub fn due(conn: &mut Conn, aside_until: Instant, limit: i64) -> Result<Vec<Trashed>, StoreError> {
    let over = blob_trash::aside_at.le(aside_until.as_micros());
    let rows: Vec<(String, Option<i64>)> = blob_trash::table
        .filter(blob_trash::aside_at.is_null().or(over.assume_not_null()))
        .order(blob_trash::since)
        .limit(limit)
        .select((blob_trash::blob, blob_trash::aside_at))
        .load(conn)?;
    let trashed = |(blob, at): (String, Option<i64>)| Trashed {
        blob,
        aside_at: at.map(Instant::from_micros),
    };
    Ok(rows.into_iter().map(trashed).collect())
}

/// Notes that a blob was moved aside.
pub fn set_aside(conn: &mut Conn, blob: &str, now: Instant) -> Result<(), StoreError> {
    diesel::update(blob_trash::table.find(blob))
        .set(blob_trash::aside_at.eq(now.as_micros()))
        .execute(conn)?;
    Ok(())
}

/// Forgets a blob: it is gone, or somebody names it.
pub fn forget(conn: &mut Conn, blob: &str) -> Result<(), StoreError> {
    diesel::delete(blob_trash::table.find(blob)).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// Whether anybody names a blob: a delivery, an attachment, a file that was sent here, a phone log, or the
/// HTML of a message. All by an index, but for the files that were sent here, which are few.
pub fn is_named(conn: &mut Conn, blob: &str) -> Result<bool, StoreError> {
    let file = attachments::table.filter(attachments::blob.eq(blob));
    let raw = deliveries::table.filter(deliveries::blob.eq(blob));
    let sent = uploads::table.filter(uploads::blob.eq(blob));
    let log = imports::table.filter(imports::blob.eq(blob));
    if file.select(attachments::id).first::<i64>(conn).optional()?.is_some()
        || raw.select(deliveries::id).first::<i64>(conn).optional()?.is_some()
        || sent.select(uploads::id).first::<i64>(conn).optional()?.is_some()
        || log.select(imports::id).first::<i64>(conn).optional()?.is_some()
    {
        return Ok(true);
    }
    // As the index `timeline_items_html` has it.
    let place = match conn {
        Conn::Sqlite(_) => "instr",
        Conn::Pg(_) => "strpos",
    };
    let sql = format!(
        "SELECT id AS found FROM timeline_items \
         WHERE substr(detail, {place}(detail, '\"html_blob\":\"') + 13, 64) = $1 \
         AND {place}(detail, '\"html_blob\":\"') > 0 LIMIT 1"
    );
    let rows: Vec<Found> = diesel::sql_query(sql).bind::<Text, _>(blob).load(conn)?;
    Ok(rows.iter().any(|row| row.found != 0))
}
