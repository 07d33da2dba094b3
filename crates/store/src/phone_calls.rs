//! The calls and legs that are known by phone logs. What a call says stands in its item; here is by what
//! it is known, and the content of those that name nobody.

use std::collections::HashMap;

use diesel::prelude::*;
use throughline_core::call::Call;
use throughline_core::id::{ImportId, InboxId, ItemId, PhoneCallId};
use throughline_core::ticket::Ticket;
use throughline_core::timeline::{OrderKey, TimelineItem};

use crate::conn::{Conn, insert_rows};
use crate::error::StoreError;
use crate::lock::{self, Named};
use crate::read::{all, from_json, to_json};
use crate::schema::{phone_calls, phone_legs, timeline_items};
use crate::timeline::{MAX_TIES, detail_column};

/// A call that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCall {
    /// Its id.
    pub id: PhoneCallId,
    /// A hash of what its system calls it.
    pub key: String,
    /// Its item.
    pub item: Option<ItemId>,
    /// What it says, when it has no item.
    pub content: Option<Call>,
}

/// A leg that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLeg {
    /// A hash of its natural key.
    pub key: String,
    /// The call that it is part of.
    pub call: PhoneCallId,
    /// A hash of what it says.
    pub hash: String,
}

type Row = (i64, String, Option<i64>, Option<String>);

fn from_row((id, key, item, content): Row) -> Result<KnownCall, StoreError> {
    let content = content.map(|text| from_json("phone_calls.content", &text)).transpose()?;
    Ok(KnownCall { id: PhoneCallId::from(id), key, item: item.map(ItemId::from), content })
}

/// Holds the calls of an inbox, so that of several transactions only one at a time decides what becomes
/// of their legs.
pub fn hold(conn: &mut Conn, inbox: InboxId) -> Result<(), StoreError> {
    lock::name(conn, Named::Platform, &inbox.to_string())
}

/// The calls of these keys that are known, by their keys.
pub fn by_keys(
    conn: &mut Conn,
    inbox: InboxId,
    keys: &[String],
) -> Result<HashMap<String, KnownCall>, StoreError> {
    let rows: Vec<Row> = phone_calls::table
        .filter(phone_calls::inbox_id.eq(inbox.get()))
        .filter(phone_calls::key.eq_any(keys))
        .select((phone_calls::id, phone_calls::key, phone_calls::item_id, phone_calls::content))
        .load(conn)?;
    let known = all(rows, from_row)?;
    Ok(known.into_iter().map(|call| (call.key.clone(), call)).collect())
}

/// The call that is this item.
pub fn of_item(conn: &mut Conn, item: ItemId) -> Result<Option<KnownCall>, StoreError> {
    let row: Option<Row> = phone_calls::table
        .filter(phone_calls::item_id.eq(item.get()))
        .select((phone_calls::id, phone_calls::key, phone_calls::item_id, phone_calls::content))
        .first(conn)
        .optional()?;
    row.map(from_row).transpose()
}

/// Calls of an inbox that name nobody, newest first, before an id.
pub fn without_item(
    conn: &mut Conn,
    inbox: InboxId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<KnownCall>, StoreError> {
    let rows: Vec<Row> = phone_calls::table
        .filter(phone_calls::inbox_id.eq(inbox.get()))
        .filter(phone_calls::content.is_not_null())
        .filter(phone_calls::id.lt(before.unwrap_or(i64::MAX)))
        .order(phone_calls::id.desc())
        .limit(limit)
        .select((phone_calls::id, phone_calls::key, phone_calls::item_id, phone_calls::content))
        .load(conn)?;
    all(rows, from_row)
}

/// Calls that are on timelines and were new with an import, behind an id, in the order of their ids.
pub fn of_import(
    conn: &mut Conn,
    import: ImportId,
    after: Option<PhoneCallId>,
    limit: i64,
) -> Result<Vec<(PhoneCallId, ItemId)>, StoreError> {
    let rows: Vec<(i64, Option<i64>)> = phone_calls::table
        .filter(phone_calls::import_id.eq(import.get()))
        .filter(phone_calls::id.gt(after.map_or(i64::MIN, PhoneCallId::get)))
        .filter(phone_calls::item_id.is_not_null())
        .order(phone_calls::id)
        .limit(limit)
        .select((phone_calls::id, phone_calls::item_id))
        .load(conn)?;
    let both = |(id, item): (i64, Option<i64>)| Some((PhoneCallId::from(id), ItemId::from(item?)));
    Ok(rows.into_iter().filter_map(both).collect())
}

/// The legs of these keys that are known, by their keys.
pub fn legs(
    conn: &mut Conn,
    inbox: InboxId,
    keys: &[String],
) -> Result<HashMap<String, KnownLeg>, StoreError> {
    let rows: Vec<(String, i64, String)> = phone_legs::table
        .filter(phone_legs::inbox_id.eq(inbox.get()))
        .filter(phone_legs::key.eq_any(keys))
        .select((phone_legs::key, phone_legs::call_id, phone_legs::hash))
        .load(conn)?;
    let leg = |(key, call, hash): (String, i64, String)| {
        (key.clone(), KnownLeg { key, call: PhoneCallId::from(call), hash })
    };
    Ok(rows.into_iter().map(leg).collect())
}

/// Writes a new call.
pub fn insert(
    conn: &mut Conn,
    inbox: InboxId,
    import: Option<ImportId>,
    call: &KnownCall,
) -> Result<(), StoreError> {
    let row = (
        phone_calls::id.eq(call.id.get()),
        phone_calls::inbox_id.eq(inbox.get()),
        phone_calls::key.eq(&call.key),
        phone_calls::item_id.eq(call.item.map(ItemId::get)),
        phone_calls::content.eq(call.content.as_ref().map(to_json).transpose()?),
        phone_calls::import_id.eq(import.map(ImportId::get)),
    );
    diesel::insert_into(phone_calls::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes over a call: where it is, and what it says.
pub fn update(conn: &mut Conn, call: &KnownCall) -> Result<(), StoreError> {
    diesel::update(phone_calls::table.find(call.id.get()))
        .set((
            phone_calls::item_id.eq(call.item.map(ItemId::get)),
            phone_calls::content.eq(call.content.as_ref().map(to_json).transpose()?),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes legs that were not known.
pub fn insert_legs(conn: &mut Conn, inbox: InboxId, legs: &[KnownLeg]) -> Result<(), StoreError> {
    let row = |leg: &KnownLeg| {
        (
            phone_legs::inbox_id.eq(inbox.get()),
            phone_legs::key.eq(leg.key.clone()),
            phone_legs::call_id.eq(leg.call.get()),
            phone_legs::hash.eq(leg.hash.clone()),
        )
    };
    let rows: Vec<_> = legs.iter().map(row).collect();
    insert_rows!(conn, phone_legs::table, rows);
    Ok(())
}

/// Notes that a leg says something else now.
pub fn set_hash(conn: &mut Conn, inbox: InboxId, key: &str, hash: &str) -> Result<(), StoreError> {
    diesel::update(phone_legs::table.find((inbox.get(), key)))
        .set(phone_legs::hash.eq(hash))
        .execute(conn)?;
    Ok(())
}

/// Writes over the item of a call: its text, what it says, and when it was. It gets a free place among
/// those of its microsecond. Hold the item first.
pub fn rewrite(conn: &mut Conn, item: &mut TimelineItem) -> Result<(), StoreError> {
    for attempt in 0..MAX_TIES {
        let key = OrderKey::new(item.occurred_at, item.id, attempt);
        let taken: Option<i64> = timeline_items::table
            .filter(timeline_items::customer_id.eq(item.customer.get()))
            .filter(timeline_items::order_key.eq(key.get()))
            .filter(timeline_items::id.ne(item.id.get()))
            .select(timeline_items::id)
            .first(conn)
            .optional()?;
        if taken.is_some() {
            continue;
        }
        item.key = key;
        diesel::update(timeline_items::table.filter(timeline_items::id.eq(item.id.get())))
            .set((
                timeline_items::order_key.eq(key.get()),
                timeline_items::occurred_at.eq(item.occurred_at.as_micros()),
                timeline_items::body.eq(&item.body),
                timeline_items::detail.eq(detail_column(&item.detail)?),
            ))
            .execute(conn)?;
        return Ok(());
    }
    Err(StoreError::Internal("no free place on the timeline".to_owned()))
}

/// Puts an item into a ticket, which decides from then on who may see it.
pub fn join(conn: &mut Conn, item: ItemId, ticket: &Ticket) -> Result<(), StoreError> {
    diesel::update(timeline_items::table.filter(timeline_items::id.eq(item.get())))
        .set((
            timeline_items::ticket_id.eq(Some(ticket.id.get())),
            timeline_items::inbox_id.eq(Some(ticket.inbox.get())),
        ))
        .execute(conn)?;
    Ok(())
}
