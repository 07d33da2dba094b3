//! Taking content out for good: what hangs on an item, and the traces that it left elsewhere. What is
//! taken out is decided in `app`.

use diesel::prelude::*;
use throughline_core::delivery::Outcome;
use throughline_core::id::{DeliveryId, ItemId};
use throughline_core::timeline::{Detail, MessageDetail, TimelineItem};

use crate::conn::Conn;
use crate::error::StoreError;
use crate::schema::{
    attachments, deliveries, delivery_items, idempotency_keys, outgoing_mails, timeline_items,
};
use crate::timeline::detail_column;

/// Writes the text and the detail of an item over what stood there. Hold the item first.
pub fn save(conn: &mut Conn, item: &TimelineItem) -> Result<(), StoreError> {
    diesel::update(timeline_items::table.filter(timeline_items::id.eq(item.id.get())))
        .set((
            timeline_items::body.eq(&item.body),
            timeline_items::detail.eq(detail_column(&item.detail)?),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes the files of items. Answers with the blobs that they named.
pub fn drop_files(conn: &mut Conn, items: &[ItemId]) -> Result<Vec<String>, StoreError> {
    let items: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let files = attachments::table.filter(attachments::item_id.eq_any(items));
    let blobs: Vec<String> = files.clone().select(attachments::blob).load(conn)?;
    diesel::delete(files).execute(conn)?;
    Ok(blobs)
}

/// Empties the rows of the ledger that became these items, changed them or repeat them. The rows stay,
/// by their external id, so that the same mail is not taken once more. Answers with the blobs that they
/// named.
pub fn empty_deliveries(
    conn: &mut Conn,
    items: &[ItemId],
    reason: &str,
) -> Result<Vec<String>, StoreError> {
    let items: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let named = deliveries::table.filter(deliveries::item_id.eq_any(items.clone()));
    let mut ids: Vec<i64> = named.select(deliveries::id).load(conn)?;
    let beside = delivery_items::table.filter(delivery_items::item_id.eq_any(items));
    ids.extend(beside.select(delivery_items::delivery_id).load::<i64>(conn)?);
    let ids: Vec<DeliveryId> = ids.into_iter().map(DeliveryId::from).collect();
    empty_rows(conn, &ids, reason)
}

/// Empties rows of the ledger. Answers with the blobs that they named.
pub fn empty_rows(
    conn: &mut Conn,
    ids: &[DeliveryId],
    reason: &str,
) -> Result<Vec<String>, StoreError> {
    let mut blobs = Vec::new();
    for part in ids.chunks(1_000) {
        let ids: Vec<i64> = part.iter().map(|id| id.get()).collect();
        let rows = deliveries::table.filter(deliveries::id.eq_any(ids));
        blobs.extend(rows.clone().select(deliveries::blob).load::<String>(conn)?);
        diesel::update(rows)
            .set((
                deliveries::blob.eq(""),
                deliveries::outcome.eq(Outcome::Erased.code()),
                deliveries::reason.eq(reason),
                deliveries::message_id.eq(None::<String>),
            ))
            .execute(conn)?;
    }
    Ok(blobs)
}

/// Takes the addresses and the servers' words out of what was sent.
pub fn empty_outgoing(conn: &mut Conn, item: ItemId) -> Result<(), StoreError> {
    diesel::update(outgoing_mails::table.find(item.get()))
        .set((
            outgoing_mails::reached.eq("[]"),
            outgoing_mails::refused.eq("[]"),
            outgoing_mails::words.eq(None::<String>),
            outgoing_mails::progress.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets answers kept for repeated requests that hold this id. The table keeps a day.
pub fn forget_answers(conn: &mut Conn, id: &str) -> Result<usize, StoreError> {
    let holding = idempotency_keys::table.filter(idempotency_keys::body.like(format!("%{id}%")));
    Ok(diesel::delete(holding).execute(conn)?)
}

/// The blob of the HTML of each of these items that has one.
pub fn html_of(conn: &mut Conn, items: &[ItemId]) -> Result<Vec<String>, StoreError> {
    let ids: Vec<i64> = items.iter().map(|id| id.get()).collect();
    let rows = timeline_items::table.filter(timeline_items::id.eq_any(ids));
    let rows = rows.filter(timeline_items::detail.like("%\"html_blob\":\"%"));
    let details: Vec<String> = rows.select(timeline_items::detail).load(conn)?;
    // What cannot be read names nothing that could be found.
    let blob = |json: &String| serde_json::from_str::<MessageDetail>(json).ok()?.html_blob;
    Ok(details.iter().filter_map(blob).collect())
}

/// The blob of an item's HTML.
pub fn html_blob(detail: &Detail) -> Option<String> {
    match detail {
        Detail::Message(message) => message.html_blob.clone(),
        _ => None,
    }
}
