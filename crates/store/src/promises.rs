//! Promises as stored. Whoever may see the item of a promise may see the promise.

use diesel::prelude::*;
use throughline_core::actor::Actor;
use throughline_core::id::{CustomerId, ItemId, PromiseId, TicketId};
use throughline_core::promises::{MadePromise, PromiseState};
use throughline_core::time::Instant;

use crate::conn::{Conn, MultiBackend};
use crate::error::StoreError;
use crate::read::{all, known};
use crate::schema::promises;
use crate::timeline;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = promises, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    customer_id: i64,
    ticket_id: i64,
    item_id: i64,
    about_item_id: Option<i64>,
    body: String,
    due_at: i64,
    state: i16,
    state_by: Option<String>,
    state_at: Option<i64>,
    made_by: String,
    created_at: i64,
}

fn from_row(row: Row) -> Result<MadePromise, StoreError> {
    Ok(MadePromise {
        id: PromiseId::from(row.id),
        customer: CustomerId::from(row.customer_id),
        ticket: TicketId::from(row.ticket_id),
        item: ItemId::from(row.item_id),
        about: row.about_item_id.map(ItemId::from),
        text: row.body,
        due_at: Instant::from_micros(row.due_at),
        state: known("promises.state", row.state, PromiseState::from_code(row.state))?,
        state_by: row.state_by,
        state_at: row.state_at.map(Instant::from_micros),
        made_by: row.made_by,
        created_at: Instant::from_micros(row.created_at),
    })
}

fn to_row(promise: &MadePromise) -> Row {
    Row {
        id: promise.id.get(),
        customer_id: promise.customer.get(),
        ticket_id: promise.ticket.get(),
        item_id: promise.item.get(),
        about_item_id: promise.about.map(ItemId::get),
        body: promise.text.clone(),
        due_at: promise.due_at.as_micros(),
        state: promise.state.code(),
        state_by: promise.state_by.clone(),
        state_at: promise.state_at.map(Instant::as_micros),
        made_by: promise.made_by.clone(),
        created_at: promise.created_at.as_micros(),
    }
}

/// Inserts a promise.
pub fn insert(conn: &mut Conn, promise: &MadePromise) -> Result<(), StoreError> {
    diesel::insert_into(promises::table).values(to_row(promise)).execute(conn)?;
    Ok(())
}

/// How many rows are looked at in one go, and how often at most, for a page of what the actor may see.
const CHUNK: i64 = 200;
const CHUNKS: usize = 25;

/// Those of which the actor may see the item.
fn seen(conn: &mut Conn, actor: &Actor, rows: Vec<Row>) -> Result<Vec<MadePromise>, StoreError> {
    let items: Vec<i64> = rows.iter().map(|row| row.item_id).collect();
    let places = timeline::places(conn, actor, &items)?;
    all(rows.into_iter().filter(|row| places.contains_key(&row.item_id)).collect(), from_row)
}

/// A promise, if the actor may see its item.
pub fn get(
    conn: &mut Conn,
    actor: &Actor,
    id: PromiseId,
) -> Result<Option<MadePromise>, StoreError> {
    let row = promises::table.filter(promises::id.eq(id.get())).select(Row::as_select());
    let rows: Vec<Row> = row.load(conn)?;
    Ok(seen(conn, actor, rows)?.pop())
}

/// The promises to the records of a customer that the actor may see, the newest first, before an id;
/// those in one state when one is given.
pub fn of_customers(
    conn: &mut Conn,
    actor: &Actor,
    records: &[CustomerId],
    state: Option<PromiseState>,
    mut before: Option<i64>,
    limit: i64,
) -> Result<Vec<MadePromise>, StoreError> {
    let records: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let mut found = Vec::new();
    for _ in 0..CHUNKS {
        let mut rows = promises::table
            .into_boxed::<MultiBackend>()
            .filter(promises::customer_id.eq_any(records.clone()))
            .filter(promises::id.lt(before.unwrap_or(i64::MAX)));
        if let Some(state) = state {
            rows = rows.filter(promises::state.eq(state.code()));
        }
        let rows: Vec<Row> =
            rows.order(promises::id.desc()).limit(CHUNK).select(Row::as_select()).load(conn)?;
        let last = i64::try_from(rows.len()).unwrap_or(0) < CHUNK;
        before = rows.last().map(|row| row.id);
        found.extend(seen(conn, actor, rows)?);
        if last || found.len() as i64 >= limit {
            break;
        }
    }
    found.truncate(limit as usize);
    Ok(found)
}

/// Open promises whose time is over, the longest overdue first.
pub fn overdue(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<MadePromise>, StoreError> {
    let rows: Vec<Row> = promises::table
        .filter(promises::state.eq(PromiseState::Open.code()))
        .filter(promises::due_at.lt(now.as_micros()))
        .order(promises::due_at)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Writes the state, text and due time back, if the stored state is still `before`.
pub fn update(
    conn: &mut Conn,
    promise: &MadePromise,
    before: PromiseState,
) -> Result<bool, StoreError> {
    let stored = promises::table
        .filter(promises::id.eq(promise.id.get()))
        .filter(promises::state.eq(before.code()));
    let fields = (
        promises::state.eq(promise.state.code()),
        promises::state_by.eq(&promise.state_by),
        promises::state_at.eq(promise.state_at.map(Instant::as_micros)),
        promises::due_at.eq(promise.due_at.as_micros()),
    );
    Ok(diesel::update(stored).set(fields).execute(conn)? == 1)
}
