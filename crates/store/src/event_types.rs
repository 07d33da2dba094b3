//! Types of pushed events. What a type means is not decided here.

use diesel::prelude::*;
use throughline_core::id::EventTypeId;
use throughline_core::pushed::EventType;
use throughline_core::time::Instant;

use crate::conn::Conn;
use crate::error::StoreError;
use crate::read::{all, from_json, to_json};
use crate::schema::event_types;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = event_types)]
struct Row {
    id: i64,
    name: String,
    shape: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

fn from_row(row: Row) -> Result<EventType, StoreError> {
    Ok(EventType {
        id: EventTypeId::from(row.id),
        name: row.name,
        shape: from_json("event_types.shape", &row.shape)?,
        created_at: Instant::from_micros(row.created_at),
        updated_at: Instant::from_micros(row.updated_at),
        version: row.version,
    })
}

/// The type of this id.
pub fn get(conn: &mut Conn, id: EventTypeId) -> Result<Option<EventType>, StoreError> {
    let row: Option<Row> =
        event_types::table.find(id.get()).select(Row::as_select()).first(conn).optional()?;
    row.map(from_row).transpose()
}

/// The types of these names, in no order.
pub fn by_names(conn: &mut Conn, names: &[String]) -> Result<Vec<EventType>, StoreError> {
    let rows: Vec<Row> = event_types::table
        .filter(event_types::name.eq_any(names))
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Up to `fetch` types behind the id `after`, oldest first.
pub fn list(conn: &mut Conn, after: Option<i64>, fetch: i64) -> Result<Vec<EventType>, StoreError> {
    let rows: Vec<Row> = event_types::table
        .filter(event_types::id.gt(after.unwrap_or(i64::MIN)))
        .order(event_types::id)
        .limit(fetch)
        .select(Row::as_select())
        .load(conn)?;
    all(rows, from_row)
}

/// Adds a type. Fails with the rule `event_types_name` when the name is taken.
pub fn insert(conn: &mut Conn, event_type: &EventType) -> Result<(), StoreError> {
    let row = Row {
        id: event_type.id.get(),
        name: event_type.name.clone(),
        shape: to_json(&event_type.shape)?,
        created_at: event_type.created_at.as_micros(),
        updated_at: event_type.updated_at.as_micros(),
        version: event_type.version,
    };
    diesel::insert_into(event_types::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes a type back, if the stored version is still the one given.
pub fn update(conn: &mut Conn, event_type: &EventType, version: i64) -> Result<bool, StoreError> {
    let stored = event_types::table.find(event_type.id.get());
    let changed = diesel::update(stored.filter(event_types::version.eq(version)))
        .set((
            event_types::shape.eq(to_json(&event_type.shape)?),
            event_types::updated_at.eq(event_type.updated_at.as_micros()),
            event_types::version.eq(event_type.version),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes a type; `false` when there was none.
pub fn delete(conn: &mut Conn, id: EventTypeId) -> Result<bool, StoreError> {
    Ok(diesel::delete(event_types::table.find(id.get())).execute(conn)? == 1)
}
